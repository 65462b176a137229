"""Foresight: an annotator says what they would do next before they see what the human did.

The data layer of that mode. It knows one place, the frontier, which only moves forward, and has no
method that returns anything from beyond it. A move is evidence before the human's is shown.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine

from taste.assigning.states import note_change
from taste.assignment_tables import Assignment, PersonProposal
from taste.drafts.interface import Drafts
from taste.eligibility import refuse_ineligible
from taste.frontiers import Frontier
from taste.moves import Asked, Said, store_move
from taste.proposals import find_proposal
from taste.submitting.handing_in import add_submission, submitting, write_draft
from taste.unrolling import read_made_act, read_shown
from transcripts.annotations import refuse_unusable
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.rendering.text import ShownText
from transcripts.tables import Annotator, Session

CONFIDENCES = (1, 2, 3, 4, 5)


class Stage(StrEnum):
    """What the annotator is to do at the frontier."""

    READING = "reading"
    """Go on: they are not asked at this act."""
    ASKED = "asked"
    """Write what they would do next."""
    REVEALED = "revealed"
    """Say whether they would have done otherwise, now that the human's move is shown."""
    ANSWERED = "answered"
    """Go on."""
    OVER = "over"
    """Hand in: no act is left."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that an annotator may know at the frontier."""

    cut: int
    shown: ShownText
    stage: Stage
    said: Mapping[str, Any] = field(default_factory=dict)
    """What they have written of their move so far."""
    act: str | None = None
    """The human's move, once theirs is stored."""


