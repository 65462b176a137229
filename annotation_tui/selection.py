"""Which of the own marks is worked on, and what may be done to it. Knows no widget.

Every change goes into the draft, which is saved when a call returns; see `HeldDraft`.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from annotation_tui.held import HeldDraft
from annotation_tui.index import Index
from taste.drafts.history import Step
from taste.submitting.completeness import Missing, find_missing
from taste.submitting.hindsight import NOTHING
from taste.submitting.marks import (
    DETOUR,
    HARM,
    KNOWABLE,
    STRONG,
    WAIVED,
    DraftMark,
    mark_name,
    read_mark,
    read_marks,
)
from transcripts.codebook import Codebook
from transcripts.errors import UserError

_WHO = {
    "human": "human",
    "steering": "human",
    "answer": "human",
    "interrupt": "human",
    "rejection": "human",
    "result": "environment",
}
"""Kind of an event → whose words it is; all others are the agent's."""


class Selection:
    """The current marks and the selected one, known by its cut, which no change moves."""

    def __init__(
        self, held: HeldDraft, index: Index, codebook: Codebook, check: Callable[[str], str]
    ) -> None:
        """Begin with no mark selected.

        Args:
            held: the draft.
            index: of the session.
            codebook: by which labels are made.
            check: the event that stands for a point; refuses one that cannot be a point.
        """
        self._held = held
        self._index = index
        self._codebook = codebook
        self._check = check
        self._cut: int | None = None

    @property
    def all(self) -> list[DraftMark]:
        """The marks of the draft, by their cuts."""
        return read_marks(self._held.values)

    @property
    def cut(self) -> int | None:
        """The mark that was last made or edited."""
        return self._cut

    def selected(self, event: int) -> DraftMark | None:
        """The mark last made or edited; else the nearest at or above an event."""
        marks = self.all
        for mark in marks:
            if mark.cut == self._cut:
                return mark
        above = [mark for mark in marks if self.number(mark) <= event]
        return max(above, key=self.number) if above else None

    def select(self, cut: int | None) -> None:
        """Work on the mark of a point, or on the nearest one from now on."""
        self._cut = cut

    def number(self, mark: DraftMark) -> int:
        """Number of the event that a mark's point stands before."""
        return self._index.numbers.get(mark.before, 0)

    def step(self, event: int, way: int) -> DraftMark | None:
        """Select the next (1) or previous (−1) mark, seen from the selected one or an event."""
        marks = self.all
        if not marks:
            return None
        cuts = [mark.cut for mark in marks]
        if self._cut in cuts:
            at = cuts.index(self._cut) + way
        else:
            at = bisect_left([self.number(mark) for mark in marks], event + (way > 0))
            at -= way < 0
        found = marks[at % len(marks)]
        self._cut = found.cut
        return found

    # Changing

    def mark_act(self, kind: str, event: int) -> DraftMark:
        """Mark the decision at or above an event, or give its mark this kind.

        Raises:
            UserError: if there is no act, or no response of the agent precedes it.
        """
        act = self._index.act_at(event)
        cut = self._index.cuts[act] if act is not None else None
        if act is None or cut is None:
            raise UserError(f"no {self._index.decision} here or above; h goes to the next one.")
        known = read_mark(mark_name(cut), self._held.get(mark_name(cut)))
        first = self._index.rows[act].event_id
        mark = known or DraftMark(cut, self._check(first), {"kind": kind})
        return self._store(mark if mark.kind == kind else mark.as_kind(kind))

    def pick(self, event: int) -> DraftMark:
        """Select the nearest mark at or above an event."""
        self._cut = None
        mark = self._require(event)
        self._cut = mark.cut
        return mark

    def choose(self, field: str, value: Any, event: int) -> DraftMark:
        """Give a field of the selected mark a value; none clears it."""
        mark = self._require(event)
        if field == "kind":
            return self._store(mark.as_kind(value)) if value is not None else mark
        return self._store(mark.with_(**{field: value}))

    def write(
        self, field: str, text: str, event: int, state: Mapping[str, Any] | None = None
    ) -> None:
        """Save what is typed in a field; the step is made when the field is left."""
        mark = self._require(event).with_(**{field: text or None})
        self._cut = mark.cut
        self._held.put(mark_name(mark.cut), mark.value(), state)

    def take_away(self, event: int) -> DraftMark:
        """Take the nearest mark at or above an event away."""
        mark = self.pick(event)
        self._cut = None
        self._held.change(mark_name(mark.cut), None)
        return mark

    def choose_event(self, field: str, event: int) -> DraftMark:
        """Say at which event the selected detour was recognised or recovered, or unsay it.

        Raises:
            UserError: if no detour is selected or the event stands before its start.
        """
        mark = self._require(event)
        if field != "quoted" and mark.kind != DETOUR:
            raise UserError(f"only a detour is {field}; the selected mark is {mark.kind}.")
        row = self._index.rows[event]
        if row.position < mark.cut:
            raise UserError(
                f"{field} refused: event {event + 1} stands before the mark's start, "
                f"event {self.number(mark) + 1}."
            )
        value = None if mark.get(field) == row.event_id else row.event_id
        also: dict[str, Any] = {}
        if field == "recognised":
            also["recognised_by"] = _WHO.get(row.kind, "agent") if value else None
        if field == "quoted":
            also["human_move_source"] = "quoted" if value else None
        return self._store(mark.with_(**{field: value}, **also))

    def add_evidence(
        self, event_id: str, start: int | None, end: int | None, event: int
    ) -> tuple[DraftMark, str]:
        """Take a passage as evidence of the selected mark: which kind, its side of the cut says.

        The same passage again takes it away.

        Raises:
            UserError: if no mark is selected.
        """
        mark = self._require(event)
        position = self.position(event_id)
        field = KNOWABLE if position is not None and position < mark.cut else HARM
        span = {"event": event_id, "start": start, "end": end}
        known = mark.evidence(field)
        spans = [one for one in known if one != span] if span in known else [*known, span]
        waived = [name for name in mark.get(WAIVED) or () if name != field]
        return self._store(mark.with_(**{field: spans, WAIVED: waived})), field

    def drop_evidence(self, field: str, number: int, event: int) -> DraftMark:
        """Take a passage away, counted from 0."""
        mark = self._require(event)
        spans = mark.evidence(field)
        del spans[number : number + 1]
        return self._store(mark.with_(**{field: spans}))

    def waive(self, field: str, event: int) -> DraftMark:
        """Say that there is no evidence of a kind, or unsay it."""
        mark = self._require(event)
        waived = list(mark.get(WAIVED) or ())
        waived = [one for one in waived if one != field] if field in waived else [*waived, field]
        return self._store(mark.with_(**{WAIVED: waived}))

    def attest_nothing(self, reason: str | None) -> None:
        """Say that there is no detour and no strong move in the session, or unsay it.

        Raises:
            UserError: if there is a mark of one.
        """
        if self._held.get(NOTHING) is not None:
            self._held.change(NOTHING, None)
            return
        if marked := next((mark for mark in self.all if mark.kind in {DETOUR, STRONG}), None):
            raise UserError(
                f"there is a {marked.kind} at event {self.number(marked) + 1}; take it away first."
            )
        self._held.change(NOTHING, {"reason": reason})

    def turned(self, step: Step | None) -> int | None:
        """After an undo or redo: the event of the part that it changed, if it has one."""
        if step is None:
            return None
        mark = read_mark(step.name, self._held.get(step.name) or step.before or step.after)
        self._cut = mark.cut if mark and self._held.get(step.name) else None
        return self.number(mark) if mark else None

    def _require(self, event: int) -> DraftMark:
        mark = self.selected(event)
        if mark is None:
            raise UserError("no mark of yours here or above; d or s makes one.")
        return mark

    def _store(self, mark: DraftMark) -> DraftMark:
        self._cut = mark.cut
        self._held.change(mark_name(mark.cut), mark.value())
        return mark

    # Telling

    def position(self, event_id: str) -> int | None:
        """Position of an event that the reader shows."""
        number = self._index.numbers.get(event_id)
        return self._index.rows[number].position if number is not None else None

    def missing(self, mark: DraftMark) -> tuple[Missing, ...]:
        """What a mark lacks before it can be handed in."""
        return find_missing(mark, self._codebook, self.position)
