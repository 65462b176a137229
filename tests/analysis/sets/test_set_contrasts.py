from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from analysis.contrasts import set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import NO_SPREAD, Estimate
from analysis.regression import cr2_fit
from analysis.sets.set_contrasts import (
    ONE_SET_ONLY,
    WithinContrast,
    weighted_contrast,
    within_session_contrast,
)
from tests.analysis.conftest import Agreement

REFERENCE = "set_contrasts"
CLUBSANDWICH = "R clubSandwich 0.5.8"
Sides = tuple[list[float], list[int], list[float], list[int]]


def four(estimate: Estimate) -> list[float]:
    assert estimate.low is not None
    assert estimate.p_value is not None
    quantile = float(stdtrit(estimate.df, (1 + estimate.level) / 2))
    return [
        estimate.value,
        (estimate.value - estimate.low) / quantile,
        estimate.df,
        estimate.p_value,
    ]


def test_the_contrast_within_sessions_is_that_of_lm_with_session_effects(
    reference: Any, agrees: Agreement
) -> None:
    a, b, theirs = reference["a"], reference["b"], reference["within"]
    found = within_session_contrast(a["score"], a["session"], b["score"], b["session"])
    expected = [theirs[key] for key in ("value", "se", "df", "p")]
    agrees("set contrast within sessions", CLUBSANDWICH, four(found.estimate), expected)
    assert (found.estimate.n, found.estimate.clusters) == (theirs["n"], theirs["clusters"])


def test_the_weighted_contrast_is_that_of_weighted_lm(reference: Any, agrees: Agreement) -> None:
    a, b, theirs = reference["a"], reference["b"], reference["weighted"]
    found = weighted_contrast(
        a["score"] + b["score"],
        [True] * len(a["score"]) + [False] * len(b["score"]),
        np.column_stack([a[k] + b[k] for k in ("position", "initiator", "length")]),
        a["session"] + b["session"],
    )
    expected = [theirs[key] for key in ("value", "se", "df", "p")]
    agrees("set contrast, overlap weights", CLUBSANDWICH, four(found.estimate), expected)


def draw(seed: int, sessions: int = 10) -> Sides:
    rng = np.random.default_rng(seed)
    drawn = [
        (rng.integers(0, 5, n) / 4, rng.integers(low, sessions, n)) for n, low in ((40, 0), (35, 3))
    ]
    (a, in_a), (b, in_b) = drawn
    return a.tolist(), in_a.tolist(), b.tolist(), in_b.tolist()


def within(sides: Sides) -> WithinContrast:
    return within_session_contrast(*sides)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_session_effects_written_out_give_the_same(seed: int) -> None:
    a, in_a, b, in_b = draw(seed)
    shared = sorted(set(in_a) & set(in_b))
    rows = [(1.0, s, c) for s, c in zip(a, in_a, strict=True) if c in shared]
    rows += [(0.0, s, c) for s, c in zip(b, in_b, strict=True) if c in shared]
    member, scores, labels = map(list, zip(*rows, strict=True))
    effects = (np.array(labels)[:, np.newaxis] == shared).astype(float)
    fit = cr2_fit(np.column_stack([effects, member]), scores, labels)
    written = fit.contrast([0.0] * len(shared) + [1.0])
    found = within((a, in_a, b, in_b)).estimate
    assert four(found) == pytest.approx(four(written), rel=1e-8)
    assert found.design_effect is not None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_swapping_the_sets_changes_the_sign_alone(seed: int) -> None:
    a, in_a, b, in_b = draw(seed)
    value, *rest = four(within((a, in_a, b, in_b)).estimate)
    assert four(within((b, in_b, a, in_a)).estimate) == pytest.approx([-value, *rest])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_what_a_session_adds_to_all_its_scores_leaves_the_contrast_within_alone(seed: int) -> None:
    a, in_a, b, in_b = draw(seed)
    lift = np.linspace(0, 0.5, 10)
    raised = [(np.array(s) / 2 + lift[c]).tolist() for s, c in ((a, in_a), (b, in_b))]
    halved = within(([s / 2 for s in a], in_a, [s / 2 for s in b], in_b)).estimate
    found = within((raised[0], in_a, raised[1], in_b)).estimate
    assert four(found) == pytest.approx(four(halved), abs=1e-12)


def test_sessions_with_one_set_are_counted() -> None:
    found = within(([0, 1, 1, 0.5], [1, 2, 3, 9], [0.5, 0, 1, 1, 0], [1, 2, 3, 8, 8]))
    assert (found.n_a, found.n_b, found.clusters_left_out) == (3, 3, 2)
    assert found.estimate.exclusions == {ONE_SET_ONLY: 3}


def test_equal_contrasts_in_all_sessions_have_no_interval() -> None:
    third = 1 / 3
    found = within(([third] * 6, [1, 1, 2, 2, 3, 3], [third] * 3, [1, 2, 3])).estimate
    assert (found.low, found.p_value, found.design_effect) == (None, None, None)
    assert NO_SPREAD in found.warnings


def test_sets_that_share_no_session_have_no_contrast_within() -> None:
    with pytest.raises(EstimateError, match="No cluster holds items of both sets"):
        within(([0, 1], [1, 2], [0, 1], [3, 4]))


def test_one_shared_session_is_too_few() -> None:
    with pytest.raises(TooFewClusters, match="fewer than 2 clusters"):
        within(([0, 1], [1, 2], [0, 1], [1, 3]))


def test_weights_without_covariates_give_the_raw_contrast() -> None:
    a, in_a, b, in_b = draw(1)
    member = [True] * len(a) + [False] * len(b)
    found = weighted_contrast([*a, *b], member, np.empty((75, 0)), [*in_a, *in_b])
    assert four(found.estimate) == pytest.approx(four(set_contrast(a, in_a, b, in_b)))
    assert found.estimate.n == 75


def test_a_set_in_one_session_has_no_weighted_contrast() -> None:
    with pytest.raises(TooFewClusters, match="2 items of set A lie in fewer than 2"):
        weighted_contrast([0, 1, 0, 1], [True, True, False, False], np.empty((4, 0)), [1, 1, 2, 3])


@pytest.mark.parametrize(
    ("scores", "in_a", "message"),
    [
        ([0, np.nan, 1], [True, False, True], r"scores\[1\] is missing"),
        ([0, 0.5, 1], [True, False], "3 scores but 2 entries"),
        ([0, 0.5, 1], [True, True, True], "all items in one set"),
        ([], [], "scores is empty"),
    ],
    ids=["nan", "lengths", "one-set", "no-items"],
)
def test_unusable_arguments_are_named(scores: list[float], in_a: list[bool], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        weighted_contrast(scores, in_a, np.ones((len(scores), 1)), list(range(len(scores))))


def test_the_contrast_within_finds_a_truth_that_the_raw_one_misses() -> None:
    """Sessions with a high rate hold more items of A; the true contrast within them is .1."""
    rng, caught, raw = np.random.default_rng(5), [], []
    for _ in range(100):
        level = rng.uniform(0.2, 0.7, 20)
        session = np.repeat(np.arange(20), 12)
        in_a = rng.random(240) < level[session]
        scores = (rng.random(240) < level[session] + 0.1 * in_a).astype(float)
        sides = scores[in_a], session[in_a].tolist(), scores[~in_a], session[~in_a].tolist()
        found = within_session_contrast(*sides).estimate
        assert found.low is not None
        assert found.high is not None
        caught.append(found.low <= 0.1 <= found.high)
        raw.append(set_contrast(*sides).value)
    assert np.mean(caught) >= 0.88
    assert np.mean(raw) > 0.15
