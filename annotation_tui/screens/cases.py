"""Cases one after the other: labels as A, B, … below the text that they are about.

Knows no name and no time. Where the adjudicator stands is saved with every movement.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from annotation_tui.case_desk import CaseDesk
from annotation_tui.desk import Desk
from annotation_tui.layout import Spot
from annotation_tui.ruling_table import FieldRow, field_rows
from annotation_tui.screens.reading import Reading
from annotation_tui.widgets.ruling_form import RulingForm
from taste.adjudicating.cases import Case, Side
from taste.drafts.leases import RENEW_AFTER
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls


class ShowingCases(Reading):
    """Reading, with one case after the other below the text."""

    def __init__(self, desk: Desk, cases: CaseDesk) -> None:
        super().__init__(desk)
        self._cases = cases
        self._row = 0
        self._in_use = False
        """Whether cause, sureness and fields have the keys."""

    def _begin(self) -> None:
        self._form = self.query_one(RulingForm)
        self.set_interval(RENEW_AFTER.total_seconds(), self._cases.held.renew)
        self._restore()
        if "event" not in self._cases.held.state:
            self.call_after_refresh(self._go_to_start)
        self._tell_begun()

    def _restore(self) -> None:
        """Bring back what was open: form, field, caret."""
        case, state = self._cases.case, dict(self._cases.held.state)
        begun = case is not None and self._cases.ruling(case).decision is not None
        self._in_use = begun and bool(state.get("in_use"))
        self._row = int(state.get("field", 0))
        self._show_case()
        if state.get("writing") and not self._cases.held.read_only:
            self.write_reason(int(state.get("caret", 0)))

    def _tell_begun(self) -> None:
        if self._cases.held.read_only:
            self._refuse(self._cases.held.elsewhere)
        elif not self._cases.cases:
            self._status.tell(f"{self._by_rule()}; nothing to decide: ctrl+s hands that in.")
        else:
            self._status.tell(f"{len(self._cases.cases)} cases to decide; {self._by_rule()}.")

    def _by_rule(self) -> str:
        return f"{self._cases.by_rule} more on which all agree are decided by the rule"

    # The case

    def _show_case(self) -> None:
        case = self._cases.case
        self._form.display = case is not None
        if case is None:
            return
        rows = self._rows(case)
        self._row = max(0, min(self._row, len(rows) - 1))
        ruling = self._cases.ruling(case)
        self._form.show_case(self._title(case), case, ruling, rows, self._row, in_use=self._in_use)
        self._form.tell(self._note(case, rows))
        letters = self._letters(case)
        self._transcript.show_letters(letters)
        self._outline.show_letters(letters)

    def _rows(self, case: Case) -> list[FieldRow]:
        return field_rows(case, self._cases.ruling(case), self._place_of)

    def _place_of(self, event_id: str) -> str:
        index = self.desk.document.index
        number = index.numbers.get(event_id)
        if number is None:
            return event_id[:8]
        return f"event {number + 1:,}"

    def _title(self, case: Case) -> str:
        parts = [f"case {self._cases.at + 1}/{len(self._cases.cases)}"]
        if self._cases.is_stale(case):
            parts.append("! the labels have changed since you decided")
        if case.agreed:
            parts += [f"all say {_kind(case.sides[0])}", "drawn for a second look"]
        else:
            parts += [f"{side.letter} {_kind(side)}" for side in case.sides]
        if case.silent:
            parts.append(f"{case.silent} marked nothing here")
        return visible_controls(" · ".join(parts))

    def _note(self, case: Case, rows: list[FieldRow]) -> str:
        """The field that the keys act on in full, else what is lacking."""
        if self._in_use and rows:
            row = rows[self._row]
            said = [f"{s.letter}: {t}" for s, t in zip(case.sides, row.sides, strict=True)]
            return f"{row.name} · {' · '.join(said)}"
        lacking = self._cases.lacking(case)
        return f"lacks {' and '.join(lacking)}" if lacking else "decided; tab goes to the next case"

    def _letters(self, case: Case) -> dict[int, str]:
        """A, B at the starts; r and x where any of them says recognised and recovered."""
        numbers = self.desk.document.index.numbers
        places = [(side.before, side.letter) for side in case.sides]
        places += [(side.label.recognised or "", "r") for side in case.sides]
        places += [(side.label.recovered or "", "x") for side in case.sides]
        found: dict[int, str] = {}
        for event_id, letter in places:
            number = numbers.get(event_id)
            if number is not None and letter not in found.get(number, ""):
                found[number] = found.get(number, "") + letter
        return found

    def _go_to_start(self) -> None:
        case = self._cases.case
        if case is not None:
            self._go_to(min(case.sides, key=lambda side: side.cut))

    def _go_to(self, side: Side) -> None:
        number = self.desk.document.index.numbers.get(side.before)
        if number is not None:
            self._transcript.jump_to(Spot(number, 0))
            self._show_place()

    def action_side(self, number: int) -> None:
        """Go to the start of one side's label."""
        case = self._cases.case
        if case is not None and number <= len(case.sides):
            self._go_to(case.sides[number - 1])

    def action_case(self, way: int) -> None:
        """Go to the next or previous case."""
        self.go_to_case(self._cases.at + way)

    def go_to_case(self, number: int) -> None:
        """Go to a case by its number, and to the place that it is about."""
        self._cases.go(number)
        self._row = 0
        self._close_form()
        self._go_to_start()

    def write_reason(self, caret: int | None) -> None:
        """Go to the line for the reason."""
        if self._cases.held.read_only:
            self._refuse(self._cases.held.elsewhere)
            return
        reason = self._form.reason
        self.set_focus(reason)
        reason.cursor_position = len(reason.value) if caret is None else caret

    def _close_form(self) -> None:
        self._in_use = False
        self._show_case()
        self.set_focus(self._transcript)

    def _try(self, change: Callable[[], object]) -> bool:
        try:
            change()
        except UserError as error:
            return self._refuse(visible_controls(str(error)))
        except SQLAlchemyError as error:
            return self._refuse(f"not saved: {getattr(error, 'orig', None) or error}. Try again.")
        self._saved = f"saved {self.desk.by.now():%H:%M:%S}"
        return True

    def _refuse(self, reason: str) -> bool:
        self._status.tell(reason, refused=True)
        return False

    # Where one stands

    def _mark_words(self, event: int) -> str:  # noqa: ARG002
        cases = self._cases
        return f"decided {cases.complete}/{len(cases.cases)}  {cases.held.assignment.state}"

    def _show_place(self) -> None:
        super()._show_place()
        self._keep_place()

    def _keep_place(self) -> None:
        self._cases.held.put_state(self._where())

    def _where(self) -> dict[str, Any]:
        rows = self.desk.document.index.rows
        if not rows:
            return {}
        place, reason = self.place, self._form.reason
        return {
            "event": rows[place.event].event_id,
            "row": place.row,
            "in_use": self._in_use,
            "field": self._row,
            "writing": self.focused is reason,
            "caret": reason.cursor_position,
        }


def _kind(side: Side) -> str:
    return f"{side.label.kind}{f' {side.label.type}' if side.label.type else ''}"
