"""Several judges on the same items: each alone, their equal-weight mean, and without each.

Judges are averaged on each item before anything is clustered; a judge's call is never an
independent item. How far judges agree is estimated elsewhere.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.rates import win_rate

NOT_ALL_JUDGES = "not scored by every judge"
FEWEST_MODELS = 2


@dataclass(frozen=True)
class Panel:
    """Win rates by judge and by panel, all of them on the items that every judge scored."""

    mean: Estimate
    """Equal-weight mean over the models behind the judges."""
    judges: Mapping[str, Estimate] = field(hash=False)
    """Each judge alone."""
    without: Mapping[Hashable, Estimate] = field(hash=False)
    """The panel mean with one model left out; empty for a panel of one."""
    missing: Mapping[str, int] = field(hash=False)
    """Items that each judge did not score, those with one or more only."""
    warnings: tuple[str, ...] = ()

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest rate that a judge gives."""
        rates = [estimate.value for estimate in self.judges.values()]
        return min(rates), max(rates)


def panel(
    scores: Mapping[str, npt.ArrayLike],
    clusters: Sequence[Hashable],
    models: Mapping[str, Hashable] | None = None,
    level: float = 0.95,
) -> Panel:
    """Estimates a win rate by each judge and by the panel.

    Panel score of an item: the mean over models of the mean over the judges that are that model.
    A judge that occurs twice, with another name or prompt, therefore shares one weight and leaves
    the panel mean alone. Different models keep their weights even where their scores are the
    same, which a warning says.

    Args:
        scores: by judge, item scores in [0, 1] in one order of items, NaN where unscored, (n,).
        clusters: n labels.
        models: the model behind each judge; none: every judge is a model of its own.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: scores or labels are unusable, or no item was scored by every judge.
        TooFewClusters: the items that every judge scored lie in one cluster.
    """
    table = _table(scores, len(clusters))
    kept = ~np.any(np.isnan(list(table.values())), axis=0)
    if not kept.any():
        raise EstimateError(f"No item was scored by all of {list(table)}.")
    common = {judge: column[kept] for judge, column in table.items()}
    groups = [label for label, keep in zip(clusters, kept.tolist(), strict=True) if keep]
    left_out = {NOT_ALL_JUDGES: n} if (n := int(np.count_nonzero(~kept))) else {}

    def rate(column: FloatArray) -> Estimate:
        return win_rate(column, groups, level).with_exclusions(left_out)

    behind = _behind(common, models)
    by_model = {name: _mean([common[j] for j in judges]) for name, judges in behind.items()}
    empty = {judge: int(np.count_nonzero(np.isnan(column))) for judge, column in table.items()}
    return Panel(
        mean=rate(_mean(list(by_model.values()))),
        judges={judge: rate(column) for judge, column in common.items()},
        without={name: rate(_mean(rest)) for name, rest in _leave_one_out(by_model)},
        missing={judge: count for judge, count in empty.items() if count},
        warnings=_same_scores(by_model),
    )


def _table(scores: Mapping[str, npt.ArrayLike], n: int) -> dict[str, FloatArray]:
    if not scores:
        raise EstimateError("scores names no judge.")
    table = {judge: np.asarray(column, dtype=np.float64) for judge, column in scores.items()}
    for judge, column in table.items():
        if column.shape != (n,):
            raise EstimateError(
                f"scores[{judge!r}] has shape {column.shape}, but there are {n} cluster labels."
            )
        check_values(np.where(np.isnan(column), 0, column), f"scores[{judge!r}]", 0, 1)
    return table


def _behind(
    judges: Mapping[str, FloatArray], models: Mapping[str, Hashable] | None
) -> dict[Hashable, list[str]]:
    behind: dict[Hashable, list[str]] = {}
    for judge in judges:
        if models is not None and judge not in models:
            raise EstimateError(f"models does not name the model of judge {judge!r}.")
        behind.setdefault(judge if models is None else models[judge], []).append(judge)
    return behind


def _mean(columns: Sequence[FloatArray]) -> FloatArray:
    """Returns the mean of each item, the same digit for any order of the columns."""
    rows = np.column_stack(columns).tolist()
    return np.array([math.fsum(row) / len(row) for row in rows])


def _leave_one_out(
    by_model: Mapping[Hashable, FloatArray],
) -> list[tuple[Hashable, list[FloatArray]]]:
    if len(by_model) < FEWEST_MODELS:
        return []
    return [
        (left, [column for name, column in by_model.items() if name != left]) for left in by_model
    ]


def _same_scores(by_model: Mapping[Hashable, FloatArray]) -> tuple[str, ...]:
    names = list(by_model)
    return tuple(
        f"{a!r} and {b!r} gave the same score to every item: if they are one model, say so"
        for at, a in enumerate(names)
        for b in names[at + 1 :]
        if np.array_equal(by_model[a], by_model[b])
    )
