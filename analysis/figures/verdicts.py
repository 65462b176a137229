"""Verdicts one by one, as the figures about judges need them: who said what of which comparison."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.errors import EstimateError
from analysis.judges.verdict_counts import VerdictCounts, count_verdicts
from analysis.trials.table import TrialTable

CATEGORIES = ("win", "tie", "loss")
WORDS = {1.0: "win", 0.5: "tie", 0.0: "loss"}
TRIAL = ["set", "item", "arm", "repeat"]
COMPARISON = [*TRIAL, "human_first"]


def scored_verdicts(table: TrialTable, cluster: str = "lineage") -> pd.DataFrame:
    """Returns the rows that are a win, a tie or a loss, as plain values.

    Columns set, item, arm, repeat, judge, judge_prompt, sample, score; `human_first`, whose move
    came first, missing where the table does not say; `cluster`, what the plan clusters by.
    """
    frame = table.frame[table.frame["score"].isin(list(WORDS))]
    found = frame[[*TRIAL, "judge", "judge_prompt", "sample", "score"]].copy()
    first = frame["order"].astype(object)
    found["human_first"] = (first == "human").astype(float).where(first.notna())
    known = table.frame[["item", cluster]].dropna().drop_duplicates("item").set_index("item")
    found["cluster"] = frame["item"].astype(object).map(known[cluster].astype(object))
    texts = ("set", "item", "arm", "judge", "judge_prompt", "cluster")
    return found.astype(dict.fromkeys(texts, object))


def count_fractional(table: TrialTable) -> int:
    """Returns how many verdicts have a score that is no win, tie or loss."""
    scores = table.frame["score"]
    return int((scores.notna() & ~scores.isin(list(WORDS))).sum())


def count_by_trial(rows: pd.DataFrame) -> VerdictCounts:
    """Returns one judge's verdicts by trial and order.

    Args:
        rows: of `scored_verdicts`, of one judge.

    Raises:
        EstimateError: there is no verdict, or one without an order or a cluster.
    """
    if rows.empty:
        raise EstimateError("There is no verdict to tell it from.")
    if rows["human_first"].isna().any():
        raise EstimateError("Some verdicts do not say which move came first.")
    order = rows["human_first"].to_numpy(dtype=np.int64)
    trial = rows.groupby(TRIAL, sort=True).ngroup().to_numpy()
    cell = pd.Series(trial * 2 + order)
    return count_verdicts(
        trial.tolist(),
        order,
        cell.groupby(cell).cumcount().to_numpy(dtype=np.int64),
        rows["score"].to_numpy(dtype=np.float64),
        [None if pd.isna(label) else label for label in rows["cluster"]],
    )


def paired_verdicts(rows: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Returns what two judges said of the same comparisons, first sample each, as words.

    Columns `first`, `second` and `cluster`.
    """
    one, two = (each.sort_values("sample").drop_duplicates(COMPARISON) for each in (rows, other))
    both = one.merge(two, on=COMPARISON, suffixes=("", "_other"))
    return pd.DataFrame(
        {
            "first": both["score"].map(WORDS),
            "second": both["score_other"].map(WORDS),
            "cluster": both["cluster"],
        }
    )


def by_judge(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yields every judge with its rows, sorted by name; each prompt of a judge is told apart."""
    for judge, own in rows.groupby("judge", sort=True):
        prompts = sorted(own["judge_prompt"].dropna().unique())
        if len(prompts) < 2:  # noqa: PLR2004
            yield str(judge), own
            continue
        for prompt in prompts:
            yield f"{judge} (prompt {prompt[:8]})", own[own["judge_prompt"] == prompt]
