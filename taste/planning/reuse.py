"""Which of an item's answers are there already, or are counted with another of its trials."""

from dataclasses import dataclass, field

from taste.again import Again
from taste.conditions import Condition
from taste.planning.there import There, find_last_draft
from taste.points import PointText
from taste.prober import Question, probe_identity
from taste.proposals import model_identity, restatement_identity
from taste.proposer import PLACEBO, request_for
from taste.requests import Request
from taste.seats import Judge, ModelSeat
from taste.study import Study
from taste.tables import Comparison, Digest, Restatement
from taste.verdicts import Asked, Order, Pair, verdict_identity
from taste.views import show, view_fault
from transcripts.db import Db

NOT_YET = ""
"""A move that is still to be written."""


@dataclass(slots=True)
class Reuse:
    """Looks up one item's answers by their identities."""

    there: There
    study: Study
    text: PointText
    simulated: bool
    again: Again
    human: Restatement | None = None
    """The human's move, once it is restated."""
    digest: Digest | None = None
    """The digest, once it is settled."""
    _requests: dict[str, Request] = field(default_factory=dict)
    _hashes: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    """Identities that are counted already: what two trials share is asked for once."""

    def __post_init__(self) -> None:
        """Look for the human's restated move."""
        self.human = self.restated(self.text.act)

    @property
    def is_known(self) -> bool:
        """Whether anything was ever proposed for the item's decision point."""
        return self.text.point.id in self.there.points

    def settle_digest(self, db: Db) -> None:
        """Look for the digest, which hangs on the human's restated move."""
        if self.human is not None:
            self.digest = find_last_draft(
                db, self.text, self.study, self.human, again=self.again, simulated=self.simulated
            )

    def restated(self, verbatim: str) -> Restatement | None:
        """The restatement of a move."""
        first = restatement_identity(
            verbatim, self.text.tail, self.study.restater, self.study.judging.words,
            simulated=self.simulated,
        )  # fmt: skip
        return self.there.restatements.get(self.again.current(first)[0])

    def proposed(self, seat: ModelSeat, arm: str, repeat: int) -> str | None:
        """A model's stored move, `NOT_YET`, or None where there will be none."""
        if not self.is_known:
            return NOT_YET
        form = "placebo" if arm.startswith(PLACEBO) else "propose"
        if form not in self._requests:
            self._requests[form] = request_for(self.text, arm)
        return self.requested(self._requests[form], seat, repeat)

    def requested(self, request: Request, seat: ModelSeat, repeat: int) -> str | None:
        """What came of a request for a move, likewise."""
        first = model_identity(request, seat, repeat, simulated=self.simulated)
        return self.there.proposals.get(self.again.current(first)[0], NOT_YET)

    def without_model(self, arm: str, repeat: int) -> str | None:
        """The stored move of an arm that needs no model, likewise."""
        point, shown_hash = self.text.point.id or 0, self.text.prefix.shown_hash
        return self.there.by_place.get((point, arm, repeat, shown_hash, self.simulated), NOT_YET)

    def is_judged(self, judge: Judge, row: Restatement | None, about: tuple[Order, Condition, int]
                  ) -> bool:  # fmt: skip
        """Whether a verdict is there, or counted with another trial that has the same move."""
        order, condition, sample = about
        if row is None or self.human is None or not self.can_show(condition):
            return False
        asked = Asked(self.pair(row, order), condition, sample)
        shown = self._shown_hash(condition)
        first = verdict_identity(asked, judge, shown, simulated=self.simulated)
        key, _ = self.again.current(first)
        return key in self.there.verdicts or not self.is_new(key)

    def is_open(self, seat: ModelSeat, question: Question | None) -> bool:
        """Whether a probe is still to be asked; one without a question waits for its moves."""
        if question is None:
            return True
        key, _ = self.again.current(probe_identity(question, seat, simulated=self.simulated))
        return key not in self.there.probes and self.is_new(key)

    def pair(self, row: Restatement, order: Order) -> Pair:
        """The two moves; the comparison stays out of the database."""
        assert self.human is not None
        comparison = Comparison(
            decision_point_id=self.text.point.id or 0, proposal_id=0, human_id=self.human.id or 0,
            proposed_id=row.id or 0, order=order,
        )  # fmt: skip
        return Pair(self.human, row, order, comparison)

    def can_show(self, condition: Condition) -> bool:
        """Whether all that a view shows is there."""
        return view_fault(condition.view, self.digest) is None

    def is_hopeless(self, condition: Condition) -> bool:
        """Whether the view's digest is settled and unfit, so that nobody is asked."""
        return self.digest is not None and not self.can_show(condition)

    def is_new(self, key: object) -> bool:
        """Whether this is the first time that a key is met."""
        size = len(self._asked)
        self._asked.add(repr(key))
        return len(self._asked) > size

    def _shown_hash(self, condition: Condition) -> str:
        view = condition.view
        if view not in self._hashes:
            self._hashes[view] = show(self.text, view, self.digest).hash
        return self._hashes[view]
