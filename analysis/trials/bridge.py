"""What judges said when they were asked again in a later run. None of it enters a rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from analysis.trials.columns import POINTS
from analysis.trials.query import compute_outcome
from taste.bridges import earlier_verdicts, is_wanted
from taste.run_tables import BridgeVerdict
from taste.study import Study
from taste.tables import Comparison, Item, Run, Verdict
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class BridgeRow:
    """A verdict of an earlier run and the same judge's verdict on the same comparison now."""

    judge: str
    lineage: str
    before: float | None
    """Points that the earlier verdict gives to the proposal."""
    after: float | None
    """The same of the verdict now; None where it is unscored."""
    model_before: str
    """The model's id as it was returned then."""
    model_after: str


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """Two verdicts of one judge on one comparison, both of earlier runs: samples."""

    judge: str
    lineage: str
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a run repeated."""

    wanted: int
    """Verdicts of each judge that the study wants repeated."""
    judges: tuple[str, ...] = ()
    rows: Sequence[BridgeRow] = ()
    repeats: Sequence[RepeatRow] = ()


def read_bridge(db: Db, run: Run, study: Study) -> Bridge | None:
    """Reads what a run repeated of earlier ones; None where its study wants nothing of it."""
    if not is_wanted(run, study):
        return None
    names = tuple(seat.name for seat in study.judges)
    return Bridge(study.bridge, names, _read_rows(db, run), _read_repeats(db, run, study))


def _read_rows(db: Db, run: Run) -> tuple[BridgeRow, ...]:
    # Whatever copy of a place an item stands for, its lineage is the same.
    query = (
        select(BridgeVerdict, Verdict, Comparison)
        .join(Verdict, col(Verdict.id) == col(BridgeVerdict.verdict_id))
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .where(BridgeVerdict.run_id == run.id)
        .order_by(col(BridgeVerdict.id))
    )
    lineages = _lineages(db)
    return tuple(
        BridgeRow(
            earlier.judge,
            lineages[pair.decision_point_id],
            _points(earlier.verdict, pair.order),
            _points(now.verdict, pair.order),
            earlier.model or "unknown",
            now.model or "unknown",
        )
        for now, earlier, pair in db.exec(query)
    )


def _read_repeats(db: Db, run: Run, study: Study) -> tuple[RepeatRow, ...]:
    """The first two samples of each comparison that has both."""
    lineages, orders = _lineages(db), dict(db.exec(select(Comparison.id, Comparison.order)).all())
    points = dict(db.exec(select(Comparison.id, Comparison.decision_point_id)).all())
    found: list[RepeatRow] = []
    for seat in study.judges:
        by_sample: dict[int, dict[int, str]] = {1: {}, 2: {}}
        for row in earlier_verdicts(db, run, study, seat):
            by_sample.get(row.sample, {})[row.comparison_id] = row.verdict
        for pair, verdict in by_sample[1].items():
            if pair in by_sample[2]:
                scores = [_points(each, orders[pair]) for each in (verdict, by_sample[2][pair])]
                first, second = scores
                assert first is not None
                assert second is not None
                found.append(RepeatRow(seat.name, lineages[points[pair]], first, second))
    return tuple(found)


def _lineages(db: Db) -> dict[int, str]:
    found = db.exec(select(Item.decision_point_id, Item.lineage).order_by(col(Item.id)))
    return dict(found.all())


def _points(verdict: str, order: str) -> float | None:
    return POINTS.get(compute_outcome(verdict, order))
