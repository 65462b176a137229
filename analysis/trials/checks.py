"""Checks a table of trials and fills in what its columns leave open; each gap is a note.

Input that is wrong is an error that names the row; nothing is guessed and nothing dropped.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.errors import TableError
from analysis.trials.columns import (
    CLUSTER_COLUMNS,
    FORMS,
    JUDGE_KINDS,
    KEY,
    NOT_JUDGED,
    ORDERS,
    OUTCOMES,
    POINTS,
    PROVENANCES,
    UNSCORED,
    VIEWS,
    describe_columns,
)
from analysis.trials.raw import TAKEN, RawColumns, quote
from analysis.trials.table import FACTS, NUMBERS, TEXTS, TrialTable, arrange, text_column

REQUIRED = ("set", "item", "arm")
FULL = ("set", "item", "arm", "lineage", "set_kind", "repeat", "form", "provenance")
"""Columns that no row leaves empty."""
FULL_IF_JUDGED = ("judge", "judge_kind", "view")
WORDS = {
    "order": ORDERS, "outcome": (*POINTS, UNSCORED), "judge_kind": JUDGE_KINDS, "view": VIEWS,
    "form": FORMS, "provenance": PROVENANCES,
}  # fmt: skip
"""Column -> the words that it may hold."""
ONE_VALUE = {
    "set": ("set_kind",),
    "item": (*CLUSTER_COLUMNS, *(fact for fact in FACTS if fact != "human_chars")),
    "arm": ("released", "proposer_family"),
    "judge": ("judge_kind", "judge_family"),
}
"""Column -> the columns that say something of it, the same in all of its rows or left empty."""
MOST_LISTED = 30
"""Columns that a message names."""


def check_table(frame: pd.DataFrame, name: str) -> TrialTable:
    """Returns the table that a file holds.

    Args:
        frame: every column texts in categories.
        name: of the file, for messages.

    Raises:
        TableError: a column is missing or a row is wrong.
    """
    raw = RawColumns(frame, name)
    _check_columns(raw)
    built = pd.DataFrame({column: raw.text(column) for column in TEXTS})
    for column in NUMBERS:
        built[column] = raw.flag(column) if column == "hidden_context" else raw.number(column)
    built["set_kind"] = raw.set_kinds()
    built["released"] = raw.dates("released")
    keys = built["set"].astype(object) + "/" + built["item"].astype(object)
    built["item"] = text_column(keys)
    if "lineage" not in raw.frame:
        built["lineage"] = built["item"]
    built = _with_outcomes(built, raw)
    _check_duplicates(built, raw)
    _check_one_value(built, raw)
    return TrialTable(
        arrange(built),
        simulated=bool(np.nansum(raw.flag("simulated"))),
        clusters_known="lineage" in raw.frame,
        orders_known="order" in raw.frame,
        notes=_notes(raw),
    )


def _check_columns(raw: RawColumns) -> None:
    missing = [column for column in REQUIRED if column not in raw.frame]
    if not {"score", "outcome", "verdict"} & set(raw.frame.columns):
        missing.append("score (or outcome, or verdict with order)")
    if "verdict" in raw.frame and not {"order", "outcome", "score"} & set(raw.frame.columns):
        missing.append("order, which a verdict needs")
    if missing:
        there = [*map(quote, raw.frame.columns[:MOST_LISTED])]
        more = ["…"] if len(raw.frame.columns) > MOST_LISTED else []
        told = ", ".join((*there, *more))
        raise TableError(f"{raw.name!r} has no column {', nor '.join(missing)}; it has {told}.")
    for column in FULL:
        if column in raw.frame:
            raw.refuse_empty(column)


def _notes(raw: RawColumns) -> tuple[str, ...]:
    known = describe_columns()
    unknown = [column for column in raw.frame if column not in known and column != "reason"]
    found = [
        f"no column {column!r}: taken as {value!r} in every row"
        for column, value in TAKEN.items()
        if column not in raw.frame
    ]
    if "order" not in raw.frame:
        found.append(
            "no column 'order': a score counts as averaged over both orders, so nothing can be "
            "said of the judge's position effect"
        )
    if "lineage" not in raw.frame:
        found.append("no column 'lineage': clusters unknown, each item is its own cluster")
    for column in unknown:
        close = get_close_matches(str(column), known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        found.append(f"column {quote(column)} is not known and not used{hint}")
    return tuple(found)


def _check_duplicates(built: pd.DataFrame, raw: RawColumns) -> None:
    twice = np.flatnonzero(built.duplicated(list(KEY)))
    if twice.size:
        row = int(twice[0])
        same = (built[list(KEY)].astype(object).fillna("") == _key(built, row)).all(axis=1)
        first = int(np.flatnonzero(same)[0])
        told = ", ".join(f"{k} {_told(v)}" for k, v in _key(built, row).items() if v != "")
        raise raw.fail(row, f"the same key as row {first + 1} ({told}).")


def _told(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else quote(value)


def _check_one_value(built: pd.DataFrame, raw: RawColumns) -> None:
    for of, columns in ONE_VALUE.items():
        groups = built[of].cat.codes.to_numpy()
        for column in columns:
            codes = pd.factorize(built[column])[0]
            known = (codes >= 0) & (groups >= 0)
            first = pd.Series(codes).where(known).groupby(groups).transform("first")
            wrong = np.flatnonzero(known & (first != codes))
            if wrong.size:
                row = int(wrong[0])
                told = f"{of} {quote(built[of].iloc[row])}"
                raise raw.fail(row, f"{told} has another {column} here than in an earlier row.")


def _key(built: pd.DataFrame, row: int) -> pd.Series:
    key: pd.Series = built[list(KEY)].iloc[row].astype(object).fillna("")
    return key


def _with_outcomes(built: pd.DataFrame, raw: RawColumns) -> pd.DataFrame:
    """Adds score, judged and gap from whichever of outcome, verdict and score the file has."""
    verdict, reason = raw.text("verdict"), raw.text("reason")
    for column, words in WORDS.items():
        _check_words(built[column].cat.categories, words, column, raw)
    _check_words(verdict.categories, _VERDICTS, "verdict", raw)
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
    _check_arms(built, raw)
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


def _check_arms(built: pd.DataFrame, raw: RawColumns) -> None:
    for arm in built["arm"].cat.categories:
        if arm == "human":
            why = "arm 'human' is who every arm is compared with; a row is of another's proposal."
            raise raw.fail(raw.first_row("arm", arm), why)


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


_VERDICTS = ("first", "second", "tie", UNSCORED)


def _check_words(
    found: Iterable[object], known: Sequence[str], column: str, raw: RawColumns
) -> None:
    for word in found:
        if word not in known:
            row = raw.first_row(column, word)
            raise raw.fail(row, f"{column} {quote(word)} is none of {', '.join(known)}.")


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