class Foresight:
    """One annotator's foresight on one session, at its frontier."""

    def __init__(
        self,
        engine: Engine,
        assignment_id: int,
        holder: str,
        store: Drafts,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._store = store
        self._now = now
        with Db(engine) as db:
            self._assignment = db.get_one(Assignment, assignment_id)
            self._session = db.get_one(Session, self._assignment.session_id)
            self._who = db.get_one(Annotator, self._assignment.annotator_id)
        self._frontier = Frontier(self._assignment, self._session, store)

    def begin(self) -> Standing:
        """What may be known where the annotator has come to.

        Raises:
            UserError: if the session may not be used, they may not propose, or it has no act.
        """
        with Db(self._engine) as db:
            point, stage = self._place(db)
            if stage in {Stage.READING, Stage.ASKED}:
                within = self._assignment.id
                refuse_ineligible(db, "propose", self._who.name, self._session, point, within)
        return self.read()

    def read(self) -> Standing:
        """What may be known now.

        Raises:
            UserError: if the session may not be used, or has no act.
        """
        with Db(self._engine) as db:
            refuse_unusable(db, self._session, self._now())
            point, stage = self._place(db)
            prefix, shown = read_shown(db, self._session, point.cut)
            act = None
            if self._frontier.is_asked(point) and stage not in {Stage.READING, Stage.ASKED}:
                act = read_made_act(db, self._session, point.cut, prefix)
        said = self._store.read().get(f"move:{point.cut}", {})
        return Standing(point.cut, shown, stage, said, act)

    def forward(self) -> Standing:
        """Move the frontier to the next act.

        Raises:
            UserError: if something is still to be said at this one.
            LostLease: if the assignment is open in another terminal by now.
        """
        with Db(self._engine) as db:
            point, stage = self._place(db)
            following = self._frontier.following(db, point)
        if stage is Stage.ASKED:
            raise UserError("say first what you would do next: e writes.")
        if stage is Stage.REVEALED:
            raise UserError("say first whether you would have done otherwise: d or s.")
        self._frontier.move_on(point, following)
        self._begin_work()
        return self.begin()

    def write(
        self, standing: Standing, said: Mapping[str, Any], state: Mapping[str, Any] | None = None
    ) -> None:
        """Save what is being typed of a move that is not stored yet, and the caret with it.

        Raises:
            UserError: if it is stored, and so stands.
            LostLease: if the assignment is open in another terminal by now.
        """
        if standing.stage is not Stage.ASKED:
            raise UserError("your move is stored; it stands as you wrote it.")
        self._store.put(f"move:{standing.cut}", dict(said), state)
        self._begin_work()

    def _begin_work(self) -> None:
        if self._assignment.state == "todo":
            self._assignment.state = note_change(self._engine, self._assignment.id or 0)

    def commit(self) -> Standing:
        """Store the move as a proposal, and only then show what the human did.

        Raises:
            UserError: if it is incomplete, or they may not propose; nothing is stored.
            LostLease: if the assignment is open in another terminal by now.
        """
        standing = self.read()
        if standing.stage is not Stage.ASKED:
            raise UserError("there is nothing to store here; f goes on.")
        said = _said(standing)
        self._store.flush()
        kept = self._propose(standing, said)
        # Once more: an outbox reads its own copy.
        self._store.put(f"asked:{standing.cut}", kept)
        self._store.flush()
        return self.read()

    def _propose(self, standing: Standing, said: Said) -> dict[str, Any]:
        """Store the move, and in the same transaction that the human's is shown from then on."""
        kept = {
            "confidence": standing.said["confidence"],
            "probability": self._frontier.probability,
            "active_ms": self._store.active_ms(standing.cut),
        }
        with self._evidence() as (db, assignment):
            at = Asked(self._session, self._frontier.point(db, standing.cut), assignment.id)
            row, _ = store_move(db, self._who, at, said, self._now())
            kept["proposal"] = row.identity
            write_draft(db, at.within or 0, f"asked:{standing.cut}", kept, self._now())
        return kept

    def _evidence(self, state: str = "draft") -> AbstractContextManager[tuple[Db, Assignment]]:
        return submitting(self._engine, self._assignment.id or 0, self._holder, state)

    def answer(self, *, otherwise: bool) -> Standing:
        """Store whether they would have done otherwise than the human.

        Raises:
            UserError: if that is not the question.
            LostLease: if the assignment is open in another terminal by now.
        """
        with Db(self._engine) as db:
            point, stage = self._place(db)
        if stage is not Stage.REVEALED:
            raise UserError("d and s answer once the human's move is shown.")
        self._store.flush()
        kept = self._store.read()[f"asked:{point.cut}"]
        with self._evidence() as (db, assignment):
            proposal = find_proposal(db, kept["proposal"])
            assert proposal is not None
            row = PersonProposal(
                proposal_id=proposal.id or 0,
                assignment_id=assignment.id or 0,
                otherwise=otherwise,
                **{part: kept[part] for part in ("confidence", "probability", "active_ms")},
            )
            db.add(row)
        return self.read()

    def hand_in(self, guidelines: str) -> Standing:
        """Hand the whole in, once every act is gone through; `guidelines` is their version.

        Raises:
            UserError: if it is not over yet, or is handed in already.
            LostLease: if the assignment is open in another terminal by now.
        """
        with Db(self._engine) as db:
            _, stage = self._place(db)
            state = db.get_one(Assignment, self._assignment.id).state
        if stage is not Stage.OVER:
            raise UserError("not handed in: go through every act first; f goes on.")
        if state == "submitted":
            raise UserError("this is handed in already; q leaves.")
        self._store.flush()
        with self._evidence("submitted") as (db, assignment):
            add_submission(db, assignment, guidelines, self._now(), seen=1.0)
        return self.read()

    # What is asked

    def _place(self, db: Db) -> tuple[Point, Stage]:
        point, over = self._frontier.at(db)
        return point, Stage.OVER if over else self._stage(db, point)

    def _stage(self, db: Db, point: Point) -> Stage:
        if not self._frontier.is_asked(point):
            return Stage.READING
        kept = self._store.read().get(f"asked:{point.cut}")
        proposal = find_proposal(db, kept["proposal"]) if kept else None
        if self._frontier.proposed(db) == point.cut:
            return Stage.ANSWERED
        return Stage.ASKED if proposal is None else Stage.REVEALED


def _said(standing: Standing) -> Said:
    """What was written, if it is complete.

    Raises:
        UserError: saying what is missing.
    """
    words = {name: standing.said.get(name) or None for name in ("why", "wrong_if")}
    move = str(standing.said.get("move") or "")
    try:
        said = Said(move=move, shown_hash=standing.shown.shown_hash, **words)
    except ValidationError as error:
        raise UserError("write your move first: one step that you would take next.") from error
    if standing.said.get("confidence") not in CONFIDENCES:
        raise UserError("say how sure you are of your move, 1 to 5.")
    return said
