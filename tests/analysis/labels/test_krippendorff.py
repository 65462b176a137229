import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student_t

from analysis.errors import EstimateError, TooFewClusters
from analysis.jackknife import AT_THE_END, Undefined
from analysis.labels.gwet import TOO_FEW_LABELS
from analysis.labels.krippendorff import krippendorff_alpha

REFERENCE = "krippendorff"

Agrees = Callable[..., None]
Ratings = list[list[int | None]]

FOUR_OBSERVERS: Ratings = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
RATINGS = st.lists(
    st.lists(st.sampled_from([0, 1, 2, 4, None]), min_size=8, max_size=8),
    min_size=2,
    max_size=3,
)


def pairwise_alpha(ratings: Ratings, metric: str) -> float:
    """Krippendorff's alpha by its definition over all pairs of labels, none of it in matrices."""
    units = [[r for r in unit if r is not None] for unit in zip(*ratings, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    labels = [label for unit in units for label in unit]

    def apart(a: int, b: int) -> float:
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return float((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = sum(low <= label <= high for label in labels)
        return float((between - (labels.count(a) + labels.count(b)) / 2) ** 2) if a != b else 0.0

    observed = sum(
        apart(a, b) / (len(unit) - 1) for unit in units for a, b in itertools.permutations(unit, 2)
    )
    expected = sum(apart(a, b) for a, b in itertools.permutations(labels, 2))
    return 1 - observed / len(labels) / (expected / len(labels) / (len(labels) - 1))


@pytest.mark.parametrize(
    ("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_four_observers_have_the_published_alpha(
    agrees: Agrees, metric: Any, published: float
) -> None:
    """Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections C to E."""
    alpha = krippendorff_alpha(FOUR_OBSERVERS, range(12), metric)
    source = "Krippendorff 2011, as printed"
    agrees(f"Krippendorff alpha, {metric}", source, round(alpha.value, 3), published)
    assert alpha.exclusions == {TOO_FEW_LABELS: 1}
    assert alpha.n == 11


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_alpha_and_interval_follow_the_stored_krippendorff(
    reference: Any, agrees: Agrees, metric: Any
) -> None:
    for data in reference["sets"]:
        stored = data[metric]
        found = krippendorff_alpha(data["ratings"], data["clusters"], metric)
        z = np.arctanh(stored["without_cluster"])
        error = np.sqrt((len(z) - 1) / len(z) * np.sum((z - z.mean()) ** 2))
        half = student_t.ppf(0.975, len(z) - 1) * error
        centre = np.arctanh(stored["alpha"])
        expected = [stored["alpha"], *np.tanh([centre - half, centre + half])]
        values = [found.value, found.low, found.high]
        name = f"Krippendorff alpha, {metric}, with interval"
        agrees(name, "krippendorff 0.9.0, stored", values, expected, within=1e-9)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
@settings(max_examples=40)
@given(ratings=RATINGS)
def test_alpha_equals_its_definition_over_pairs(metric: Any, ratings: Ratings) -> None:
    try:
        alpha = krippendorff_alpha(ratings, range(8), metric)
    except (Undefined, TooFewClusters):
        return
    assert alpha.value == pytest.approx(pairwise_alpha(ratings, metric), abs=1e-12)


def test_six_psychiatrists_have_the_published_nominal_alpha(agrees: Agrees) -> None:
    """R irrCAC 1.0, vignette "overview", krippen.alpha.dist(distrib.6raters)."""
    units = [
        "nnnnnn", "pppooo", "psssso", "oooooo", "pppnnn", "ddssss", "ssssoo", "ddsssn",
        "ddnnnn", "oooooo", "dnnnnn", "dpnnnn", "pppsss", "dnnnnn", "ppnnno",
    ]  # fmt: skip
    alpha = krippendorff_alpha(list(zip(*units, strict=True)), range(15))
    source = "Gwet 2014 (R irrCAC)"
    agrees("Krippendorff alpha, six rows", source, alpha.value, 0.4204384, within=2e-7)


@settings(max_examples=40)
@given(RATINGS)
def test_rows_and_units_in_another_order_change_nothing(ratings: Ratings) -> None:
    turned = [row[::-1] for row in ratings[::-1]]
    try:
        one = krippendorff_alpha(ratings, range(8), "ordinal")
    except (Undefined, TooFewClusters):
        return
    other = krippendorff_alpha(turned, range(8), "ordinal")
    assert one.value == pytest.approx(other.value, abs=1e-12)
    assert (one.low is None) == (other.low is None)
    assert one.low is None or one.low == pytest.approx(other.low, rel=1e-9, abs=1e-9)


def test_ordinal_alpha_knows_only_the_order_and_interval_alpha_the_distance() -> None:
    stretched = [[r and r**3 for r in row] for row in FOUR_OBSERVERS]
    for metric, same in (("ordinal", True), ("interval", False)):
        one, other = (
            krippendorff_alpha(ratings, range(12), metric)  # type: ignore[arg-type]
            for ratings in (FOUR_OBSERVERS, stretched)
        )
        assert (one.value == pytest.approx(other.value, rel=1e-12)) == same


def test_an_unused_category_changes_nothing() -> None:
    one = krippendorff_alpha(FOUR_OBSERVERS, range(12), "ordinal")
    other = krippendorff_alpha(FOUR_OBSERVERS, range(12), "ordinal", [0, 1, 2, 3, 4, 5, 9])
    assert (one.value, one.low) == pytest.approx((other.value, other.low), rel=1e-12)


def test_full_agreement_is_one_without_an_interval() -> None:
    alpha = krippendorff_alpha([[0, 1, 2, 1], [0, 1, 2, 1]], range(4), "ordinal")
    assert (alpha.value, alpha.low) == (1, None)
    assert AT_THE_END in alpha.warnings


@pytest.mark.parametrize(
    "ratings",
    [
        pytest.param([["a", "a"], ["a", "a"]], id="one-category"),
        pytest.param([["a", "b"], [None, None]], id="no-pair"),
        pytest.param([["a", "b", "a"], ["a", None, "a"]], id="one-category-in-pairs"),
        pytest.param([[None], [None]], id="no-label"),
    ],
)
def test_alpha_without_two_categories_is_undefined(ratings: list[list[str]]) -> None:
    with pytest.raises(Undefined, match="Alpha is undefined"):
        krippendorff_alpha(ratings, range(len(ratings[0])))


def test_unusable_input_is_refused() -> None:
    with pytest.raises(EstimateError, match="metric is 'ratio'"):
        krippendorff_alpha([[1, 2], [1, 2]], [0, 1], "ratio")  # type: ignore[arg-type]
    with pytest.raises(EstimateError, match="'low' is no number"):
        krippendorff_alpha([["low", "high"], ["low", "low"]], [0, 1], "ordinal")
    with pytest.raises(TooFewClusters, match="one cluster"):
        krippendorff_alpha([[1, 2], [1, 2]], ["a", "a"])


def test_words_in_their_order_are_ordinal_labels() -> None:
    words = ["none", "little", "much"]
    ratings = [["none", "much", "little", "none"], ["little", "much", "much", "none"]]
    numbers = [[words.index(word) for word in row] for row in ratings]
    named = krippendorff_alpha(ratings, range(4), "ordinal", words)
    assert named.value == krippendorff_alpha(numbers, range(4), "ordinal").value


def test_the_interval_covers_the_alpha_of_a_known_world() -> None:
    # Two of three even categories at random by chance 1 - q, q varying over sessions.
    rng, covered, runs = np.random.default_rng(9), 0, 200
    for _ in range(runs):
        clusters = np.repeat(np.arange(20), 1 + rng.poisson(4, 20))
        n, q = len(clusters), rng.beta(8, 4, 20)[clusters]
        truth = rng.integers(0, 3, n)
        rows = [np.where(rng.random(n) < q, truth, rng.integers(0, 3, n)) for _ in range(3)]
        alpha = krippendorff_alpha([row.tolist() for row in rows], clusters.tolist())
        assert alpha.low is not None
        assert alpha.high is not None
        # Two rows agree beyond chance when both know: E[q^2], q ~ Beta(8, 4).
        covered += alpha.low <= 8 * 9 / (12 * 13) <= alpha.high
    assert 0.92 < covered / runs < 0.98
