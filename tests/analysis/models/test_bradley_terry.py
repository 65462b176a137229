import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.errors import EstimateError, TooFewClusters
from analysis.models.bradley_terry import HUMAN, LogOdds, bradley_terry
from analysis.models.comparison_graph import Comparisons
from analysis.rates import win_rate

REFERENCE = "bradley_terry"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)
Met = list[tuple[str, str, float]]


def compare(met: Met, clusters: list[Any] | None = None, shown: Any = None) -> Comparisons:
    a, b, scores = zip(*met, strict=True)
    return Comparisons(scores, a, b, clusters or list(range(len(met))), shown)


def league(games: Any, *, home: bool) -> Comparisons:
    ones = np.ones(len(games["score"])) if home else None
    return Comparisons(games["score"], games["home"], games["away"], games["cluster"], ones)


def drawn(seed: int, n: int = 120, ties: float = 0.2) -> Comparisons:
    """Comparisons among four arms, .4 apart, the human lowest, with a position effect of .3."""
    rng = np.random.default_rng(seed)
    arms = np.array([HUMAN, "m1", "m2", "m3"])
    pairs = np.array([rng.choice(4, 2, replace=False) for _ in range(n)])
    shown = rng.choice([-1.0, 1.0], n)
    won = rng.random(n) < 1 / (1 + np.exp(-0.4 * (pairs[:, 0] - pairs[:, 1]) - 0.3 * shown))
    scores = np.where(rng.random(n) < ties, 0.5, won)
    sessions = rng.integers(0, 15, n).tolist()
    return Comparisons(scores, arms[pairs[:, 0]], arms[pairs[:, 1]], sessions, shown)


def values(found: Mapping[Hashable, LogOdds]) -> list[float | None]:
    return [ability.value for ability in found.values()]


def numbers(found: Mapping[Hashable, LogOdds]) -> list[float | None]:
    return [number for one in found.values() for number in (one.value, one.error, one.low)]


@pytest.mark.parametrize("home", [False, True], ids=["plain", "home-advantage"])
def test_the_american_league_has_the_abilities_of_r(
    agrees: Agrees, reference: Any, home: bool
) -> None:
    """Agresti 1990, Table 10.5, as BradleyTerry2's own example fits it."""
    fit = bradley_terry(league(reference["games"], home=home), "Baltimore")
    expected = reference["home" if home else "plain"]
    assert expected["names"][:6] == list(fit.abilities)
    found = [*fit.abilities.values(), *([fit.shown_first] if fit.shown_first else [])]
    alone = [one.independent_error for one in found]
    source = "R BradleyTerry2 1.1.2, baseball"
    agrees("Bradley-Terry ability", source, [f.value for f in found], expected["value"], 1e-10)
    agrees("Bradley-Terry independent error", source, alone, expected["error"], within=1e-10)


def test_published_abilities_of_the_american_league(agrees: Agrees, reference: Any) -> None:
    """Agresti 1990, Categorical Data Analysis, section 10.6; Turner and Firth 2012, section 2.2."""
    fit = bradley_terry(league(reference["games"], home=False), "Baltimore")
    published = [1.1077, 0.6839, 1.4364, 1.5814, 1.2476, 1.2945]
    agrees("Bradley-Terry ability", "Turner and Firth 2012", values(fit.abilities), published, 1e-4)


def test_clustered_errors_are_those_of_sandwich(agrees: Agrees, reference: Any) -> None:
    fit = bradley_terry(league(reference["games"], home=True), "Baltimore")
    assert fit.shown_first is not None
    found = [one.error for one in (*fit.abilities.values(), fit.shown_first)]
    source = "R glm and sandwich 3.0.2 vcovCL"
    agrees("Bradley-Terry CR1 error", source, found, reference["clustered"]["error"], within=1e-10)


