"""Whether judges have drifted: what they say now of what they judged in an earlier run.

A judge that is asked twice differs from itself by chance alone; that share is known where a
comparison was judged twice in one run. Drift shows as a score that has moved; a judge that has only
become less steady shows by verdicts that come back less often than they did then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from analysis.clusters import FloatArray
from analysis.contrasts import paired_difference, set_contrast
from analysis.figures.findings import Finding, attempt
from analysis.figures.shares import tell_share
from analysis.trials.bridge import Bridge, BridgeRow, RepeatRow

DRIFT = "drift, "
"""How the names of all these figures begin."""
SHIFT = "drift, score now minus then"
AGREEMENT = "drift, verdicts as then"
STEADINESS = "drift, two verdicts of then alike"
BEYOND = "drift, the first minus the second share"
NO_EARLIER = (
    "not measured: no earlier run has a verdict of this judge (model, settings, prompt, view) on "
    "these texts"
)
NO_SAMPLES = "not known: no comparison was judged twice in the earlier run"
NO_ARMS = "not known: no verdict on these arms was repeated"
NOT_LEANING = (
    "shows a judge that has become less steady; one that leans otherwise than it did can say as "
    "much again as before: for that see the score"
)


def estimate_bridge(bridge: Bridge, level: float) -> Iterator[Finding]:
    """Yields, for each judge, how far its score moved, and how often its verdict came back.

    Args:
        bridge: repeated verdicts, and pairs of samples from before.
        level: nominal coverage of the intervals.
    """
    for judge in bridge.judges:
        bare = Finding("judges", SHIFT, against=judge, role="secondary")
        rows = [row for row in bridge.rows if row.judge == judge]
        if not rows:
            yield bare.told(NO_EARLIER)
            continue
        both = [row for row in rows if row.before is not None and row.after is not None]
        told = bare.with_extra(
            repeated=len(rows), wanted=bridge.wanted, unscored=len(rows) - len(both)
        ).told(_models(rows))
        if not both:
            yield told.told("not estimated: no repeated verdict is scored")
            continue
        yield from _of_judge(told, both, [r for r in bridge.repeats if r.judge == judge], level)


def _of_judge(
    told: Finding, rows: Sequence[BridgeRow], repeats: Sequence[RepeatRow], level: float
) -> Iterator[Finding]:
    before, after = (
        np.array([getattr(row, name) for row in rows], dtype=np.float64)
        for name in ("before", "after")
    )
    lineages = [row.lineage for row in rows]
    shift = partial(paired_difference, after, before, lineages, level)
    yield attempt(told, shift, float((after - before).mean()))
    again = np.asarray(before == after, dtype=np.float64)
    bare = Finding("judges", "", against=told.against, role="secondary")
    yield _share(_named(bare, AGREEMENT), again, lineages, level)
    if not repeats:
        yield _named(bare, STEADINESS).told(NO_SAMPLES)
        return
    twice: FloatArray = np.array([row.first == row.second for row in repeats], dtype=np.float64)
    yield _share(_named(bare, STEADINESS), twice, [row.lineage for row in repeats], level)
    yield _beyond(_named(bare, BEYOND), rows, repeats, level)


def _beyond(
    bare: Finding, rows: Sequence[BridgeRow], repeats: Sequence[RepeatRow], level: float
) -> Finding:
    """Compares on the arms that were judged twice: on others a judge wavers less or more."""
    arms = {row.arm for row in repeats}
    rows = [row for row in rows if row.arm in arms]
    told = bare.with_extra(arms=", ".join(sorted(arms)), repeated=len(rows), twice=len(repeats))
    if not rows:
        return told.told(NO_ARMS)
    again: FloatArray = np.array([row.before == row.after for row in rows], dtype=np.float64)
    twice: FloatArray = np.array([row.first == row.second for row in repeats], dtype=np.float64)
    ours, theirs = ([row.lineage for row in group] for group in (rows, repeats))
    beyond = partial(set_contrast, again, ours, twice, theirs, level)
    return attempt(told.told(NOT_LEANING), beyond, float(again.mean() - twice.mean()))


def _share(bare: Finding, values: FloatArray, lineages: Sequence[str], level: float) -> Finding:
    """Tells a share of comparisons, which are no items."""
    return replace(tell_share(bare, values, lineages, level), extra={})


def _named(bare: Finding, name: str) -> Finding:
    return Finding(bare.section, name, against=bare.against, role=bare.role)


def _models(rows: Sequence[BridgeRow]) -> str:
    """Returns the model's ids as they were returned, then and now."""
    then, now = (
        ", ".join(sorted({getattr(row, name) for row in rows}))
        for name in ("model_before", "model_after")
    )
    return f"answered then by {then} and now by {now}"
