"""The rules of sets: which decision points become items, and why the others do not.

Pure functions over candidates; a candidate that is left out carries its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from taste.points import is_media_only
from transcripts.tables import Annotation, DecisionPoint, Session

SetKind = Literal["suboptimal", "strong", "random", "pilot"]
Labels = Literal["adjudicated", "unanimous", "one"]
_KINDS = {
    "suboptimal": frozenset({"detour"}),
    "strong": frozenset({"strong"}),
    "pilot": frozenset({"detour", "strong"}),
}


@dataclass(frozen=True, slots=True)
class SetRule:
    """What a set takes."""

    name: str
    kind: SetKind
    labels: Labels
    actor: Literal["human", "agent"] = "human"
    per_session: int | None = None
    sample: str | None = None
    """For a random set: the name of the sample that it takes, and nothing else."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A decision point on its way into a set."""

    point: DecisionPoint
    session: Session
    annotation: Annotation | None
    act: str
    """The verbatim text of the human act."""
    reason: str | None = None

    def without(self, reason: str) -> "Candidate":
        """The same, left out for a reason."""
        return replace(self, reason=reason)


def label_fault(rule: SetRule, annotations: Sequence[Annotation]) -> str | None:
    """Why the label rule does not accept these annotators' labels of one point.

    None of them is an adjudicator's: where there is one, it is taken.
    """
    if rule.labels == "adjudicated":
        return "not adjudicated"
    if rule.labels == "unanimous":
        if len(annotations) < 2:  # noqa: PLR2004
            return "one annotator only"
        labels = {(a.kind, _annotation_fault(rule, a) is None) for a in annotations}
        if len(labels) > 1:
            return "annotators disagree"
    return None


def eligible(rule: SetRule, candidate: Candidate) -> Candidate:
    """The candidate, with the reason if this kind of set does not take it."""
    if candidate.reason is None and (reason := _fault(rule, candidate)):
        return candidate.without(reason)
    return candidate


def _fault(rule: SetRule, candidate: Candidate) -> str | None:
    """Why a point is not an item of this kind of set (design: section 5, Items)."""
    if candidate.point.actor != rule.actor:
        return f"decision of the {candidate.point.actor}"
    annotation = candidate.annotation
    if annotation is not None and (reason := _annotation_fault(rule, annotation)):
        return reason
    return _act_fault(candidate.act, annotation) if rule.actor == "human" else None


def _act_fault(act: str, annotation: Annotation | None) -> str | None:
    """Why what the human did cannot stand as a move."""
    if is_media_only(act):
        return "act of pictures alone"
    span = annotation.span if annotation is not None else None
    return "span is not part of the act" if span and span not in act else None


def _annotation_fault(rule: SetRule, annotation: Annotation) -> str | None:
    if annotation.kind not in _KINDS[rule.kind]:
        return f"labelled {annotation.kind}"
    if annotation.human_move_source == "inferred":
        return "human move inferred"
    if annotation.human_move_source == "quoted" and annotation.quoted is None:
        return "human move quoted from no event"
    return _detour_fault(rule, annotation) if annotation.kind == "detour" else None


def _detour_fault(rule: SetRule, annotation: Annotation) -> str | None:
    if annotation.attribution not in {rule.actor, "both"}:
        return f"attribution {annotation.attribution or 'open'}"
    if annotation.knowable not in {"yes", "partly"}:
        return f"knowable {annotation.knowable or 'open'}"
    if annotation.recovered is None or annotation.recovery not in {None, "full"}:
        return f"not recovered ({annotation.recovery or 'no event'})"
    return None


def without_nested(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Starts with one recovery are one detour: the last start stands."""
    last: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        if (key := _recovery(candidate)) is not None:
            last[key] = candidate
    return [
        candidate.without("nested start of the same detour")
        if (key := _recovery(candidate)) is not None and last[key] is not candidate
        else candidate
        for candidate in candidates
    ]


def _recovery(candidate: Candidate) -> tuple[str, str] | None:
    annotation = candidate.annotation
    if candidate.reason or annotation is None or annotation.kind != "detour":
        return None
    return (candidate.session.lineage, annotation.recovered or "")


def one_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """One item per lineage, thread and cut; a copy of a place in a resumed session is none.

    A copy keeps the ids of its entries, or, where they have none, what it knew and what was done.
    """
    seen: set[tuple[str, str]] = set()
    kept = []
    for candidate in candidates:
        keys = _places(candidate)
        twice = candidate.reason is None and not seen.isdisjoint(keys)
        kept.append(candidate.without("same place in a copy") if twice else candidate)
        if candidate.reason is None:
            seen.update(keys)
    return kept


def _places(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    lineage, point = candidate.session.lineage, candidate.point
    known = (lineage, f"{point.prefix_hash} {candidate.act}")
    return (known,) if point.before.startswith("L") else ((lineage, point.before), known)


def cap(
    candidates: Sequence[Candidate], most: int | None, sure: frozenset[int | None] = frozenset()
) -> list[Candidate]:
    """Keep at most so many items of a lineage, chosen by the hash of their prefix.

    Points whose ids are in `sure` are taken before all others.
    """
    if most is None:
        return list(candidates)
    eligible: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.reason is None:
            eligible.setdefault(candidate.session.lineage, []).append(candidate)
    kept = {
        candidate.point.id
        for group in eligible.values()
        for candidate in sorted(group, key=lambda c: (c.point.id not in sure, c.point.prefix_hash))[
            :most
        ]
    }
    return [
        c if c.reason or c.point.id in kept else c.without(f"over {most} a session")
        for c in candidates
    ]


def thread_of(candidate: Candidate) -> str:
    """The thread's name within the lineage: parts and continuations have threads of their own."""
    session = candidate.session
    own = session.external_id.partition("/")[0] == session.lineage
    name = candidate.point.thread if own else f"{candidate.point.thread} of {session.external_id}"
    return name if session.part == 1 else f"{name} part {session.part}"


def counts_of(candidates: Iterable[Candidate]) -> dict[str, int]:
    """How many are left out, by reason."""
    counts: dict[str, int] = {}
    for candidate in candidates:
        if candidate.reason is not None:
            counts[candidate.reason] = counts.get(candidate.reason, 0) + 1
    return dict(sorted(counts.items()))
