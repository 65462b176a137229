"""What an adjudicator may know of a session's labels: cases with letters, and their own decisions.

No method gives a name or a time before the work is handed in; annotators' drafts and notes are
not read at all.
"""

from collections.abc import Mapping
from typing import Any

from annotation_tui.desk import Annotating
from annotation_tui.held import HeldDraft
from taste.adjudicating.cases import Case
from taste.adjudicating.reading import read_cases, read_names
from taste.adjudicating.ruling import AGREED, Ruling, find_lacking, parse_ruling
from taste.assignment_tables import Assignment
from taste.eligibility import refuse_ineligible
from taste.submitting.adjudication import Adjudicated, group_name, submit_adjudication
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

CASE = "case"
"""In the reading state: the cut of the case that is worked on."""


class CaseDesk:
    """The cases of one assignment, and what is decided of each so far."""

    def __init__(self, by: Annotating, assignment: Assignment) -> None:
        """Read the cases and the draft.

        Raises:
            UserError: if the adjudicator may not, or annotators are still at work.
        """
        self._by = by
        with Db(by.engine) as db:
            session = db.get_one(Session, assignment.session_id)
            refuse_ineligible(db, "adjudicate", by.annotator, session, within=assignment.id)
            self._cases = read_cases(db, assignment)
            db.expunge_all()
        self.held = HeldDraft(by.engine, assignment, by.holder, by.now)
        self._at = self._begin()

    def _begin(self) -> int:
        cuts = [case.cut for case in self.cases]
        last = self.held.state.get(CASE)
        if last in cuts:
            return cuts.index(last)
        undecided = (n for n, case in enumerate(self.cases) if not self.is_complete(case))
        return next(undecided, 0)

    @property
    def session(self) -> Session:
        """The session that all is about."""
        return self._cases.session

    @property
    def cases(self) -> tuple[Case, ...]:
        """What has to be decided; what all agree on is not among it."""
        return self._cases.waiting

    @property
    def by_rule(self) -> int:
        """Cases on which all agree, which the rule decides."""
        return len(self._cases.cases) - len(self.cases)

    @property
    def at(self) -> int:
        """Number of the case that is worked on, from 0."""
        return self._at

    @property
    def case(self) -> Case | None:
        """The case that is worked on; none where there is nothing to decide."""
        return self.cases[self._at] if self.cases else None

    @property
    def complete(self) -> int:
        """How many cases are decided."""
        return sum(self.is_complete(case) for case in self.cases)

    def go(self, to: int) -> None:
        """Work on another case."""
        if self.cases:
            self._at = to % len(self.cases)
            self.held.put_state({CASE: self.cases[self._at].cut})

    def ruling(self, case: Case) -> Ruling:
        """The decision as drafted; an empty one where its labels have changed since."""
        return parse_ruling(self.held.get(group_name(case.cut)), case)

    def is_stale(self, case: Case) -> bool:
        """Whether something was decided on labels that have changed since."""
        drafted = self.held.get(group_name(case.cut))
        return isinstance(drafted, dict) and drafted.get("about") != case.about

    def lacking(self, case: Case) -> list[str]:
        """What a decision still lacks."""
        return list(find_lacking(case, self.ruling(case), self._by.codebook))

    def is_complete(self, case: Case) -> bool:
        """Whether a case may be handed in as it is."""
        return not self.lacking(case)

    def say(self, case: Case, ruling: Ruling) -> None:
        """Save a decision as a step that can be undone."""
        self.held.change(group_name(case.cut), ruling.model_dump(mode="json"))

    def type_reason(self, case: Case, text: str, state: Mapping[str, Any]) -> None:
        """Save a keystroke of the reason, and the caret with it."""
        ruling = self.ruling(case).model_copy(update={"reason": text or None})
        self.held.put(group_name(case.cut), ruling.model_dump(mode="json"), state)

    def submit(self, guidelines: str) -> Adjudicated:
        """Hand all decisions in.

        Raises:
            UserError: saying what a case lacks, or why they are refused; nothing is stored.
        """
        self.held.ready()
        by = self._by
        done = submit_adjudication(
            by.engine, self.held.number, by.holder, by.codebook, guidelines, by.now()
        )
        self.held.assignment.state = "submitted"
        return done

    def names(self, case: Case) -> dict[str, str]:
        """Whose label is which letter.

        Raises:
            UserError: if the work is not handed in yet.
        """
        if self.held.assignment.state != "submitted":
            raise UserError("names are shown once the decisions are handed in.")
        with Db(self._by.engine) as db:
            return read_names(db, self._cases, case.cut)


def decided(case: Case, ruling: Ruling, values: dict[str, Any]) -> Ruling:
    """The ruling with another decision; what belonged to the former one goes."""
    kept: dict[str, Any] = {"picks": {}, "values": {}, "before": None, "of": None}
    changed = ruling.model_copy(update=kept | values)
    if case.agreed and changed.decision == "take" and changed.cause != AGREED:
        return changed.model_copy(update={"cause": None})
    return changed
