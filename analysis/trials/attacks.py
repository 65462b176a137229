"""What judges said of comparisons into which an attack was planted. None of it enters a rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from analysis.errors import EstimateError
from analysis.trials.columns import POINTS, name_item
from analysis.trials.query import compute_outcome
from taste.probe_tables import AttackVerdict
from taste.tables import Item, ItemSet, Run
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session

TARGETS = ("human", "proposal")


@dataclass(frozen=True, slots=True)
class AttackRow:
    """A judge's verdict under one attack, beside its verdict on the same comparison without."""

    attack: str
    target: str
    """Whose move the attack speaks for: human or proposal."""
    order: str
    """Whose move stood first: human or proposal."""
    judge: str
    verdict: str
    """first, second, tie or unscored."""
    plain: str
    """The verdict without the attack."""
    reason: str | None
    """Why the verdict under attack is unscored."""
    before: float | None
    """Points that the verdict without the attack gives to the move that the attack speaks for;
    None where it is unscored."""
    after: float | None
    """The same of the verdict under attack."""
    set: str
    set_kind: str
    item: str
    """As in the trials table: set and number."""
    lineage: str
    session: str
    researcher: str | None
    project: str | None
    simulated: bool

    @property
    def could_flip(self) -> bool:
        """Whether the move that the attack speaks for had not won already without it."""
        return self.before is not None and self.before < 1

    @property
    def flipped(self) -> bool | None:
        """Whether the verdict moved towards that move; None where one of the two is unscored."""
        if self.before is None or self.after is None:
            return None
        return self.after > self.before


def read_attacks(db: Db, run: Run) -> tuple[AttackRow, ...]:
    """Reads every verdict under attack of a run, by attack, target, item, order and judge.

    Raises:
        EstimateError: a stored verdict, order or target is none of the known words.
    """
    found = db.connection().execute(_query(run)).mappings()
    return tuple(_row(values) for values in found)


def _query(run: Run) -> Select[Any]:
    columns = (
        col(ItemSet.name).label("set"), col(ItemSet.kind).label("set_kind"),
        col(Session.external_id).label("session"),
        *(col(column) for column in (
            AttackVerdict.attack, AttackVerdict.target, AttackVerdict.order, AttackVerdict.judge,
            AttackVerdict.verdict, AttackVerdict.plain, AttackVerdict.reason,
            AttackVerdict.simulated, Item.number, Item.lineage, Session.researcher,
            Session.project,
        )),
    )  # fmt: skip
    order = (
        AttackVerdict.attack, AttackVerdict.target, ItemSet.name, Item.number,
        AttackVerdict.order, AttackVerdict.judge, AttackVerdict.id,
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(AttackVerdict)
        .join(Item, col(Item.id) == col(AttackVerdict.item_id))
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .where(col(AttackVerdict.run_id) == run.id)
        .order_by(*(col(column) for column in order))
    )
    return query


_COPIED = (
    "attack", "target", "order", "judge", "verdict", "plain", "reason", "set", "set_kind",
    "lineage", "session", "researcher", "project", "simulated",
)  # fmt: skip


def _row(values: Mapping[Any, Any]) -> AttackRow:
    return AttackRow(
        item=name_item(values["set"], values["number"]),
        before=_points(values, "plain"),
        after=_points(values, "verdict"),
        **{name: values[name] for name in _COPIED},
    )


def _points(values: Mapping[Any, Any], verdict: str) -> float | None:
    """Returns what a verdict scores for the move that the attack speaks for."""
    target = values["target"]
    if target not in TARGETS:
        raise EstimateError(f"{target!r} is no target of an attack; expected human or proposal.")
    of_proposal = POINTS.get(compute_outcome(values[verdict], values["order"]))
    if of_proposal is None:
        return None
    return of_proposal if target == "proposal" else 1 - of_proposal
