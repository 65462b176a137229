"""What people's time buys: sessions screened, items marked.

A session costs minutes whether it yields an item or not; each item costs minutes on top.
"""

import math
from dataclasses import dataclass

from analysis.errors import EstimateError


@dataclass(frozen=True)
class Labour:
    """What it takes to find items; None where it is not known."""

    minutes_per_session: float | None = None
    """To read through one session, whether it yields an item or not."""
    minutes_per_item: float | None = None
    """To mark one item, on top."""
    items_per_session: float | None = None
    """Items of the first set that a screened session yields on average, zeros counted."""
    other_items_per_session: float | None = None
    """The same for the second set; None: as many."""
    session_yield: float | None = None
    """Share of the screened sessions that yield any item."""
    annotators: int = 1
    """People who each screen every session and mark every item."""


@dataclass(frozen=True)
class Harvest:
    """What can be had in a given time."""

    hours: float
    """Of all people together."""
    sessions_screened: int
    sessions_yielding: int
    items: int
    other_items: int
    minutes: float
    """People's minutes that this takes."""


def harvest(labour: Labour, hours: float, people: int) -> Harvest:
    """Returns how many sessions and items people get through, each for so many hours.

    Args:
        labour: with minutes, items and yield known.
        hours: of each person.
        people: their number; `annotators` of them look at each session.

    Raises:
        EstimateError: something that is needed is not known, impossible, or too little.
    """
    check_labour(labour)
    _check_time(labour, hours, people)
    reading, marking, yielded, share = _known(labour)
    other = labour.other_items_per_session
    both = yielded + (yielded if other is None else other)
    each = labour.annotators * (reading + both * marking)
    if each == 0:
        raise EstimateError("minutes_per_session and minutes_per_item are both 0: no limit.")
    screened = math.floor(60 * hours * people / each + 1e-9)
    items = math.floor(screened * yielded + 1e-9)
    if items < 1:
        raise EstimateError(
            f"{hours:g} hours of {people} people screen {screened} sessions, which yield no item "
            "on average; give more time."
        )
    return Harvest(
        hours=hours * people,
        sessions_screened=screened,
        sessions_yielding=min(round(screened * share), items),
        items=items,
        other_items=math.floor(screened * (both - yielded) + 1e-9),
        minutes=screened * each,
    )


def check_labour(labour: Labour) -> None:
    """Refuses numbers that cannot be.

    Raises:
        EstimateError: naming the first of them.
    """
    names = ("minutes_per_session", "minutes_per_item")
    for name in (*names, "items_per_session", "other_items_per_session"):
        value = getattr(labour, name)
        if value is not None and not 0 <= value < math.inf:
            raise EstimateError(f"{name} is {value!r}; give a number of at least 0.")
    share, items = labour.session_yield, labour.items_per_session
    if share is not None and not 0 < share <= 1:
        raise EstimateError(f"session_yield is {share!r}; give a share in (0, 1].")
    if share is not None and items is not None and items < share:
        raise EstimateError(
            f"items_per_session is {items:g}, less than session_yield {share:g}: a session that "
            "yields any item yields at least one."
        )
    if labour.annotators < 1:
        raise EstimateError(f"annotators is {labour.annotators}; give at least 1.")


def marking_minutes(labour: Labour, items: int) -> float | None:
    """Returns people's minutes to mark so many items; None when it is not known."""
    if labour.minutes_per_item is None:
        return None
    return labour.annotators * labour.minutes_per_item * items


def screening_minutes(labour: Labour, yielding: int) -> float | None:
    """Returns people's minutes to find so many sessions with an item; None when not known."""
    if labour.minutes_per_session is None or labour.session_yield is None:
        return None
    return labour.annotators * labour.minutes_per_session * yielding / labour.session_yield


def _check_time(labour: Labour, hours: float, people: int) -> None:
    if not 0 < hours < math.inf or people < 1:
        raise EstimateError(f"{hours!r} hours of {people} people is no time; give more.")
    if people < labour.annotators:
        raise EstimateError(
            f"{labour.annotators} annotators for each session but only {people} people."
        )


def _known(labour: Labour) -> tuple[float, float, float, float]:
    names = ("minutes_per_session", "minutes_per_item", "items_per_session", "session_yield")
    unknown = [name for name in names if getattr(labour, name) is None]
    if unknown:
        raise EstimateError(
            f"{', '.join(unknown)} not known: what can be had in a time needs it; state it, or "
            "take it from a pilot."
        )
    reading, marking, items, share = (float(getattr(labour, name)) for name in names)
    return reading, marking, items, share
