from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analysis.errors import EstimateError
from analysis.judges.dawid_skene import dawid_skene

REFERENCE = "dawid_skene"

Agrees = Callable[..., None]


@pytest.fixture
def anaesthesia(reference: Any) -> npt.NDArray[np.float64]:
    """Answers of 5 anaesthetists, the first of whom answered three times, on 45 patients."""
    counts = np.zeros((45, 5, 4))
    for patient, answers in enumerate(reference["answers"]):
        for observer, answer in zip(reference["observer"], answers, strict=True):
            counts[patient, observer - 1, answer - 1] += 1
    return counts


def test_the_class_shares_are_those_of_the_paper(
    agrees: Agrees, reference: Any, anaesthesia: Any
) -> None:
    """Dawid and Skene (1979), Applied Statistics 28:20-28: .40, .42, .11, .07."""
    found = np.round(dawid_skene(anaesthesia).prior, 2)
    expected = reference["published"]
    agrees("Dawid-Skene prior, 2 decimals", "Dawid and Skene 1979", found, expected, 1e-12)


@pytest.mark.parametrize("part", ["prior", "confusion", "posterior"])
def test_the_fit_is_that_of_an_em_in_probabilities(
    agrees: Agrees, reference: Any, anaesthesia: Any, part: str
) -> None:
    found = np.ravel(getattr(dawid_skene(anaesthesia), part))
    expected = np.ravel(reference["smoothed"][part])
    # Chances down to 1e-12 are compared by their size in a share, not relative to themselves.
    agrees(f"Dawid-Skene {part}", "R EM in probabilities", 1 + found, 1 + expected, 1e-6)


def test_judges_that_agree_are_believed() -> None:
    counts = np.zeros((6, 3, 3))
    for item in range(6):
        counts[item, :, item % 3] = 1
    found = dawid_skene(counts)
    assert found.posterior.argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2]
    assert found.rate([0, 0.5, 1]) == pytest.approx(0.5)


def test_a_class_that_nobody_chose_stays_empty() -> None:
    counts = np.zeros((4, 2, 3))
    counts[:2, :, 0] = counts[2:, :, 2] = 1
    assert dawid_skene(counts).prior.tolist() == pytest.approx([0.5, 0, 0.5], abs=1e-3)


def test_a_missing_verdict_is_no_verdict() -> None:
    counts = np.zeros((4, 3, 2))
    counts[:2, :, 0] = counts[2:, :, 1] = 1
    counts[3, 2] = 0
    assert dawid_skene(counts).posterior[3, 1] > 0.9


@pytest.mark.parametrize(
    ("counts", "smoothing", "message"),
    [
        pytest.param(np.zeros((2, 2)), 0.01, "items by judges by classes", id="shape"),
        pytest.param(np.zeros((0, 2, 3)), 0.01, "items by judges by classes", id="no-items"),
        pytest.param(np.full((2, 2, 3), -1.0), 0.01, "at least 0", id="negative"),
        pytest.param(np.zeros((2, 2, 3)), 0.01, r"counts\[0\] has no verdict", id="silent"),
        pytest.param(np.ones((2, 2, 3)), 0.0, "smoothing is 0.0", id="no-smoothing"),
    ],
)
def test_unusable_counts_are_refused(counts: Any, smoothing: float, message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        dawid_skene(counts, smoothing)
