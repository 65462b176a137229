"""What a fresh draw from the same humans would score on sets that were chosen for their quality.

The right null for a rate on a selected set; it is arithmetic on stated shares, not an estimate.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from scipy.special import ndtri, owens_t

from analysis.errors import EstimateError
from analysis.intervals import EVEN

SIMILAR_SHARES = 0.05
"""Sets whose shares differ by more are not symmetric: selection alone moves their average."""


@dataclass(frozen=True)
class RedrawNull:
    """Win rates of a redraw of the human move, and the selection that they are stated for."""

    bottom_share: float
    """q_s, the share of human moves that the suboptimal set is taken from."""
    top_share: float
    """q_t, the share that the strong set is taken from."""
    reliability: float
    """Share of the variance of the labels that is variance of true quality."""
    suboptimal: float
    """Expected win rate of a redraw on the suboptimal set."""
    strong: float
    """Expected win rate of a redraw on the strong set."""

    @property
    def average(self) -> float:
        """Mean of the two rates; one half exactly when the two shares are equal."""
        return (self.suboptimal + self.strong) / 2

    @property
    def symmetric(self) -> bool:
        """Whether the shares are close enough for an average of the two sets to mean something."""
        return abs(self.bottom_share - self.top_share) <= SIMILAR_SHARES


def redraw_null(bottom_share: float, top_share: float, reliability: float = 1.0) -> RedrawNull:
    """Returns what an exchangeable redraw of the human move wins on the two selected sets.

    The human's and the redrawn move have independent standard normal qualities; the label that
    chose the sets is normal too and correlates with the human's quality by sqrt(reliability),
    so reliability is, as in test theory, the squared correlation. Then
    P(redraw better, label below z_q) is a bivariate normal probability with correlation
    sqrt(reliability / 2), by Owen's T function (Owen 1956)

        W_sub = 1/2 + T(z_{q_s}, a) / q_s,   W_strong = 1/2 - T(z_{q_t}, a) / q_t,
        a = sqrt(reliability / (2 - reliability)),

    which for a perfect label is 1 - q_s / 2 and q_t / 2. Difficulty that an item gives to both
    moves cancels. Normality matters only for reliability below 1.

    Args:
        bottom_share: q_s in (0, 1].
        top_share: q_t in (0, 1]; the two add up to at most 1.
        reliability: in [0, 1].

    Raises:
        EstimateError: a share or the reliability is out of range.
    """
    _check_share(bottom_share, "bottom_share")
    _check_share(top_share, "top_share")
    if bottom_share + top_share > 1 + 1e-12:
        raise EstimateError(
            f"bottom_share {bottom_share:g} and top_share {top_share:g} overlap: they exceed 1."
        )
    if not 0 <= reliability <= 1:
        raise EstimateError(f"reliability is {reliability!r}; give a number in [0, 1].")
    return RedrawNull(
        bottom_share=bottom_share,
        top_share=top_share,
        reliability=reliability,
        suboptimal=EVEN + _shift(bottom_share, reliability),
        strong=EVEN - _shift(top_share, reliability),
    )


def redraw_nulls(
    shares: Iterable[tuple[float, float]], reliabilities: Iterable[float]
) -> tuple[RedrawNull, ...]:
    """Returns the redraw null for every pair of shares (q_s, q_t) and every reliability.

    Raises:
        EstimateError: a share or a reliability is out of range.
    """
    return tuple(redraw_null(*pair, r) for pair, r in product(shares, reliabilities))


def _shift(share: float, reliability: float) -> float:
    """Returns how far selection of an extreme share moves the rate of a redraw from one half."""
    if share == 1:
        return 0.0
    slope = math.sqrt(reliability / (2 - reliability))
    return float(owens_t(float(ndtri(share)), slope)) / share


def _check_share(share: float, name: str) -> None:
    if not 0 < share <= 1:
        raise EstimateError(f"{name} is {share!r}; give a share of the human moves in (0, 1].")
