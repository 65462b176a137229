"""A queued message is an act of its own where agent work stands between it and other acts."""

import pytest

from transcripts.acts import Act, find_acts
from transcripts.records import MAIN, ActKind, EventKind, EventRecord


def event(position: int, kind: EventKind, *, typed_at: int = -1) -> EventRecord:
    acts = {
        EventKind.HUMAN: ActKind.TYPED,
        EventKind.STEERING: ActKind.STEERING,
        EventKind.INTERRUPT: ActKind.INTERRUPT,
    }
    return EventRecord(
        position=position,
        ordinal=position,
        id=f"e{position}",
        kind=kind,
        thread=MAIN,
        text="text",
        shown=True,
        response=f"r{position}" if kind is EventKind.AGENT else None,
        typed_at=typed_at,
        act_kind=acts.get(kind),
    )


def acts_of(*events: EventRecord) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(act.before, act.cut, act.positions) for act in find_acts(events, MAIN)]


START = (event(0, EventKind.HUMAN), event(1, EventKind.AGENT))
LATE = (event(3, EventKind.AGENT), event(4, EventKind.INTERRUPT))


def test_typed_before_an_interrupt_and_delivered_after_it_keeps_its_own_cut() -> None:
    found = acts_of(*START, *LATE, event(5, EventKind.STEERING, typed_at=2))
    assert found == [("e0", 0, (0,)), ("e4", 4, (4,)), ("e5", 2, (5,))]


def test_what_is_typed_after_the_interrupt_still_joins_it() -> None:
    queued = event(5, EventKind.STEERING, typed_at=2)
    found = acts_of(*START, *LATE, queued, event(6, EventKind.HUMAN))
    assert found[1] == ("e4", 4, (4, 6))


@pytest.mark.parametrize("typed_at", [2, 3])
def test_two_messages_queued_without_work_between_are_one_act(typed_at: int) -> None:
    first = event(5, EventKind.STEERING, typed_at=2)
    second = event(6, EventKind.STEERING, typed_at=typed_at)
    assert acts_of(*START, event(4, EventKind.AGENT), first, second)[1] == ("e5", 2, (5, 6))


def test_an_act_does_not_change_with_what_comes_later() -> None:
    events = (*START, *LATE, event(5, EventKind.STEERING, typed_at=2), event(6, EventKind.HUMAN))
    whole: list[Act] = find_acts(events, MAIN)
    for end in range(len(events)):
        earlier = find_acts(events[:end], MAIN)
        assert [(a.before, a.cut) for a in earlier] == [(a.before, a.cut) for a in whole][
            : len(earlier)
        ]
