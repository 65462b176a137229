"""The closed forms against CR2 and Satterthwaite df written out with full matrices.

A_g = (I - H_gg)^(-1/2), Bell and McCaffrey 2002; df = tr(P'P)^2 / ||P'P||^2 with columns
p_g = (I - H)_g' A_g X_g (X'X)^-1 c, Pustejovsky and Tipton 2018, working model independent.
"""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import t as student_t

from analysis.clusters import cluster_sums, cr2_variance, satterthwaite_df
from analysis.contrasts import mean_effect, paired_difference, set_contrast
from analysis.rates import win_rate

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

SHAPES = [
    pytest.param(12, 3, id="three-clusters"),
    pytest.param(60, 8, id="eight-clusters"),
    pytest.param(129, 25, id="twenty-five-clusters"),
    pytest.param(30, 30, id="singletons"),
]


def matrix_cr2(x: Floats, y: Floats, groups: Labels, contrast: Floats) -> tuple[float, float]:
    bread = np.linalg.inv(x.T @ x)
    left = np.eye(len(y)) - x @ bread @ x.T
    residual, variance, columns = left @ y, 0.0, []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        roots, vectors = np.linalg.eigh(left[np.ix_(rows, rows)])
        adjustment = vectors @ np.diag(roots**-0.5) @ vectors.T
        direction = adjustment @ x[rows] @ bread @ contrast
        variance += float(direction @ residual[rows]) ** 2
        columns.append(left[:, rows] @ direction)
    omega = np.array(columns) @ np.array(columns).T
    return variance, float(np.trace(omega) ** 2 / np.sum(omega**2))


def draw(n: int, clusters: int, seed: int) -> tuple[Floats, Labels]:
    rng = np.random.default_rng(seed)
    weights = rng.gamma(1.2, size=clusters) + 0.05
    sizes = 1 + rng.multinomial(n - clusters, weights / weights.sum())
    groups = np.repeat(np.arange(clusters), sizes)
    return rng.integers(0, 13, n) / 12, groups


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "clusters"), SHAPES)
def test_the_closed_forms_of_a_mean_equal_the_matrices(n: int, clusters: int, seed: int) -> None:
    scores, groups = draw(n, clusters, seed)
    variance, df = matrix_cr2(np.ones((n, 1)), scores, groups, np.ones(1))
    sums = cluster_sums(scores, groups.tolist())
    assert cr2_variance(sums) == pytest.approx(variance, rel=1e-10)
    assert satterthwaite_df([sums]) == pytest.approx(df, rel=1e-10)


def test_a_win_rate_rests_on_the_matrix_variance_and_df() -> None:
    scores, groups = draw(129, 25, 7)
    variance, df = matrix_cr2(np.ones((129, 1)), scores, groups, np.ones(1))
    rate = win_rate(scores, groups.tolist())
    assert rate.effective_n == pytest.approx(rate.value * (1 - rate.value) / variance, rel=1e-10)
    assert rate.df == pytest.approx(df, rel=1e-10)


def test_a_mean_effect_has_the_matrix_interval() -> None:
    scores, groups = draw(60, 15, 8)
    variance, df = matrix_cr2(np.ones((60, 1)), scores, groups, np.ones(1))
    effect = mean_effect(scores, groups.tolist())
    assert effect.low is not None
    half = effect.value - effect.low
    assert half == pytest.approx(student_t.ppf(0.975, df) * variance**0.5, rel=1e-10)


def test_a_paired_difference_has_the_matrix_df_and_variance() -> None:
    a, groups = draw(60, 15, 9)
    b, _ = draw(60, 15, 10)
    variance, df = matrix_cr2(np.ones((60, 1)), a - b, groups, np.ones(1))
    difference = paired_difference(a, b, groups.tolist())
    spread = float(np.var(a - b, ddof=1))
    assert difference.df == pytest.approx(df, rel=1e-10)
    assert difference.effective_n == pytest.approx(spread / variance, rel=1e-10)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("overlap", [0, 5, 10], ids=lambda shared: f"{shared}-shared")
def test_a_set_contrast_equals_the_stacked_matrices(overlap: int, seed: int) -> None:
    (a, groups_a), (b, groups_b) = draw(50, 10, seed), draw(43, 12, seed + 100)
    groups_b = groups_b + 10 - overlap
    x = np.zeros((93, 2))
    x[:50, 0] = x[50:, 1] = 1
    groups = np.concatenate([groups_a, groups_b])
    variance, df = matrix_cr2(x, np.concatenate([a, b]), groups, np.array([1.0, -1.0]))
    contrast = set_contrast(a, groups_a.tolist(), b, groups_b.tolist())
    unclustered = float(np.var(a, ddof=1)) / 50 + float(np.var(b, ddof=1)) / 43
    assert contrast.design_effect == pytest.approx(variance / unclustered, rel=1e-10)
    assert contrast.df == pytest.approx(df, rel=1e-10)
