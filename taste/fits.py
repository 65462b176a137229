"""Which context-free move did best on a pilot set, as an arm needs to know it."""

from dataclasses import dataclass

from sqlmodel import col, select

from taste.points import PointText
from taste.probe_tables import StockFit
from taste.tables import Item, ItemSet, Run
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted stock move, as an arm needs it."""

    number: int
    """Place in the list, from 1."""
    set_id: int
    set_name: str
    run_id: int


def find_fit(db: Db, version: str, run: Run) -> Fitted | None:
    """The newest fit of a version of the list that was there when a run began.

    A later one would change the arm in the middle of the run. A fit by simulated judges is for
    simulated runs alone, and a real one for real runs.
    """
    query = (
        select(StockFit, ItemSet.name)
        .join(Run, col(Run.id) == col(StockFit.run_id))
        .join(ItemSet, col(ItemSet.id) == col(StockFit.set_id))
        .where(
            StockFit.version == version,
            Run.simulated == run.simulated,
            StockFit.created_at <= run.started_at,
        )
        .order_by(col(StockFit.created_at).desc(), col(StockFit.id).desc())
    )
    found = db.exec(query).first()
    if found is None:
        return None
    fit, name = found
    return Fitted(fit.number, fit.set_id, name, fit.run_id)


def is_fitted_on(db: Db, fit: Fitted, text: PointText) -> bool:
    """Whether the pilot set holds this very place, be it as a copy in another session."""
    query = select(Item.id).where(
        Item.set_id == fit.set_id,
        Item.lineage == text.session.lineage,
        Item.prefix_hash == text.point.prefix_hash,
    )
    return db.exec(query).first() is not None
