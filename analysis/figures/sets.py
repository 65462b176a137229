"""Section 3: how the sets differ, and what an arm scores on the suboptimal set above the strong.

Raw, within the sessions that both sets share, weighted to the same covariates, and as an odds
ratio; then whether models differ in it.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.clusters import FloatArray
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.figures.board import Board, Labels, SetBoard
from analysis.figures.findings import ONE_CLUSTER, Finding, attempt
from analysis.figures.missing import tell_missing_of_sets, with_missing
from analysis.figures.pairs import MOST_CLUSTERS
from analysis.permutation.wild_bootstrap import wild_contrast_test
from analysis.sets.balance import BalanceRow, balance_table
from analysis.sets.interactions import interaction
from analysis.sets.mover import set_contrast_near_ends
from analysis.sets.odds_ratios import gee_contrast
from analysis.sets.set_contrasts import weighted_contrast, within_session_contrast

COMPARED = (
    "position", "prefix_events", "prefix_chars", "initiator", "act_kind", "human_chars",
    "confidence", "harm",
)  # fmt: skip
"""Facts in the balance table, beside the project."""
JOINT = "model x set interaction, test of none"
IMBALANCED = 0.1
"""A standardised difference beyond this is usually called imbalance (Austin 2009)."""
Numbers = tuple[FloatArray, list[object]]


def estimate_sets(board: Board) -> Iterator[Finding]:
    """Yields the balance table, each arm's contrast in every form, and the interactions."""
    for sub, strong in board.pairs():
        yield from _balance(board, sub, strong)
        for arm in sub.scores:
            if arm in strong.scores:
                yield from _contrasts(board, sub, strong, arm)
        yield from _interactions(board, sub, strong)


def _names(sub: SetBoard, strong: SetBoard) -> str:
    return f"{sub.name} − {strong.name}"


def _contrasts(board: Board, sub: SetBoard, strong: SetBoard, arm: str) -> Iterator[Finding]:
    raw = contrast_sets(board, sub, strong, arm)
    a, b, level = _scored(sub, arm), _scored(strong, arm), board.outline.plan.level
    if raw.value is None:
        yield raw
        return
    yield _with_wild(board, raw, a, b)
    bare = replace(raw, value=None, estimate=None, note="")
    if arm in board.outline.models:
        within = replace(bare, name="set contrast within sessions")
        yield _within(within, a, b, level)
        if board.outline.plan.covariates:
            yield _weighted(board, replace(bare, name="set contrast, weighted"), sub, strong)
        yield _odds(replace(bare, name="set contrast, log odds ratio"), a, b, level)


def contrast_sets(board: Board, sub: SetBoard, strong: SetBoard, arm: str) -> Finding:
    """Returns how much an arm scores on one set above the other, as the sets are."""
    a, b = _scored(sub, arm), _scored(strong, arm)
    bare = Finding("sets", "set contrast", _names(sub, strong), arm, strong.name, role="secondary")
    if not len(a[0]) or not len(b[0]):
        return bare.told("not estimated: no score on one of the sets")
    level, value = board.outline.plan.level, float(a[0].mean() - b[0].mean())
    filled = attempt(bare, lambda: set_contrast_near_ends(*a, *b, level), value)
    clusters_a, clusters_b = (found.clusters[found.run_on(arm)].tolist() for found in (sub, strong))
    cases = tell_missing_of_sets(
        sub, strong, arm, lambda x, y: set_contrast_near_ends(x, clusters_a, y, clusters_b, level)
    )
    return with_missing(filled, cases)


def _scored(found: SetBoard, arm: str) -> Numbers:
    kept = found.scored(arm)
    return found.scores[arm][kept], found.clusters[kept].tolist()


def _with_wild(board: Board, finding: Finding, a: Numbers, b: Numbers) -> Finding:
    if finding.estimate is None or finding.estimate.clusters > MOST_CLUSTERS:
        return finding
    test = wild_contrast_test(*a, *b, draws=board.outline.plan.draws)
    return finding.with_extra(wild_p=test.p_value, wild_exact=test.exact)


def _within(finding: Finding, a: Numbers, b: Numbers, level: float) -> Finding:
    def estimate() -> Estimate:
        nonlocal finding
        found = within_session_contrast(*a, *b, level)
        finding = finding.with_extra(
            items_suboptimal=found.n_a,
            items_strong=found.n_b,
            clusters_left_out=found.clusters_left_out,
        )
        return found.estimate

    filled = attempt(finding, estimate)
    return replace(filled, extra={**finding.extra, **filled.extra})


