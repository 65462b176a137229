"""Correction for judge error by a calibration from elsewhere: only what the error rates imply.

Assumption-heavy: the judge must err on these items as it did on the calibration items. Where
people labelled some of the items themselves, `analysis.judges.two_phase` is the estimator to use.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray, check_values
from analysis.errors import EstimateError
from analysis.intervals import check_level, t_quantile

METHOD = "Rogan-Gladen, Lang-Reiczigel interval (= Lee et al. 2025)"
ASSUMES = (
    "assumes that the judge errs here as on the calibration items, that these are independent of "
    "the items, and verdicts without ties"
)
CLIPPED = "the corrected rate lay outside [0, 1] and was set to its end"
SHARES_CLIPPED = "a corrected share lay outside [0, 1]: set to its end and all scaled to add to 1"
OUTCOMES = 3
ROUNDING = 1e-9
ILL_CONDITIONED = 10.0
NEAR_SINGULAR = 100.0


@dataclass(frozen=True)
class Calibration:
    """How often the judge was right on calibration items of one true class."""

    right: int
    total: int

    @property
    def share(self) -> float:
        """Sensitivity, for items truly won; specificity, for items truly lost."""
        return self.right / self.total


@dataclass(frozen=True)
class RoganGladen:
    """A win rate corrected by sensitivity and specificity, with what it assumes in `warnings`."""

    value: float
    """In [0, 1]."""
    low: float
    high: float
    level: float
    n_eff: float
    """Independent items that the judge's rate is worth."""
    sensitivity: float
    specificity: float
    warnings: tuple[str, ...]
    method: str = METHOD


