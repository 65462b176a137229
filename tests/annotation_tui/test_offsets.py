"""Laws of what is pure in the reader: offsets, seen ranges, orders."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from annotation_tui.layout import Heights, Order, Spot
from annotation_tui.offsets import stored_offset
from annotation_tui.seen import SeenRanges
from annotation_tui.wrapping import display_text

TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab  \n\t—é漢🙂\xa0\u200d\x1b\u202e\U000e0041"),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)


def shown_offset(text: str, stored: int) -> int:
    """Where a stored character begins on display; only whole beginnings can be compared."""
    return len(display_text(text[:stored]))


@given(TEXTS, st.data())
def test_a_stored_character_is_found_again_from_where_it_is_displayed(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = shown_offset(text, start), shown_offset(text, end)
    assert (stored_offset(text, shown[0]), stored_offset(text, shown[1], end=True)) == (start, end)
    assert display_text(text).startswith(display_text(text[:end]))


@given(TEXTS, st.data())
def test_a_displayed_span_takes_in_every_stored_character_that_it_touches(
    text: str, data: st.DataObject
) -> None:
    size = len(display_text(text))
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    stored = stored_offset(text, start), stored_offset(text, end, end=True)
    assert shown_offset(text, stored[0]) <= start <= end <= shown_offset(text, stored[1])


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


@given(RANGES)
def test_ranges_that_were_seen_are_merged_and_forget_nothing(told: list[tuple[int, int]]) -> None:
    seen, positions = SeenRanges(), set[int]()
    for first, last in told:
        before = len(positions)
        positions |= set(range(first, last + 1))
        assert seen.add(first, last) == (len(positions) > before)
    assert {position for position in range(45) if position in seen} == positions
    ranges = list(seen)
    assert all(a[1] + 1 < b[0] for a, b in pairwise(ranges))
    assert seen.furthest == max(positions, default=-1)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.data())
def test_rows_of_an_order_are_found_again_and_hidden_events_have_a_nearest(
    heights: list[int], data: st.DataObject
) -> None:
    numbers = st.integers(0, len(heights) - 1)
    events = sorted(data.draw(st.sets(numbers, min_size=1)))
    gap = data.draw(st.sampled_from(events))
    following = next((event for event in events if event > gap), len(heights))
    laid = Heights(heights, Order(events, {gap: following - 1}))
    for y in range(laid.total):
        assert laid.row_of(laid.locate(y)) == y
    hidden = data.draw(numbers)
    nearest = laid.locate(laid.row_of(Spot(hidden, 0))).event
    assert nearest == hidden if laid.shows(hidden) else nearest in events
    assert (laid.gap_of(hidden) == gap) == (gap <= hidden < following)
