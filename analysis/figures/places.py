"""Section 8, where points lie: how far two annotators mark the same human acts.

A mark is a detour or a strong move at a human act; what was looked at and left is no mark.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from statistics import fmean

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.figures.findings import Finding
from analysis.figures.panels import MARKS, ONE_SESSION
from analysis.labels.chance_level import chance_f1
from analysis.labels.locations import (
    TOLERANCES,
    LocationAgreement,
    MarkedSession,
    boundary_similarity,
    location_agreement,
    match_positions,
)
from analysis.trials.labels import LabelTable, Place

SHOWN_FIRST = (0, 1)
"""The tolerances that are not exploratory."""
NOT_HANDED_IN = (
    "sessions that one of the two neither handed in nor labelled are not counted: whether they "
    "saw nothing there or never read it is not known"
)
F1 = "F1 of places"
BOUNDARY = "boundary similarity"
DISTANCES = "distances of matched marks"
NO_MEETING = "not estimated: no session that both have read"


@dataclass
class _Marks:
    """What one annotator marked."""

    places: dict[Place, list[int]] = field(default_factory=dict)
    """Human acts by thread, counted from 0."""
    of_agents: int = 0
    without_act: int = 0


@dataclass(frozen=True)
class Meeting:
    """Two annotators, and the threads that both have read, whatever they marked there."""

    first: str
    second: str
    sessions: tuple[MarkedSession, ...]
    """One for each thread: subagents' threads stand beside the main line."""
    lineages: tuple[str, ...]
    not_counted: int
    """Threads that only one of the two is known to have read."""
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
    return tuple(_meet(pair, marks, labels) for pair in combinations(labels.annotators, 2))


def _meet(pair: tuple[str, str], marks: dict[str, _Marks], labels: LabelTable) -> Meeting:
    one, other = (marks[who] for who in pair)
    read = [labels.read_by(who) for who in pair]
    both = sorted(place for place in read[0] & read[1] if place in labels.acts)
    return Meeting(
        *pair,
        sessions=tuple(
            MarkedSession(
                one.places.get(place, []), other.places.get(place, []), len(labels.acts[place])
            )
            for place in both
        ),
        lineages=tuple(labels.lineage_of(place) for place in both),
        not_counted=len(read[0] ^ read[1]),
        of_agents=one.of_agents + other.of_agents,
        without_act=one.without_act + other.without_act,
    )


def estimate_places(
    meeting: Meeting, level: float, tolerances: Sequence[int] = TOLERANCES
) -> Iterator[Finding]:
    """Yields F1 with its chance level for each tolerance, boundary similarity and distances.

    Args:
        meeting: two annotators.
        level: nominal coverage of the intervals.
        tolerances: human acts that two marks may be apart.
    """
    bare = Finding("labels", "", arm=meeting.first, against=meeting.second)
    bare = bare.told(*[NOT_HANDED_IN] * bool(meeting.not_counted))
    if not meeting.sessions:
        yield _counted(replace(bare, name=F1).told(NO_MEETING), meeting)
        return
    try:
        found = location_agreement(meeting.sessions, meeting.lineages, tolerances, level)
    except TooFewClusters:
        yield from _without_intervals(bare, meeting, tolerances)
        return
    except EstimateError as error:
        refused = replace(bare, name=F1).told(f"not estimated: {error}")
        yield _counted(refused, meeting)
        return
    yield from _curve(bare, found)
    yield _fill(replace(bare, name=BOUNDARY), found.boundary)
    yield _apart(bare, meeting, max(tolerances))


def _curve(bare: Finding, found: LocationAgreement) -> Iterator[Finding]:
    for point in found.curve:
        f1 = _fill(_f1(bare, point.tolerance), point.f1)
        yield f1.with_extra(chance=point.chance)
    for point in found.curve:
        above = replace(bare, name=above_name(point.tolerance))
        yield _fill(above, point.above_chance)


def _without_intervals(
    bare: Finding, meeting: Meeting, tolerances: Sequence[int]
) -> Iterator[Finding]:
    """The plain figures where all sessions are of one lineage."""
    bare = bare.told(ONE_SESSION)
    marked = [one for one in meeting.sessions if one.first or one.second]
    for tolerance in tolerances:
        f1, chance = _means(marked, tolerance)
        yield replace(_f1(bare, tolerance), value=f1).with_extra(chance=chance)
    similar = [boundary_similarity(one.first, one.second) or 0.0 for one in marked]
    yield replace(bare, name=BOUNDARY, value=fmean(similar))
    yield _apart(bare, meeting, max(tolerances))


def _means(sessions: Sequence[MarkedSession], tolerance: int) -> tuple[float, float]:
    """Returns the mean F1 of the sessions, and that of chance."""
    found = [match_positions(s.first, s.second, tolerance).f1 or 0.0 for s in sessions]
    chance = [float(chance_f1(s.first, s.second, s.acts, [tolerance])[0]) for s in sessions]
    return fmean(found), fmean(chance)


def _apart(bare: Finding, meeting: Meeting, widest: int) -> Finding:
    """How far apart matched marks lie, and how many have no partner."""
    matches = [match_positions(s.first, s.second, widest) for s in meeting.sessions]
    offsets = Counter(second - first for match in matches for first, second in match.pairs)
    matched = sum(offsets.values())
    return _counted(replace(bare, name=DISTANCES), meeting).with_extra(
        acts_that_the_second_is_later=_distances(offsets),
        unmatched_first=sum(len(s.first) for s in meeting.sessions) - matched,
        unmatched_second=sum(len(s.second) for s in meeting.sessions) - matched,
    )


def _f1(bare: Finding, tolerance: int) -> Finding:
    role = "secondary" if tolerance in SHOWN_FIRST else "exploratory"
    return replace(bare, name=f1_name(tolerance), role=role)


def f1_name(tolerance: int) -> str:
    """Returns what F1 at a tolerance is called."""
    return f"{F1}, ±{tolerance} acts"


def above_name(tolerance: int) -> str:
    """Returns what F1 less its chance level is called."""
    return f"F1 above chance, ±{tolerance} acts"


def _fill(bare: Finding, found: Estimate) -> Finding:
    return replace(bare, value=found.value, estimate=found).told(*found.warnings)


def _counted(bare: Finding, meeting: Meeting) -> Finding:
    return bare.with_extra(
        sessions_that_both_read=len(meeting.sessions),
        sessions_that_one_read=meeting.not_counted,
        marks_at_agents_decisions=meeting.of_agents,
        marks_at_unrecorded_moves=meeting.without_act,
    )


def _distances(offsets: Mapping[int, int]) -> str:
    return ", ".join(
        f"{offset:+d}: {count}" if offset else f"0: {count}"
        for offset, count in sorted(offsets.items())
    )