@dataclass(frozen=True)
class TrueShares:
    """Shares of true wins, ties and losses behind a judge's shares; no interval is given."""

    won: float
    tied: float
    lost: float
    unbounded: tuple[float, float, float]
    """The solution before it was brought into [0, 1]."""
    condition: float
    """Of the confusion matrix: by how much an error in the judge's shares may grow."""
    warnings: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The win rate, in which a tie counts one half."""
        return self.won + self.tied / 2


def rogan_gladen(
    rate: float,
    n_eff: float,
    sensitivity: Calibration,
    specificity: Calibration,
    level: float = 0.95,
    df: float = math.inf,
) -> RoganGladen:
    """Corrects a judge's win rate by its sensitivity and specificity from other items.

    theta = (p + Sp - 1) / (Se + Sp - 1) (Rogan and Gladen 1978). The interval adds z^2 / 2 wins
    and losses to the rate and one right and one wrong answer to each calibration, and shifts
    the centre by 2 z^2 (theta Se (1 - Se) / n_Se - (1 - theta) Sp (1 - Sp) / n_Sp) (Lang and
    Reiczigel 2014, Prev. Vet. Med. 113:13-22, whose equation 4 misprints (1 - P)^2; Lee et al.
    2025, arXiv 2511.21140, is the same interval).

    Args:
        rate: the judge's win rate of yes/no verdicts, in [0, 1].
        n_eff: items it rests on; where they are clustered, the effective n of the rate.
        sensitivity: on items that were truly won.
        specificity: on items that were truly lost.
        level: nominal coverage, in (0, 1).
        df: degrees of freedom of the rate's variance. With few clusters effective n is not known
            well: it counts (z / t)^2 times, without which the interval covers .90 of .95 with 8.

    Raises:
        EstimateError: an argument is unusable, or the judge is no better than chance.
    """
    check_level(level)
    check_values([rate], "rate", 0, 1)
    counted, quantile = _counted(n_eff, level, df)
    se, sp = _checked(sensitivity, "sensitivity"), _checked(specificity, "specificity")
    if min(se + sp, _shrunk(sensitivity) + _shrunk(specificity)) <= 1:
        raise EstimateError(
            f"sensitivity {se:.3f} and specificity {sp:.3f} add up to no more than 1, now or with "
            "one right and one wrong answer more: the judge is not known to beat chance."
        )
    value = (rate + sp - 1) / (se + sp - 1)
    low, high = _lang_reiczigel(rate, counted, sensitivity, specificity, quantile)
    bounded = _bounded(value)
    return RoganGladen(
        value=bounded,
        low=_bounded(low),
        high=_bounded(high),
        level=level,
        n_eff=n_eff,
        sensitivity=se,
        specificity=sp,
        warnings=(ASSUMES, *((CLIPPED,) if bounded != value else ())),
    )


def _counted(n_eff: float, level: float, df: float) -> tuple[float, float]:
    """Returns the items that count with a normal quantile, and that quantile."""
    if not df > 0:
        raise EstimateError(f"df is {df!r}; give positive degrees of freedom.")
    if not (n_eff > 0 and math.isfinite(n_eff)):
        raise EstimateError(f"n_eff is {n_eff!r}; give a positive number of items.")
    quantile = t_quantile(level, math.inf)
    return n_eff * (quantile / t_quantile(level, df)) ** 2, quantile


def invert_confusion(shares: npt.ArrayLike, confusion: npt.ArrayLike) -> TrueShares:
    """Corrects a judge's shares of wins, ties and losses by its confusion matrix.

    Solves shares = C' pi, with C the confusion matrix in shares of each row.

    Args:
        shares: the judge's wins, ties and losses, adding up to one, shape (3,).
        confusion: counts or shares of calibration items, shape (3, 3): row by true class, column
            by the judge's verdict, both in the order win, tie, loss.

    Raises:
        EstimateError: an argument is unusable, or the matrix is close to singular: the judge
            does not tell the classes apart.
    """
    seen = check_values(shares, "shares", 0, 1)
    if len(seen) != OUTCOMES or abs(math.fsum(seen) - 1) > ROUNDING:
        raise EstimateError(f"shares must be three that add up to 1, not {seen.tolist()}.")
    matrix = _row_shares(confusion)
    condition = float(np.linalg.cond(matrix))
    if not condition < NEAR_SINGULAR:
        raise EstimateError(
            f"The confusion matrix is close to singular (condition number {condition:.3g}): "
            "the judge does not tell win, tie and loss apart well enough to invert it."
        )
    solved = np.linalg.solve(matrix.T, seen)
    # Rounding may leave a share of zero a little below it; that is no reason to warn.
    solved = np.where(np.abs(solved) < ROUNDING, 0.0, solved)
    bounded = np.clip(solved, 0, 1)
    won, tied, lost = (bounded / bounded.sum()).tolist()
    ill = f"condition number {condition:.1f}: small errors of the judge's shares grow much"
    warnings = (
        ASSUMES.replace(", and verdicts without ties", ""),
        *((ill,) if condition > ILL_CONDITIONED else ()),
        *((SHARES_CLIPPED,) if np.any(bounded != solved) else ()),
    )
    return TrueShares(won, tied, lost, tuple(solved.tolist()), condition, warnings)


def _lang_reiczigel(
    rate: float, n_eff: float, sensitivity: Calibration, specificity: Calibration, z: float
) -> tuple[float, float]:
    n, n_se, n_sp = n_eff + z**2, sensitivity.total + 2, specificity.total + 2
    p = (n_eff * rate + z**2 / 2) / n
    se, sp = _shrunk(sensitivity), _shrunk(specificity)
    var_se, var_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    value = (p + sp - 1) / (se + sp - 1)
    variance = p * (1 - p) / n + value**2 * var_se + (1 - value) ** 2 * var_sp
    half = z * math.sqrt(variance) / (se + sp - 1)
    centre = value + 2 * z**2 * (value * var_se - (1 - value) * var_sp)
    return centre - half, centre + half


def _shrunk(calibration: Calibration) -> float:
    """Returns the share with one right and one wrong answer more."""
    return (calibration.right + 1) / (calibration.total + 2)


def _checked(calibration: Calibration, name: str) -> float:
    if calibration.total < 1 or not 0 <= calibration.right <= calibration.total:
        raise EstimateError(
            f"{name} is {calibration.right} of {calibration.total}; give right answers of a "
            "positive total."
        )
    return calibration.share


def _row_shares(confusion: npt.ArrayLike) -> FloatArray:
    matrix = np.asarray(confusion, dtype=np.float64)
    if matrix.shape != (OUTCOMES, OUTCOMES) or not np.all(np.isfinite(matrix)):
        raise EstimateError(f"confusion must be 3 x 3 finite numbers, not {matrix.tolist()}.")
    if np.any(matrix < 0) or np.any(matrix.sum(axis=1) == 0):
        raise EstimateError("confusion needs counts of at least 0 and a count in every row.")
    rows: FloatArray = matrix / matrix.sum(axis=1, keepdims=True)
    return rows


def _bounded(value: float) -> float:
    return min(1.0, max(0.0, value))
