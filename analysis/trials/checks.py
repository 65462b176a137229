"""Checks a table of trials and fills in what its columns leave open; each gap is a note.

Input that is wrong is an error that names the row; nothing is guessed and nothing dropped.
"""

from difflib import get_close_matches

import numpy as np
import pandas as pd

from analysis.errors import TableError
from analysis.trials.columns import (
    CLUSTER_COLUMNS,
    CONFIDENCES,
    FORMS,
    JUDGE_KINDS,
    KEY,
    ORDERS,
    POINTS,
    PROMPTS,
    PROVENANCES,
    UNSCORED,
    VIEWS,
    describe_columns,
)
from analysis.trials.hindsight import explain_hindsight
from analysis.trials.outcomes import add_outcomes
from analysis.trials.raw import TAKEN, RawColumns, quote
from analysis.trials.table import (
    DATES,
    FACTS,
    FLAGS,
    NUMBERS,
    TEXTS,
    TrialTable,
    arrange,
    text_column,
)
from taste.seats import is_hindsight

REQUIRED = ("set", "item", "arm")
FULL = (
    "set", "item", "arm", "lineage", "set_kind", "repeat", "form", "provenance", "prompt",
    "hindsight",
)  # fmt: skip
"""Columns that no row leaves empty."""
WORDS = {
    "order": ORDERS, "outcome": (*POINTS, UNSCORED), "judge_kind": JUDGE_KINDS, "view": VIEWS,
    "form": FORMS, "provenance": PROVENANCES, "prompt": PROMPTS, "judge_confidence": CONFIDENCES,
}  # fmt: skip
"""Column -> the words that it may hold."""
ONE_VALUE = {
    "set": ("set_kind",),
    "item": (*CLUSTER_COLUMNS, *(fact for fact in FACTS if fact != "human_chars")),
    "arm": ("released", "cutoff", "proposer_family"),
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
        built[column] = raw.flag(column) if column in FLAGS else raw.number(column)
    for column in DATES:
        built[column] = raw.dates(column)
    for column, words in WORDS.items():
        raw.refuse_unknown(column, built[column].cat.categories, words)
    built["set_kind"] = raw.set_kinds()
    keys = built["set"].astype(object) + "/" + built["item"].astype(object)
    built["item"] = text_column(keys)
    if "lineage" not in raw.frame:
        built["lineage"] = built["item"]
    built = add_outcomes(built, raw)
    _check_arms(built, raw)
    built["hindsight"] = _hindsight(built, raw)
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
            known = np.flatnonzero((codes >= 0) & (groups >= 0))
            _, first, group = np.unique(groups[known], return_index=True, return_inverse=True)
            wrong = known[codes[known] != codes[known][first][group]]
            if wrong.size:
                row = int(wrong[0])
                told = f"{of} {quote(built[of].iloc[row])}"
                raise raw.fail(row, f"{told} has another {column} here than in an earlier row.")


def _key(built: pd.DataFrame, row: int) -> pd.Series:
    key: pd.Series = built[list(KEY)].iloc[row].astype(object).fillna("")
    return key


def _check_arms(built: pd.DataFrame, raw: RawColumns) -> None:
    for arm in built["arm"].cat.categories:
        if arm == "human":
            why = "arm 'human' is who every arm is compared with; a row is of another's proposal."
            raise raw.fail(raw.first_row("arm", arm), why)
        meant = "".join(arm.split()).casefold()
        if is_hindsight(meant) and not is_hindsight(arm):
            why = f"arm {quote(arm)} would count as a model; write {quote(meant)}."
            raise raw.fail(raw.first_row("arm", arm), why)


def _hindsight(built: pd.DataFrame, raw: RawColumns) -> pd.Series:
    """Returns which rows are of a proposal with hindsight: as given, else by the arm's name."""
    if "hindsight" not in raw.frame:
        return built["arm"].astype(object).map(is_hindsight).astype(np.float64)
    for row, arm, given in built[["arm", "hindsight"]].drop_duplicates().itertuples():
        if why := explain_hindsight(arm, bool(given)):
            raise raw.fail(row, why)
    return built["hindsight"]
