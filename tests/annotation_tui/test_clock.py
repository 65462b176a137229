"""Active time: what counts, what was in view, and what is never kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from annotation_tui.clock import IDLE, LONGEST, Clock, View
from taste.drafts.store import Stretch

NOON = datetime(2026, 1, 2, 12, 34, 56, 789_000, tzinfo=UTC)


class Desk:
    """A clock, and what it stored."""

    def __init__(self, timing: str = "full") -> None:
        self.clock = Clock(timing=timing)
        self.stored: list[Stretch] = []
        self.second = 0

    def watch(self, first: int, last: int, seconds: int = 1, cut: int | None = None) -> None:
        for _ in range(seconds):
            self.second += 1
            now = NOON + timedelta(seconds=self.second)
            view = View(1, first, last, self.stored.append, cut)
            self.clock.tick(view, float(self.second), now)

    @property
    def total(self) -> int:
        self.clock.flush()
        return sum(stretch.active_ms for stretch in self.stored)


def test_seen_is_what_was_in_view_at_both_ends_of_a_second() -> None:
    desk = Desk()
    desk.watch(0, 9)
    desk.watch(5, 14, seconds=2)
    desk.watch(90, 99)
    assert desk.total == 4000
    seen = [(one.first, one.last) for one in desk.stored if one.first <= one.last]
    assert seen == [(5, 9), (5, 14)]


def test_without_input_for_two_minutes_nobody_is_there() -> None:
    desk = Desk()
    desk.watch(0, 9, seconds=300)
    assert desk.total == (IDLE - 1) * 1000
    desk.clock.touch(300.0)
    desk.watch(0, 9)
    assert desk.total == IDLE * 1000


def test_neither_another_window_nor_a_pause_counts() -> None:
    desk = Desk()
    desk.clock.focus(has=False)
    desk.watch(0, 9, seconds=5)
    desk.clock.focus(has=True)
    desk.clock.paused = True
    desk.watch(0, 9, seconds=5)
    assert desk.total == 0


def test_time_is_counted_for_the_point_whose_form_is_open() -> None:
    desk = Desk()
    desk.watch(0, 9, seconds=3)
    desk.watch(0, 9, seconds=4, cut=7)
    assert desk.total == 7000
    assert sum(one.active_ms for one in desk.stored if one.cut == 7) == 4000


def test_a_long_look_is_stored_before_it_ends() -> None:
    desk = Desk()
    desk.watch(0, 9, seconds=int(LONGEST) * 2 + 2)
    assert sum(stretch.active_ms for stretch in desk.stored) >= LONGEST * 1000


def test_coarse_times_tell_the_hour_only_and_off_keeps_nothing() -> None:
    for timing, minute in (("full", 34), ("coarse", 0)):
        desk = Desk(timing)
        desk.watch(0, 9, seconds=3)
        assert desk.total == 3000
        assert {one.at.minute for one in desk.stored} == {minute}
    desk = Desk("off")
    desk.watch(0, 9, seconds=3)
    assert desk.total == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=60))
def test_no_second_is_counted_twice_or_lost(looks: list[tuple[int, int, bool]]) -> None:
    desk = Desk()
    for first, size, has in looks:
        desk.clock.focus(has=has)
        desk.watch(first, first + size)
    assert desk.total == 1000 * sum(has for _, _, has in looks)
    assert all(stretch.active_ms % 1000 == 0 for stretch in desk.stored)