def test_clustered_errors_are_those_of_statsmodels_less_its_second_factor(agrees: Agrees) -> None:
    met = drawn(1)
    arms = ["m1", "m2", "m3"]
    pairs = list(zip(met.arms_a, met.arms_b, strict=True))
    columns = [[float(a == arm) - float(b == arm) for a, b in pairs] for arm in arms]
    x = np.column_stack([*columns, np.asarray(met.shown_first)])
    glm = GLM(met.scores, x, family=Binomial())
    fit = glm.fit(tol=1e-13, cov_type="cluster", cov_kwds={"groups": np.array(met.clusters)})
    expected = fit.bse * np.sqrt((len(x) - 4) / (len(x) - 1))
    result = bradley_terry(met)
    assert result.shown_first is not None
    found = [one.error for one in (*result.abilities.values(), result.shown_first)]
    agrees("Bradley-Terry CR1 error", "statsmodels GLM cluster", found, expected, within=1e-7)


@FEW
@given(st.integers(0, 2**32))
def test_where_all_met_only_the_human_an_ability_is_the_logit_of_the_rate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.concatenate([[0, 1, 0.5], rng.integers(0, 5, 20) / 4, [0, 1], rng.random(9)])
    arms = ["m1"] * 23 + ["m2"] * 11
    fit = bradley_terry(Comparisons(scores, arms, [HUMAN] * 34, list(range(34))))
    for arm, rows in (("m1", slice(0, 23)), ("m2", slice(23, 34))):
        rate = win_rate(scores[rows], list(range(34))[rows]).value
        assert fit.abilities[arm].value == pytest.approx(logit(rate), abs=1e-9)
        assert fit.abilities[arm].rate == pytest.approx(rate)


@pytest.mark.parametrize("seed", range(5))
def test_swapping_roles_order_and_names_change_no_ability(seed: int) -> None:
    met = drawn(seed)
    turn = np.random.default_rng(seed).permutation(120)
    other = Comparisons(
        scores=1 - np.asarray(met.scores)[turn],
        arms_a=np.asarray(met.arms_b)[turn].tolist(),
        arms_b=np.asarray(met.arms_a)[turn].tolist(),
        clusters=[f"s{met.clusters[row]}" for row in turn],
        shown_first=-np.asarray(met.shown_first)[turn],
    )
    expected, found = bradley_terry(met).abilities, bradley_terry(other).abilities
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-9)


def test_another_anchor_moves_all_abilities_alike() -> None:
    by_human, by_model = bradley_terry(drawn(2)), bradley_terry(drawn(2), anchor="m1")
    m1, m2 = by_human.abilities["m1"].value, by_human.abilities["m2"].value
    assert m1 is not None
    assert m2 is not None
    assert by_model.abilities[HUMAN].value == pytest.approx(-m1)
    assert by_model.abilities["m2"].value == pytest.approx(m2 - m1)


MIXED: Met = [("a", HUMAN, 1), ("a", HUMAN, 0), ("b", "a", 1), ("b", HUMAN, 0), ("b", HUMAN, 0.5)]


def test_an_arm_that_wins_everything_is_at_infinity_and_moves_no_other() -> None:
    without = bradley_terry(compare(MIXED))
    fit = bradley_terry(compare([*MIXED, ("best", "a", 1), ("best", HUMAN, 1), ("worst", "b", 0)]))
    assert (fit.abilities["best"].value, fit.abilities["worst"].value) == (math.inf, -math.inf)
    assert (fit.abilities["best"].rate, fit.abilities["worst"].rate) == (1, 0)
    assert fit.abilities["best"].error is None
    assert fit.abilities["a"] == without.abilities["a"]
    assert "an ability is not bounded by the comparisons: best, worst" in fit.warnings


def test_an_arm_between_infinities_has_no_ability() -> None:
    met: Met = [*MIXED, ("best", HUMAN, 1), ("lost", "best", 0)]
    fit = bradley_terry(compare(met))
    assert fit.abilities["lost"] == LogOdds(None)
    assert fit.abilities["lost"].rate is None


def test_an_arm_that_ties_with_an_infinite_one_is_infinite_too() -> None:
    fit = bradley_terry(compare([*MIXED, ("best", HUMAN, 1), ("best", "twin", 0.5)]))
    assert fit.abilities["twin"].value == math.inf


def test_a_human_who_loses_everything_leaves_all_at_infinity() -> None:
    fit = bradley_terry(compare([("a", HUMAN, 1), ("b", HUMAN, 1), ("a", "b", 1), ("a", "b", 0)]))
    assert values(fit.abilities) == [math.inf, math.inf]


