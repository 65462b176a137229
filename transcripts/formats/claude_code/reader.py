"""Claude Code JSONL to records, one entry at a time, deciding only from what came before.

File order is the truth. The atom of a decision is the API response (`message.id`).
"""

from collections import Counter
from typing import Any

from transcripts.decoding import clean
from transcripts.formats.claude_code.branches import Branches, Node
from transcripts.formats.claude_code.classify import classify, is_notification
from transcripts.formats.claude_code.content import (
    block_text,
    blocks_of,
    call_text,
    content_text,
)
from transcripts.formats.claude_code.decisions import find_decision
from transcripts.formats.claude_code.draft import Draft
from transcripts.formats.claude_code.order import OrderCheck
from transcripts.formats.claude_code.queue import MessageQueue, Queued
from transcripts.formats.claude_code.words import KNOWN_TYPES
from transcripts.formats.lines import Line
from transcripts.records import MAIN, Abandonment, ActKind, EntryRecord, EventKind, EventRecord

_CHAINED = frozenset({"user", "assistant", "system", "progress", "attachment"})
_LINKS = frozenset({EventKind.NOTICE, EventKind.RAW})


class Reader:
    """State of reading one file; feed it every line in order."""

    def __init__(self) -> None:
        """Start before the first line."""
        self.position = 0
        self.ordinal = 0
        self.branches = Branches()
        self.queue = MessageQueue()
        self.order = OrderCheck()
        self.abandonments: list[Abandonment] = []
        self.counts: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.models: dict[str, None] = {}
        self.first_main: dict[str, Any] | None = None
        self.first_chained: dict[str, Any] | None = None
        self.session_id: str | None = None
        self.recognised = False
        self._threads: dict[str, str] = {}
        self._tools: dict[str, str] = {}

    def feed(self, line: Line) -> tuple[EntryRecord, list[EventRecord]]:
        """Read one object: its entry for the store, and its events."""
        value = line.value
        self.ordinal += 1
        self.counts["glued"] += line.glued
        kind = clean(str(value.get("type")))
        given = value.get("uuid")
        uuid = clean(given) if isinstance(given, str) and given else None
        entry = EntryRecord(
            self.ordinal, line.line, line.offset, self.position, uuid, kind, line.raw
        )
        self._identify(value, kind)
        events = self._events(value, kind, entry)
        self.position += max(1, len(events))
        return entry, events

    def _identify(self, value: dict[str, Any], kind: str) -> None:
        if isinstance(value.get("sessionId"), str):
            self.session_id = self.session_id or value["sessionId"]
        if kind in KNOWN_TYPES:
            self.recognised = True
        else:
            self.unknown[kind] += 1
        if kind in _CHAINED:
            self.first_chained = self.first_chained or value
            if not value.get("isSidechain"):
                self.first_main = self.first_main or value

    def _events(self, value: dict[str, Any], kind: str, entry: EntryRecord) -> list[EventRecord]:
        if kind == "queue-operation":
            return self._queue_operation(value, entry)
        if kind not in _CHAINED:
            return []
        if entry.uuid is not None and entry.uuid in self.branches:
            self.counts["duplicates"] += 1
            return []
        draft = Draft(entry, self._thread(value, entry), value.get("timestamp"))
        if kind == "assistant":
            self._assistant(value, draft)
        elif kind == "user":
            self._user(value, draft)
        elif kind == "attachment":
            self._attachment(value, draft)
        elif isinstance(value.get("retractedMessageUuids"), list):
            self._note(self.branches.retract(value["retractedMessageUuids"], entry.position))
        self._chain(value, kind, draft)
        return draft.events()

    def _thread(self, value: dict[str, Any], entry: EntryRecord) -> str:
        """Main, or the subagent: by its id, else by the line it began with."""
        if not value.get("isSidechain"):
            thread = MAIN
        elif isinstance(value.get("agentId"), str):
            thread = clean(value["agentId"])
        else:
            own = f"sidechain:{entry.uuid or entry.ordinal}"
            parent = self._threads.get(str(value.get("parentUuid")), own)
            thread = own if parent == MAIN else parent
        if entry.uuid is not None:
            self._threads[entry.uuid] = thread
        return thread

    def _chain(self, value: dict[str, Any], kind: str, draft: Draft) -> None:
        """Place the entry in the chain; a later sibling prompt abandons the earlier branch."""
        entry = draft.entry
        if entry.uuid is None:
            return
        self.order.chain(entry.uuid, kind, entry.line)
        parent = value.get("parentUuid")
        if isinstance(parent, str) and parent not in self.branches:
            self.order.missing_parent(parent, kind, entry.line)
        node = Node(
            entry.uuid,
            parent if isinstance(parent, str) else None,
            entry.position,
            entry.position + max(1, len(draft)) - 1,
            kind not in {"user", "assistant"} or draft.kinds() <= _LINKS,
            draft.is_prompt(),
        )
        if self._note(self.branches.add(node)):
            self.counts["rewinds"] += 1
            draft.mark_rewind()

    def _note(self, abandonment: Abandonment | None) -> bool:
        if abandonment is None:
            return False
        self.abandonments.append(abandonment)
        return True

    def _assistant(self, value: dict[str, Any], draft: Draft) -> None:
        message = value.get("message")
        message = message if isinstance(message, dict) else {}
        blocks = blocks_of(message.get("content"))
        if value.get("isApiErrorMessage") or message.get("model") == "<synthetic>":
            draft.add(EventKind.NOTICE, content_text(message.get("content")), shown=False)
            return
        entry = draft.entry
        given = message.get("id") or value.get("requestId") or f"line {entry.ordinal}"
        response = clean(str(given))
        if isinstance(message.get("model"), str):
            self.models.setdefault(clean(message["model"]), None)
        self.order.response(draft.thread, response, entry.line)
        draft.response = response
        for block in blocks:
            self._agent_block(block, draft)
        if not blocks:
            draft.add(EventKind.AGENT, "", shown=False)

    def _agent_block(self, block: dict[str, Any], draft: Draft) -> None:
        kind = str(block.get("type"))
        if kind in {"thinking", "redacted_thinking"}:
            draft.add(EventKind.THINKING, clean(str(block.get("thinking") or "")), shown=False)
        elif kind.endswith("tool_use"):
            call_id, tool = str(block.get("id")), clean(str(block.get("name")))
            self._tools[call_id] = tool
            self.order.calls(draft.response or "", [call_id])
            draft.add(EventKind.CALL, call_text(block.get("input")), tool=tool, call_id=call_id)
        elif kind.endswith("tool_result"):
            self._result(block, draft)
        else:
            text = block_text(block)
            draft.add(EventKind.AGENT, text, shown=bool(text.strip()))

    def _user(self, value: dict[str, Any], draft: Draft) -> None:
        message = value.get("message")
        blocks = blocks_of(message.get("content") if isinstance(message, dict) else message)
        results = [block for block in blocks if block.get("type") == "tool_result"]
        others = [block for block in blocks if block.get("type") != "tool_result"]
        for block in results:
            self._result(block, draft)
        if others or not results:
            self._said(value, others, draft)

    def _result(self, block: dict[str, Any], draft: Draft) -> None:
        call_id = str(block.get("tool_use_id"))
        tool = self._tools.get(call_id, "")
        text = content_text(block.get("content"))
        is_error = bool(block.get("is_error"))
        self.order.result(draft.thread, call_id, draft.entry.line)
        decision = find_decision(tool, text, is_error=is_error) if draft.thread == MAIN else None
        if decision is not None:
            draft.add(decision.kind, decision.words, act_kind=decision.act_kind)
            text = decision.rest
        draft.add(EventKind.RESULT, text, tool=tool, call_id=call_id, is_error=is_error)

    def _said(self, value: dict[str, Any], blocks: list[dict[str, Any]], draft: Draft) -> None:
        """Words in a user line: a person's, a wrapper's, or a repeat of queued ones."""
        found = classify(value, blocks)
        if value.get("isSidechain"):
            draft.add(EventKind.NOTICE, found.text, shown=found.shown)
            return
        if found.kind not in {EventKind.HUMAN, EventKind.NOTICE}:
            act = ActKind.INTERRUPT if found.directs else None
            draft.add(found.kind, found.text, shown=found.shown, act_kind=act)
            return
        queued = self.queue.deliver(found.text, attached=False)
        if queued is None and self.queue.is_echo(
            found.text, self.order.current(MAIN), anywhere=False
        ):
            draft.add(EventKind.RAW, found.text, shown=False)
            return
        act = ActKind.COMMAND if found.command else ActKind.TYPED
        draft.add(
            found.kind,
            found.text,
            shown=found.shown,
            act_kind=act if found.directs else None,
            typed_at=queued.position if queued else -1,
            joins_act=found.joins_act,
        )

    def _attachment(self, value: dict[str, Any], draft: Draft) -> None:
        """Of all attachments only a message typed while the agent worked is shown."""
        attachment = value.get("attachment")
        if not isinstance(attachment, dict) or attachment.get("type") != "queued_command":
            return
        text = content_text(attachment.get("prompt"))
        if value.get("isMeta") or attachment.get("isMeta"):
            draft.add(EventKind.NOTICE, text, shown=False)
            return
        queued = self.queue.deliver(text, attached=True)
        if queued is None and self.queue.is_echo(text, None, anywhere=True):
            draft.add(EventKind.RAW, text, shown=False)
        elif attachment.get("commandMode") == "task-notification" or is_notification(text):
            draft.add(EventKind.NOTICE, text)
        else:
            self._steer(text, queued, draft)

    def _steer(self, text: str, queued: Queued | None, draft: Draft) -> None:
        draft.add(
            EventKind.STEERING,
            text,
            act_kind=ActKind.STEERING,
            typed_at=queued.position if queued else -1,
        )

    def _queue_operation(self, value: dict[str, Any], entry: EntryRecord) -> list[EventRecord]:
        operation = str(value.get("operation"))
        content = value.get("content")
        text = None if content is None else content_text(content)
        if operation in {"enqueue", "add"} and text is not None:
            self.queue.enqueue(text, entry.position, entry.ordinal)
        elif operation == "dequeue":
            self.queue.dequeue(text)
        elif operation == "popAll":
            self.queue.pop_all()
        elif operation == "remove":
            return self._delivered(self.queue.remove(text, self.order.current(MAIN)), value, entry)
        return []

    def _delivered(
        self, queued: Queued | None, value: dict[str, Any], entry: EntryRecord
    ) -> list[EventRecord]:
        """A queued text reached the agent between two responses: steering, or a notice."""
        if queued is None:
            return []
        draft = Draft(entry, MAIN, value.get("timestamp"), id=f"L{queued.ordinal}")
        if queued.notification:
            draft.add(EventKind.NOTICE, queued.text)
        else:
            self._steer(queued.text, queued, draft)
        self.branches.add_unchained(entry.position)
        return draft.events()
