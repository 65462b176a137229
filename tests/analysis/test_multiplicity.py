from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.errors import EstimateError
from analysis.multiplicity import Family, benjamini_hochberg, holm

REFERENCE = "multiplicity"

Agrees = Callable[..., None]

FEW = settings(max_examples=25)

FAMILIES = st.dictionaries(st.integers(0, 30), st.none() | st.floats(0, 1), max_size=12)


def made(family: Family[Any]) -> list[float]:
    return [p for p in family.adjusted.values() if p is not None]


def test_adjusted_p_values_are_those_of_r(agrees: Agrees, reference: Any) -> None:
    p_values = dict(enumerate(reference["p"]))
    for adjust, name in ((holm, "holm"), (benjamini_hochberg, "bh")):
        family = adjust(p_values)
        expected = [p for p in reference[name] if p is not None]
        agrees(f"{family.method} adjusted p", "R p.adjust", made(family), expected, within=1e-12)
        assert family.untestable == (2, 7)
        assert family.size == 9


def test_adjusted_p_values_are_those_of_statsmodels(agrees: Agrees) -> None:
    p_values = np.random.default_rng(3).random(40) ** 4
    for adjust, name in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        found, expected = adjust(dict(enumerate(p_values))), multipletests(p_values, method=name)[1]
        agrees(f"{found.method} adjusted p", "statsmodels", made(found), expected, within=1e-12)


def test_holm_is_not_the_sidak_variant() -> None:
    """Holm 1979: the smallest of two p values is doubled, not turned into 1 - (1 - p)^2."""
    assert holm({"a": 0.3, "b": 0.4}).adjusted == {"a": 0.6, "b": 0.6}


def test_published_q_values_of_benjamini_and_hochberg(agrees: Agrees) -> None:
    """Benjamini and Hochberg 1995, section 4.1: at .05 their 15 p values reject the first four."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p_values += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    q = benjamini_hochberg(dict(enumerate(p_values)))
    adjusted = holm(dict(enumerate(p_values)))
    assert sum(value <= 0.05 for value in made(q)) == 4
    assert sum(value <= 0.05 for value in made(adjusted)) == 3
    agrees("Benjamini-Hochberg q", "Benjamini and Hochberg 1995", made(q)[3], 0.0095 * 15 / 4)


@FEW
@given(FAMILIES)
def test_tests_that_could_not_be_made_change_nothing_for_the_others(
    p_values: dict[int, float | None],
) -> None:
    for adjust in (holm, benjamini_hochberg):
        family = adjust(p_values)
        without = adjust({key: p for key, p in p_values.items() if p is not None})
        assert made(family) == made(without)
        assert list(family.adjusted) == list(p_values)
        assert family.size + len(family.untestable) == len(p_values)


@FEW
@given(FAMILIES)
def test_an_adjusted_p_value_is_no_smaller_and_holm_is_the_stricter(
    p_values: dict[int, float | None],
) -> None:
    strict, loose = holm(p_values), benjamini_hochberg(p_values)
    for key, p in p_values.items():
        adjusted, q = strict.adjusted[key], loose.adjusted[key]
        if p is None or adjusted is None or q is None:
            assert p is adjusted is q is None
        else:
            assert p <= q * (1 + 1e-12) <= adjusted * (1 + 1e-11) <= 1 + 1e-11


@FEW
@given(FAMILIES)
def test_the_order_of_the_tests_changes_nothing(p_values: dict[int, float | None]) -> None:
    turned = dict(reversed(p_values.items()))
    assert holm(p_values).adjusted == holm(turned).adjusted
    assert benjamini_hochberg(p_values).adjusted == benjamini_hochberg(turned).adjusted


def test_one_test_is_its_own_family_and_none_is_an_empty_one() -> None:
    assert holm({"a": 0.03}).adjusted == {"a": 0.03}
    empty = benjamini_hochberg({"a": None})
    assert (empty.adjusted, empty.size, empty.untestable) == ({"a": None}, 0, ("a",))
    assert holm({}).size == 0


@pytest.mark.parametrize("p", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(EstimateError, match="'b' is"):
        holm({"a": 0.5, "b": p})
