"""Handing in what an adjudicator decided: decisions, what they are about, labels that stand.

What is unchanged is not written again; what changed is a new row that replaces the old one. What
all annotators agree on is decided by the rule and stored in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from taste.adjudicating.cases import Case
from taste.adjudicating.reading import Cases, read_cases
from taste.adjudicating.ruling import (
    AGREED,
    Ruling,
    compose,
    confirms,
    find_lacking,
    parse_ruling,
)
from taste.adjudications import current_adjudications
from taste.assignment_tables import AdjudicatedLabel, Adjudication, Assignment
from taste.eligibility import refuse_ineligible
from taste.identity import identity
from taste.submitting.coverage import read_acts, read_stretches, seen_share
from taste.submitting.handing_in import add_submission, read_draft, submitting, sum_active
from transcripts.annotations import Label, add_annotation, find_standing
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.decision_points import resolve_point
from transcripts.errors import UserError
from transcripts.tables import Annotation, Annotator, DecisionPoint


class Undecided(UserError):
    """A case lacks something; nothing was stored."""

    def __init__(self, case: Case, lacking: list[str]) -> None:
        """Build the sentence from the first such case."""
        self.case = case
        self.lacking = lacking
        super().__init__(f"not handed in: the case at {case.cut} lacks {' and '.join(lacking)}.")


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """What was handed in, as counted."""

    number: int
    """Version, from 1."""
    cases: int
    by_rule: int
    """Cases on which all agree, which nobody was asked about."""
    written: int
    """Decisions that are new or changed."""


def group_name(cut: int) -> str:
    """The part of a draft that holds the decision on the case at a cut."""
    return f"group:{cut}"


def submit_adjudication(
    engine: Engine,
    assignment_id: int,
    holder: str,
    codebook: Codebook,
    guidelines: str,
    now: datetime,
) -> Adjudicated:
    """Hand in the draft of an assignment of mode adjudicate, in one transaction.

    Args:
        engine: of the database.
        assignment_id: number of the assignment.
        holder: the process that has it open for writing.
        codebook: by which labels are checked.
        guidelines: which version of them the adjudicator had; see `Submission`.
        now: the time.

    Raises:
        Undecided: if a case lacks something.
        UserError: if a label or the adjudicator is refused.
        LostLease: if another process has the assignment.
    """
    with submitting(engine, assignment_id, holder) as (db, assignment):
        handing = _read(db, assignment, now)
        decided = _decide(handing, codebook)
        acts = read_acts(db, assignment.session_id, assignment.thread)
        seen = seen_share(acts, read_stretches(db, assignment_id))
        submission = add_submission(db, assignment, guidelines, now, seen=seen)
        written = sum(_write(handing, case, ruling) for case, ruling in decided)
        _withdraw_others(handing)
        by_rule = sum(not case.waits for case in handing.cases.cases)
        return Adjudicated(submission.number, len(decided), by_rule, written)


@dataclass(frozen=True, slots=True)
class _Handing:
    """What is being handed in, and what had been before."""

    db: Db
    assignment: Assignment
    adjudicator: str
    cases: Cases
    draft: Mapping[str, Any]
    before: Mapping[int, Adjudication]
    """This assignment's current decisions by the cut of their case."""
    now: datetime


def _read(db: Db, assignment: Assignment, now: datetime) -> _Handing:
    assert assignment.id is not None
    cases = read_cases(db, assignment)
    who = db.get_one(Annotator, assignment.annotator_id).name
    refuse_ineligible(db, "adjudicate", who, cases.session, within=assignment.id)
    mine = (
        row
        for row in current_adjudications(db, assignment.session_id)
        if row.assignment_id == assignment.id
    )
    draft = read_draft(db, assignment.id)
    return _Handing(db, assignment, who, cases, draft, {row.cut: row for row in mine}, now)


