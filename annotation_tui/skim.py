"""The skim view: human acts, the agent's text just before each, and one line for what lies between.

Pure. Another order over the same events; the gaps can be opened one by one.
"""

from collections.abc import Collection

from annotation_tui.index import Index
from annotation_tui.layout import Order


def skim(index: Index, opened: Collection[int]) -> Order:
    """The order of the skim view.

    Args:
        index: of the session.
        opened: numbers of events whose gap is shown in full.
    """
    kept = _kept(index)
    events: list[int] = []
    gaps: dict[int, int] = {}
    at = 0
    for stop in [*kept, len(index.rows)]:
        if at < stop:
            if any(at <= event < stop for event in opened):
                events += range(at, stop)
            else:
                events.append(at)
                gaps[at] = stop - 1
        if stop < len(index.rows):
            events.append(stop)
        at = stop + 1
    return Order(events, gaps)


def _kept(index: Index) -> list[int]:
    """Events of decisions, and before each the nearest text of the agent since the last one."""
    kept: set[int] = set()
    said: int | None = None
    for number, (row, cut) in enumerate(zip(index.rows, index.cuts, strict=True)):
        if cut is not None and (index.actor == "human" or index.first[cut] == number):
            kept.add(number)
            if said is not None and index.actor == "human":
                kept.add(said)
            said = None
        elif row.kind == "agent":
            said = number
    return sorted(kept)


def describe_gap(index: Index, first: int, last: int) -> str:
    """What lies in a gap, such as `76 calls, 3 errors`."""
    rows = index.rows[first : last + 1]
    kinds = [row.kind for row in rows]
    counts = (
        (kinds.count("call"), "call"),
        (sum(row.is_error for row in rows), "error"),
        (kinds.count("agent"), "agent text"),
    )
    words = [f"{count:,} {name}{'s' if count > 1 else ''}" for count, name in counts if count]
    return ", ".join(words or [f"{len(rows):,} other event{'s' if len(rows) > 1 else ''}"])
