"""Where along a session two annotators see decision points, counted in human acts.

Marks within a tolerance are matched one to one. No annotator is the truth, and each session has
the same weight, however many marks it holds.
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.contrasts import mean_effect
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.jackknife import Undefined
from analysis.labels.chance_level import chance_f1
from analysis.rates import win_rate

NOTHING_MARKED = "session without a mark of either"
TOLERANCES = (0, 1, 2, 3)
NEAR_MISS = 0.5
"""What a mark one act off costs in boundary similarity: a span of 1 over n_t = 2."""


@dataclass(frozen=True)
class MarkedSession:
    """What two annotators marked in one session."""

    first: Sequence[int]
    """Positions of the first's marks: human acts counted from 0, all different."""
    second: Sequence[int]
    """Positions of the second's marks."""
    acts: int
    """Human acts in the session."""


@dataclass(frozen=True)
class Match:
    """A largest matching of two rows of positions."""

    pairs: tuple[tuple[int, int], ...]
    """Matched positions, the first's and the second's."""
    recall: float | None
    """Share of the first's positions that are matched; None when it has none."""
    precision: float | None
    """Share of the second's positions that are matched; None when it has none."""
    f1: float | None
    """Twice the pairs over all positions; None when there is none at all."""


@dataclass(frozen=True)
class ToleranceAgreement:
    """Agreement when two marks may be so many acts apart."""

    tolerance: int
    f1: Estimate
    """Mean F1 of the sessions; cluster-Wilson, without a test."""
    chance: float
    """Mean F1 over all turns of either one's marks around each session."""
    above_chance: Estimate
    """Mean of F1 less chance; its p value is of no more than chance."""


@dataclass(frozen=True)
class LocationAgreement:
    """How far two annotators mark the same places."""

    curve: tuple[ToleranceAgreement, ...]
    """One entry for each tolerance."""
    boundary: Estimate
    """Mean boundary similarity B of the sessions; cluster-Wilson, without a test."""
    offsets: Mapping[int, int]
    """Matched marks by how many acts the second's comes after the first's, widest tolerance."""
    unmatched_first: int
    """Marks of the first without a partner at the widest tolerance."""
    unmatched_second: int
    """Marks of the second without one."""
    both_empty: int
    """Sessions in which nobody marked anything: they have no F1 and do not enter."""
    one_empty: int
    """Sessions in which one marked nothing: they enter with F1 = 0 and chance = 0."""


def location_agreement(
    sessions: Sequence[MarkedSession],
    clusters: Sequence[Hashable] | None = None,
    tolerances: Sequence[int] = TOLERANCES,
    level: float = 0.95,
) -> LocationAgreement:
    """Estimates how far two annotators mark the same places, for several tolerances.

    F1 of a session is 2 matched / (marks of both). Its mean over sessions has the cluster-Wilson
    interval, whose CR2 variance for one session in each cluster is that of the jackknife over
    sessions. Chance turns either one's marks around the session (`chance_f1`).

    Args:
        sessions: what both marked.
        clusters: one label for each session, such as its lineage; each its own when None.
        tolerances: human acts.
        level: nominal coverage, in (0, 1).

    Raises:
        EstimateError: positions, tolerances, labels or level are unusable.
        TooFewClusters: all sessions with a mark lie in one cluster.
        Undefined: nobody marked anything.
    """
    steps = _checked_tolerances(tolerances)
    marked = _marked(sessions, clusters, level)
    pairs = [pair for s in marked.sessions for pair in _match(s, max(steps)).pairs]
    return LocationAgreement(
        curve=_curve(marked, steps),
        boundary=marked.rate([boundary_similarity(s.first, s.second) for s in marked.sessions]),
        offsets=dict(sorted(Counter(second - first for first, second in pairs).items())),
        unmatched_first=sum(len(s.first) for s in marked.sessions) - len(pairs),
        unmatched_second=sum(len(s.second) for s in marked.sessions) - len(pairs),
        both_empty=len(sessions) - len(marked.sessions),
        one_empty=sum(not s.first or not s.second for s in marked.sessions),
    )


