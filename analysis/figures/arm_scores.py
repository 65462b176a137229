"""Item scores of every arm on every set by every judge, from the trials table in one pass.

Items without a score stay, with what stood in the way; nothing is estimated here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.scores import HUMAN_FIRST, ORDER_MISSING, PROPOSAL_FIRST, ItemScores, score_items
from analysis.trials.columns import NOT_JUDGED
from analysis.trials.table import TrialTable

POOLED_PLACEBO = "placebo"
ALL_JUDGES = "mean of the judges"
NOT_BY_EVERY_JUDGE = "not scored by every judge"
BY_NO_JUDGE = "scored by no judge"


@dataclass(frozen=True)
class ArmScores:
    """One arm on one set, by one judge or by the mean of all."""

    set: str
    arm: str
    judge: str
    items: npt.NDArray[np.object_]
    """Every item that the arm was run on, in the order of the table."""
    of: ItemScores = field(compare=False)
    """What each of them comes to."""
    reasons: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Items without a score, by reason."""
    verdicts: int = 0
    """Verdicts stored, scored or not."""
    unscored: int = 0
    """Verdicts among them that are no win, loss or tie."""

    @property
    def scored(self) -> npt.NDArray[np.bool_]:
        """Which items have a score."""
        return ~np.isnan(self.of.score)

    @property
    def scores(self) -> Mapping[str, float]:
        """Item -> score, of those that have one."""
        kept = self.scored
        return dict(zip(self.items[kept], self.of.score[kept].tolist(), strict=True))


def score_arms(table: TrialTable, judges: Sequence[str]) -> tuple[ArmScores, ...]:
    """Returns the scores of each arm on each set by each judge, sorted by set, arm and judge.

    Placebos of several proposers also count together as one arm, item by item.

    Args:
        table: rows that may enter; see `TrialTable.choose`.
        judges: who counts.
    """
    frame = _with_pooled_placebo(table.frame)
    if frame.empty or not judges:
        return ()
    found = []
    for (set_name, arm), rows in frame.groupby(["set", "arm"], sort=True, observed=True):
        own = partial(_score_arm, rows, str(set_name), str(arm), orders_known=table.orders_known)
        found += [own(judge) for judge in judges]
    return tuple(found)


def average_judges(
    by_judge: Sequence[ArmScores], models: Mapping[str, str] = MappingProxyType({})
) -> ArmScores:
    """Averages one arm's scores over judges, item by item; judges with one model share a weight.

    An item has a score where every judge gave one: with one of them missing, how lenient the
    others are would go into its score.

    Args:
        by_judge: the same arm on the same set, once for each judge.
        models: judge -> the model behind it; a judge that is not named is a model of its own.
    """
    if len(by_judge) == 1:
        return by_judge[0]
    first = by_judge[0]
    stacked = np.array([~one.scored for one in by_judge])
    nobody = stacked.all(axis=0)
    reasons = {
        NOT_BY_EVERY_JUDGE: int((stacked.any(axis=0) & ~nobody).sum()),
        BY_NO_JUDGE: int(nobody.sum()),
    }
    return replace(
        first,
        judge=ALL_JUDGES,
        of=_mean_scores(by_judge, _weights([one.judge for one in by_judge], models)),
        reasons={reason: count for reason, count in reasons.items() if count},
        verdicts=sum(one.verdicts for one in by_judge),
        unscored=sum(one.unscored for one in by_judge),
    )


def _weights(judges: Sequence[str], models: Mapping[str, str]) -> FloatArray:
    behind = [models.get(judge, judge) for judge in judges]
    return np.array([1 / behind.count(model) for model in behind]) / len(set(behind))


def _mean_scores(by_judge: Sequence[ArmScores], weights: FloatArray) -> ItemScores:
    parts = {}
    for part in fields(ItemScores):
        values = np.array([getattr(one.of, part.name) for one in by_judge], dtype=np.float64)
        parts[part.name] = (weights[:, np.newaxis] * values).sum(axis=0)
    return ItemScores(**parts)


