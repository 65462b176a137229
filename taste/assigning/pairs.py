"""Pairs of moves for people to judge: those of a calibration sample, and gold ones.

Gold pairs have an answer that is known from how they were made: at a detour the move that brought
the session back beats the human's, at a strong move the human's beats one from elsewhere.
"""

from collections.abc import Iterator, Mapping

from sqlmodel import col, select

from taste.assigning.targets import Target
from taste.assignment_tables import CalibrationDraw
from taste.tables import Comparison, Item, ItemSet, Proposal, Restatement
from taste.verdicts import Order, find_or_add_comparison
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint

GOLD: Mapping[tuple[str, str], Order] = {
    ("suboptimal", "recovery"): "proposal",
    ("strong", "shuffled"): "human",
}
"""(kind of set, arm) -> whose move is better."""


def find_pairs(db: Db, sample: str) -> list[Target]:
    """The pairs of a calibration sample, in its order.

    Raises:
        UserError: if there is no such sample.
    """
    query = (
        select(Comparison, CalibrationDraw.view)
        .join(CalibrationDraw, col(CalibrationDraw.comparison_id) == Comparison.id)
        .where(CalibrationDraw.name == sample)
        .order_by(col(CalibrationDraw.number), col(CalibrationDraw.id))
    )
    found = [_target(db, compared, view) for compared, view in db.exec(query)]
    if not found:
        raise UserError(
            f"there is no calibration sample {sample!r}; `taste calibrate draw` draws one."
        )
    return list(dict.fromkeys(found))


def find_gold(db: Db, view: str) -> list[Target]:
    """Every pair with a known answer, by place."""
    query = (
        select(Comparison, ItemSet.kind, Proposal.arm)
        .join(Proposal, col(Proposal.id) == Comparison.proposal_id)
        .join(Item, col(Item.decision_point_id) == Comparison.decision_point_id)
        .join(ItemSet, col(ItemSet.id) == Item.set_id)
        .order_by(col(Comparison.id))
    )
    return list(dict.fromkeys(_known(db, db.exec(query), view)))


def _known(db: Db, rows: Iterator[tuple[Comparison, str, str]], view: str) -> Iterator[Target]:
    for compared, kind, arm in rows:
        if right := GOLD.get((kind, arm)):
            yield _target(db, compared, view, right)


def _target(db: Db, compared: Comparison, view: str, right: Order | None = None) -> Target:
    point = db.get_one(DecisionPoint, compared.decision_point_id)
    pair = (compared.human_id, compared.proposed_id)
    return Target(point.session_id, point.id, pair, view, right)


def comparison_of(db: Db, target: Target, order: Order) -> Comparison:
    """A pair in one order; the row is made on first use."""
    assert target.pair is not None
    human, proposed = (db.get_one(Restatement, number) for number in target.pair)
    query = select(Comparison.proposal_id).where(
        Comparison.human_id == human.id, Comparison.proposed_id == proposed.id
    )
    proposal = db.exec(query.order_by(col(Comparison.id))).first()
    assert proposal is not None
    return find_or_add_comparison(db, human, proposed, proposal, order)


def gold_of(target: Target, order: Order) -> str | None:
    """The verdict that is known to be right, with the sides in an order."""
    if target.right is None:
        return None
    return "first" if target.right == order else "second"
