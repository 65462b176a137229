"""Laws of the layout: nothing is lost, nothing is too wide, and places are found again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size, split_graphemes

from annotation_tui.layout import Heights, Spot
from annotation_tui.wrapping import _NOT_NARROW, _WIDE_RUN, display_text, row_starts, row_text

TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab  \n\t—é漢字🙂🇫👩‍\ufe0f\u0301\x1b\u202e"),
        st.characters(codec="utf-8"),
    ),
    max_size=200,
)
WIDTHS = st.integers(2, 40)


@given(TEXTS, WIDTHS)
def test_rows_put_together_are_the_text(text: str, width: int) -> None:
    shown = display_text(text)
    starts = row_starts(shown, width)
    ends = [*starts[1:], len(shown)]
    assert "".join(shown[a:b] for a, b in zip(starts, ends, strict=True)) == shown
    assert list(starts) == sorted(set(starts)) or shown.endswith("\n") or not shown


@given(TEXTS, WIDTHS)
def test_no_row_is_wider_than_the_window_but_for_blanks_at_its_end(text: str, width: int) -> None:
    shown = display_text(text)
    starts = row_starts(shown, width)
    rows = [row_text(shown, starts, n) for n in range(len(starts))]
    assert [row for row in rows if cell_len(row.removesuffix(" ")) > width] == []


@given(TEXTS, WIDTHS, st.integers(1, 10))
def test_a_limit_gives_the_first_of_the_same_rows(text: str, width: int, limit: int) -> None:
    shown = display_text(text)
    assert row_starts(shown, width, limit) == row_starts(shown, width)[:limit]


@given(TEXTS)
def test_shown_text_holds_no_control_character(text: str) -> None:
    assert (
        re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", display_text(text))
        is None
    )


def test_narrow_characters_take_one_cell() -> None:
    narrow = [c for c in map(chr, range(0x3000)) if _NOT_NARROW.match(c) is None]
    assert [c for c in narrow if get_character_cell_size(c) != 1] == []


def test_wide_characters_take_two_cells_and_join_with_none() -> None:
    wide = [sign for sign in map(chr, range(0x2000, 0x20000)) if _WIDE_RUN.match(sign)]
    assert [s for s in wide if split_graphemes(f"a{s}{s}b")[0][1:3] != [(1, 2, 2), (2, 3, 2)]] == []


@given(TEXTS, WIDTHS)
def test_rows_wrapped_hastily_are_never_too_wide(text: str, width: int) -> None:
    shown = display_text(text)
    starts = row_starts(shown, width, hasty=True)
    rows = [row_text(shown, starts, n) for n in range(len(starts))]
    assert "".join(rows) == shown.replace("\n", "")
    assert [row for row in rows if cell_len(row.removesuffix(" ")) > width] == []


def test_a_line_breaks_after_a_blank_and_a_long_word_anywhere() -> None:
    text = "the quick brown fox " + "x" * 25
    starts = row_starts(text, 10)
    rows = [row_text(text, starts, n) for n in range(len(starts))]
    assert rows == ["the quick ", "brown fox ", "x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize("line", ["漢" * 30, "🙂" * 30, "x" * 200], ids=["cjk", "emoji", "ascii"])
def test_lines_without_blanks_fill_their_rows(line: str) -> None:
    starts = row_starts(line, 20)
    assert len(starts) == -(-cell_len(line) // 20)


HEIGHTS = st.lists(st.integers(1, 50), min_size=1, max_size=50)


@given(HEIGHTS, st.data())
def test_a_row_is_found_again_at_its_place(heights: list[int], data: st.DataObject) -> None:
    laid = Heights(heights)
    y = data.draw(st.integers(0, laid.total - 1))
    spot = laid.locate(y)
    assert laid.row_of(spot) == y
    assert 0 <= spot.row < heights[spot.event]


@given(HEIGHTS, st.data())
def test_a_fold_moves_only_what_follows(heights: list[int], data: st.DataObject) -> None:
    laid = Heights(heights)
    event = data.draw(st.integers(0, len(heights) - 1))
    tops = [laid.top(n) for n in range(event + 1)]
    laid.change(event, 7)
    assert [laid.top(n) for n in range(event + 1)] == tops
    assert laid.total == sum(heights) - heights[event] + 7


@given(HEIGHTS, st.integers(-10, 3000))
def test_places_out_of_range_are_brought_into_it(heights: list[int], y: int) -> None:
    laid = Heights(heights)
    assert 0 <= laid.row_of(laid.locate(y)) < laid.total
    assert laid.row_of(Spot(y, y)) < laid.total
