"""Published rates: what a row says, and what it may not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.errors import TableError
from analysis.trials.counts import Count, is_table_of_counts, read_counts
from analysis.trials.files import read_columns

HEADER = "set,arm,percent,items\n"
Write = Callable[..., Path]


def test_a_row_is_a_rate_with_the_digits_that_were_printed(write: Write) -> None:
    frame = read_columns(write(HEADER + "suboptimal,m,51,129\nstrong,m,20.50,127\n"))
    assert is_table_of_counts(frame)
    one, other = read_counts(frame, "t.csv")
    assert one == Count("suboptimal", "m", 51, 129, 0)
    assert other == Count("strong", "m", 20.5, 127, 2)


def test_a_table_with_items_holds_trials(write: Write) -> None:
    assert not is_table_of_counts(read_columns(write("set,arm,percent\nstrong,m,1\n")))
    frame = read_columns(write("set,arm,percent,items,item\nstrong,m,1,2,3\n"))
    assert not is_table_of_counts(frame)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param("suboptimal,n,,129", "a cell is empty; give set, arm,", id="empty"),
        pytest.param("subopt,n,51,129", "set 'subopt' is none of suboptimal,", id="set"),
        pytest.param("suboptimal,n,half,129", "percent and items must be numbers.", id="word"),
        pytest.param("suboptimal,n,51,1.5", "percent and items must be numbers.", id="half item"),
        pytest.param("suboptimal,n,101,129", "percent must be from 0 to 100,", id="101 %"),
        pytest.param("suboptimal,n,nan,129", "percent must be from 0 to 100,", id="nan"),
        pytest.param("suboptimal,n,51,0", "items 1 or more.", id="no item"),
        pytest.param("suboptimal,m,51,129", "arm 'm' on 'suboptimal' again.", id="twice"),
        pytest.param(f"{'x' * 9000},m,51,129", "x…' is none of", id="9 kB"),
    ],
)
def test_a_wrong_row_is_told(write: Write, row: str, said: str) -> None:
    frame = read_columns(write(f"{HEADER}suboptimal,m,64,129\n{row}\n"))
    with pytest.raises(TableError, match=r"'t\.csv', row 2: ") as raised:
        read_counts(frame, "t.csv")
    assert said in str(raised.value)


def test_arms_of_one_set_share_its_items(write: Write) -> None:
    frame = read_columns(write(HEADER + "strong,m,64,129\nstrong,n,64,127\n"))
    with pytest.raises(TableError, match="arms of the set 'strong' have other items each"):
        read_counts(frame, "t.csv")
