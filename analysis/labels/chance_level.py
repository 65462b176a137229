"""The agreement about places that chance gives: one annotator's marks turned around a session.

Every turn is enumerated, so the level is exact and nothing is drawn.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.clusters import FloatArray

Positions = npt.NDArray[np.int64]


def chance_f1(
    first: Sequence[int], second: Sequence[int], acts: int, tolerances: Sequence[int]
) -> FloatArray:
    """Returns the mean tolerance-matched F1 over all turns of either annotator's marks.

    A turn by s takes position p to (p + s) modulo `acts`, s = 0 ... acts - 1: the marks keep their
    number and their distances, around the end of the session, and lose their place. Marks near an
    end have fewer neighbours, so it matters a little whose stay; both cases have the same weight.

    Args:
        first: positions in [0, acts), all different.
        second: likewise.
        acts: human acts in the session.
        tolerances: how many acts apart two marks may match; one level for each.
    """
    if not first or not second:
        return np.zeros(len(tolerances))
    allowed = np.repeat(np.asarray(tolerances), acts)
    matched = np.zeros(len(tolerances))
    for still, moving in ((first, second), (second, first)):
        turned = np.sort((np.asarray(moving) + np.arange(acts)[:, None]) % acts, axis=1)
        rows = np.tile(turned, (len(tolerances), 1))
        counts = matched_counts(np.sort(np.asarray(still)), rows, allowed)
        matched += counts.reshape(len(tolerances), acts).mean(axis=1) / 2
    return 2 * matched / (len(first) + len(second))


def matched_counts(first: Positions, second: Positions, tolerances: Positions) -> Positions:
    """Returns the size of the largest matching of one row of positions with each of many.

    Both are swept from the left: two positions within the tolerance are matched, else the lower
    one is passed over, since nothing to come is nearer to it. On a line that is a largest matching.

    Args:
        first: sorted, shape (n,).
        second: sorted along the rows, shape (rows, m).
        tolerances: shape (rows,).
    """
    n, (rows, m) = len(first), second.shape
    row = np.arange(rows)
    i, j, matched = (np.zeros(rows, dtype=np.int64) for _ in range(3))
    for _ in range(n + m):
        going = (i < n) & (j < m)
        gap = first[np.minimum(i, n - 1)] - second[row, np.minimum(j, m - 1)]
        hit = np.abs(gap) <= tolerances
        matched += going & hit
        i += going & (hit | (gap < 0))
        j += going & (hit | (gap > 0))
    return matched
