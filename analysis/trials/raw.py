"""Columns of somebody's file as texts, and how each is read; a faulty value names its row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.errors import TableError
from analysis.trials.columns import BLIND, RESTATED, SET_KINDS, STANDARD
from analysis.trials.table import SURFACES, text_column

TAKEN = {
    "repeat": "1", "sample": "1", "judge": "the judge", "judge_kind": "model", "view": "full",
    "form": RESTATED, "provenance": BLIND, "prompt": STANDARD,
}  # fmt: skip
"""What a table says by leaving a column out."""
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")
MISSING_NUMBERS = ("na", "nan", "null", "none")
RANGES: dict[str, tuple[float, float, bool]] = {
    "score": (0, 1, False), "repeat": (0, np.inf, True), "sample": (0, np.inf, True),
    "confidence": (1, 5, True), "annotators": (0, np.inf, True), "label_agreement": (0, 1, False),
    "harm": (0, 4, True), "position": (0, np.inf, True), "prefix_events": (0, np.inf, True),
    "prefix_chars": (0, np.inf, True), "human_chars": (0, np.inf, True),
    "proposal_chars": (0, np.inf, True), "probability": (1e-12, 1, False),
    "label_probability": (1e-12, 1, False), "minutes": (0, np.inf, False),
    "judge_probability": (1e-12, 1, False), "evidence_turns": (0, np.inf, True),
    **dict.fromkeys(SURFACES, (0, np.inf, True)),
}  # fmt: skip
MOST_CHARS = 80
"""Of somebody's text in a message."""


def quote(text: object) -> str:
    """Returns a text in quotes for a message: one line, nothing hidden in it, cut where long."""
    told = str(text)
    return repr(told if len(told) <= MOST_CHARS else f"{told[:MOST_CHARS]}…")


@dataclass(frozen=True)
class RawColumns:
    """The columns as the file has them, with everything that can be wrong about them."""

    frame: pd.DataFrame
    name: str

    def fail(self, row: int, why: str) -> TableError:
        """Returns the error that names file and row; rows count from 1 without the header."""
        return TableError(f"{self.name!r}, row {row + 1}: {why}")

    def text(self, column: str) -> pd.Categorical:
        """Returns the column as categories; what the file leaves out, as `TAKEN` has it."""
        if column in self.frame:
            return text_column(self.frame[column].astype(object).where(self.frame[column].notna()))
        value = TAKEN.get(column)
        return text_column([value] * len(self.frame))

    def number(self, column: str) -> FloatArray:
        """Returns the column as numbers in the range that `RANGES` has for it; NaN where empty."""
        low, high, whole = RANGES.get(column, (-np.inf, np.inf, False))

        def parse(text: str) -> float:
            if text.lower() in MISSING_NUMBERS:
                return np.nan
            value = float(text)
            if not low <= value <= high or np.isinf(value) or (whole and not value.is_integer()):
                raise ValueError
            return value

        kind = "a whole number" if whole else "a number"
        told = f"from {low:g} to {high:g}" if np.isfinite(high) else f"from {low:g} up"
        return self._parse(column, parse, f"{kind} {told}")

    def flag(self, column: str) -> FloatArray:
        """Returns 1 for true, 0 for false, NaN where empty."""

        def parse(text: str) -> float:
            if text.lower() not in (*TRUE, *FALSE):
                raise ValueError
            return float(text.lower() in TRUE)

        return self._parse(column, parse, "true or false")

    def dates(self, column: str) -> pd.Series:
        """Returns the column as days; None where empty."""
        empty = pd.Series([None] * len(self.frame), dtype=object)
        if column not in self.frame:
            return empty
        days: dict[str, date] = {}
        for text in self.frame[column].cat.categories:
            try:
                days[text] = date.fromisoformat(text)
            except ValueError as error:
                row = self.first_row(column, text)
                raise self.fail(row, f"{column} {quote(text)} is no day as YYYY-MM-DD.") from error
        found = self.frame[column].astype(object).map(days)
        return found.where(found.notna(), None).astype(object)

    def set_kinds(self) -> pd.Categorical:
        """Returns what kind of set each row belongs to: `set_kind`, else the name of the set."""
        column = "set_kind" if "set_kind" in self.frame else "set"
        for kind in self.frame[column].cat.categories:
            if kind not in SET_KINDS:
                hint = "" if column == "set_kind" else "; a column set_kind may say which it is"
                why = f"{column} {quote(kind)} is none of {', '.join(SET_KINDS)}{hint}."
                raise self.fail(self.first_row(column, kind), why)
        return self.text(column)

    def refuse_empty(self, column: str, where: npt.NDArray[np.bool_] | None = None) -> None:
        """Refuses a column that is empty in some row, or in one of some rows."""
        empty = np.asarray(self.frame[column].isna())
        found = np.flatnonzero(empty if where is None else empty & where)
        if found.size:
            raise self.fail(int(found[0]), f"{column} is empty.")

    def refuse_unknown(self, column: str, found: Iterable[object], known: Sequence[str]) -> None:
        """Refuses a text of a column that is none of the known words."""
        for word in found:
            if word not in known:
                why = f"{column} {quote(word)} is none of {', '.join(known)}."
                raise self.fail(self.first_row(column, word), why)

    def _parse(self, column: str, parse: Callable[[str], float], expected: str) -> FloatArray:
        if column not in self.frame:
            taken = TAKEN.get(column)
            return np.full(len(self.frame), np.nan if taken is None else float(taken))
        found = self.frame[column]
        values: list[float] = []
        for text in found.cat.categories:
            try:
                values.append(parse(str(text).strip()))
            except ValueError as error:
                row = self.first_row(column, text)
                raise self.fail(row, f"{column} {quote(text)} is not {expected}.") from error
        codes = found.cat.codes.to_numpy()
        return np.append(np.array(values, dtype=np.float64), np.nan)[codes]

    def first_row(self, column: str, text: object) -> int:
        """Returns the first row in which a column has this text."""
        return int(np.flatnonzero((self.frame[column] == text).to_numpy())[0])
