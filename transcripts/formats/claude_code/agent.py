"""Lines that the agent wrote: the blocks of its responses, by the response that they belong to."""

from typing import Any

from transcripts.decoding import clean
from transcripts.formats.claude_code.content import block_text, call_text, content_text
from transcripts.formats.claude_code.draft import Draft
from transcripts.formats.claude_code.gaps import SteeringGaps
from transcripts.formats.claude_code.notes import Notes
from transcripts.formats.claude_code.order import OrderCheck
from transcripts.formats.claude_code.snapshots import Snapshots
from transcripts.formats.claude_code.threads import Call, Threads
from transcripts.formats.parts import parts_of
from transcripts.records import MAIN, Abandonment, EventKind

_SYNTHETIC = "<synthetic>"
_THINKING = frozenset({"thinking", "redacted_thinking"})


class AgentLines:
    """Reads assistant lines; holds what later lines of the same response need."""

    def __init__(self, order: OrderCheck, threads: Threads, notes: Notes) -> None:
        """Start before the first response."""
        self.models: dict[str, None] = {}
        self.gaps = SteeringGaps()
        self.abandonments: list[Abandonment] = []
        """Blocks of which a later line gave more."""
        self._order = order
        self._threads = threads
        self._notes = notes
        self._snapshots = Snapshots()

    def read(self, value: dict[str, Any], draft: Draft, line: int) -> bool:
        """Read one line of a response, or a text that only looks like one.

        Returns:
            Whether a response begins with it.
        """
        message = value.get("message")
        if not isinstance(message, dict):
            message = {}
        content, model = message.get("content"), message.get("model")
        if value.get("isApiErrorMessage") or model == _SYNTHETIC:
            draft.add(EventKind.NOTICE, content_text(content, self._notes.blocks), shown=False)
            return False
        if isinstance(model, str) and model not in self.models:
            self.models[clean(model)] = None
        given = message.get("id") or value.get("requestId") or f"line {draft.entry.ordinal}"
        draft.response = response = clean(str(given))
        begins = self._order.response(draft.thread, response, line)
        if begins and draft.thread == MAIN:
            self.gaps.begin_response()
        self._blocks(parts_of(content), draft, line, numbered="apiBlockIndex" in value)
        return begins

    def _blocks(
        self, blocks: list[dict[str, Any]], draft: Draft, line: int, *, numbered: bool
    ) -> None:
        """Read the blocks of one line; those of a growing snapshot replace what they repeat."""
        if not blocks:
            draft.add(EventKind.AGENT, "", shown=False)
        earlier = [] if numbered else self._snapshots.begin(draft.response or "", blocks)
        for number, block in enumerate(blocks):
            if number < len(earlier):
                position, grown = earlier[number]
                if not grown:
                    self._snapshots.add(block, position)
                    continue
                self.abandonments.append(Abandonment((position,), draft.entry.position))
            self._snapshots.add(block, draft.position)
            self._block(block, draft, line)

    def _block(self, block: dict[str, Any], draft: Draft, line: int) -> None:
        kind = block.get("type")
        kind = kind if isinstance(kind, str) else str(kind)
        if kind in _THINKING:
            thought = clean(str(block.get("thinking") or ""))
            draft.add(EventKind.THINKING, thought, shown=bool(thought.strip()))
        elif kind.endswith("tool_use"):
            self._call(block, draft)
        elif kind.endswith("tool_result"):
            self._result(block, draft, line)
        else:
            text = block_text(block, self._notes.blocks)
            if text is None:
                draft.add(EventKind.RAW, f"[{clean(kind)} block]", shown=False)
                return
            visible = bool(text.strip())
            draft.add(EventKind.AGENT, text, shown=visible)
            if visible and draft.thread == MAIN:
                self.gaps.says(text, line)

    def _call(self, block: dict[str, Any], draft: Draft) -> None:
        call_id, tool = clean(str(block.get("id"))), clean(str(block.get("name")))
        given = block.get("input")
        made = Call(tool, draft.response or "", draft.next_id(), None)
        self._threads.call_made(call_id, made, given)
        draft.add_tool(EventKind.CALL, call_text(given), tool, call_id)

    def _result(self, block: dict[str, Any], draft: Draft, line: int) -> None:
        """What a tool of the server's own gave back: part of the response."""
        call_id = clean(str(block.get("tool_use_id")))
        call = self._threads.find_call(call_id)
        self._order.result(draft.thread, call.response if call else None, line)
        text = content_text(block.get("content"), self._notes.blocks)
        is_error = bool(block.get("is_error"))
        draft.add_tool(
            EventKind.RESULT, text, call.tool if call else "", call_id, is_error=is_error
        )
