"""Tables of people's work: what was assigned to whom, their drafts, and what they handed in.

Assignments, drafts and reading states change; they are no evidence. Submissions, reveals, timings
and adjudications are appended and never edited.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Text, UniqueConstraint
from sqlmodel import Field

import taste.tables  # noqa: F401  # the rows that these point to
from taste.hashes import hashed
from transcripts.tables import Table


class Assignment(Table, table=True):
    """A session or a point that one annotator is to work on, in one mode."""

    __tablename__ = "assignment"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    """hash(batch, annotator, mode, session, thread, point, comparison, view, repeat): the same
    assignment on another machine has the same one."""
    batch: str = Field(index=True)
    """Name of the call of `taste assign` that made it; `own` where its annotator took it."""
    annotator_id: int = Field(foreign_key="annotator.id", index=True)
    mode: str
    """hindsight, foresight, judge, adjudicate."""
    condition: str = "blind"
    """blind (candidates only after the first pass) or assisted (a random share sees them)."""
    session_id: int = Field(foreign_key="session.id", index=True)
    thread: str
    decision_point_id: int | None = Field(default=None, foreign_key="decision_point.id", index=True)
    """The one point of it; none: the whole session."""
    comparison_id: int | None = Field(default=None, foreign_key="comparison.id", index=True)
    """For a judge: the two moves in one order."""
    view: str | None = None
    """For a judge: full, digest or prefix."""
    repeat: int = 1
    """Above 1: the same two moves again, sides swapped, for self-consistency."""
    gold: str | None = None
    """For a judge: the verdict that is known to be right (first or second); never shown."""
    share: float | None = None
    """For foresight: the share of acts at which the annotator is asked; none: all."""
    number: int
    """Order in the annotator's queue, drawn by the seed."""
    seed: int
    due: date | None = None
    created_at: datetime
    state: str = "todo"
    """todo, draft, submitted, returned, flagged, skipped."""
    reason: str | None = None
    """Why it was flagged, skipped or returned."""
    holder: str | None = None
    """The process that has it open for writing."""
    held_until: datetime | None = None
    """When the lease ends unless its holder renews it; the draft stays."""