def _weighted(board: Board, finding: Finding, sub: SetBoard, strong: SetBoard) -> Finding:
    arm, named = finding.arm, board.outline.plan.covariates
    kept = [found.scored(arm) for found in (sub, strong)]
    table = pd.concat(
        [_facts(found)[mask] for found, mask in zip((sub, strong), kept, strict=True)]
    )
    missing = [name for name in named if table[name].isna().any()]
    if missing:
        return finding.told(f"not estimated: {', '.join(missing)} is not known for every item")
    in_sub = np.repeat([True, False], [mask.sum() for mask in kept]).tolist()
    scores = np.concatenate([sub.scores[arm][kept[0]], strong.scores[arm][kept[1]]])
    clusters = [*sub.clusters[kept[0]].tolist(), *strong.clusters[kept[1]].tolist()]
    found = None

    def estimate() -> Estimate:
        nonlocal found
        design = pd.get_dummies(table[list(named)], drop_first=True).to_numpy(dtype=np.float64)
        found = weighted_contrast(scores, in_sub, design, clusters, board.outline.plan.level)
        return found.estimate

    filled = attempt(finding, estimate)
    if found is None:
        return filled
    return filled.with_extra(
        covariates=", ".join(named),
        effective_n_suboptimal=found.balance.effective_n_a,
        effective_n_strong=found.balance.effective_n_b,
    )


def _odds(finding: Finding, a: Numbers, b: Numbers, level: float) -> Finding:
    found = None

    def estimate() -> Estimate:
        nonlocal found
        found = gee_contrast(*a, *b, level)
        return found.log_odds_ratio

    filled = attempt(replace(finding, role="exploratory"), estimate)
    if found is None:
        return filled
    return filled.with_extra(odds_ratio=found.odds_ratio, low=found.low, high=found.high)


def _facts(found: SetBoard) -> pd.DataFrame:
    return found.facts.assign(project=found.levels["project"])


def _balance(board: Board, sub: SetBoard, strong: SetBoard) -> Iterator[Finding]:
    table = pd.concat([_facts(sub), _facts(strong)], ignore_index=True)
    in_sub = [True] * len(sub.items) + [False] * len(strong.items)
    clusters: Labels = np.concatenate([sub.clusters, strong.clusters])
    known = [name for name in (*COMPARED, "project") if table[name].notna().any()]
    covariates = {
        name: [None if pd.isna(value) else value for value in table[name].astype(object)]
        for name in known
    }
    if not covariates:
        return
    try:
        rows = balance_table(covariates, in_sub, clusters.tolist(), board.outline.plan.level)
    except EstimateError as error:
        yield Finding("sets", "balance", _names(sub, strong)).told(str(error))
        return
    for row in rows:
        yield _balance_row(row, sub, strong)


def _balance_row(row: BalanceRow, sub: SetBoard, strong: SetBoard) -> Finding:
    what = row.covariate if row.category is None else f"{row.covariate} = {row.category}"
    finding = Finding(
        "sets",
        f"balance of {what}",
        _names(sub, strong),
        role="descriptive",
        value=row.difference.value if row.difference else None,
        # Sets are not drawn from one population: that they differ is no hypothesis to test.
        estimate=row.difference and replace(row.difference, p_value=None),
    )
    beyond = row.standardised is not None and abs(row.standardised) > IMBALANCED
    return finding.told(*row.notes, *(["imbalanced"] if beyond else [])).with_extra(
        suboptimal=row.a,
        strong=row.b,
        standardised_difference=row.standardised,
        missing_suboptimal=row.missing_a,
        missing_strong=row.missing_b,
    )


def _interactions(board: Board, sub: SetBoard, strong: SetBoard) -> Iterator[Finding]:
    models = [m for m in board.outline.models if m in sub.scores and m in strong.scores]
    if len(models) < 2:  # noqa: PLR2004
        return
    rows = [
        (score, model, kind, label)
        for kind, found in (("suboptimal", sub), ("strong", strong))
        for model in models
        for score, label in zip(*_scored(found, model), strict=True)
    ]
    bare = Finding("sets", "model x set interaction", _names(sub, strong))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    try:
        scores, names, kinds, labels = columns
        found = interaction(scores, names, kinds, labels, level=board.outline.plan.level)
    except TooFewClusters:
        yield bare.told(ONE_CLUSTER)
        return
    except EstimateError as error:
        yield bare.told(f"not estimated: {error}")
        return
    for pair in found.pairs:
        one = replace(bare, arm=str(pair.model), against=str(pair.other), role="secondary")
        yield replace(one, value=pair.difference.value, estimate=pair.difference).told(
            *pair.difference.warnings
        )
    if found.joint is None:
        yield replace(bare, name=JOINT).told(found.joint_missing or "")
        return
    yield replace(bare, name=JOINT, role="secondary").with_extra(
        statistic=found.joint.statistic,
        df_numerator=found.joint.df_numerator,
        df_denominator=found.joint.df_denominator,
        p=found.joint.p_value,
    )
