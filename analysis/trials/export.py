"""Writes the trials of a run as a table that `taste stats` and anything else can read."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson

from analysis.errors import TableError
from analysis.trials.columns import TrialRow
from analysis.trials.files import ENDINGS, PARQUET_MISSING

COLUMNS = tuple(field.name for field in fields(TrialRow))
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


def write_trial_file(rows: Sequence[TrialRow], file: Path) -> Path:
    """Writes rows with all their columns; the same rows give the same bytes.

    In a CSV file a text that a spreadsheet would run as a formula gets an apostrophe in front.

    Args:
        rows: of a run; people should be under pseudonyms.
        file: by its ending CSV, Parquet (needs the extra `parquet`) or JSON lines; replaced.

    Raises:
        TableError: the ending is none of these, or the extra is missing.
    """
    writers = dict(zip(ENDINGS, (_write_csv, _write_parquet, _write_jsonl), strict=True))
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise TableError(f"{file.name!r} ends in none of {', '.join(ENDINGS)}.")
    writer(rows, file)
    return file


def _write_csv(rows: Sequence[TrialRow], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8", errors="backslashreplace") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(value) for value in _values(row)] for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _write_jsonl(rows: Sequence[TrialRow], file: Path) -> None:
    with file.open("wb") as out:
        for record in _records(rows):
            out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


def _write_parquet(rows: Sequence[TrialRow], file: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise TableError(PARQUET_MISSING.format(file.name)) from error
    columns = {name: list(map(attrgetter(name), rows)) for name in COLUMNS}
    pq.write_table(pa.table(columns), file)


def _records(rows: Sequence[TrialRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield dict(zip(COLUMNS, _values(row), strict=True))


def _values(row: TrialRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
