"""What annotators say of the sessions that a run's items come from, as it stands now.

All their points in these sessions are read, not only those that became items: agreement is about
what each of them saw. Annotators appear under pseudonyms from here on.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlmodel import col, select

from taste.tables import Item, Run, Trial
from transcripts.db import Db
from transcripts.tables import Annotation, DecisionPoint, Event, Session

_SAID = ("kind", "type", "harm", "confidence", "attribution", "knowable", "recovery")


class Place(NamedTuple):
    """A thread of a session, along which positions are counted."""

    session: str
    part: int
    thread: str


@dataclass(frozen=True)
class PointLabel:
    """What one annotator says of one decision point."""

    annotator: str
    """A pseudonym."""
    lineage: str
    place: Place
    cut: int
    actor: str
    """Whose decision it is: human or agent."""
    kind: str
    type: str | None = None
    harm: int | None = None
    confidence: int | None = None
    attribution: str | None = None
    knowable: str | None = None
    recovery: str | None = None


@dataclass(frozen=True)
class LabelTable:
    """All labels of some sessions, with the human acts that their places are counted in."""

    labels: tuple[PointLabel, ...]
    """By session, thread and cut; one for each point and annotator."""
    acts: Mapping[Place, tuple[int, ...]] = field(default_factory=dict, hash=False)
    """The cuts of the human acts of each thread, ascending."""

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who gave a label, by first appearance."""
        return tuple(dict.fromkeys(label.annotator for label in self.labels))

    def position(self, label: PointLabel) -> int | None:
        """Returns the number of the label's human act in its thread, counted from 0.

        None for an agent's decision, and for a human's move that the session does not hold.
        """
        cuts = self.acts.get(label.place, ())
        at = bisect_left(cuts, label.cut)
        there = label.actor == "human" and at < len(cuts) and cuts[at] == label.cut
        return at if there else None


def read_labels(db: Db, run: Run) -> LabelTable:
    """Reads the current labels of all points in the sessions that the items of a run come from.

    What was corrected or withdrawn is out; of several by one annotator the latest stands.
    Pseudonyms are numbered by first appearance, so they say nothing of the names.
    """
    sessions = (
        select(DecisionPoint.session_id)
        .join(Item, col(Item.decision_point_id) == col(DecisionPoint.id))
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
    )
    found = db.connection().execute(_labels_query(sessions)).mappings()
    latest = {(row["point"], row["annotator_id"]): row for row in found}
    known: dict[int, str] = {}
    labels = tuple(
        _label(row, known.setdefault(row["annotator_id"], f"annotator-{len(known) + 1}"))
        for row in latest.values()
    )
    rows = db.connection().execute(_acts_query(sessions))
    acts = {place: tuple(row[3] for row in group) for place, group in groupby(rows, _place)}
    return LabelTable(labels, MappingProxyType(acts))


def _place(row: Any) -> Place:
    return Place(row[0], row[1], row[2])


def _label(row: Mapping[Any, Any], annotator: str) -> PointLabel:
    return PointLabel(
        annotator=annotator,
        lineage=row["lineage"],
        place=Place(row["external_id"], row["part"], row["thread"]),
        cut=row["cut"],
        actor=row["actor"],
        **{name: row[name] for name in _SAID},
    )


def _labels_query(sessions: Any) -> Select[Any]:
    replaced = select(Annotation.replaces_id).where(col(Annotation.replaces_id).is_not(None))
    columns = (
        col(DecisionPoint.id).label("point"), Annotation.annotator_id, Session.lineage,
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, *(getattr(Annotation, name) for name in _SAID),
    )  # fmt: skip
    order = (
        Session.external_id, Session.part, DecisionPoint.thread, DecisionPoint.cut,
        DecisionPoint.actor, Annotation.created_at, Annotation.id,
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(Annotation)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Annotation.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .where(
            col(DecisionPoint.session_id).in_(sessions),
            col(Annotation.withdrawn).is_(False),
            col(Annotation.id).not_in(replaced),
        )
        .order_by(*(col(column) for column in order))
    )
    return query


def _acts_query(sessions: Any) -> Select[Any]:
    columns = tuple(
        col(column) for column in (Session.external_id, Session.part, Event.thread, Event.act)
    )
    query: Select[Any] = (
        select(*columns)
        .select_from(Event)
        .join(Session, col(Session.id) == col(Event.session_id))
        .where(col(Event.session_id).in_(sessions), col(Event.act).is_not(None))
        .distinct()
        .order_by(*columns)
    )
    return query
