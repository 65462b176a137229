"""What judges said when they were asked again in a later run. None of it enters a rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from analysis.trials.columns import POINTS
from analysis.trials.query import compute_outcome
from taste.bridges import earlier_verdicts, is_wanted
from taste.run_tables import BridgeVerdict
from taste.study import Study
from taste.tables import Comparison, Item, Proposal, Run, Verdict
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
    arm: str = ""
    """Whose proposal it is on."""


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """Two verdicts of one judge on one comparison, both of one earlier run: samples."""

    judge: str
    lineage: str
    first: float
    second: float
    arm: str = ""


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
        select(BridgeVerdict, Verdict, Comparison, Proposal.arm)
        .join(Verdict, col(Verdict.id) == col(BridgeVerdict.verdict_id))
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .join(Proposal, col(Proposal.id) == col(Comparison.proposal_id))
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
            arm,
        )
        for now, earlier, pair, arm in db.exec(query)
    )


def _read_repeats(db: Db, run: Run, study: Study) -> tuple[RepeatRow, ...]:
    """The first two samples of each comparison that one earlier run asked for both.

    A sample that a later run added is of another time: it would show drift as noise.
    """
    lineages, pairs = _lineages(db), _pairs(db)
    found: list[RepeatRow] = []
    for seat in study.judges:
        by_sample: dict[int, dict[tuple[int, int], str]] = {1: {}, 2: {}}
        for row in earlier_verdicts(db, run, study, seat):
            by_sample.get(row.sample, {})[row.comparison_id, row.run_id] = row.verdict
        for key in sorted(by_sample[1].keys() & by_sample[2].keys()):
            order, point, arm = pairs[key[0]]
            first, second = (_points(by_sample[sample][key], order) for sample in (1, 2))
            assert first is not None
            assert second is not None
            found.append(RepeatRow(seat.name, lineages[point], first, second, arm))
    return tuple(found)


def _pairs(db: Db) -> dict[int, tuple[str, int, str]]:
    """Comparison -> its order, its decision point, and the arm of its proposal."""
    query = select(
        Comparison.id, Comparison.order, Comparison.decision_point_id, Proposal.arm
    ).join(Proposal, col(Proposal.id) == col(Comparison.proposal_id))
    return {key: (order, point, arm) for key, order, point, arm in db.exec(query) if key}


def _lineages(db: Db) -> dict[int, str]:
    found = db.exec(select(Item.decision_point_id, Item.lineage).order_by(col(Item.id)))
    return dict(found.all())


def _points(verdict: str, order: str) -> float | None:
    return POINTS.get(compute_outcome(verdict, order))
