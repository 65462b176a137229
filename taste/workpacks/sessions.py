"""What happened in the sessions of a workpack, as far as its annotator may see them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from taste.assignment_tables import Assignment
from taste.tables import Comparison
from taste.workpacks.copying import Pack, columns_of, insert_rows
from transcripts.tables import (
    Annotation,
    Annotator,
    DecisionPoint,
    Event,
    PlaceName,
    Session,
    Thread,
)


def copy_sessions(pack: Pack, works: Sequence[Assignment], now: datetime) -> None:
    """Copy sessions with their threads, names that are masked, and events."""
    for number in sorted({work.session_id for work in works}, key=_order(works)):
        mine = [work for work in works if work.session_id == number]
        session = pack.ours.get_one(Session, number)
        until = _until(pack, mine)
        events = list(_events(pack, session, until))
        # Who directed it, on what, when and with which agent is not for annotators.
        copy = pack.add(
            session, origins=[], researcher=None, project=None, version=None, agent_models=[],
            started=None, warnings=[], may_send="none", redactions={}, entry_count=0,
            event_count=len(events), imported_at=now,
        )  # fmt: skip
        if until is None:
            pack.add_all(Thread, col(Thread.session_id) == number)
        names = [col(PlaceName.session_id) == number]
        if until is not None:
            names.append(col(PlaceName.position) < until)
        pack.add_all(PlaceName, *names)
        insert_rows(pack.theirs, Event, ({**row, "session_id": copy} for row in events))


def _order(works: Sequence[Assignment]) -> Any:
    """Sessions in the order of the queue: their own numbers tell when they were imported."""
    first = {work.session_id: place for place, work in reversed(list(enumerate(works)))}
    return first.__getitem__


def _until(pack: Pack, works: Sequence[Assignment]) -> int | None:
    """The position from which nothing of a session is shown in any of these; None: all is."""
    cuts = []
    for work in works:
        if work.mode != "judge" or work.view == "full":
            return None
        compared = pack.ours.get_one(Comparison, work.comparison_id)
        cuts.append(pack.ours.get_one(DecisionPoint, compared.decision_point_id).cut)
    return max(cuts)


def _events(pack: Pack, session: Session, until: int | None) -> Iterator[dict[str, Any]]:
    query = select(*columns_of(Event)).where(col(Event.session_id) == session.id)
    if until is not None:
        query = query.where(
            col(Event.position) < until, col(Event.thread) == session.thread, col(Event.shown)
        )
    rows = pack.ours.connection().execute(query.order_by(col(Event.position)))
    for row in rows.mappings():
        values = dict(row)
        if until is not None and (row["abandoned_from"] or 0) >= until:
            values["abandoned_from"] = None  # a later rewind
        yield values


def copy_points(pack: Pack, works: Sequence[Assignment], who: Annotator) -> None:
    """Copy the points that are assigned, judged, or labelled by the annotator; no other."""
    sessions = {work.session_id for work in works}
    compared = [work.comparison_id for work in works if work.comparison_id is not None]
    judged = select(col(Comparison.decision_point_id)).where(col(Comparison.id).in_(compared))
    labelled = (
        select(col(DecisionPoint.id))
        .join(Annotation, col(Annotation.decision_point_id) == col(DecisionPoint.id))
        .where(col(Annotation.annotator_id) == who.id, col(DecisionPoint.session_id).in_(sessions))
    )
    assigned = {work.decision_point_id for work in works if work.decision_point_id is not None}
    found = {
        *assigned,
        *pack.ours.execute(judged).scalars(),
        *pack.ours.execute(labelled).scalars(),
    }
    rows = [pack.ours.get_one(DecisionPoint, number) for number in found]
    for row in sorted(rows, key=lambda point: (point.session_id, point.cut, point.actor)):
        pack.add(row)
