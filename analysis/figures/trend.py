"""Section 6: whether models that came out later score higher.

The slope is the one that weights models alike: weights by precision come from an estimated
covariance of models that share items, and their interval covers .89 to .97 of .95 in simulation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import Finding
from analysis.trends.set_covariance import ModelRates, set_covariance
from analysis.trends.trend import Trend, leave_one_family_out, logit_trend, trend, unweighted_trend
from analysis.trends.trend_permutation import permute_dates

TOO_NARROW = "weights are estimated: the interval covers less than its level with few models"


def estimate_trend(board: Board) -> Iterator[Finding]:
    """Yields the slope on every set, on the plain and on the logit scale, and its permutation."""
    released = board.outline.released
    for found in board.sets:
        models = [m for m in board.outline.models if m in released and _is_usable(found, m)]
        left_out = [m for m in board.outline.models if m not in models]
        bare = Finding("trend", "slope per year", found.name, role="secondary")
        if models and left_out:
            why = "without release date, or with scores in fewer than two clusters"
            bare = bare.told(f"left out ({why}): {', '.join(left_out)}")
        if not models:
            yield bare.told(
                "not estimated: no model has a release date, which the study or a column may name"
            )
            continue
        yield from _trend(board, found, models, bare)


def _is_usable(found: SetBoard, model: str) -> bool:
    return model in found.scores and len(set(found.clusters[found.scored(model)])) > 1


def _trend(
    board: Board, found: SetBoard, models: Sequence[str], bare: Finding
) -> Iterator[Finding]:
    dates = [board.outline.released[model] for model in models]
    scores: FloatArray = np.column_stack([found.scores[model] for model in models])
    level = board.outline.plan.level
    try:
        rates = set_covariance(scores, found.clusters.tolist())
        slope = unweighted_trend(rates.rates, rates.covariance, dates, level)
    except EstimateError as error:
        yield bare.told(f"not estimated: {error}")
        return
    permuted = permute_dates(rates.rates, dates, draws=board.outline.plan.draws)
    yield _told(bare, slope).with_extra(
        permutation_p=permuted.p_value,
        permutation_exact=permuted.exact,
        kendall_tau=permuted.kendall_tau,
        kendall_p=permuted.kendall_p,
    )
    yield from _variants(board, bare, rates, dates)
    families = [board.outline.families.get(model) for model in models]
    if len(set(families)) > 1 and None not in families:
        yield from _families(bare, rates, dates, families, level)


def _variants(
    board: Board, bare: Finding, rates: ModelRates, dates: Sequence[date]
) -> Iterator[Finding]:
    level = board.outline.plan.level
    for name, estimator in (
        ("slope per year, weighted by precision", trend),
        ("slope per year, logit scale", logit_trend),
    ):
        other = replace(bare, name=name, role="exploratory")
        try:
            found = _told(other, estimator(rates.rates, rates.covariance, dates, level))
            yield found.told(TOO_NARROW)
        except EstimateError as error:
            yield other.told(f"not estimated: {error}")


def _families(
    bare: Finding,
    rates: ModelRates,
    dates: Sequence[date],
    families: Sequence[str | None],
    level: float,
) -> Iterator[Finding]:
    left_out = leave_one_family_out(rates.rates, rates.covariance, dates, families, level)
    for one in left_out:
        name = f"slope per year without the family {one.family}"
        other = replace(bare, name=name, role="exploratory")
        yield _told(other, one.trend) if one.trend else other.told("fewer than 6 models are left")


def _told(finding: Finding, slope: Trend) -> Finding:
    return (
        replace(finding, value=slope.slope)
        .told(*slope.warnings)
        .with_extra(
            low=slope.low,
            high=slope.high,
            p=slope.p_value,
            df=slope.df,
            between_model_sd=slope.tau2**0.5,
            models=slope.models,
            scale=slope.scale,
            method=slope.method,
        )
    )
