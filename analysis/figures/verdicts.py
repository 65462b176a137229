"""Verdicts one by one, as the figures about judges need them: who said what of which comparison."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.errors import EstimateError
from analysis.judges.verdict_counts import VerdictCounts, count_verdicts
from analysis.trials.table import TrialTable

CATEGORIES = ("win", "tie", "loss")
WORDS = {1.0: "win", 0.5: "tie", 0.0: "loss"}


def scored_verdicts(table: TrialTable) -> pd.DataFrame:
    """Returns the rows that are a win, a tie or a loss, with numbers for trial and comparison.

    Columns set, arm, judge, sample, score, lineage; `trial` numbers item, arm and repeat,
    `human_first` says whose move came first, None where the table does not say.
    """
    frame = table.frame[table.frame["score"].isin(list(WORDS))]
    found = frame[["set", "arm", "judge", "sample", "score", "lineage"]].copy()
    found["trial"] = _number(frame, ("item", "arm", "repeat"))
    found["human_first"] = frame["order"].cat.codes.where(frame["order"].notna(), np.nan)
    if "human" in frame["order"].cat.categories:
        human = frame["order"].cat.categories.get_loc("human")
        found["human_first"] = (found["human_first"] == human).where(frame["order"].notna())
    return found.astype(dict.fromkeys(("set", "arm", "judge", "lineage"), object))


def _number(frame: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Returns one number for each combination of columns."""
    number = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        codes, values = pd.factorize(frame[name], sort=True)
        number = number * (len(values) + 1) + codes
    return number


def count_by_trial(rows: pd.DataFrame) -> VerdictCounts | None:
    """Returns one judge's verdicts by trial and order; None where there are none.

    Args:
        rows: of `scored_verdicts`, of one judge.
    """
    if rows.empty or rows["human_first"].isna().any():
        return None
    order = rows["human_first"].to_numpy(dtype=np.int64)
    trial = rows["trial"].to_numpy()
    # A prompt that changed while the run stood still gives a second verdict of one sample.
    samples = pd.Series(trial * 2 + order).groupby(trial * 2 + order).cumcount()
    try:
        return count_verdicts(
            trial.tolist(),
            order,
            samples.to_numpy(dtype=np.int64),
            rows["score"].to_numpy(dtype=np.float64),
            rows["lineage"].tolist(),
        )
    except EstimateError:
        return None


def paired_verdicts(rows: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Returns what two judges said of the same comparisons, first sample each, as words.

    Columns `first`, `second` and `lineage`.
    """
    key = ["trial", "human_first"]
    one, two = (each.sort_values("sample").drop_duplicates(key) for each in (rows, other))
    both = one.merge(two, on=key, suffixes=("", "_other"))
    return pd.DataFrame(
        {
            "first": both["score"].map(WORDS),
            "second": both["score_other"].map(WORDS),
            "lineage": both["lineage"],
        }
    )


def by_judge(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yields every judge with its rows, sorted by name."""
    for judge, own in rows.groupby("judge", sort=True):
        yield str(judge), own
