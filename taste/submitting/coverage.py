"""How much of what is decided in a session an annotator has had in view; see `Activity`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from sqlmodel import col, func, select

from taste.assignment_tables import Activity
from transcripts.db import Db
from transcripts.tables import Event

IN_VIEW_MS = 1000
"""Active time in view after which a decision counts as seen."""

Stretch = tuple[int, int, int]
"""First and last position that were in view, and for how many milliseconds."""


def seen_share(acts: Sequence[int], stretches: Iterable[Stretch]) -> float:
    """Share of the acts that were in view for a second or more; 1 where there is none.

    Args:
        acts: positions of the acts' first events, rising.
        stretches: what was in view, in any order, overlapping or not.
    """
    if not acts:
        return 1.0
    changes = [0] * (len(acts) + 1)
    for first, last, active_ms in stretches:
        changes[bisect_left(acts, first)] += active_ms
        changes[bisect_right(acts, last)] -= active_ms
    in_view = list(accumulate(changes))[:-1]
    return sum(active_ms >= IN_VIEW_MS for active_ms in in_view) / len(acts)


def read_acts(db: Db, session_id: int, thread: str) -> list[int]:
    """Positions at which the human acts of a thread begin, rising.

    A subagent's thread may have none; what there is to have in view is then what the agent decided:
    its responses, and without these its events.
    """
    for unit in (Event.act, Event.response, Event.position):
        query = (
            select(func.min(Event.position))
            .where(
                Event.session_id == session_id, Event.thread == thread, col(unit).is_not(None)
            )
            .group_by(col(unit))
        )  # fmt: skip
        if found := db.exec(query).all():
            return sorted(found)
    return []


def read_stretches(db: Db, assignment_id: int) -> list[Stretch]:
    """What an annotator had in view on an assignment."""
    query = select(Activity.first, Activity.last, Activity.active_ms)
    return list(db.exec(query.where(Activity.assignment_id == assignment_id)).all())
