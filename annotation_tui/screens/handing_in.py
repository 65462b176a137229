"""Marking, and handing in: what is attested, what is missing, and the submission."""

from sqlalchemy.exc import SQLAlchemyError
from textual import on
from textual.widgets import Input

from annotation_tui.screens.marking import Marking
from taste.submitting.completeness import ENOUGH_SEEN
from taste.submitting.coverage import read_acts, read_stretches, seen_share
from taste.submitting.hindsight import NOTHING, Incomplete, refuse_unseen, submit_hindsight
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls


class HandingIn(Marking):
    """The line for a reason, and the keys that attest and hand in."""

    def _begin(self) -> None:
        super()._begin()
        self._reason = self.query_one("#reason", Input)
        self._reason.display = False

    def action_nothing(self) -> None:
        """Attest that there is no detour and no strong move, or unsay it."""
        if self._held.get(NOTHING) is None and self._share() < ENOUGH_SEEN:
            try:
                refuse_unseen(self._share(), None)
            except UserError as error:
                self._refuse(str(error))
            self._reason.value = ""
            self._reason.placeholder = "why all the same? (enter attests, esc leaves)"
            self._reason.display = True
            self._reason.focus()
            return
        self._attest(None)

    def _share(self) -> float:
        session, thread = self.desk.session.id or 0, self.desk.session.thread
        with Db(self.desk.by.engine) as db:
            return seen_share(read_acts(db, session, thread), read_stretches(db, self._held.number))

    @on(Input.Submitted, "#reason")
    def _reasoned(self, event: Input.Submitted) -> None:
        event.stop()
        reason = " ".join(event.value.split())
        if reason:
            self._close_reason()
            self._attest(reason)

    def _close_reason(self) -> None:
        self._reason.display = False
        self.set_focus(self._transcript)

    def _attest(self, reason: str | None) -> None:
        if self._try(lambda: self._selection.attest_nothing(reason)):
            there = self._held.get(NOTHING) is not None
            words = "nothing in this session: ctrl+s hands that in, 0 unsays it."
            self._status.tell(words if there else "not attested any more.")

    def action_submit(self) -> None:
        """Hand the draft in."""
        by = self.desk.by
        self._form.leave_text()
        try:
            self._held.ready()
            handed = submit_hindsight(
                by.engine, self._held.number, by.holder, by.codebook, by.guidelines, by.now()
            )
        except Incomplete as error:
            self._show_incomplete(error)
            return
        except UserError as error:
            self._refuse(visible_controls(str(error)))
            self._held.renew()
            self._mode_changed()
            return
        except SQLAlchemyError as error:
            self._refuse(f"not handed in: {getattr(error, 'orig', None) or error}. Try again.")
            return
        self._held.assignment.state = "submitted"
        self._close_form()
        self._show_place()
        self._status.tell(
            f"handed in as version {handed.number}: labels {handed.labels}, "
            f"new or changed {handed.written}, withdrawn {handed.withdrawn}."
        )

    def _show_incomplete(self, error: Incomplete) -> None:
        self._selection.select(error.mark.cut)
        self._go_to(self._selection.number(error.mark))
        self._form.in_use = True
        self._show_form()
        self._form.open_missing()
        first = error.missing[0]
        number = self._selection.number(error.mark) + 1
        self._status.tell(
            f"not handed in: {error.mark.kind} at event {number}: {first.field}: {first.words}",
            refused=True,
        )
