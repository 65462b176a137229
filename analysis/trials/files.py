"""Reads a table of trials that somebody brings: CSV, Parquet or JSON lines, with our columns.

Every text is kept as a category, so that a million rows fit in memory and a faulty value is looked
for among the different ones. What a row says wrong is told with its number.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
from pandas.api.types import union_categoricals
from pandas.errors import EmptyDataError, ParserError

from analysis.errors import TableError
from analysis.trials.checks import check_table
from analysis.trials.table import TrialTable

CHUNK = 100_000
"""Rows of a CSV file that are texts at one time."""
ENDINGS = (".csv", ".parquet", ".jsonl")


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
        frame = reader(file)
    except OSError as error:
        raise TableError(f"cannot read {str(file)!r}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{file.name!r} is not UTF-8 text: {error}") from error
    if frame.empty:
        raise TableError(f"{file.name!r} holds no row of trials.")
    return frame


def _read_csv(file: Path) -> pd.DataFrame:
    try:
        chunks = pd.read_csv(
            file,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
            chunksize=CHUNK,
        )
        return _join([_as_categories(chunk) for chunk in chunks])
    except EmptyDataError as error:
        raise TableError(f"{file.name!r} is empty.") from error
    except ParserError as error:
        raise TableError(f"{file.name!r} is not a CSV table: {error}") from error


def _join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Returns the parts below each other, with one set of categories for each column."""
    columns = parts[0].columns
    return pd.DataFrame({c: union_categoricals([part[c] for part in parts]) for c in columns})


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise TableError(
            f"reading {file.name!r} needs the extra `parquet`: pip install 'taste[parquet]', or "
            "save the table as CSV."
        ) from error
    try:
        frame: pd.DataFrame = pq.read_table(file).to_pandas()
    except pa.ArrowException as error:
        raise TableError(f"{file.name!r} is not a Parquet table: {error}") from error
    return _as_categories(frame)


def _read_jsonl(file: Path) -> pd.DataFrame:
    columns: dict[str, list[object]] = {}
    for rows, (number, line) in enumerate(_lines(file)):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise TableError(f"{file.name!r}, line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise TableError(f"{file.name!r}, line {number} is not an object of column: value.")
        for name in row.keys() - columns.keys():
            columns[name] = [None] * rows
        for name, values in columns.items():
            values.append(row.get(name))
    series = {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    return _as_categories(pd.DataFrame(series))


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, line


def _as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns every column as texts in categories, as they would stand in a CSV file."""
    return pd.DataFrame({str(name): _texts(frame[name]) for name in frame.columns})


def _texts(column: pd.Series) -> pd.Categorical:
    codes, values = pd.factorize(column.astype(object))
    known, unique = pd.factorize(np.array([_text(value) for value in values], dtype=object))
    merged: npt.NDArray[np.int64] = np.append(known, -1)[codes]
    return pd.Categorical.from_codes(merged, categories=pd.Index(unique))


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