class Draft(Table, table=True):
    """The latest value of one named part of an annotator's work, whether handed in or not."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("assignment_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    name: str
    """`mark:CUT`, `move:CUT`, `verdict`, `note:EVENT`, `bookmark:EVENT`, and so on."""
    value: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    changed_at: datetime


class DraftEvent(Table, table=True):
    """One undoable change of a draft; an undo is a further event."""

    __tablename__ = "draft_event"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    number: int
    """Order within the assignment, from 1."""
    name: str
    before: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    after: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    way: str = "do"
    """do, undo, redo."""
    turned: int | None = None
    """For undo and redo: the number of the event that it takes back or does again."""
    furthest: int = -1
    """The last position that the annotator had seen by then."""
    outcome_seen: bool = False
    """Whether that was the end of the session."""
    active_ms: int = 0
    """Active time on the assignment by then."""
    at: datetime


class ReadingState(Table, table=True):
    """Where an annotator stands: turn, row, folds, filter, field, caret."""

    __tablename__ = "reading_state"

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", unique=True)
    state: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changed_at: datetime


class Activity(Table, table=True):
    """A stretch of active time: how long, on which point, and what was in view."""

    __tablename__ = "activity"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    at: datetime
    """The second at which it began."""
    active_ms: int
    cut: int | None = None
    """The point whose form was open, if one was."""
    first: int
    """Position of the first event that was in view."""
    last: int
    """Position of the last one."""


class Submission(Table, table=True):
    """An annotator's work as handed in; handing in again makes a further version."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    number: int
    """Version, from 1."""
    empty: bool = False
    """The annotator attests that there is no detour and no strong move."""
    seen: float = 0.0
    """Share of the human acts that were in view for a second or more."""
    reason: str | None = None
    """Why it was handed in though little had been seen."""
    active_ms: int = 0
    guidelines: str
    """Version of the codebook and sha256 of the guidelines that the annotator had."""
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class LabelRecord(Table, table=True):
    """How an annotation came about: in which submission, with what seen, in which condition."""

    __tablename__ = "label_record"

    id: int | None = Field(default=None, primary_key=True)
    annotation_id: int = Field(foreign_key="annotation.id", unique=True)
    submission_id: int = Field(foreign_key="submission.id", index=True)
    condition: str
    """blind, revealed (after the first pass), assisted."""
    furthest: int
    """The last position that was seen when the label was last changed."""
    outcome_seen: bool
    active_ms: int
    """Active time with this point's form open."""
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Reveal(Table, table=True):
    """A candidate that was shown to an annotator, and what they made of it."""

    __tablename__ = "reveal"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    draw_id: int = Field(foreign_key="draw.id")
    action: str
    """shown, accepted, edited, rejected, unsure."""
    latency_ms: int | None = None
    """From being shown to this."""
    at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class PersonProposal(Table, table=True):
    """How a person's move came about in foresight."""

    __tablename__ = "person_proposal"

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", unique=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    confidence: int | None = None
    otherwise: bool | None = None
    """Whether they would have done otherwise, said once the human's move was shown."""
    probability: float
    """With which its act was chosen to be asked at."""
    active_ms: int
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class PersonVerdict(Table, table=True):
    """How a person's verdict came about."""

    __tablename__ = "person_verdict"

    id: int | None = Field(default=None, primary_key=True)
    verdict_id: int = Field(foreign_key="verdict.id", unique=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    guess: str | None = None
    """Which one they took for the human's: first, second, unsure; none: not asked."""
    active_ms: int
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Adjudication(Table, table=True):
    """What a third person decided where annotators' labels were compared; a new row corrects."""

    __tablename__ = "adjudication"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    session_id: int = Field(foreign_key="session.id", index=True)
    annotator_id: int = Field(foreign_key="annotator.id")
    """The adjudicator."""
    assignment_id: int | None = Field(default=None, foreign_key="assignment.id")
    cut: int
    """Of the point, or of the earliest of the labels that were aligned."""
    decision: str
    """take, merge, new, both_valid, not_a_point."""
    annotation_id: int | None = Field(default=None, foreign_key="annotation.id")
    """The label that stands, stored under the adjudicator; none where there is no point."""
    cause: str | None = None
    """agreed, ambiguous_text, guideline_gap, slip, scope, subjective."""
    confidence: int | None = None
    reason: str | None = Field(default=None, sa_column=Column(Text))
    replaces_id: int | None = Field(default=None, foreign_key="adjudication.id")
    withdrawn: bool = False
    active_ms: int = 0
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class AdjudicatedLabel(Table, table=True):
    """A label that an adjudication was about."""

    __tablename__ = "adjudicated_label"
    __table_args__ = (UniqueConstraint("adjudication_id", "annotation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    adjudication_id: int = Field(foreign_key="adjudication.id")
    annotation_id: int = Field(foreign_key="annotation.id", index=True)
    taken: bool = False
    """Whether it is the one that was taken."""


class CalibrationDraw(Table, table=True):
    """A comparison drawn at random for people to judge, with how likely that was."""

    __tablename__ = "calibration_draw"
    __table_args__ = (UniqueConstraint("name", "comparison_id", "view"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    """The sample that it belongs to."""
    number: int
    """Order in the sample."""
    comparison_id: int = Field(foreign_key="comparison.id")
    view: str
    judge: str
    """The model judge that it is to correct."""
    stratum: str
    """Such as the judge's verdict; `all` without strata."""
    probability: float
    """With which its item was drawn."""
    seed: int
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


hashed(
    Submission, LabelRecord, Reveal, PersonProposal, PersonVerdict, Adjudication, CalibrationDraw
)
