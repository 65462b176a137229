from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.contrasts import set_contrast
from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.sets.interactions import Interaction, interaction
from tests.analysis.conftest import Agreement

REFERENCE = "interactions"
CLUBSANDWICH = "R clubSandwich 0.5.8"
Rows = list[tuple[float, str, str, int]]


def estimate(rows: Rows) -> Interaction:
    scores, models, sets, clusters = (list(column) for column in zip(*rows, strict=True))
    return interaction(scores, models, sets, clusters)


def figures(found: Estimate) -> list[float]:
    assert found.low is not None
    assert found.high is not None
    return [found.value, found.low, found.high, found.df]


def test_pairs_of_models_differ_as_in_clubsandwich(reference: Any, agrees: Agreement) -> None:
    data, theirs = reference["data"], reference["pairs"]
    found = interaction(data["score"], data["model"], data["set"], data["session"])
    # The reference takes the later model less the earlier one.
    turned = [pair for name in ("alder", "birch") for pair in found.against(name)]
    ours = [figures(turned[i].difference) for i in (0, 1, 3)]
    assert [(turned[i].model, turned[i].other) for i in (0, 3)] == [
        ("birch", "alder"),
        ("cedar", "birch"),
    ]
    expected = np.transpose([theirs[key] for key in ("value", "low", "high", "df")])
    agrees("model × set interaction", CLUBSANDWICH, ours, expected)


def test_no_interaction_is_tested_as_by_clubsandwich(reference: Any, agrees: Agreement) -> None:
    data, theirs = reference["data"], reference["joint"]
    joint = interaction(data["score"], data["model"], data["set"], data["session"]).joint
    assert joint is not None
    ours = [joint.statistic, joint.df_numerator, joint.df_denominator, joint.p_value]
    expected = [theirs[key] for key in ("F", "df_num", "df_denom", "p")]
    agrees("HTZ test of model × set", CLUBSANDWICH, ours, expected)


def draw(seed: int, models: str = "abc", sessions: int = 12) -> Rows:
    rng = np.random.default_rng(seed)
    items = [(s, int(c)) for s in ("suboptimal", "strong") for c in rng.integers(0, sessions, 25)]
    return [
        (float(rng.integers(0, 5)) / 4, model, s, c) for model, (s, c) in product(models, items)
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(seed: int, random: Any) -> None:
    rows = draw(seed)
    shuffled = random.sample(rows, len(rows))
    found, expected = estimate(shuffled), estimate(rows)
    assert [(pair.model, pair.other) for pair in found.pairs] == [
        (pair.model, pair.other) for pair in expected.pairs
    ]
    for pair, other in zip(found.pairs, expected.pairs, strict=True):
        assert figures(pair.difference) == pytest.approx(figures(other.difference))


@pytest.mark.parametrize("seed", range(3))
def test_the_contrast_of_each_model_is_its_set_contrast_alone(seed: int) -> None:
    rows = [(score, model, s, c) for score, model, s, c in draw(seed)]
    for model, found in estimate(rows).contrasts.items():
        sides = [
            [(x, c) for x, m, s, c in rows if (m, s) == (model, side)]
            for side in ("suboptimal", "strong")
        ]
        (a, in_a), (b, in_b) = (map(list, zip(*side, strict=True)) for side in sides)
        assert figures(found) == pytest.approx(figures(set_contrast(a, in_a, b, in_b)))


def test_turning_a_pair_round_mirrors_it() -> None:
    found = estimate(draw(4, "ab"))
    (pair,), (turned,) = found.against("b"), found.against("a")
    value, low, high, df = figures(pair.difference)
    assert (turned.model, turned.other) == ("b", "a")
    assert figures(turned.difference) == pytest.approx([-value, -high, -low, df])


def test_two_models_are_tested_jointly_as_the_one_pair_is() -> None:
    found = estimate(draw(5, "ab"))
    assert found.joint is not None
    assert found.joint.p_value == pytest.approx(found.pairs[0].difference.p_value)


def test_one_model_has_contrasts_and_no_pairs() -> None:
    found = estimate(draw(6, "a"))
    assert (list(found.contrasts), found.pairs, found.joint) == (["a"], (), None)
    assert found.joint_missing == "one model has no other to differ from"


def test_models_with_the_same_scores_cannot_be_tested_jointly() -> None:
    rows = draw(7, "a")
    found = estimate(rows + [(x, "b", s, c) for x, _, s, c in rows])
    assert found.pairs[0].difference.value == pytest.approx(0, abs=1e-12)
    assert found.pairs[0].difference.low is None
    assert found.joint is None


def test_many_models_on_few_sessions_have_pairs_and_no_joint_test() -> None:
    found = estimate(draw(8, "abcdefgh", sessions=5))
    assert len(found.pairs) == 28
    assert found.joint is None
    assert found.joint_missing is not None
    assert "too few" in found.joint_missing or "directions" in found.joint_missing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((0.5, "a", "random", 1), "sets\\[150\\] is 'random'"),
        ((0.5, "z", "strong", 1), "'z' has no item in set 'suboptimal'"),
        ((float("nan"), "a", "strong", 1), "scores\\[150\\] is missing"),
        ((1.5, "a", "strong", 1), "scores\\[150\\] is 1.5"),
    ],
    ids=["other-set", "set-missing", "nan", "range"],
)
def test_unusable_rows_are_named(change: tuple[float, str, str, int], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        estimate([*draw(9), change])


def test_a_model_with_a_set_in_one_session_is_named() -> None:
    rows = [
        *draw(10),
        *[(0.5, "z", s, c) for s, c in (("strong", 1), ("suboptimal", 1), ("suboptimal", 2))],
    ]
    with pytest.raises(TooFewClusters, match="'z' in set 'strong' lie in one cluster"):
        estimate(rows)


def test_a_reference_that_is_no_model_is_refused() -> None:
    with pytest.raises(EstimateError, match="'z' is not among"):
        estimate(draw(11)).against("z")
