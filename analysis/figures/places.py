"""Section 8, where points lie: how far two annotators mark the same human acts.

A mark is a detour or a strong move at a human act; what was looked at and left is no mark.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from statistics import fmean

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.figures.findings import Finding
from analysis.labels.chance_level import chance_f1
from analysis.labels.locations import (
    TOLERANCES,
    LocationAgreement,
    MarkedSession,
    location_agreement,
    match_positions,
)
from analysis.trials.labels import LabelTable, Place

MARKS = frozenset({"detour", "strong"})
SHOWN_FIRST = (0, 1)
"""The tolerances that are not exploratory."""
ONE_SESSION = "no interval: all of them lie in one session or its copies"
NOT_ASSIGNED = (
    "sessions in which one of the two marked nothing are not counted: the database does not yet "
    "say who was assigned what"
)
NO_MEETING = "not estimated: no session in which both marked a human act"


@dataclass
class _Marks:
    """What one annotator marked."""

    places: dict[Place, list[int]] = field(default_factory=dict)
    """Human acts by thread, counted from 0."""
    of_agents: int = 0
    without_act: int = 0


@dataclass(frozen=True)
class Meeting:
    """Two annotators, and the threads in which both marked something."""

    first: str
    second: str
    sessions: tuple[MarkedSession, ...]
    """One for each thread: subagents' threads stand beside the main line."""
    lineages: tuple[str, ...]
    not_counted: int
    """Threads in which only one of the two marked something."""
    of_agents: int
    """Marks of both at decisions of the agent, which have no human act."""
    without_act: int
    """Marks of both at a human's move that was not recorded."""


def list_meetings(labels: LabelTable) -> tuple[Meeting, ...]:
    """Returns every two annotators with what both marked."""
    marks = {who: _Marks() for who in labels.annotators}
    for label in labels.labels:
        if label.kind not in MARKS:
            continue
        own, position = marks[label.annotator], labels.position(label)
        if position is not None:
            own.places.setdefault(label.place, []).append(position)
        elif label.actor == "human":
            own.without_act += 1
        else:
            own.of_agents += 1
    lineages = {label.place: label.lineage for label in labels.labels}
    acts = {place: len(cuts) for place, cuts in labels.acts.items()}
    pairs = combinations(labels.annotators, 2)
    return tuple(_meet(pair, marks, lineages, acts) for pair in pairs)


def _meet(
    pair: tuple[str, str],
    marks: dict[str, _Marks],
    lineages: dict[Place, str],
    acts: dict[Place, int],
) -> Meeting:
    one, other = (marks[who] for who in pair)
    both = sorted(one.places.keys() & other.places.keys())
    return Meeting(
        *pair,
        sessions=tuple(MarkedSession(one.places[p], other.places[p], acts[p]) for p in both),
        lineages=tuple(lineages[place] for place in both),
        not_counted=len(one.places.keys() ^ other.places.keys()),
        of_agents=one.of_agents + other.of_agents,
        without_act=one.without_act + other.without_act,
    )


def estimate_places(meeting: Meeting, level: float) -> Iterator[Finding]:
    """Yields F1 with its chance level for each tolerance, boundary similarity and distances.

    Args:
        meeting: two annotators.
        level: nominal coverage of the intervals.
    """
    bare = Finding("labels", "", arm=meeting.first, against=meeting.second)
    bare = bare.told(NOT_ASSIGNED)
    if not meeting.sessions:
        yield _counted(replace(bare, name="F1 of places").told(NO_MEETING), meeting)
        return
    try:
        found = location_agreement(meeting.sessions, meeting.lineages, TOLERANCES, level)
    except TooFewClusters:
        yield from _without_intervals(bare, meeting)
        return
    except EstimateError as error:
        yield replace(bare, name="F1 of places").told(f"not estimated: {error}")
        return
    yield from _curve(bare, found)
    yield _fill(replace(bare, name="boundary similarity"), found.boundary)
    yield _counted(replace(bare, name="distances of matched marks"), meeting).with_extra(
        acts_that_the_second_is_later=_distances(found),
        unmatched_first=found.unmatched_first,
        unmatched_second=found.unmatched_second,
    )


def _curve(bare: Finding, found: LocationAgreement) -> Iterator[Finding]:
    for point in found.curve:
        f1 = _fill(_f1(bare, point.tolerance), point.f1)
        yield f1.with_extra(chance=point.chance)
    for point in found.curve:
        above = replace(bare, name=f"F1 above chance, ±{point.tolerance} acts")
        yield _fill(above, point.above_chance)


def _without_intervals(bare: Finding, meeting: Meeting) -> Iterator[Finding]:
    """The plain means where all sessions are of one lineage."""
    for tolerance in TOLERANCES:
        f1, chance = _means(meeting.sessions, tolerance)
        one = replace(_f1(bare, tolerance), value=f1).told(ONE_SESSION)
        one = one.with_extra(chance=chance)
        yield _counted(one, meeting) if tolerance == TOLERANCES[0] else one


def _means(sessions: Sequence[MarkedSession], tolerance: int) -> tuple[float, float]:
    """Returns the mean F1 of the sessions, and that of chance."""
    found = [match_positions(s.first, s.second, tolerance).f1 or 0.0 for s in sessions]
    chance = [float(chance_f1(s.first, s.second, s.acts, [tolerance])[0]) for s in sessions]
    return fmean(found), fmean(chance)


def _f1(bare: Finding, tolerance: int) -> Finding:
    role = "secondary" if tolerance in SHOWN_FIRST else "exploratory"
    return replace(bare, name=f"F1 of places, ±{tolerance} acts", role=role)


def _fill(bare: Finding, found: Estimate) -> Finding:
    return replace(bare, value=found.value, estimate=found).told(*found.warnings)


def _counted(bare: Finding, meeting: Meeting) -> Finding:
    return bare.with_extra(
        sessions_that_both_marked=len(meeting.sessions),
        sessions_that_one_marked=meeting.not_counted,
        marks_at_agents_decisions=meeting.of_agents,
        marks_at_unrecorded_moves=meeting.without_act,
    )


def _distances(found: LocationAgreement) -> str:
    return ", ".join(
        f"{offset:+d}: {count}" if offset else f"0: {count}"
        for offset, count in found.offsets.items()
    )
