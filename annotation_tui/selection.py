"""Which of the own marks is worked on, and what may be done to it. Knows no widget."""

from typing import Any

from annotation_tui.index import Index
from annotation_tui.marks import LETTERS, Marks, OwnMark
from transcripts.annotations import Label
from transcripts.errors import UserError

DETOUR = "detour"

_OF_A_DETOUR: dict[str, None] = dict.fromkeys(
    ("recognised", "recognised_by", "recovered", "recovery")
)


class Selection:
    """The current marks and the selected one, known by its cut, which no change moves."""

    def __init__(self, marks: Marks, index: Index, version: str) -> None:
        self._marks = marks
        self._index = index
        self._version = version
        self._cut: int | None = None
        self.all: list[OwnMark] = marks.read()

    def selected(self, event: int) -> OwnMark | None:
        """The mark last made or edited; else the nearest at or above an event."""
        for mark in self.all:
            if mark.cut == self._cut:
                return mark
        above = [mark for mark in self.all if self.number(mark) <= event]
        return max(above, key=self.number) if above else None

    def number(self, mark: OwnMark) -> int:
        """Number of the event that a mark's point stands before."""
        return self._index.numbers.get(mark.before, 0)

    def latest(self) -> OwnMark | None:
        """The mark that was stored last."""
        return max(self.all, key=lambda mark: mark.id) if self.all else None

    def mark_act(self, kind: str, event: int) -> OwnMark:
        """Mark the decision at or above an event, or give its mark this kind; stored at once.

        Raises:
            UserError: if there is no act, or no response of the agent precedes it.
        """
        act = self._index.act_at(event)
        if act is None:
            raise UserError(f"no {self._index.decision} here or above; h goes to the next one.")
        row, cut = self._index.rows[act], self._index.cuts[act]
        known = next((mark for mark in self.all if mark.cut == cut), None)
        if known is None:
            self._marks.put(row.event_id, Label(kind=kind, codebook=self._version))
        elif known.label.kind != kind:
            self._change(known, {"kind": kind, "type": None, **_OF_A_DETOUR})
        return self._select(cut)

    def pick(self, event: int) -> OwnMark:
        """Select the mark of the act at an event, or the nearest one above.

        Raises:
            UserError: if there is none.
        """
        act = self._index.act_at(event)
        here = self._index.cuts[act] if act is not None else None
        self._cut = here if any(mark.cut == here for mark in self.all) else None
        mark = self.selected(event)
        if mark is None:
            raise UserError("no mark of yours here or above; d or s makes one.")
        return self._select(mark.cut)

    def choose(self, field: str, value: str | int | None, event: int) -> OwnMark:
        """Give a field of the selected mark a value; stored at once."""
        mark = self._require(event)
        self._change(mark, {field: value})
        return self._select(mark.cut)

    def choose_event(self, field: str, event: int) -> OwnMark:
        """Say at which event the selected detour was recognised or recovered, or unsay it.

        Raises:
            UserError: if no detour is selected or the event stands before its start.
        """
        mark = self._require(event)
        if mark.label.kind != DETOUR:
            raise UserError(f"only a detour is {field}; the selected mark is {mark.label.kind}.")
        row = self._index.rows[event]
        if row.position < mark.cut:
            raise UserError(
                f"{field} refused: event {event + 1} stands before the detour's start, "
                f"event {self.number(mark) + 1}."
            )
        same = getattr(mark.label, field) == row.event_id
        return self.choose(field, None if same else row.event_id, event)

    def undo(self) -> int:
        """Undo the latest change; returns the number of the event that it was made at."""
        return self._after(self._marks.undo().new.before)

    def redo(self) -> int:
        """Redo what was undone last; returns the number of the event that it was made at."""
        return self._after(self._marks.redo().new.before)

    def _after(self, before: str) -> int:
        self.all = self._marks.read()
        mark = next((mark for mark in self.all if mark.before == before), None)
        self._cut = mark.cut if mark else None
        return self._index.numbers.get(before, 0)

    def _require(self, event: int) -> OwnMark:
        mark = self.selected(event)
        if mark is None:
            raise UserError("no mark of yours here or above; d or s makes one.")
        return mark

    def _change(self, mark: OwnMark, values: dict[str, Any]) -> None:
        self._marks.change(mark, {**values, "codebook": self._version})

    def _select(self, cut: int | None) -> OwnMark:
        self._cut = cut
        self.all = self._marks.read()
        return next(mark for mark in self.all if mark.cut == cut)

    def describe(self, mark: OwnMark) -> str:
        """A mark in a few words: letter, event, type, recognised, recovered."""
        label = mark.label
        words = [f"{LETTERS.get(label.kind, '?')}@{self.number(mark) + 1}", label.type or "no type"]
        for letter, event_id in (("R", label.recognised), ("X", label.recovered)):
            if event_id is not None:
                words.append(f"{letter}@{self._index.numbers.get(event_id, -1) + 1}")
        return " ".join(words)