def _with_pooled_placebo(frame: pd.DataFrame) -> pd.DataFrame:
    arms = frame["arm"].cat.categories
    own = frame["arm"].isin([arm for arm in arms if arm.startswith(f"{POOLED_PLACEBO}:")])
    frame = frame.assign(written_by=frame["arm"].cat.codes)
    if not own.any():
        return frame
    new = [] if POOLED_PLACEBO in arms else [POOLED_PLACEBO]
    frame = frame.assign(arm=frame["arm"].cat.add_categories(new))
    pooled = frame[own].copy()
    pooled.loc[:, "arm"] = POOLED_PLACEBO
    return pd.concat([frame, pooled])


def _score_arm(
    rows: pd.DataFrame, set_name: str, arm: str, judge: str, *, orders_known: bool
) -> ArmScores:
    item, items = pd.factorize(rows["item"].astype(object), sort=True)
    trial, first_rows = _number_trials(item, rows)
    given = (rows["judge"] == judge).to_numpy() & rows["judged"].to_numpy(dtype=bool)
    points = rows["score"].to_numpy(dtype=np.float64)
    counted = given & ~np.isnan(points)
    order = np.where((rows["order"] == "proposal").to_numpy(), PROPOSAL_FIRST, HUMAN_FIRST)
    trials, orders, values = trial[counted], order[counted], points[counted]
    if not orders_known:
        trials, values = np.tile(trials, 2), np.tile(values, 2)
        orders = np.repeat([PROPOSAL_FIRST, HUMAN_FIRST], counted.sum())
    scores = score_items(item[first_rows], trials, orders, values, items=len(items))
    excluded = np.flatnonzero(np.isnan(scores.score))
    return ArmScores(
        set=set_name,
        arm=arm,
        judge=judge,
        items=np.asarray(items, dtype=object),
        of=scores,
        reasons=_reasons(rows, item, trial, given, excluded) if excluded.size else {},
        verdicts=int(given.sum()),
        unscored=int((given & ~counted).sum()),
    )


def _number_trials(
    item: npt.NDArray[np.int64], rows: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Returns each row's trial, numbered by item, author and repeat, and a row of each trial."""
    repeat, repeats = pd.factorize(rows["repeat"], sort=True)
    author, authors = pd.factorize(rows["written_by"], sort=True)
    keys = (item * len(authors) + author) * len(repeats) + repeat
    _, first, trial = np.unique(keys, return_index=True, return_inverse=True)
    return trial, first


def _reasons(
    rows: pd.DataFrame,
    item: npt.NDArray[np.int64],
    trial: npt.NDArray[np.int64],
    given: npt.NDArray[np.bool_],
    excluded: npt.NDArray[np.int64],
) -> dict[str, int]:
    """Counts items without a score by what stood in their way."""
    judged = np.isin(trial, trial[given])
    missing = rows["exclusion"].astype(object).where(rows["exclusion"].notna(), None)
    gaps: dict[int, set[str]] = {}
    told = zip(item, missing, rows["gap"].astype(object), judged, given, strict=True)
    wanted = set(excluded.tolist())
    for number, exclusion, gap, was_judged, is_given in told:
        if number in wanted:
            gaps.setdefault(number, set()).update(_gaps(exclusion, gap, was_judged, is_given))
    told_of = ("; ".join(sorted(gaps[number] or {ORDER_MISSING})) for number in excluded.tolist())
    return dict(sorted(Counter(told_of).items()))


def _gaps(exclusion: str | None, gap: object, judged: bool, given: bool) -> Iterator[str]:
    if exclusion or not judged:
        yield exclusion or NOT_JUDGED
    if given and isinstance(gap, str):
        yield gap


def list_judges(table: TrialTable, planned: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns the planned judges in their order, then any other that gave a verdict, sorted."""
    first = tuple(planned)
    found = table.frame.loc[table.frame["judged"], "judge"].astype(object).unique()
    return (*first, *sorted(set(found).difference(first)))
