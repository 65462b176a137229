"""A pilot as it stands in a table of trials: one arm's scores, its differences, its noise.

Rows are those of the headline. Which arm is meant must be said where there are several models.
"""

from collections.abc import Mapping
from itertools import groupby

import numpy as np
import pandas as pd

from analysis.errors import EstimateError
from analysis.figures.arm_scores import ArmScores, average_judges, list_judges, score_arms
from analysis.figures.outline import CONTROLS, STOCK
from analysis.power.assumptions import ORDERS
from analysis.power.pilot import (
    Effort,
    Noise,
    Pilot,
    pilot_from_scores,
    proposal_variance,
    verdict_variance,
)
from analysis.power.planning import Pilots
from analysis.trials.filters import HEADLINE
from analysis.trials.table import TrialTable

SET_ORDER = ("suboptimal", "random", "pilot", "strong")
"""Kinds of sets: the first one that is there is planned with, a strong one is its contrast."""
CELL = ["item", "repeat", "judge", "order"]

Scored = Mapping[tuple[str, str], ArmScores]


def pilots_from_table(
    table: TrialTable,
    arm: str | None = None,
    sessions_screened: int | None = None,
    level: float = 0.95,
) -> Pilots:
    """Returns what a pilot's trials show of one arm, of its difference to `stock`, and of sets.

    Args:
        table: trials; their clusters are lineages.
        arm: the model; None where there is only one.
        sessions_screened: sessions looked through for the pilot.
        level: nominal coverage of the ICC's intervals.

    Raises:
        EstimateError: the arm is not clear, or too little of it is scored.
    """
    chosen = table.choose(HEADLINE)
    scored = _score(chosen)
    name = _choose_arm(scored, arm)
    first, other = _choose_sets(chosen.frame, scored, name)
    stock = scored.get((first, STOCK))
    effort = Effort((), sessions_screened)
    return Pilots(
        rate=_pilot(chosen, scored[first, name], None, sessions_screened, level),
        difference=None
        if stock is None or name == STOCK
        else _pilot(chosen, scored[first, name], stock, sessions_screened, level),
        other=None
        if other is None
        else pilot_from_scores(*_columns(chosen, scored[other, name].scores), effort, level=level),
    )


def _score(table: TrialTable) -> Scored:
    """Returns every arm's scores on every set, averaged over judges, if any item has one."""
    arms = score_arms(table, list_judges(table))
    by_line = groupby(arms, key=lambda one: (one.set, one.arm))
    averaged = {line: average_judges(list(judged)) for line, judged in by_line}
    return {line: one for line, one in averaged.items() if one.scores}


def _choose_arm(scored: Scored, arm: str | None) -> str:
    arms = sorted({name for _, name in scored})
    if arm is not None:
        if arm not in arms:
            raise EstimateError(f"The pilot has no scores of arm {arm!r}; it has {arms}.")
        return arm
    models = [name for name in arms if name.partition(":")[0] not in CONTROLS]
    if len(models) != 1:
        raise EstimateError(f"The pilot has scores of the models {models}; say which arm is meant.")
    return models[0]


def _choose_sets(frame: pd.DataFrame, scored: Scored, arm: str) -> tuple[str, str | None]:
    """Returns the set to plan with and the one to contrast it with."""
    kinds = frame[["set", "set_kind"]].astype(object).drop_duplicates()
    names = [
        (SET_ORDER.index(str(kind)), str(name))
        for name, kind in kinds.itertuples(index=False)
        if (name, arm) in scored
    ]
    first = min(names)
    strong = SET_ORDER.index("strong")
    others = [name for rank, name in sorted(names) if rank == strong and name != first[1]]
    return first[1], others[0] if others else None


def _pilot(
    table: TrialTable,
    arm: ArmScores,
    minus: ArmScores | None,
    sessions_screened: int | None,
    level: float,
) -> Pilot:
    values = dict(arm.scores)
    noises = [_noise(table, arm)]
    if minus is not None:
        values = {i: score - minus.scores[i] for i, score in values.items() if i in minus.scores}
        noises.append(_noise(table, minus))
    items = table.frame.drop_duplicates("item").set_index("item")
    minutes = items["minutes"].reindex(list(values)).to_numpy(dtype=np.float64)
    scores, clusters = _columns(table, values)
    effort = Effort(minutes.tolist(), sessions_screened)
    return pilot_from_scores(scores, clusters, effort, _add(noises), level)


def _columns(table: TrialTable, values: Mapping[str, float]) -> tuple[list[float], list[str]]:
    items = table.frame.drop_duplicates("item").set_index("item")
    lineages = items["lineage"].astype(object).reindex(list(values))
    return list(values.values()), lineages.tolist()


def _noise(table: TrialTable, arm: ArmScores) -> Noise:
    """Returns what repeated verdicts and proposals of one arm on one set show."""
    frame = table.frame
    ours = (frame["set"] == arm.set) & (frame["arm"] == arm.arm) & frame["score"].notna()
    rows = frame.loc[ours & frame["judged"], [*CELL, "score"]].astype({"item": object})
    if rows.empty or not table.orders_known:
        return Noise()
    cells = list(rows[CELL].astype(object).itertuples(index=False, name=None))
    verdicts = verdict_variance(rows["score"].to_numpy(dtype=np.float64), cells)
    means = rows.groupby(["item", "repeat", "order"], observed=True)["score"].mean()
    trials = means.unstack("order").dropna().mean(axis=1)
    repeats = len(trials) / max(trials.index.get_level_values("item").nunique(), 1)
    samples = max(1, round(len(rows) / (ORDERS * max(len(trials), 1))))
    owners = trials.index.get_level_values("item").tolist()
    proposals = None
    if verdicts is not None and len(trials):
        proposals = proposal_variance(trials.to_numpy(), owners, verdicts, samples)
    return Noise(verdicts, proposals, max(1, round(repeats)), samples)


def _add(noises: list[Noise]) -> Noise:
    """Returns the noise of a difference: that of both arms, where both are known."""
    first = noises[0]
    return Noise(
        _sum([one.verdict_variance for one in noises]),
        _sum([one.proposal_variance for one in noises]),
        first.repeats,
        first.samples,
    )


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
