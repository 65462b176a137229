"""Reads in bulk what a report shows below its figures: items, moves and grounds of verdicts.

One query for each table; it chooses and words nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from analysis.report.instruments import Instruments, read_instruments
from taste.tables import (
    Call,
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.tables import Annotation, DecisionPoint, Entry, Event, Session


@dataclass(frozen=True)
class ItemRow:
    """An item with its place in a session and the annotation that made it one."""

    id: int
    set: str
    number: int
    point: DecisionPoint
    annotation: Annotation | None
    session: str
    line: int | None

    @property
    def decision_point_id(self) -> int:
        """Row id of the decision point."""
        assert self.point.id is not None
        return self.point.id

    @property
    def session_id(self) -> int:
        """Row id of the session."""
        return self.point.session_id

    @property
    def thread(self) -> str:
        """The thread that is cut."""
        return self.point.thread

    @property
    def cut(self) -> int:
        """Where it is cut."""
        return self.point.cut


@dataclass(frozen=True)
class Grounds:
    """What a verdict was given with."""

    reasoning: str | None
    call_id: int | None
    request_id: str | None
    raw_reply: str | None

    @property
    def call(self) -> str | None:
        """Number and request id of the call that brought it."""
        if self.call_id is None:
            return None
        request = f", request {self.request_id}" if self.request_id else ""
        return f"call {self.call_id}{request}"


@dataclass(frozen=True)
class Evidence:
    """The rows behind a run's trials, by row id."""

    items: tuple[ItemRow, ...]
    proposals: Mapping[int, Proposal]
    restatements: Mapping[int, Restatement]
    human_restatements: Mapping[int, Sequence[int]]
    """Decision point -> restatements of its human move."""
    proposed_restatements: Mapping[int, Sequence[int]]
    """Proposal -> its restatements."""
    comparisons: Mapping[int, tuple[int, int]]
    """Comparison -> restatements of the human's and of the proposed move."""
    verdicts: Mapping[int, Grounds]
    instruments: Mapping[int, Instruments]
    """Item -> its digests and probes."""


def read_evidence(db: Db, run_id: int, sets: Sequence[int]) -> Evidence:
    """Reads everything behind a run's trials.

    What a run reuses may have been made for another decision point with the same prefix, so rows
    are found through the trials and not through their points alone.

    Args:
        db: holds the run.
        run_id: whose trials.
        sets: row ids of the run's sets; their items come in order of set and number.
    """
    points = select(Item.decision_point_id).where(col(Item.set_id).in_(sets))
    proposed = select(Trial.proposal_id).where(col(Trial.run_id) == run_id)
    proposals = db.exec(select(Proposal).where(col(Proposal.id).in_(proposed))).all()
    compared = col(Comparison.id).in_(_used_comparisons(run_id))
    restated = db.exec(
        select(Restatement)
        .where(
            col(Restatement.decision_point_id).in_(points)
            | col(Restatement.proposal_id).in_(proposed)
            | col(Restatement.id).in_(select(Comparison.human_id).where(compared))
            | col(Restatement.id).in_(select(Comparison.proposed_id).where(compared))
        )
        .order_by(col(Restatement.id))
    ).all()
    return Evidence(
        items=_read_items(db, sets),
        proposals={row.id: row for row in proposals if row.id is not None},
        restatements={row.id: row for row in restated if row.id is not None},
        human_restatements=_group(restated, of_human=True),
        proposed_restatements=_group(restated, of_human=False),
        comparisons=_read_comparisons(db, run_id),
        verdicts=_read_grounds(db, run_id),
        instruments=read_instruments(db, run_id),
    )


def _group(rows: Sequence[Restatement], *, of_human: bool) -> dict[int, list[int]]:
    """Returns restatements by decision point for the human's moves, else by proposal."""
    found: dict[int, list[int]] = {}
    for row in rows:
        assert row.id is not None
        if of_human and row.proposal_id is None:
            found.setdefault(row.decision_point_id, []).append(row.id)
        elif not of_human and row.proposal_id is not None:
            found.setdefault(row.proposal_id, []).append(row.id)
    return found


def _used_comparisons(run_id: int) -> SelectOfScalar[int]:
    return (
        select(Verdict.comparison_id)
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == Verdict.id)
        .join(Trial, col(Trial.id) == TrialVerdict.trial_id)
        .where(col(Trial.run_id) == run_id)
    )


def _read_comparisons(db: Db, run_id: int) -> dict[int, tuple[int, int]]:
    query = select(Comparison.id, Comparison.human_id, Comparison.proposed_id).where(
        col(Comparison.id).in_(_used_comparisons(run_id))
    )
    return {row: (human, other) for row, human, other in db.exec(query) if row is not None}


def _read_items(db: Db, sets: Sequence[int]) -> tuple[ItemRow, ...]:
    query = (
        select(  # type: ignore[call-overload]
            Item.set_id, Item.id, ItemSet.name, Item.number, DecisionPoint, Annotation,
            Session.external_id, Entry.line,
        )
        .join(ItemSet, col(ItemSet.id) == Item.set_id)
        .join(DecisionPoint, col(DecisionPoint.id) == Item.decision_point_id)
        .join(Session, col(Session.id) == DecisionPoint.session_id)
        .outerjoin(Annotation, col(Annotation.id) == Item.annotation_id)
        .outerjoin(
            Event,
            (col(Event.session_id) == DecisionPoint.session_id)
            & (col(Event.event_id) == DecisionPoint.before),
        )
        .outerjoin(
            Entry,
            (col(Entry.session_id) == DecisionPoint.session_id)
            & (col(Entry.ordinal) == Event.ordinal),
        )
        .where(col(Item.set_id).in_(sets))
        .order_by(col(Item.number))
    )  # fmt: skip
    rows = sorted(db.exec(query), key=lambda row: sets.index(row[0]))
    return tuple(ItemRow(*row[1:]) for row in rows)


def _read_grounds(db: Db, run_id: int) -> dict[int, Grounds]:
    columns = (Verdict.id, Verdict.reasoning, Verdict.call_id, Call.request_id, Call.raw_reply)
    of_run = (
        select(TrialVerdict.verdict_id)
        .join(Trial, col(Trial.id) == TrialVerdict.trial_id)
        .where(col(Trial.run_id) == run_id)
    )
    query: Select[Any] = (
        select(*(col(column) for column in columns))
        .select_from(Verdict)
        .outerjoin(Call, col(Call.id) == col(Verdict.call_id))
        .where(col(Verdict.id).in_(of_run) | (col(Verdict.judge_kind) == "person"))
    )
    return {row[0]: Grounds(*row[1:]) for row in db.connection().execute(query)}
