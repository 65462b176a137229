"""Reading with candidates: after a first pass of one's own, or in the assisted arm.

What is shown and what is made of it is recorded before it is painted.
"""

from annotation_tui.desk import Desk
from annotation_tui.screens.handing_in import HandingIn
from annotation_tui.widgets.candidate_panel import CandidatePanel
from annotation_tui.widgets.status import StatusLine
from taste.candidate_reveals import ASSISTED, CandidateReveals, Judgement, ShownCandidate
from transcripts.errors import UserError


class Suggesting(HandingIn):
    """The panel of candidates, and what it does to the marks."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._reveals = CandidateReveals(desk.by.engine, self._held.number, desk.by.holder)
        self._candidates: tuple[ShownCandidate, ...] = ()
        self._at = 0
        self._has_shown: set[int] = set()

    def _begin(self) -> None:
        super()._begin()
        if self._held.assignment.condition == ASSISTED and not self._held.read_only:
            self.call_after_refresh(self._begin_assisted)

    def _begin_assisted(self) -> None:
        """In the assisted arm candidates are there from the start."""
        if any(one.judgement is None for one in self._reveals.read()):
            self.action_candidates()

    def action_candidates(self) -> None:
        """Show the candidates, or put them away."""
        if self._panel is not None:
            self.close_candidates()
            return
        self._form.leave_text()
        self._try(self._open_panel, shows=False)

    @property
    def _panel(self) -> CandidatePanel | None:
        return next(iter(self.query(CandidatePanel)), None)

    def _open_panel(self) -> None:
        if self._held.read_only:
            raise UserError("candidates are not shown in a terminal that is read-only.")
        self._candidates = self._reveals.read()
        if not self._candidates:
            raise UserError("no candidates are marked in this session.")
        self._close_form()
        waiting = (n for n, one in enumerate(self._candidates) if one.judgement is None)
        self._at = next(waiting, 0)
        panel = CandidatePanel(self)
        self.mount(panel, before=self.query_one(StatusLine))
        self.add_class("-suggesting")
        self.call_after_refresh(self._show_candidate)

    def _show_candidate(self) -> None:
        """Go to the candidate, and record that it came into view."""
        panel, candidate = self._panel, self._candidate
        if panel is None or not self._try(self._record_shown, shows=False):
            return
        self._go_to(self._number(candidate))
        count = f"{self._at + 1}/{len(self._candidates)}"
        panel.show(candidate, self._place_of(candidate.before), count)
        self.set_focus(panel)

    def _record_shown(self) -> None:
        candidate = self._candidate
        if candidate.judgement is None and candidate.draw_id not in self._has_shown:
            self._reveals.show(candidate, self.desk.by.now())
            self._has_shown.add(candidate.draw_id)

    @property
    def _candidate(self) -> ShownCandidate:
        return self._candidates[self._at]

    def _number(self, candidate: ShownCandidate) -> int:
        return self.desk.document.index.numbers.get(candidate.before, self._event)

    # What the panel's keys say

    def accept_candidate(self, kind: str) -> None:
        """Mark the act at the candidate as this kind, and open the form."""
        candidate = self._candidate
        mine = next((mark for mark in self._selection.all if mark.cut == candidate.cut), None)
        changed = mine is not None and mine.kind != kind
        self._go_to(self._number(candidate))
        if self._judge("edited" if changed else "accepted"):
            self.close_candidates()
            self.action_mark(kind)

    def edit_candidate(self) -> None:
        """Open the own mark at the candidate."""
        candidate = self._candidate
        if all(mark.cut != candidate.cut for mark in self._selection.all):
            self._status.tell("no mark of yours here; d or s makes one.", refused=True)
        elif self._judge("edited"):
            self.close_candidates()
            self._selection.select(candidate.cut)
            self._form.in_use = True
            self._show_form()

    def judge_candidate(self, judgement: Judgement) -> None:
        """Say what one makes of it, and go on to one that is not judged yet."""
        if not self._judge(judgement):
            return
        waiting = [n for n, one in enumerate(self._candidates) if one.judgement is None]
        if waiting:
            self._at = next((n for n in waiting if n > self._at), waiting[0])
        self._show_candidate()

    def _judge(self, judgement: Judgement) -> bool:
        def record() -> None:
            self._reveals.judge(self._candidate, judgement, self.desk.by.now())
            self._candidates = self._reveals.read()

        return self._try(record, shows=False)

    def step_candidate(self, way: int) -> None:
        """Go to the next or previous candidate."""
        self._at = (self._at + way) % len(self._candidates)
        self._show_candidate()

    def close_candidates(self) -> None:
        """Put the panel away."""
        if self._panel is not None:
            self._panel.remove()
        self.remove_class("-suggesting")
        self.set_focus(self._transcript)
