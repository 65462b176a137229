"""Section 1: the win rate of every arm on every set, under each way of clustering."""

from collections.abc import Iterator

import numpy as np

from analysis.cluster_levels import LevelRate, rate_by_cluster_level
from analysis.clusters import FEWEST_RELIABLE_CLUSTERS, FloatArray
from analysis.figures.board import SHARES, Board, Mask, SetBoard
from analysis.figures.findings import Extra, Finding, attempt
from analysis.figures.missing import run_cases, tell_missing, with_missing
from analysis.figures.pairs import NO_SCORE
from analysis.intervals import EVEN
from analysis.permutation.wild_bootstrap import wild_cluster_test
from analysis.rates import win_rate
from analysis.trials.columns import CLUSTER_COLUMNS


def estimate_rates(board: Board) -> Iterator[Finding]:
    """Yields every arm's win rate on every set, then the same under the other clusters."""
    for found in board.sets:
        for arm in found.scores:
            yield _rate(board, found, arm)
    for found in board.sets:
        for arm in board.outline.models:
            if arm in found.scores and found.scored(arm).any():
                yield from _levels(board, found, arm)


def _rate(board: Board, found: SetBoard, arm: str) -> Finding:
    kept = found.scored(arm)
    bare = Finding("rates", "win rate", found.name, arm, role="secondary")
    bounds = _missing(board, found, arm)
    if not kept.any():
        reasons = ", ".join(f"{reason} {n}" for reason, n in found.reasons[arm].items())
        return bare.told(f"{NO_SCORE}: {reasons}" if reasons else NO_SCORE).with_extra(**bounds)
    scores = found.scores[arm][kept]
    clusters = found.clusters[kept].tolist()
    level = board.outline.plan.level
    finding = attempt(
        bare,
        lambda: win_rate(scores, clusters, level).with_exclusions(found.reasons[arm]),
        float(scores.mean()),
    )
    return with_missing(finding, bounds).with_extra(
        **_shares(found, arm, kept), **strict_shares(scores), **_few(board, found, arm)
    )


def _shares(found: SetBoard, arm: str, kept: Mask) -> dict[str, Extra]:
    """Shares of verdicts, averaged as the rate is."""
    return {part: float(found.parts[part][arm][kept].mean()) for part in SHARES}


def strict_shares(scores: FloatArray) -> dict[str, Extra]:
    """Returns shares of items won, tied and lost on balance, and wins among the decided ones."""
    won, lost = int(np.sum(scores > EVEN)), int(np.sum(scores < EVEN))
    n = len(scores)
    return {
        "items_won": won / n,
        "items_tied": (n - won - lost) / n,
        "items_lost": lost / n,
        "without_ties": won / (won + lost) if won + lost else None,
    }


def _missing(board: Board, found: SetBoard, arm: str) -> dict[str, Extra]:
    """The rate with all that is missing lost and won, and the items that the arm never ran on."""
    run, level = found.run_on(arm), board.outline.plan.level
    clusters = found.clusters[run].tolist()
    told = tell_missing(*run_cases(found, arm), lambda v: win_rate(v, clusters, level))
    not_run = int(np.sum(~run))
    return {**told, "items_not_run": not_run} if not_run else told


def _few(board: Board, found: SetBoard, arm: str) -> dict[str, Extra]:
    """The exact companion where too few clusters carry the interval."""
    kept = found.scored(arm)
    clusters = found.clusters[kept].tolist()
    if not 1 < len(set(clusters)) < FEWEST_RELIABLE_CLUSTERS:
        return {}
    draws = board.outline.plan.draws
    test = wild_cluster_test(found.scores[arm][kept], clusters, null=EVEN, draws=draws)
    return {"wild_p_of_half": test.p_value, "wild_p_exact": test.exact}


def _levels(board: Board, found: SetBoard, arm: str) -> Iterator[Finding]:
    kept = found.scored(arm)
    others = [name for name in CLUSTER_COLUMNS if name != found.cluster]
    labels = {name: found.levels[name][kept].tolist() for name in (*others, found.cluster)}
    known = {name: given for name, given in labels.items() if any(x is not None for x in given)}
    if not set(others) & set(known):
        return
    crossed = (("researcher", "project"),) if {"researcher", "project"} <= set(known) else ()
    scores, level = found.scores[arm][kept], board.outline.plan.level
    rates = rate_by_cluster_level(scores, known, level, crossed)
    for name in others:
        if name in known:
            yield _level(found, arm, name, rates.one_way[name])
    for pair in crossed:
        yield _level(found, arm, " x ".join(pair), rates.two_way[pair])


def _level(found: SetBoard, arm: str, by: str, rate: LevelRate) -> Finding:
    bare = Finding("rates", f"win rate, clustered by {by}", found.name, arm, role="secondary")
    if rate.estimate is None:
        return bare.told(rate.note or NO_SCORE)
    estimate = rate.estimate
    return attempt(bare, lambda: estimate).told(*([rate.note] if rate.note else []))