def match_positions(first: Sequence[int], second: Sequence[int], tolerance: int) -> Match:
    """Returns a largest one-to-one matching of positions at most `tolerance` apart.

    Of the largest matchings it is one with the least total distance: an assignment in which a pair
    too far apart costs more than all allowed pairs together. Taking the nearest pair first would
    match too few: 3 and 6 with 1 and 4, tolerance 2.

    Args:
        first: positions of the first, the reference that recall refers to; all different.
        second: positions of the second, that precision refers to; all different.
        tolerance: how far apart a pair may be, 0 or more.
    """
    apart = np.abs(np.subtract.outer(np.asarray(first, float), np.asarray(second, float)))
    too_far = min(apart.shape) * tolerance + 1
    rows, columns = linear_sum_assignment(np.where(apart <= tolerance, apart, too_far))
    pairs = tuple(
        (first[row], second[column])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if apart[row, column] <= tolerance
    )
    marks = len(first) + len(second)
    return Match(
        pairs=pairs,
        recall=len(pairs) / len(first) if first else None,
        precision=len(pairs) / len(second) if second else None,
        f1=2 * len(pairs) / marks if marks else None,
    )


def boundary_similarity(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Returns boundary similarity B with n_t = 2; None when nothing is marked.

    With M marks in common, T pairs one act apart (no mark in two pairs) and A marks left over,
    B = (M + T / 2) / (M + T + A): 1 - weighted edits over all (Fournier 2013, "Evaluating Text
    Segmentation using Boundary Edit Distance", weighted as in its author's segeval 2.0.11).

    """
    common = set(first) & set(second)
    alone = sorted(set(first) ^ set(second))
    near, index = 0, 0
    while index + 1 < len(alone):
        one, other = alone[index], alone[index + 1]
        beside = other - one == 1 and (one in first) != (other in first)
        near += beside
        index += 2 if beside else 1
    edits = len(alone) - near
    if not common and not edits:
        return None
    return (len(common) + NEAR_MISS * near) / (len(common) + edits)


@dataclass(frozen=True)
class _Marked:
    """The sessions in which somebody marked something, and how their means are estimated."""

    sessions: tuple[MarkedSession, ...]
    clusters: tuple[Hashable, ...]
    exclusions: Mapping[str, int]
    level: float

    def rate(self, values: Sequence[float | None]) -> Estimate:
        """Returns the mean over sessions of a figure in [0, 1]."""
        estimate = win_rate(np.array(values, dtype=np.float64), self.clusters, self.level)
        # One half, the null of a win rate, is no landmark of agreement.
        return replace(estimate, p_value=None).with_exclusions(self.exclusions)


def _marked(
    sessions: Sequence[MarkedSession], clusters: Sequence[Hashable] | None, level: float
) -> _Marked:
    for index, session in enumerate(sessions):
        _check_session(session, index)
    labels = list(range(len(sessions))) if clusters is None else clusters
    if len(labels) != len(sessions):
        raise EstimateError(f"{len(sessions)} sessions but {len(labels)} cluster labels.")
    kept = [index for index, session in enumerate(sessions) if session.first or session.second]
    if not kept:
        raise Undefined("Nobody marked anything: there is no agreement about places.")
    empty = len(sessions) - len(kept)
    return _Marked(
        tuple(sessions[index] for index in kept),
        tuple(labels[index] for index in kept),
        {NOTHING_MARKED: empty} if empty else {},
        level,
    )


def _curve(marked: _Marked, tolerances: Sequence[int]) -> tuple[ToleranceAgreement, ...]:
    chances = np.array(
        [chance_f1(s.first, s.second, s.acts, tolerances) for s in marked.sessions]
    ).T
    curve = []
    for tolerance, chance in zip(tolerances, chances, strict=True):
        f1 = [_match(session, tolerance).f1 for session in marked.sessions]
        above = mean_effect(np.array(f1, dtype=np.float64) - chance, marked.clusters, marked.level)
        curve.append(
            ToleranceAgreement(
                tolerance=tolerance,
                f1=marked.rate(f1),
                chance=math.fsum(chance) / len(chance),
                above_chance=above.with_exclusions(marked.exclusions),
            )
        )
    return tuple(curve)


def _match(session: MarkedSession, tolerance: int) -> Match:
    return match_positions(session.first, session.second, tolerance)


def _checked_tolerances(tolerances: Sequence[int]) -> tuple[int, ...]:
    if not tolerances or min(tolerances) < 0 or len(set(tolerances)) < len(tolerances):
        raise EstimateError(f"tolerances must be different and 0 or more: {tuple(tolerances)!r}.")
    return tuple(sorted(tolerances))


def _check_session(session: MarkedSession, index: int) -> None:
    for name, positions in (("first", session.first), ("second", session.second)):
        where = f"sessions[{index}].{name}"
        for at, position in enumerate(positions):
            if not 0 <= position < session.acts:
                raise EstimateError(
                    f"{where}[{at}] is {position}, but the session has {session.acts} human acts."
                )
            if position in positions[:at]:
                raise EstimateError(f"{where}[{at}] marks {position} again; give each place once.")
