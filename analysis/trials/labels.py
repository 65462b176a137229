"""What annotators say of some sessions, and which of them each has read.

All their points in these sessions are read, not only those that became items: agreement is about
what each of them saw. What an adjudicator decided is no annotator's label. Unless otherwise wanted
labels are those of the first pass: who has been shown the same candidates agrees more.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlmodel import col, select

from analysis.trials.label_queries import (
    ALL,
    BLIND,
    SAID,
    acts_query,
    conditions_query,
    handed_in_query,
    labels_query,
)
from taste.tables import Item, Run, Trial
from transcripts.db import Db
from transcripts.tables import DecisionPoint


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
    """The cuts of the human acts of each thread that can be marked, ascending: openings cannot."""
    handed_in: Mapping[str, frozenset[Place]] = field(default_factory=dict, hash=False)
    """The threads that each annotator has handed in, with labels or without."""
    lineages: Mapping[Place, str] = field(default_factory=dict, hash=False)
    """Of the threads that were handed in."""
    left_out: Mapping[str, int] = field(default_factory=dict, hash=False)
    """How many labels stand that were given in another condition, by condition."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every thread that somebody labelled or handed in."""
        labelled = (label.place for label in self.labels)
        return tuple(dict.fromkeys((*labelled, *sorted(self.lineages))))

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who gave a label, by first appearance; then who handed in and gave none."""
        gave = (label.annotator for label in self.labels)
        return tuple(dict.fromkeys((*gave, *sorted(self.handed_in))))

    def read_by(self, annotator: str) -> frozenset[Place]:
        """Returns the threads that an annotator is known to have read: handed in, or labelled.

        Labels that were imported come without anything handed in; a thread of which an annotator's
        file says nothing may be one that they never opened.
        """
        return self._read.get(annotator, frozenset())

    def lineage_of(self, place: Place) -> str:
        """Returns the lineage of a thread's session."""
        return self._lineages.get(place, place.session)

    @cached_property
    def _read(self) -> Mapping[str, frozenset[Place]]:
        read = {who: set(places) for who, places in self.handed_in.items()}
        for label in self.labels:
            read.setdefault(label.annotator, set()).add(label.place)
        return {who: frozenset(places) for who, places in read.items()}

    @cached_property
    def _lineages(self) -> Mapping[Place, str]:
        return {label.place: label.lineage for label in self.labels} | dict(self.lineages)

    def by_only(self, *annotators: str) -> "LabelTable":
        """Returns the table of some annotators alone."""
        return replace(
            self,
            labels=tuple(label for label in self.labels if label.annotator in annotators),
            handed_in={who: self.handed_in[who] for who in annotators if who in self.handed_in},
        )

    def position(self, label: PointLabel) -> int | None:
        """Returns the number of the label's human act in its thread, counted from 0.

        None for an agent's decision, and for a human's move that the session does not hold.
        """
        cuts = self.acts.get(label.place, ())
        at = bisect_left(cuts, label.cut)
        there = label.actor == "human" and at < len(cuts) and cuts[at] == label.cut
        return at if there else None


def read_labels(db: Db, run: Run) -> LabelTable:
    """Reads the blind labels of all points in the sessions that the items of a run come from.

    What was corrected or withdrawn is out; of several by one annotator the latest stands.
    Pseudonyms are numbered by first appearance, so they say nothing of the names.
    """
    sessions = (
        select(DecisionPoint.session_id)
        .join(Item, col(Item.decision_point_id) == col(DecisionPoint.id))
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
    )
    return read_labels_of(db, sessions)


def read_labels_of(
    db: Db,
    sessions: Any,
    names: Mapping[int | None, str] | None = None,
    condition: str = BLIND,
) -> LabelTable:
    """Reads the labels of all points in some sessions.

    Args:
        db: the database.
        sessions: their numbers, or a query of them.
        names: what to call each annotator; pseudonyms when None.
        condition: blind: as they stood before their annotators were shown candidates; assisted:
            with candidates from the start; all: as they stand now.
    """
    found = db.connection().execute(labels_query(sessions, condition)).mappings()
    latest = {(row["point"], row["annotator_id"]): row for row in found}
    handed_in = db.connection().execute(handed_in_query(sessions, condition)).all()
    who = names or _pseudonyms([key[1] for key in latest] + [row[0] for row in handed_in])
    rows = db.connection().execute(acts_query(sessions))
    acts = {place: tuple(row[3] for row in group) for place, group in groupby(rows, _place)}
    read: dict[str, frozenset[Place]] = {}
    for row in handed_in:
        read[who[row[0]]] = read.get(who[row[0]], frozenset()) | {_place(row[1:])}
    return LabelTable(
        tuple(_label(row, who[row["annotator_id"]]) for row in latest.values()),
        MappingProxyType(acts),
        MappingProxyType(read),
        MappingProxyType({_place(row[1:]): row[4] for row in handed_in}),
        _left_out(db, sessions, condition),
    )


def _left_out(db: Db, sessions: Any, condition: str) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for said, count in db.connection().execute(conditions_query(sessions)):
        counted[said] += count if condition not in (ALL, said) else 0
    return {said: count for said, count in sorted(counted.items()) if count}


def _pseudonyms(annotators: Iterable[int]) -> dict[int, str]:
    distinct = dict.fromkeys(annotators)
    return {number: f"annotator-{place}" for place, number in enumerate(distinct, start=1)}


def _place(row: Any) -> Place:
    return Place(row[0], row[1], row[2])


def _label(row: Mapping[Any, Any], annotator: str) -> PointLabel:
    return PointLabel(
        annotator=annotator,
        lineage=row["lineage"],
        place=Place(row["external_id"], row["part"], row["thread"]),
        cut=row["cut"],
        actor=row["actor"],
        **{name: row[name] for name in SAID},
    )
