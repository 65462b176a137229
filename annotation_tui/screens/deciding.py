"""Deciding cases with single keys: whose label stands, why they differed, how sure one is.

Every choice and every keystroke is stored before it is painted.
"""

from collections.abc import Callable

from textual import events, on
from textual.widgets import Input

from annotation_tui.case_desk import decided
from annotation_tui.ruling_table import CAUSE_KEYS, EVENTS, SURE_KEYS, set_place, turn_value
from annotation_tui.screens.cases import ShowingCases
from taste.adjudicating.cases import Case
from taste.adjudicating.ruling import START, Ruling

_WAYS = {"up": -1, "down": 1}
_TURNS = {"left": -1, "right": 1}


class Deciding(ShowingCases):
    """Cases, and the keys that decide them."""

    def action_take(self, letter: str) -> None:
        """Take one side's label."""
        case = self._cases.case
        if case is not None and case.side(letter) is None:
            self._refuse(f"this case has no {letter}.")
            return
        self._decide({"decision": "take", "of": letter})

    def action_decide(self, decision: str) -> None:
        """Decide something else than taking a side's label."""
        self._decide({"decision": decision})

    def _decide(self, values: dict[str, str]) -> None:
        def change(case: Case, ruling: Ruling) -> Ruling:
            return decided(case, ruling, values)

        if self._change(change):
            case = self._cases.case
            self._in_use = case is not None and not self._cases.is_complete(case)
            self._show_case()

    def _change(self, change: Callable[[Case, Ruling], Ruling]) -> bool:
        """Make a change of the case and show it; a refusal is told, and what is shown stays."""
        case = self._cases.case
        if case is None:
            self._refuse("no case to decide; ctrl+s hands in.")
            return False
        done = self._try(lambda: self._cases.say(case, change(case, self._cases.ruling(case))))
        self._show_case()
        self._show_place()
        return done

    def take_key(self, event: events.Key) -> bool:
        """Give a key to an open line, else to the form if that is in use."""
        if super().take_key(event):
            return True
        if not self._in_use or isinstance(self.focused, Input) or self._cases.case is None:
            return False
        return self._choose(event.character or "") or self._move(event.key)

    def _choose(self, key: str) -> bool:
        """Take a key for the cause or for how sure one is; again, it is unsaid."""
        if key in CAUSE_KEYS:
            return self._turn_choice("cause", CAUSE_KEYS[key])
        return key in SURE_KEYS and self._turn_choice("confidence", SURE_KEYS[key])

    def _turn_choice(self, name: str, value: str | int) -> bool:
        def change(_: Case, ruling: Ruling) -> Ruling:
            chosen = getattr(ruling, name) == value
            return ruling.model_copy(update={name: None if chosen else value})

        self._change(change)
        return True

    def _move(self, key: str) -> bool:
        """Take an arrow key: to another field, or to another value of it."""
        case = self._cases.case
        assert case is not None
        rows = self._rows(case)
        if key in _WAYS and rows:
            self._row = (self._row + _WAYS[key]) % len(rows)
            self._show_case()
        elif key in _TURNS and rows:
            self._turn_field(rows[self._row].name, _TURNS[key])
        return key in _WAYS or key in _TURNS

    def _turn_field(self, name: str, way: int) -> None:
        case = self._cases.case
        assert case is not None
        if self._cases.ruling(case).decision not in {"merge", "new"}:
            self._refuse(
                "M merges field by field, E makes a new label; then ← and → change a field."
            )
            return
        book = self.desk.by.codebook
        self._change(lambda case, ruling: turn_value(case, ruling, name, way, book))

    def action_place(self) -> None:
        """Say where a new label starts, is recognised or recovered: at the cursor."""
        case = self._cases.case
        rows = self._rows(case) if case is not None else []
        name = rows[self._row].name if self._in_use and rows else ""
        if case is None or name not in EVENTS or self._cases.ruling(case).decision != "new":
            self._refuse("for a new label (E): choose start, recognised or recovered with ↑ and ↓.")
            return
        index = self.desk.document.index
        number = self._event
        if name == START:
            acts = [act for act in index.acts if act <= number]
            number = acts[-1] if acts else number
        event_id = index.rows[number].event_id
        self._change(lambda _, ruling: set_place(ruling, name, event_id))

    # The reason

    def action_form(self) -> None:
        """Into the form; from there to the reason."""
        if self._cases.case is None:
            return
        if self._in_use:
            self.write_reason(None)
        self._in_use = True
        self._show_case()

    def _type(self, text: str) -> None:
        case = self._cases.case
        if case is not None and text != (self._cases.ruling(case).reason or ""):
            state = self._where()
            self._try(lambda: self._cases.type_reason(case, text, state))

    @on(Input.Submitted, "#case-reason")
    def _reasoned(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_reason()

    def _leave_reason(self) -> None:
        self._try(self._cases.held.settle)
        self.set_focus(self._transcript)
        self._show_case()
        self._keep_place()

    def action_turn(self, back: bool) -> None:
        """Undo or redo, at the case that it concerns."""
        held = self._cases.held
        names: list[str] = []

        def turn() -> None:
            step = held.undo() if back else held.redo()
            names.extend([step.name] if step is not None else [])

        if not self._try(turn):
            return
        if not names:
            self._status.tell(f"nothing to {'undo' if back else 'redo'}.")
        cuts = [f"group:{case.cut}" for case in self._cases.cases]
        if names and names[0] in cuts:
            self._cases.go(cuts.index(names[0]))
        self._show_case()
        self._show_place()