def _decide(handing: _Handing, codebook: Codebook) -> list[tuple[Case, Ruling]]:
    """Every case with its decision; those that nobody is asked about by the rule."""
    decided = []
    for case in handing.cases.cases:
        ruling = rule_on(case)
        if case.waits:
            ruling = parse_ruling(handing.draft.get(group_name(case.cut)), case)
            if lacking := list(find_lacking(case, ruling, codebook)):
                raise Undecided(case, lacking)
        decided.append((case, ruling))
    return decided


def rule_on(case: Case) -> Ruling:
    """What the rule decides where all agree: the label with the latest start stands."""
    return Ruling(about=case.about, decision="take", of=case.latest.letter)


def _write(handing: _Handing, case: Case, ruling: Ruling) -> bool:
    """Append a decision unless it stands already."""
    old = handing.before.get(case.cut)
    values = _values(case, ruling)
    labels = handing.cases.annotations[case.cut]
    composed = compose(case, ruling)
    if old is not None and _stands(handing.db, old, values, composed, labels):
        return False
    row = Adjudication(
        identity=identity(
            "adjudication", handing.assignment.identity, case.cut, handing.now.isoformat()
        ),
        session_id=handing.assignment.session_id,
        annotator_id=handing.assignment.annotator_id,
        assignment_id=handing.assignment.id,
        annotation_id=_standing(handing, composed) if composed else None,
        replaces_id=old.id if old else None,
        active_ms=sum_active(handing.db, handing.assignment.id or 0, case.cut),
        created_at=handing.now,
        **values,
    )
    handing.db.add(row)
    handing.db.flush()
    handing.db.add_all(
        AdjudicatedLabel(
            adjudication_id=row.id or 0, annotation_id=number, taken=_taken(ruling, side.letter)
        )
        for side, number in zip(case.sides, labels, strict=True)
    )
    handing.db.flush()
    return True


def _values(case: Case, ruling: Ruling) -> dict[str, Any]:
    """What a decision says, as columns of its row."""
    return {
        "cut": case.cut,
        "decision": ruling.decision,
        "cause": AGREED if confirms(case, ruling) else ruling.cause,
        "confidence": ruling.confidence,
        "reason": ruling.reason,
    }


def _taken(ruling: Ruling, letter: str) -> bool:
    return ruling.decision == "both_valid" or (ruling.decision == "take" and ruling.of == letter)


def _stands(
    db: Db,
    old: Adjudication,
    values: Mapping[str, Any],
    composed: tuple[str, Label] | None,
    labels: tuple[int, ...],
) -> bool:
    """Whether an earlier row says the same of the same labels."""
    known = select(AdjudicatedLabel.annotation_id).where(AdjudicatedLabel.adjudication_id == old.id)
    same = {name: getattr(old, name) for name in values} == dict(values)
    if not same or set(db.exec(known)) != set(labels):
        return False
    row = db.get(Annotation, old.annotation_id) if old.annotation_id else None
    if row is None or composed is None:
        return row is None and composed is None
    before = db.get_one(DecisionPoint, row.decision_point_id).before
    return (before, row.digest) == (composed[0], composed[1].digest)


def _standing(handing: _Handing, composed: tuple[str, Label]) -> int:
    """The row of the label that stands, under the adjudicator's name; a new one if need be."""
    before, label = composed
    session = handing.cases.session
    point = resolve_point(handing.db, session, before, human=label.human_move_source != "recorded")
    latest = find_standing(handing.db, session, point, handing.assignment.annotator_id)
    if latest is None or latest.digest != label.digest:
        latest = add_annotation(
            handing.db, session, before, handing.adjudicator, label, handing.now
        )
    assert latest.id is not None
    return latest.id


def _withdraw_others(handing: _Handing) -> None:
    """Take back decisions on cases that are there no more: annotators changed their labels."""
    cuts = {case.cut for case in handing.cases.cases}
    for cut, old in handing.before.items():
        if cut not in cuts:
            values = old.model_dump(exclude={"id", "identity", "replaces_id", "content_hash"})
            when = handing.now.isoformat()
            values |= {"withdrawn": True, "created_at": handing.now}
            key = identity("adjudication", handing.assignment.identity, cut, when)
            handing.db.add(Adjudication(identity=key, replaces_id=old.id, **values))
    handing.db.flush()
