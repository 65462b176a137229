from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student_t

from analysis.errors import EstimateError
from analysis.jackknife import Undefined
from analysis.labels.gwet import NO_LABEL, TOO_FEW_LABELS, gwet_ac1, raw_agreement

REFERENCE = "gwet"

Agrees = Callable[..., None]

FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, None],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
SIX_PSYCHIATRISTS = [
    "nnnnnn", "pppooo", "psssso", "oooooo", "pppnnn", "ddssss", "ssssoo", "ddsssn",
    "ddnnnn", "oooooo", "dnnnnn", "dpnnnn", "pppsss", "dnnnnn", "ppnnno",
]  # fmt: skip
"""R irrCAC `distrib.6raters`, a patient each: depression, personality disorder, schizophrenia,
neurosis, other."""


def rows_of(units: list[str]) -> list[list[str]]:
    return [list(row) for row in zip(*units, strict=True)]


def test_the_four_observers_have_the_published_figures(agrees: Agrees) -> None:
    """Gwet 2014, as printed by R irrCAC 1.0, vignette "overview", cac.raw4raters."""
    units = list(range(12))
    ac1 = gwet_ac1(FOUR_OBSERVERS, units, [1, 2, 3, 4, 5])
    raw = raw_agreement(FOUR_OBSERVERS, units, [1, 2, 3, 4, 5])
    agrees("Gwet AC1, labels missing", "Gwet 2014 (R irrCAC)", round(ac1.value, 5), 0.77544)
    agrees("raw agreement", "Gwet 2014 (R irrCAC)", raw.value, 0.8181818, within=1e-7)
    assert raw.exclusions == {TOO_FEW_LABELS: 1}
    assert ac1.n == 12


def test_six_psychiatrists_have_the_published_ac1(agrees: Agrees) -> None:
    """R irrCAC 1.0, vignette "overview", distrib.6raters."""
    ac1 = gwet_ac1(rows_of(SIX_PSYCHIATRISTS), range(15), "dpsno")
    raw = raw_agreement(rows_of(SIX_PSYCHIATRISTS), range(15), "dpsno")
    found, expected = [ac1.value, raw.value], [0.4448007, 0.5511111]
    agrees("Gwet AC1, six rows", "Gwet 2014 (R irrCAC)", found, expected, within=2e-7)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_values_and_interval_follow_the_stored_irrcac(
    reference: Any, agrees: Agrees, weights: Any
) -> None:
    for data in reference["sets"]:
        stored = data[weights or "identity"]
        found = gwet_ac1(data["ratings"], data["clusters"], range(5), weights)
        z = np.arctanh(stored["without_cluster"])
        error = np.sqrt((len(z) - 1) / len(z) * np.sum((z - z.mean()) ** 2))
        half = student_t.ppf(0.975, len(z) - 1) * error
        centre = np.arctanh(stored["ac"])
        expected = [stored["ac"], *np.tanh([centre - half, centre + half])]
        name = f"Gwet {'AC2, ' + weights if weights else 'AC1'}, with interval"
        values = [found.value, found.low, found.high]
        agrees(name, "irrCAC 0.4.4 (PyPI), stored", values, expected, within=1e-9)
        raw = raw_agreement(data["ratings"], data["clusters"], range(5), weights)
        agrees("raw agreement", "irrCAC 0.4.4 (PyPI), stored", raw.value, stored["raw"], 1e-12)


def test_units_without_a_label_are_counted() -> None:
    ratings = [["a", "b", None, "a", "b"], ["a", "b", None, "b", None]]
    assert gwet_ac1(ratings, range(5), "ab").exclusions == {NO_LABEL: 1}
    assert gwet_ac1(ratings, range(5), "ab").n == 4
    assert raw_agreement(ratings, range(5), "ab").exclusions == {TOO_FEW_LABELS: 2}


def test_a_category_that_nobody_uses_lowers_chance() -> None:
    ratings = rows_of(SIX_PSYCHIATRISTS)
    five, six = (gwet_ac1(ratings, range(15), names) for names in ("dpsno", "dpsnox"))
    assert six.value > five.value


def test_raw_agreement_is_a_rate_without_a_test() -> None:
    raw = raw_agreement(rows_of(SIX_PSYCHIATRISTS), range(15), "dpsno")
    assert raw.p_value is None
    assert "cluster-Wilson" in raw.method
    assert raw.low is not None
    assert raw.low < raw.value < (raw.high or 0)


@pytest.mark.parametrize("estimator", [gwet_ac1, raw_agreement])
def test_without_a_unit_labelled_twice_agreement_is_undefined(estimator: Any) -> None:
    with pytest.raises(Undefined, match="No unit has two labels"):
        estimator([["a", None], [None, "b"]], [0, 1], "ab")
    with pytest.raises(EstimateError, match="weights is"):
        estimator([["a", "b"], ["a", "b"]], [0, 1], "ab", weights="cubic")
