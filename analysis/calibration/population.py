"""What a calibration sample is drawn from: each item with an arm's move that the judge scored.

A unit is one pair of moves, whatever its order; its score is the judge's, over both orders.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.errors import EstimateError
from analysis.trials.columns import BLIND, ORDERS, POINTS, RESTATED, STANDARD, TrialRow

EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Unit:
    """One pair of moves that may be drawn."""

    set: str
    arm: str
    point: str
    """The item's place: of all pairs at one, a person judges one."""
    cluster: str
    score: float
    """The judge's, in [0, 1]: mean over samples inside each order, then over both orders."""
    comparison_id: int
    """The pair with the human's move first."""

    @property
    def cell(self) -> tuple[str, str]:
        """What a rate is of."""
        return self.set, self.arm

    @property
    def outcome(self) -> str:
        """The judge's verdict over both orders: loss, tie, win."""
        return "tie" if self.score == EVEN else ("win" if self.score > EVEN else "loss")


def strata_of(set_name: str, arm: str) -> tuple[str, ...]:
    """Names of the strata that a set and an arm may have: itself, and one for each outcome."""
    name = f"{set_name}/{arm}"
    return (name, *(f"{name}/{outcome}" for outcome in ("loss", "tie", "win")))


@dataclass(frozen=True)
class Population:
    """Every unit of a run that may be drawn in a view."""

    view: str
    judge: str
    units: tuple[Unit, ...]
    unscored: int
    """Trials without a score of the judge in both orders."""

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Sets and arms, sorted."""
        return tuple(sorted({unit.cell for unit in self.units}))

    def of(self, cell: tuple[str, str]) -> tuple[Unit, ...]:
        """The units of a set and an arm."""
        return tuple(unit for unit in self.units if unit.cell == cell)


def find_population(
    rows: Sequence[TrialRow], view: str, judge: str, arms: Iterable[str]
) -> Population:
    """Returns what may be drawn: arms' first proposals that the judge scored in both orders.

    Args:
        rows: all trials of a run.
        view: that is to be corrected.
        judge: name of the model judge that is to be corrected.
        arms: whose moves.

    Raises:
        EstimateError: the judge gave no verdict in the view, or none on these arms.
    """
    wanted = set(arms)
    judged = [row for row in rows if row.arm in wanted and row.repeat == 1]
    by_trial: defaultdict[int, list[TrialRow]] = defaultdict(list)
    for row in judged:
        if is_base(row, view) and row.judge == judge and row.judge_kind == "model":
            by_trial[row.trial_id].append(row)
    units = [unit for trial in by_trial.values() if (unit := _unit(trial)) is not None]
    if not units:
        raise EstimateError(
            f"the judge {judge!r} has no pair of verdicts in the view {view!r} on these arms; "
            "there is nothing to draw from."
        )
    trials = {row.trial_id for row in judged}
    units.sort(key=lambda unit: (unit.set, unit.arm, unit.point))
    return Population(view, judge, tuple(units), len(trials) - len(units))


def is_base(row: TrialRow, view: str) -> bool:
    """Whether a verdict was come by as the headline's, in a view."""
    plain = (row.form, row.provenance, row.prompt) == (RESTATED, BLIND, STANDARD)
    return plain and row.view == view


def _unit(trial: Sequence[TrialRow]) -> Unit | None:
    points: dict[str, list[float]] = {order: [] for order in ORDERS}
    numbers: dict[str, int] = {}
    for row in trial:
        if row.is_scored and row.order is not None and row.comparison_id is not None:
            points[row.order].append(POINTS[row.outcome or ""])
            numbers[row.order] = row.comparison_id
    if not all(points.values()):
        return None
    first = trial[0]
    means = [math.fsum(some) / len(some) for some in points.values()]
    return Unit(
        set=first.set,
        arm=first.arm,
        point=f"{first.session}\0{first.position}",
        cluster=first.lineage,
        score=math.fsum(means) / len(means),
        comparison_id=numbers["human"],
    )
