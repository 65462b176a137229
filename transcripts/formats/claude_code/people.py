"""Lines that are not the agent's: words and decisions of people, results, queued messages."""

from typing import Any

from transcripts.decoding import clean
from transcripts.formats.claude_code.classify import (
    Classified,
    classify,
    classify_text,
    is_clear,
    is_notification,
)
from transcripts.formats.claude_code.content import content_text
from transcripts.formats.claude_code.decisions import find_decision, looks_decided
from transcripts.formats.claude_code.draft import Draft
from transcripts.formats.claude_code.notes import Notes
from transcripts.formats.claude_code.order import OrderCheck
from transcripts.formats.claude_code.queue import MessageQueue, Queued
from transcripts.formats.claude_code.threads import Threads
from transcripts.formats.claude_code.words import KNOWN_ATTACHMENTS
from transcripts.formats.parts import parts_of
from transcripts.records import MAIN, ActKind, EntryRecord, EventKind

_OWN_NOTICES = frozenset({"api_error", "model_refusal_fallback", "model_consent_fallback"})


class PeopleLines:
    """Reads user lines, attachments, system lines and the queue's operations."""

    def __init__(self, order: OrderCheck, threads: Threads, notes: Notes) -> None:
        """Start with nothing queued."""
        self.queue = MessageQueue()
        self.cleared = False
        """Whether the latest user line was the command that empties the context."""
        self._order = order
        self._threads = threads
        self._notes = notes

    def read_user(self, value: dict[str, Any], draft: Draft) -> None:
        """Read a user line: results, words, or both."""
        self.cleared = False
        message = value.get("message")
        content = message.get("content") if isinstance(message, dict) else message
        results: list[dict[str, Any]] = []
        others: list[dict[str, Any]] = []
        for block in parts_of(content):
            (results if block.get("type") == "tool_result" else others).append(block)
        for block in results:
            self._result(value, block, draft)
        if others or not results:
            self._said(value, others, draft)

    def _result(self, value: dict[str, Any], block: dict[str, Any], draft: Draft) -> None:
        call_id = clean(str(block.get("tool_use_id")))
        call = self._threads.find_call(call_id)
        tool = call.tool if call else ""
        text = content_text(block.get("content"), self._notes.blocks)
        is_error = bool(block.get("is_error"))
        self._order.result(draft.thread, call.response if call else None, draft.entry.line)
        if draft.thread == MAIN:
            text = self._decided(value, tool, text, draft, is_error=is_error)
        draft.add_tool(EventKind.RESULT, text, tool, call_id, is_error=is_error)
        extra = value.get("toolUseResult")
        if isinstance(extra, dict) and "agentId" in extra:
            self._threads.spawned(extra, call)

    def _decided(
        self, value: dict[str, Any], tool: str, text: str, draft: Draft, *, is_error: bool
    ) -> str:
        """Set the person's part of a result apart; returns the tool's part."""
        decision = find_decision(tool, text, is_error=is_error, marks=value)
        if decision is not None:
            draft.add_act(decision.kind, decision.words, decision.act_kind)
            return decision.rest
        self._notes.undecided += looks_decided(tool, text, is_error=is_error, marks=value)
        return text

    def _said(self, value: dict[str, Any], blocks: list[dict[str, Any]], draft: Draft) -> None:
        """Words in a user line: a person's, a wrapper's, or a repeat of queued ones."""
        found = classify(value, blocks, self._notes.blocks)
        if draft.thread != MAIN:
            draft.add(EventKind.NOTICE, found.text, shown=found.shown)
        elif found.kind not in {EventKind.HUMAN, EventKind.NOTICE}:
            act = ActKind.INTERRUPT if found.directs else None
            if act is None:
                draft.add(found.kind, found.text, shown=found.shown)
            else:
                draft.add_act(found.kind, found.text, act)
        else:
            self._typed(found, draft)

    def _typed(self, found: Classified, draft: Draft) -> None:
        """A person's words or a notice: perhaps what had been queued, perhaps its repeat."""
        queued = self.queue.deliver(found.text, attached=False)
        if queued is None and self.queue.is_echo(
            found.text, self._order.current(MAIN), anywhere=False
        ):
            draft.add(EventKind.RAW, found.text, shown=False)
        elif not found.directs and not found.joins_act:
            self.cleared = is_clear(found.text)
            draft.add(found.kind, found.text, shown=found.shown)
        else:
            act = ActKind.COMMAND if found.command else ActKind.TYPED
            draft.add_act(
                found.kind,
                found.text,
                act if found.directs else None,
                typed_at=queued.position if queued else None,
                joins=found.joins_act,
            )

    def read_attachment(self, value: dict[str, Any], draft: Draft) -> None:
        """Of all attachments only a message typed while the agent worked is shown."""
        attachment = value.get("attachment")
        kind = attachment.get("type") if isinstance(attachment, dict) else None
        if kind != "queued_command" or not isinstance(attachment, dict):
            if not isinstance(kind, str) or kind not in KNOWN_ATTACHMENTS:
                self._notes.attachments[clean(str(kind))] += 1
            return
        text = content_text(attachment.get("prompt"), self._notes.blocks)
        if draft.thread != MAIN or value.get("isMeta") or attachment.get("isMeta"):
            draft.add(EventKind.NOTICE, text, shown=False)
            return
        queued = self.queue.deliver(text, attached=True)
        if queued is None and self.queue.is_echo(text, None, anywhere=True):
            draft.add(EventKind.RAW, text, shown=False)
        elif _is_from_elsewhere(attachment, text):
            draft.add(EventKind.NOTICE, text)
        else:
            _steer(text, queued, draft)

    def read_system(self, value: dict[str, Any], draft: Draft) -> None:
        """Of all system lines only a person's shell input and its output are shown."""
        kind, content = str(value.get("subtype")), value.get("content")
        if not isinstance(content, str) or draft.thread != MAIN:
            return
        if kind == "local_command" and content.lstrip().startswith("<bash-"):
            found = classify_text(clean(content))
            draft.add_act(found.kind, found.text, None, joins=found.joins_act)
        elif kind in _OWN_NOTICES:
            draft.add(EventKind.NOTICE, clean(content), shown=False)

    def read_queue(self, value: dict[str, Any], entry: EntryRecord) -> Draft | None:
        """An operation on the queue; a draft if it delivers a message between two responses."""
        operation, content = str(value.get("operation")), value.get("content")
        text = None if content is None else content_text(content, self._notes.blocks)
        self.queue.used = True
        if operation in {"enqueue", "add"} and text is not None:
            self.queue.enqueue(text, entry.position, entry.ordinal)
        elif operation == "dequeue":
            self.queue.dequeue(text)
        elif operation == "popAll":
            self.queue.pop_all()
        elif operation == "remove":
            queued = self.queue.remove(text, self._order.current(MAIN))
            if queued is not None:
                return _delivered(queued, value, entry)
        return None


def _delivered(queued: Queued, value: dict[str, Any], entry: EntryRecord) -> Draft:
    draft = Draft(entry, MAIN, value.get("timestamp"), f"L{queued.ordinal}")
    if queued.notification:
        draft.add(EventKind.NOTICE, queued.text)
    else:
        _steer(queued.text, queued, draft)
    return draft


def _steer(text: str, queued: Queued | None, draft: Draft) -> None:
    draft.add_act(
        EventKind.STEERING,
        text,
        ActKind.STEERING,
        typed_at=queued.position if queued else None,
    )


def _is_from_elsewhere(attachment: dict[str, Any], text: str) -> bool:
    """Whether a queued message comes from background work or another agent."""
    origin = attachment.get("origin")
    kind = origin.get("kind") if isinstance(origin, dict) else None
    mode = attachment.get("commandMode")
    return kind not in (None, "human") or mode == "task-notification" or is_notification(text)
