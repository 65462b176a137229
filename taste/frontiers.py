"""How far an annotator in foresight has come: the frontier, which only moves forward."""

import random

from sqlalchemy import func
from sqlmodel import col, select

from taste.assignment_tables import Assignment, PersonProposal
from taste.drafts.interface import Drafts
from taste.tables import Proposal
from taste.unrolling import find_next_act, get_act
from transcripts.db import Db
from transcripts.decision_points import Point, locate_point
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, Session

FRONTIER = "frontier"
"""Name of the draft that says how far an annotator has come; no undo reaches it."""


class Frontier:
    """The frontier of one assignment."""

    def __init__(self, assignment: Assignment, session: Session, store: Drafts) -> None:
        self._assignment = assignment
        self._session = session
        self._store = store

    def at(self, db: Db) -> tuple[Point, bool]:
        """The act before which the annotator stands, and whether they are done with the last one.

        A stored proposal holds the frontier even where the draft is lost.

        Raises:
            UserError: if the session has no human act that a response precedes.
        """
        kept = self._store.read().get(FRONTIER) or {}
        proposed = self.proposed(db)
        cut = max((c for c in (kept.get("cut"), proposed) if c is not None), default=None)
        if cut is not None:
            return self.point(db, cut), bool(kept.get("over")) and cut == kept.get("cut")
        point = self._first(db)
        if point is None:
            raise UserError("this session has no human act that foresight could ask at.")
        return point, False

    def following(self, db: Db, point: Point) -> Point | None:
        """The act after a point; none where there is none, or the assignment is one point's."""
        return None if self._only(db) else find_next_act(db, self._session, point.cut)

    def move_on(self, point: Point, following: Point | None) -> None:
        """Go to the act that follows a point, or be done where there is none.

        Raises:
            UserError: if it cannot be saved where others see it.
            LostLease: if the assignment is open in another terminal by now.
        """
        cut = following.cut if following else point.cut
        self._store.put(FRONTIER, {"cut": cut, "over": following is None})
        # Before anything is shown every other terminal has to know.
        self._store.flush()

    def proposed(self, db: Db) -> int | None:
        """The latest act at which all was said that is asked."""
        query = (
            select(func.max(DecisionPoint.cut))
            .join(Proposal, col(Proposal.decision_point_id) == DecisionPoint.id)
            .join(PersonProposal, col(PersonProposal.proposal_id) == Proposal.id)
            .where(PersonProposal.assignment_id == self._assignment.id)
        )
        return db.exec(query).one()

    def point(self, db: Db, cut: int) -> Point:
        """The act (or the assignment's one point) with this cut."""
        if (only := self._only(db)) is not None:
            return locate_point(db, self._session, only.before)
        return get_act(db, self._session, cut)

    @property
    def probability(self) -> float:
        """With which an act is one at which the annotator is asked."""
        share = self._assignment.share
        whole = share is None or self._assignment.decision_point_id is not None
        return 1.0 if whole or share is None else share

    def is_asked(self, point: Point) -> bool:
        """Whether the annotator is asked at an act: chance alone decides, by the stored seed."""
        chance = random.Random(f"foresight:{self._assignment.seed}:{point.before}")
        return chance.random() < self.probability

    def _first(self, db: Db) -> Point | None:
        if (only := self._only(db)) is not None:
            return self.point(db, only.cut)
        return find_next_act(db, self._session, -1)

    def _only(self, db: Db) -> DecisionPoint | None:
        """The one point of the assignment, where it has not the whole session."""
        number = self._assignment.decision_point_id
        return None if number is None else db.get_one(DecisionPoint, number)
