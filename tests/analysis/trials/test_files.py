"""Files of trials: three kinds with one content, and every file that is none is told so."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.errors import TableError
from analysis.trials import files
from analysis.trials.files import read_columns, read_trial_file

HEADER = "set,item,arm,score\n"
Write = Callable[..., Path]
pytestmark = pytest.mark.needs_package("pyarrow")


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_one_table_is_the_same_whatever_the_file(write: Write, rows: Any, ending: str) -> None:
    one, other = (read_trial_file(write(rows, kind)) for kind in (".csv", ending))
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one == other


def test_a_large_file_is_joined_from_its_parts(
    write: Write, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read_trial_file(write(rows))
    monkeypatch.setattr(files, "CHUNK", 5)
    pd.testing.assert_frame_equal(read_trial_file(write(rows)).frame, whole.frame)


def test_items_01_and_1_are_two(write: Write) -> None:
    table = read_trial_file(write(HEADER + "strong,01,m,1\nstrong,1,m,0\n"))
    assert table.frame["item"].nunique() == 2


def test_a_byte_order_mark_and_windows_line_ends_are_no_content(write: Write, rows: Any) -> None:
    plain = read_trial_file(write(rows)).frame
    text = write(rows).read_text()
    marked = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    pd.testing.assert_frame_equal(read_trial_file(write(marked)).frame, plain)
    lines = b"\xef\xbb\xbf" + write(rows, ".jsonl").read_bytes()
    pd.testing.assert_frame_equal(read_trial_file(write(lines, ".jsonl")).frame, plain)


def test_a_quoted_cell_may_hold_commas_and_lines(write: Write) -> None:
    table = read_trial_file(write(HEADER + 'strong,"a,\nb",m,1\n'))
    assert table.frame["item"].tolist() == ["strong/a,\nb"]


def test_blank_lines_are_no_rows(write: Write) -> None:
    table = read_trial_file(write("\n" + HEADER + "\nstrong,1,m,1\n\nstrong,2,m,1\n\n"))
    assert len(table.frame) == 2


@pytest.mark.parametrize("whole", [1.0, np.float32(1), "1", 1], ids=repr)
def test_a_whole_number_is_one_number_however_written(write: Write, whole: Any) -> None:
    row = {"set": "strong", "item": "1", "arm": "m", "repeat": whole, "score": 1}
    table = read_trial_file(write([row], ".parquet"))
    assert table.frame["repeat"].tolist() == [1.0]


def test_numbers_of_items_keep_every_digit_beside_gaps(write: Write) -> None:
    big = 2**53 + 1
    rows = [{"set": "strong", "item": item, "arm": "m", "score": 1} for item in (big, big - 1)]
    frame = pd.DataFrame(rows).astype({"item": "Int64"})
    file = write("", ".parquet")
    frame.to_parquet(file)
    assert read_columns(file)["item"].tolist() == [str(big), str(big - 1)]


def test_a_time_at_midnight_is_a_day(write: Write) -> None:
    row = {"set": "strong", "item": 1, "arm": "m", "score": 1, "released": datetime(2026, 1, 2)}  # noqa: DTZ001
    table = read_trial_file(write([row], ".parquet"))
    assert [str(day) for day in table.frame["released"]] == ["2026-01-02"]


def test_an_empty_text_is_a_missing_cell_in_every_kind_of_file(write: Write) -> None:
    row = {"set": "strong", "item": 1, "arm": "m", "score": 1, "project": ""}
    for ending in files.ENDINGS:
        assert read_columns(write([row], ending))["project"].isna().all()


def test_a_column_may_begin_in_a_later_line_of_json(write: Write) -> None:
    text = '{"set":"strong","item":1,"arm":"m"}\n{"set":"strong","item":2,"arm":"m","score":1}\n'
    assert read_trial_file(write(text, ".jsonl")).frame["score"].isna().tolist() == [True, False]


ROW = '{"set":"strong","item":1,"arm":"m","score":1}\n'


@pytest.mark.parametrize(
    ("text", "ending", "said"),
    [
        pytest.param("", ".csv", "'t.csv' is empty.", id="empty"),
        pytest.param("\n\n", ".csv", "'t.csv' is empty.", id="blank"),
        pytest.param(HEADER, ".csv", "'t.csv' holds no row of trials.", id="header alone"),
        pytest.param(
            HEADER + "\n\nstrong,1,m,1,9\n", ".csv",
            "'t.csv', row 1 (line 4) has 5 cells, the header has 4.", id="long row",
        ),
        pytest.param(
            HEADER + "strong,1,m,1\nstrong,2\n", ".csv",
            "'t.csv', row 2 (line 3) has 2 cells, the header has 4.", id="short row",
        ),
        pytest.param(
            "set,item,arm,score,score\nstrong,1,m,1,0\n", ".csv",
            "'t.csv' has the column 'score' more than once.", id="column twice",
        ),
        pytest.param(
            HEADER + 'strong,"1,m,1\n', ".csv",
            "'t.csv', line 2 is not CSV: unexpected end of data.", id="open quote",
        ),
        pytest.param(
            b"set,item,arm,score\nstrong,\xe9,m,1\n", ".csv", "'t.csv' is not UTF-8 text: ",
            id="Latin-1",
        ),
        pytest.param(
            ROW + "\n\n[1]\n", ".jsonl",
            "'t.jsonl', row 2 (line 4) is not an object of column: value.", id="a list",
        ),
        pytest.param(
            "\n" + ROW + "\n{oops\n", ".jsonl", "'t.jsonl', row 2 (line 4) is not JSON: ",
            id="no JSON",
        ),
        pytest.param(
            ROW.replace('"score":1', '"score":NaN'), ".jsonl", "row 1 (line 1) is not JSON: ",
            id="NaN",
        ),
        pytest.param(
            ROW.replace('"score":1', '"score":1e400'), ".jsonl", "row 1 (line 1) is not JSON: ",
            id="1e400",
        ),
        pytest.param(
            ROW + ROW.replace('"item":1', '"item":[1]'), ".jsonl",
            "'t.jsonl', row 2: 'item' holds a list or an object; give one value.", id="list",
        ),
        pytest.param(
            ROW.replace('"item":1', '"item":{"a":1}'), ".jsonl",
            "row 1: 'item' holds a list or an object", id="object",
        ),
        pytest.param("", ".jsonl", "'t.jsonl' holds no row of trials.", id="no line"),
        pytest.param("{}\n{}\n", ".jsonl", "'t.jsonl' holds no row of trials.", id="no column"),
        pytest.param("PAR1", ".parquet", "'t.parquet' is not a Parquet table: ", id="Parquet"),
        pytest.param("", ".xlsx", "ends in none of .csv, .parquet, .jsonl.", id="ending"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_told_with_its_row(
    write: Write, text: str, ending: str, said: str
) -> None:
    with pytest.raises(TableError) as raised:
        read_trial_file(write(text, ending))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_list_in_parquet_is_told(write: Write) -> None:
    rows = [{"set": "strong", "item": [1, 2], "arm": "m", "score": 1}]
    with pytest.raises(TableError, match="row 1: 'item' holds a list"):
        read_columns(write(rows, ".parquet"))


@pytest.mark.parametrize("ending", files.ENDINGS)
def test_what_is_not_there_or_no_file_is_told(tmp_path: Path, ending: str) -> None:
    with pytest.raises(TableError, match=r"cannot read .*: No such file or directory"):
        read_columns(tmp_path / f"none{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(TableError, match=r"cannot read .*: Is a directory"):
        read_columns(tmp_path / f"folder{ending}")


def test_a_file_that_may_not_be_read_is_told(
    write: Write, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    file = write(rows)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(TableError, match=r"cannot read .*t\.csv': Permission denied"):
        read_columns(file)


def test_without_the_extra_parquet_says_what_to_do(
    write: Write, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(rows, ".parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(TableError, match=r"needs the extra `parquet`: .* CSV"):
        read_columns(file)
