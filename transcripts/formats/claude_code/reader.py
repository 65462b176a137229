"""Claude Code JSONL to records, one entry at a time, deciding only from what came before.

File order is the truth. The atom of a decision is the API response (`message.id`).
"""

from collections.abc import Callable
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.claude_code.agent import AgentLines
from transcripts.formats.claude_code.branches import Branches
from transcripts.formats.claude_code.draft import Draft
from transcripts.formats.claude_code.notes import Notes
from transcripts.formats.claude_code.order import OrderCheck
from transcripts.formats.claude_code.people import PeopleLines
from transcripts.formats.claude_code.places import Origins, Places
from transcripts.formats.claude_code.threads import Threads, agent_of
from transcripts.formats.claude_code.words import KNOWN_TYPES
from transcripts.formats.lines import Line
from transcripts.records import MAIN, Abandonment, EntryRecord, EventRecord

_CHAINED = frozenset({"user", "assistant", "system", "progress", "attachment"})
_ONE_FILE = "1."
"""Versions that went on in the same file after `/clear`."""


class Reader:
    """State of reading one file; feed it every line in order."""

    def __init__(self) -> None:
        """Start before the first line."""
        self.position = 0
        self.ordinal = 0
        self.first: dict[str, Any] | None = None
        """The first entry of the chain; it says which session and thread the file is."""
        self.thread = MAIN
        self.recognised = False
        self.notes = Notes()
        self.order = OrderCheck()
        self.threads = Threads()
        self.places = Places()
        self.origins = Origins()
        self.agent = AgentLines(self.order, self.threads, self.notes)
        self.people = PeopleLines(self.order, self.threads, self.notes)
        self.abandonments = self.agent.abandonments
        self._branches = Branches()
        self._said: tuple[Any, ...] | None = None
        """What the latest entry said of the session as a whole."""
        self._readers: dict[str, Callable[[dict[str, Any], Draft], None]] = {
            "user": self.people.read_user,
            "assistant": self._assistant,
            "attachment": self.people.read_attachment,
            "system": self._system,
            "progress": _nothing,
        }

    def feed(self, line: Line) -> tuple[EntryRecord, list[EventRecord]]:
        """Read one object: its entry for the store, and its events."""
        number, offset, raw, value, glued = line
        self.ordinal += 1
        if glued:
            self.notes.glued += 1
        kind, given = value.get("type"), value.get("uuid")
        if not isinstance(kind, str) or kind not in KNOWN_TYPES:
            kind = clean(str(kind))
            self.notes.entries[kind] += 1
        else:
            self.recognised = True
        uuid = clean(given) if isinstance(given, str) and given else None
        entry = EntryRecord(self.ordinal, number, offset, self.position, uuid, kind, raw)
        if kind in _CHAINED:
            events = self._chained(value, kind, entry)
        elif kind == "queue-operation":
            events = self._queued(value, entry)
        else:
            events = []
        self.position += len(events) or 1
        return entry, events

    def _chained(self, value: dict[str, Any], kind: str, entry: EntryRecord) -> list[EventRecord]:
        """Read an entry of the chain, unless it repeats one."""
        uuid = entry.uuid
        if uuid is not None and uuid in self._branches:
            self.notes.duplicates += 1
            return []
        get = value.get
        said = (get("version"), get("gitBranch"), get("cwd"), get("sessionId"), get("session_id"))
        if said != self._said or "forkedFrom" in value:
            self._said = said
            self._identify(value, entry)
        thread = self.threads.name_of(value, entry) if get("isSidechain") else MAIN
        if thread == MAIN != self.thread:
            self.notes.strays += 1
        draft = Draft(entry, thread, get("timestamp"))
        self._readers[kind](value, draft)
        if uuid is not None:
            self._chain(value, kind, draft)
        if draft.is_act:
            self.agent.gaps.act()
        return draft.events

    def _identify(self, value: dict[str, Any], entry: EntryRecord) -> None:
        """Note what the entry says of the session as a whole."""
        if self.first is None:
            self.first = value
            if value.get("isSidechain"):
                self.thread = agent_of(value) or MAIN
        self.origins.note(value)
        self.places.note(value, entry.position)
        self.agent.gaps.note_version(value.get("version"))

    def _assistant(self, value: dict[str, Any], draft: Draft) -> None:
        if self.agent.read(value, draft, draft.entry.line) and draft.thread == MAIN:
            self.people.queue.begin_response()

    def _system(self, value: dict[str, Any], draft: Draft) -> None:
        retracted = value.get("retractedMessageUuids")
        if isinstance(retracted, list):
            self._note(self._branches.retract(retracted, draft.entry.position))
        self.people.read_system(value, draft)

    def _queued(self, value: dict[str, Any], entry: EntryRecord) -> list[EventRecord]:
        draft = self.people.read_queue(value, entry)
        if draft is None:
            return []
        self._branches.add_unchained(entry.position)
        if draft.is_act:
            self.agent.gaps.act()
        return draft.events

    def _chain(self, value: dict[str, Any], kind: str, draft: Draft) -> None:
        """Place the entry in the chain; a later sibling prompt abandons the earlier branch."""
        entry, branches = draft.entry, self._branches
        parent = value.get("parentUuid")
        if not isinstance(parent, str):
            parent = None
        elif parent not in branches:
            self.order.missing_parent(parent, kind)
        self.order.chain(entry.uuid or "", kind, entry.line)
        if kind == "user" and self.people.cleared and _empties(value, parent):
            self._note(branches.clear(entry.position))
        found = branches.add(draft, kind, parent)
        if branches.revived:
            self.order.note("work goes on where a branch was left behind", entry.line)
        if found is not None:
            self._note(found)
            if draft.is_prompt:
                draft.mark_rewind()

    def _note(self, abandonment: Abandonment | None) -> None:
        if abandonment is not None:
            self.abandonments.append(abandonment)


def _empties(value: dict[str, Any], parent: str | None) -> bool:
    """Whether a `/clear` empties the context of what follows in the same file.

    Versions that begin a new file with it leave the old one's last message as its parent,
    and the session may be taken up again from there.
    """
    return parent is None or str(value.get("version")).startswith(_ONE_FILE)


def _nothing(_value: dict[str, Any], _draft: Draft) -> None:
    """An entry without content of its own: progress of work under way."""
