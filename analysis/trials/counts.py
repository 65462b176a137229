"""Reads published counts: a rate in percent for each arm and set, where no item is known."""

from dataclasses import dataclass

import pandas as pd

from analysis.errors import TableError
from analysis.trials.columns import SET_KINDS
from analysis.trials.raw import quote

COLUMNS = ("set", "arm", "percent", "items")


@dataclass(frozen=True)
class Count:
    """One published rate."""

    set: str
    arm: str
    percent: float
    """As printed."""
    items: int
    """That the rate is of; arms of one set share them."""
    decimals: int
    """Digits that were printed after the point."""


def is_table_of_counts(frame: pd.DataFrame) -> bool:
    """Whether a table states rates rather than trials."""
    return set(COLUMNS) <= set(frame.columns) and "item" not in frame.columns


def read_counts(frame: pd.DataFrame, name: str) -> tuple[Count, ...]:
    """Returns the published rates of a table.

    Args:
        frame: with the columns `COLUMNS`, every cell a text.
        name: of the file, for messages.

    Raises:
        TableError: a row is wrong; it names file and row.
    """
    found: dict[tuple[str, str], Count] = {}
    for row, values in enumerate(frame[list(COLUMNS)].astype(object).itertuples(index=False), 1):
        count = _read_row(values, f"{name!r}, row {row}")
        if (count.set, count.arm) in found:
            raise TableError(f"{name!r}, row {row}: arm {quote(count.arm)} on {count.set!r} again.")
        found[count.set, count.arm] = count
    _check_sizes(found, name)
    return tuple(found.values())


def _read_row(values: tuple[object, ...], where: str) -> Count:
    if any(value is None or value != value for value in values):  # noqa: PLR0124 - NaN
        raise TableError(f"{where}: a cell is empty; give {', '.join(COLUMNS)}.")
    set_name, arm, percent, items = map(str, values)
    if set_name not in SET_KINDS:
        raise TableError(f"{where}: set {quote(set_name)} is none of {', '.join(SET_KINDS)}.")
    try:
        rate, number = float(percent), int(items)
    except ValueError as error:
        raise TableError(f"{where}: percent and items must be numbers.") from error
    if not 0 <= rate <= 100 or number < 1:  # noqa: PLR2004
        raise TableError(f"{where}: percent must be from 0 to 100, items 1 or more.")
    return Count(set_name, arm, rate, number, len(percent.partition(".")[2]))


def _check_sizes(found: dict[tuple[str, str], Count], name: str) -> None:
    sizes: dict[str, int] = {}
    for count in found.values():
        if sizes.setdefault(count.set, count.items) != count.items:
            raise TableError(f"{name!r}: arms of the set {count.set!r} have other items each.")
