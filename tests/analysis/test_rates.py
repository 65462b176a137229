import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student_t
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import EQUAL_MEANS
from analysis.intervals import wilson_interval
from analysis.rates import verdict_shares, win_rate

Items = list[tuple[float, int]]

TWELFTHS = st.integers(0, 12).map(lambda twelfths: twelfths / 12)
ITEMS = st.lists(st.tuples(TWELFTHS, st.integers(0, 9)), min_size=2, max_size=60).filter(
    lambda items: len({label for _, label in items}) > 1
)


def columns(items: Items) -> tuple[list[float], list[int]]:
    return [score for score, _ in items], [label for _, label in items]


@pytest.mark.parametrize("wins", [1, 20, 64, 100])
def test_yes_no_singletons_give_the_wilson_of_statsmodels_at_n_less_one(wins: int) -> None:
    # CR2 variance is p (1 - p) / (n - 1), so effective n is n - 1; the t quantile enters
    # statsmodels as the normal level that has the same quantile.
    n = 129
    rate = win_rate([1.0] * wins + [0.0] * (n - wins), list(range(n)))
    level = 2 * norm.sf(student_t.isf(0.025, n - 1))
    low, high = proportion_confint(wins / n * (n - 1), n - 1, alpha=level, method="wilson")
    assert rate.effective_n == pytest.approx(n - 1, rel=1e-12)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-12)


def test_many_yes_no_singletons_approach_the_plain_wilson_interval() -> None:
    rate = win_rate([1.0] * 3000 + [0.0] * 7000, list(range(10_000)))
    low, high = proportion_confint(3000, 10_000, method="wilson")
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-5)


def test_the_wilson_formula_equals_statsmodels() -> None:
    expected = proportion_confint(37, 90, alpha=0.1, method="wilson")
    assert wilson_interval(37 / 90, 90, float(norm.isf(0.05))) == pytest.approx(expected)


@pytest.mark.parametrize("wins", [0, 10], ids=["all-lost", "all-won"])
def test_a_sweep_has_the_effective_n_of_its_clusters(wins: int) -> None:
    scores, clusters = [1.0] * wins + [0.0] * (10 - wins), [*range(8), 0, 1]
    rate = win_rate(scores, clusters)
    assert rate.effective_n == 8
    assert rate.warnings == (EQUAL_MEANS,)
    assert rate.low is not None
    assert rate.high is not None
    assert rate.high - rate.low > 0.3


def test_equal_session_means_in_twelfths_do_not_collapse_the_interval() -> None:
    # Sums in twelfths leave a variance near 1e-34 that is nothing but rounding.
    within = np.array([[1, 4, 10], [2, 6, 7], [0, 5, 10], [3, 3, 9], [4, 4, 7], [5, 5, 5]]) / 12
    scores = np.concatenate([*within, *within[:3]])
    rate = win_rate(scores, np.repeat(np.arange(9), 3).tolist())
    assert rate.effective_n == 9
    assert rate.design_effect is None
    assert rate.low is not None
    assert rate.value - rate.low > 0.2


@given(st.lists(st.integers(0, 12), min_size=3, max_size=3), st.integers(2, 12))
def test_sessions_with_the_same_scores_count_as_one_item_each(
    twelfths: list[int], sessions: int
) -> None:
    scores = [score / 12 for score in twelfths] * sessions
    rate = win_rate(scores, [label for label in range(sessions) for _ in range(3)])
    assert rate.effective_n == sessions


def test_ties_may_bring_effective_n_above_n() -> None:
    rate = win_rate([0.5] * 18 + [0.0, 1.0], list(range(20)))
    assert rate.effective_n is not None
    assert rate.effective_n > 20


@given(ITEMS)
def test_all_ties_give_one_half(items: Items) -> None:
    rate = win_rate([0.5] * len(items), columns(items)[1])
    assert rate.value == 0.5
    assert rate.p_value == 1
    assert rate.effective_n == rate.clusters


@given(ITEMS)
def test_swapping_roles_mirrors_rate_interval_and_p_value(items: Items) -> None:
    scores, clusters = columns(items)
    rate, mirrored = win_rate(scores, clusters), win_rate([1 - s for s in scores], clusters)
    assert rate.low is not None
    assert rate.high is not None
    expected = (1 - rate.value, 1 - rate.high, 1 - rate.low, rate.p_value)
    found = (mirrored.value, mirrored.low, mirrored.high, mirrored.p_value)
    assert found == pytest.approx(expected, abs=1e-9)


@given(ITEMS)
def test_names_of_clusters_and_order_of_items_change_no_digit(items: Items) -> None:
    names = [f"session-{label * 7 % 10}" for _, label in items]
    shuffled = sorted(zip(columns(items)[0], names, strict=True), reverse=True)
    scores, clusters = [score for score, _ in shuffled], [name for _, name in shuffled]
    assert win_rate(scores, clusters) == win_rate(*columns(items))


@given(ITEMS, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_p_value_and_the_interval_agree_about_one_half(items: Items, level: float) -> None:
    rate = win_rate(*columns(items), level=level)
    assert rate.low is not None
    assert rate.high is not None
    assert rate.p_value is not None
    assume(abs(rate.p_value - (1 - level)) > 1e-9)
    assert (rate.p_value < 1 - level) == (not rate.low <= 0.5 <= rate.high)


@given(ITEMS)
def test_the_interval_lies_in_the_unit_interval_around_the_rate(items: Items) -> None:
    rate = win_rate(*columns(items))
    assert rate.low is not None
    assert rate.high is not None
    assert 0 <= rate.low <= rate.value + 1e-12
    assert rate.value - 1e-12 <= rate.high <= 1


def test_fewer_than_eight_clusters_are_marked_unreliable() -> None:
    few, enough = list(range(7)), list(range(8))
    assert "unreliable: fewer than 8 clusters" in win_rate([0.0] * 3 + [1.0] * 4, few).warnings
    assert win_rate([0.0] * 4 + [1.0] * 4, enough).warnings == ()


def test_one_cluster_raises_its_own_error() -> None:
    with pytest.raises(TooFewClusters, match="All 3 items lie in one cluster"):
        win_rate([0.0, 0.5, 1.0], ["a", "a", "a"])


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_outside_zero_and_one_is_refused(level: float) -> None:
    with pytest.raises(EstimateError, match="level is"):
        win_rate([0.0, 1.0], ["a", "b"], level)


def test_exclusions_are_carried_and_sorted() -> None:
    rate = win_rate([0.0, 1.0], ["a", "b"]).with_exclusions({"refused": 2, "cut": 1})
    assert list(rate.exclusions.items()) == [("cut", 1), ("refused", 2)]


SHARES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=12)


@given(SHARES)
def test_won_and_half_of_tied_are_the_rate(counts: list[tuple[int, int]]) -> None:
    won, tied = ([part / 8 for part in parts] for parts in zip(*counts, strict=True))
    lost = [1 - a - b for a, b in zip(won, tied, strict=True)]
    shares = verdict_shares(won, tied, lost)
    scores = [a + b / 2 for a, b in zip(won, tied, strict=True)]
    assert shares.rate == pytest.approx(win_rate(scores, range(len(scores))).value, abs=1e-15)
    assert shares.won + shares.tied + shares.lost == pytest.approx(1, rel=1e-15)


def test_shares_of_no_items_are_refused() -> None:
    with pytest.raises(EstimateError, match="won is empty"):
        verdict_shares([], [], [])
