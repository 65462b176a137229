"""Reads a table of trials that somebody brings: CSV, Parquet or JSON lines, with our columns.

Every text is kept as a category, so that a million rows fit in memory and a faulty value is looked
for among the different ones. What a row says wrong is told with its number: rows count from 1,
without the header and without lines that are blank.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
from pandas.api.types import union_categoricals
from pandas.errors import EmptyDataError, ParserError

from analysis.errors import TableError
from analysis.trials.checks import check_table
from analysis.trials.raw import quote
from analysis.trials.table import TrialTable

CHUNK = 100_000
"""Rows of a CSV file that are texts at one time."""
PARQUET_MISSING = (
    "{!r} needs the extra `parquet`: pip install 'taste[parquet]', or take a CSV file."
)
ENDINGS = (".csv", ".parquet", ".jsonl")
NESTED = (list, dict, set, np.ndarray)


def read_trial_file(file: Path) -> TrialTable:
    """Reads a table of trials and checks it.

    Args:
        file: by its ending CSV, Parquet (needs the extra `parquet`) or JSON lines.

    Raises:
        TableError: the file cannot be read, a column is missing, or a row is wrong; it names the
            file, the row and what to do.
    """
    return check_table(read_columns(file), file.name)


def read_columns(file: Path) -> pd.DataFrame:
    """Reads a file's columns as they stand, every cell a text.

    Raises:
        TableError: the file cannot be read or has no row.
    """
    readers = dict(zip(ENDINGS, (_read_csv, _read_parquet, _read_jsonl), strict=True))
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise TableError(f"{file.name!r} ends in none of {', '.join(ENDINGS)}.")
    try:
        with file.open("rb"):
            frame = reader(file)
    except OSError as error:
        raise TableError(f"cannot read {str(file)!r}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{file.name!r} is not UTF-8 text: {error}") from error
    if frame.empty:
        raise TableError(f"{file.name!r} holds no row of trials.")
    return frame


def _read_csv(file: Path) -> pd.DataFrame:
    _check_shape(file)
    try:
        chunks = pd.read_csv(
            file,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
            chunksize=CHUNK,
        )
        return _join([as_categories(chunk, file.name) for chunk in chunks])
    except (EmptyDataError, ParserError) as error:
        told = " ".join(str(error).split())
        raise TableError(f"{file.name!r} is not a CSV table: {told}") from error


def _check_shape(file: Path) -> None:
    """Refuses rows of another length than the header: a reader would shift or fill their cells."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text, strict=True)
        try:
            rows = filter(None, lines)
            header = next(rows, None)
            if header is None:
                raise TableError(f"{file.name!r} is empty.")
            _check_header(header, file)
            for number, row in enumerate(rows, start=1):
                if len(row) != len(header):
                    raise TableError(
                        f"{file.name!r}, row {number} (line {lines.line_num}) has {len(row)} "
                        f"cells, the header has {len(header)}."
                    )
        except csv.Error as error:
            raise TableError(
                f"{file.name!r}, line {lines.line_num} is not CSV: {error}."
            ) from error


def _check_header(header: list[str], file: Path) -> None:
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        raise TableError(f"{file.name!r} has the column {quote(twice[0])} more than once.")


def _join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Returns the parts below each other, with one set of categories for each column."""
    columns = parts[0].columns
    return pd.DataFrame({c: union_categoricals([part[c] for part in parts]) for c in columns})


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise TableError(PARQUET_MISSING.format(file.name)) from error
    try:
        table = pq.read_table(file)
    except pa.ArrowException as error:
        told = str(error).partition(". ")[0]
        raise TableError(f"{file.name!r} is not a Parquet table: {told}") from error
    _check_header(table.column_names, file)
    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    return as_categories(frame, file.name)


def _read_jsonl(file: Path) -> pd.DataFrame:
    columns: dict[str, list[object]] = {}
    for rows, (number, line) in enumerate(_lines(file)):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            where = f"{file.name!r}, row {rows + 1} (line {number})"
            why = f"{error.msg}, at character {error.pos + 1}"
            raise TableError(f"{where} is not JSON: {why}.") from error
        if not isinstance(row, dict):
            where = f"{file.name!r}, row {rows + 1} (line {number})"
            raise TableError(f"{where} is not an object of column: value.")
        for name in row.keys() - columns.keys():
            columns[name] = [None] * rows
        for name, values in columns.items():
            values.append(row.get(name))
    series = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    return as_categories(pd.DataFrame(series), file.name)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(BOM_UTF8) if number == 1 else line
            if text.strip():
                yield number, text


def as_categories(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Returns every column as texts in categories, as they would stand in a CSV file."""
    return pd.DataFrame({str(name): _texts(frame[name], file) for name in frame.columns})


def _texts(column: pd.Series, file: str) -> pd.Categorical:
    cells = column.astype(object)
    try:
        codes, values = pd.factorize(cells)
    except TypeError as error:
        row = next(n for n, value in enumerate(cells, 1) if isinstance(value, NESTED))
        where = f"{file!r}, row {row}: {quote(column.name)}"
        raise TableError(f"{where} holds a list or an object; give one value.") from error
    known, unique = pd.factorize(np.array([_text(value) for value in values], dtype=object))
    merged: npt.NDArray[np.int64] = np.append(known, -1)[codes]
    return pd.Categorical.from_codes(merged, categories=pd.Index(unique, dtype=object))


def _text(value: object) -> str | None:
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value) or None