def test_added_ties_bound_what_separates() -> None:
    met: Met = [("a", HUMAN, 1)] * 9
    fit = bradley_terry(compare(met), added_ties=1)
    assert fit.abilities["a"].value == pytest.approx(math.log(9.5 / 0.5))
    assert (fit.n, fit.clusters, fit.added_ties) == (9, 9, 1)


def test_arms_that_never_met_are_named() -> None:
    met: Met = [("a", HUMAN, 1), ("b", "c", 1)]
    with pytest.raises(EstimateError, match=r"never met: \[\['a', 'human'\], \['b', 'c'\]\]"):
        bradley_terry(compare(met))


def test_a_position_that_decides_everything_is_refused() -> None:
    met: Met = [("a", HUMAN, 1), ("a", HUMAN, 0)] * 4
    with pytest.raises(EstimateError, match="position effect is not bounded"):
        bradley_terry(compare(met, shown=[1, -1] * 4))
    with pytest.raises(EstimateError, match="position effect is not bounded"):
        bradley_terry(compare(met, shown=[1, -1] * 4), added_ties=1)


def test_a_position_that_never_changes_is_refused() -> None:
    met: Met = [("a", HUMAN, 1), ("a", HUMAN, 0)] * 4
    with pytest.raises(EstimateError, match="cannot be told from ability"):
        bradley_terry(compare(met, shown=[1] * 8))


def test_an_additive_position_effect_leaves_balanced_abilities_alone() -> None:
    met: Met = [("a", HUMAN, s) for s in (1, 1, 1, 0, 1, 0, 0, 0, 1, 1)]
    shown = [1] * 4 + [-1] * 4 + [1, -1]
    fit = bradley_terry(compare(met, shown=shown))
    assert fit.shown_first is not None
    assert fit.shown_first.value == pytest.approx((logit(0.8) - logit(0.4)) / 2, abs=1e-9)
    assert fit.abilities["a"].value == pytest.approx((logit(0.8) + logit(0.4)) / 2, abs=1e-9)


def test_all_ties_give_zero_without_an_interval() -> None:
    fit = bradley_terry(compare([("a", HUMAN, 0.5), ("b", "a", 0.5), ("b", HUMAN, 0.5)] * 3))
    assert values(fit.abilities) == [0, 0]
    assert fit.abilities["a"].low is None


def test_few_clusters_are_marked_and_one_is_refused() -> None:
    fit = bradley_terry(compare(MIXED, [0, 1, 2, 3, 4]))
    assert "unreliable: fewer than 8 clusters" in fit.warnings
    with pytest.raises(TooFewClusters, match="one cluster"):
        bradley_terry(compare(MIXED, ["s"] * 5))


def test_the_interval_covers_a_known_difference() -> None:
    covered = 0
    for seed in range(50):
        ability = bradley_terry(drawn(seed, ties=0)).abilities["m2"]
        assert ability.low is not None
        assert ability.high is not None
        covered += ability.low <= 0.8 <= ability.high
    assert covered >= 43


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": [float("nan"), 0.5]}, r"scores\[0\] is missing"),
        ({"scores": []}, "scores is empty"),
        ({"arms_b": [HUMAN, "a"]}, "Comparison 1 sets 'a' against itself"),
        ({"arms_b": [HUMAN]}, "differ in length"),
        ({"shown_first": [1.0]}, "differ in length"),
        ({"clusters": [0, None]}, r"clusters\[1\] is missing"),
        ({"arms_b": ["b", "b"]}, "anchor 'human' met no arm"),
    ],
)
def test_unusable_comparisons_are_refused(change: dict[str, Any], message: str) -> None:
    met = compare([("a", HUMAN, 1), ("a", HUMAN, 0)])
    with pytest.raises(EstimateError, match=message):
        bradley_terry(replace(met, **change))


def test_a_negative_number_of_ties_is_refused() -> None:
    with pytest.raises(EstimateError, match="added_ties is -1"):
        bradley_terry(compare(MIXED), added_ties=-1)
