"""What the outcome, the verdict and the score of each row of somebody's table say together.

Any one of them is enough; two that contradict each other are an error that names the row.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.trials.columns import NOT_JUDGED, ORDERS, OUTCOMES, POINTS, UNSCORED
from analysis.trials.raw import RawColumns
from analysis.trials.table import text_column

FULL_IF_JUDGED = ("judge", "judge_kind", "view")
_VERDICTS = ("first", "second", "tie", UNSCORED)


def add_outcomes(built: pd.DataFrame, raw: RawColumns) -> pd.DataFrame:
    """Adds score, judged and gap from whichever of outcome, verdict and score the file has.

    Args:
        built: the columns as read so far, a row a row of the file.
        raw: the file's columns as texts.

    Raises:
        TableError: a row contradicts itself, or leaves empty what a verdict needs.
    """
    verdict, reason = raw.text("verdict"), raw.text("reason")
    raw.refuse_unknown("verdict", verdict.categories, _VERDICTS)
    outcome = _texts_or_none(built["outcome"])
    if "order" in raw.frame:
        seen = _seen_from_proposal(_texts_or_none(verdict), built["order"], raw)
        outcome = _one_of_both(outcome, seen, raw)
    points = np.array([POINTS.get(word, np.nan) for word in outcome], dtype=np.float64)
    _check_points(points, np.asarray(built["score"], dtype=np.float64), raw)
    unscored = outcome == UNSCORED
    built["score"] = np.where(np.isnan(points) & ~unscored, built["score"], points)
    built["outcome"] = text_column(outcome)
    built["judged"] = built["score"].notna() | unscored
    _check_judged(built, raw)
    _check_exclusions(built, raw)
    built["gap"] = _gaps(built, reason)
    return built


def _texts_or_none(column: pd.Series | pd.Categorical) -> npt.NDArray[np.object_]:
    texts = pd.Series(column).astype(object)
    return np.asarray(texts.where(texts.notna(), None), dtype=object)


def _one_of_both(
    given: npt.NDArray[np.object_], seen: npt.NDArray[np.object_], raw: RawColumns
) -> npt.NDArray[np.object_]:
    """Returns the outcome as given, else as the verdict has it."""
    for row, (one, other) in enumerate(zip(given, seen, strict=True)):
        if one is not None and other is not None and one != other:
            raise raw.fail(row, f"outcome {one!r} contradicts the verdict, which is a {other}.")
    return np.where(pd.isna(given), seen, given)


def _check_exclusions(built: pd.DataFrame, raw: RawColumns) -> None:
    both = np.flatnonzero(built["exclusion"].notna() & built["score"].notna())
    if both.size:
        raise raw.fail(int(both[0]), "an excluded trial has a score; leave one of the two empty.")


def _check_judged(built: pd.DataFrame, raw: RawColumns) -> None:
    for column in FULL_IF_JUDGED:
        if column in raw.frame:
            raw.refuse_empty(column, np.asarray(built["judged"], dtype=bool))
    open_ = np.flatnonzero(built["score"].notna() & built["order"].isna())
    if "order" in raw.frame and open_.size:
        raise raw.fail(int(open_[0]), f"order is empty; give one of {', '.join(ORDERS)}.")


def _seen_from_proposal(
    verdict: npt.NDArray[np.object_], order: pd.Series, raw: RawColumns
) -> npt.NDArray[np.object_]:
    orders = _texts_or_none(order)
    seen = [OUTCOMES.get((v, o)) for v, o in zip(verdict, orders, strict=True)]
    for row, (said, outcome) in enumerate(zip(verdict, seen, strict=True)):
        if isinstance(said, str) and outcome is None:
            raise raw.fail(row, f"verdict {said!r} without an order: {', '.join(ORDERS)}.")
    return np.array(seen, dtype=object)


def _check_points(points: FloatArray, given: FloatArray, raw: RawColumns) -> None:
    both = ~np.isnan(points) & ~np.isnan(given)
    wrong = np.flatnonzero(both & (points != given))
    if wrong.size:
        row = int(wrong[0])
        why = f"score {given[row]:g} contradicts the outcome, which scores {points[row]:g}."
        raise raw.fail(row, why)


def _gaps(built: pd.DataFrame, reasons: pd.Categorical) -> pd.Categorical:
    exclusion = built["exclusion"].astype(object)
    reason = pd.Series([text or "no reason given" for text in _texts_or_none(reasons)])
    gap = exclusion.where(built["exclusion"].notna(), NOT_JUDGED)
    told = "unscored: " + reason.astype(str)
    gap = gap.where(~(built["judged"] & built["exclusion"].isna()), told)
    return text_column(gap.where(built["score"].isna(), None))
