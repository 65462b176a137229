"""Two moves of an item and what a person who judges them is shown, without whose is whose.

A `BlindPair` has the texts of the view, byte for byte as the model judges have them, and the moves
in the order of the assignment's comparison. Nothing here returns an arm, an order, or a verdict.
"""

from dataclasses import dataclass
from typing import cast, get_args

from sqlalchemy import case
from sqlmodel import col, select

from taste.assignment_tables import Assignment
from taste.conditions import ON_A_DIGEST
from taste.points import PointText, read_point
from taste.seats import View
from taste.study import StudyDisplay, parse_study
from taste.tables import (
    Comparison,
    Digest,
    Item,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from taste.views import WRITTEN, Shown, show
from transcripts.db import Db
from transcripts.errors import UserError

HEADINGS = {
    "shown": "what was known at the open point",
    "aftermath": "how it really went on",
    "digest": "what the rest of the session taught",
    "taken": "the words by which the session went on",
}
"""Text of a view -> what it is called."""
WAITING = ("todo", "draft", "returned")
"""States of an assignment that is still to be worked on."""
_QUESTIONS = {
    "full": "Knowing how it turned out, which was the better next step?",
    "digest": "Knowing what the rest taught, which was the better next step?",
    "prefix": "From what was known then, which is the better next step?",
    "wording": "From the two moves alone, which is the better next step?",
}


@dataclass(frozen=True, slots=True)
class BlindPair:
    """What a person who judges is given."""

    view: View
    question: str
    texts: tuple[tuple[str, str], ...]
    """Heading and text of everything that the view shows beside the moves."""
    first: str
    second: str
    shown_hash: str
    digest_id: int | None
    simulated: bool
    """Whether any of it comes from the built-in simulator."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """The trial whose texts are shown, and how a model judge was shown them."""

    trial_id: int
    shown_hash: str | None = None
    digest_id: int | None = None


def read_pair(db: Db, task: Assignment) -> BlindPair:
    """Read what an assignment to judge is about.

    Raises:
        UserError: if it is none, or its view cannot be shown as the model judges had it.
    """
    comparison = db.get(Comparison, task.comparison_id) if task.mode == "judge" else None
    if comparison is None or task.view not in get_args(View):
        raise UserError("this assignment is not to judge two moves.")
    view = cast("View", task.view)
    basis = _find_basis(db, comparison, view)
    shown = _shown(db, basis, view)
    if basis.shown_hash not in {None, shown.hash}:
        raise UserError("what the model judges were shown cannot be made again from the database.")
    human = db.get_one(Restatement, comparison.human_id)
    proposed = db.get_one(Restatement, comparison.proposed_id)
    proposal = db.get_one(Proposal, comparison.proposal_id)
    moves = (human.move or "", proposed.move or "")
    first, second = moves if comparison.order == "human" else (moves[1], moves[0])
    return BlindPair(
        view=view,
        question=_QUESTIONS.get(view, _QUESTIONS["digest"]),
        texts=tuple((HEADINGS[name], text) for name, text in shown.texts.items() if text),
        first=first,
        second=second,
        shown_hash=shown.hash,
        digest_id=basis.digest_id if shown.digest is not None else None,
        simulated=any(row.simulated for row in (human, proposed, proposal)),
    )


def _shown(db: Db, basis: _Basis, view: View) -> Shown:
    text = _read_text(db, db.get_one(Trial, basis.trial_id))
    digest = db.get(Digest, basis.digest_id) if basis.digest_id is not None else None
    if view in ON_A_DIGEST and (digest is None or digest.outcome != WRITTEN):
        raise UserError("there is no digest of this item that may be shown.")
    return show(text, view, digest)


def read_display(db: Db, comparison: Comparison, view: View) -> StudyDisplay:
    """The settings by which the texts of a pair are made in a view."""
    return _read_display(db, db.get_one(Trial, _find_basis(db, comparison, view).trial_id))


def _read_text(db: Db, trial: Trial) -> PointText:
    return read_point(db, db.get_one(Item, trial.item_id), _read_display(db, trial))


def _read_display(db: Db, trial: Trial) -> StudyDisplay:
    run = db.get_one(Run, trial.run_id)
    display: StudyDisplay = parse_study(run.study_text, f"study of run {run.id}").display
    return display


def _find_basis(db: Db, comparison: Comparison, view: View) -> _Basis:
    """How a model judge was shown the pair in the view; else any trial of the pair.

    A view shows the same of a point whatever the proposal, so another pair of the same human move
    does as well. Only the columns that say what was shown are read, never what was said of it.
    """
    showing = (
        select(TrialVerdict.trial_id, Verdict.shown_hash, Verdict.digest_id)
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .outerjoin(Digest, col(Digest.id) == col(Verdict.digest_id))
        .where(
            Comparison.human_id == comparison.human_id,
            Verdict.view == view,
            Verdict.judge_kind == "model",
            Verdict.form == "restated",
            Verdict.provenance == "blind",
        )
        .order_by(
            case((col(Verdict.comparison_id) == comparison.id, 0), else_=1),
            col(Verdict.id),
            col(TrialVerdict.trial_id),
        )
    )
    if view in ON_A_DIGEST:
        showing = showing.where(Digest.outcome == WRITTEN)
    if (found := db.exec(showing).first()) is not None:
        return _Basis(*found)
    return _Basis(_find_trial(db, comparison))


def _find_trial(db: Db, comparison: Comparison) -> int:
    trials = (
        select(Trial.id)
        .join(Item, col(Item.id) == col(Trial.item_id))
        .where(
            Trial.proposal_id == comparison.proposal_id,
            Item.decision_point_id == comparison.decision_point_id,
        )
        .order_by(col(Trial.id))
    )
    trial_id = db.exec(trials).first()
    if trial_id is None:
        raise UserError("the two moves of this assignment belong to no run in this database.")
    return trial_id


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an annotator is with a batch of pairs."""

    place: int
    """Which of them this one is, from 1."""
    of: int
    done: int


def read_progress(db: Db, task: Assignment) -> Progress:
    """Where an assignment stands among its annotator's pairs of the batch."""
    batch = _read_batch(db, task)
    return Progress(
        place=[one.id for one in batch].index(task.id) + 1,
        of=len(batch),
        done=sum(one.state == "submitted" for one in batch),
    )


def find_next(db: Db, task: Assignment) -> Assignment | None:
    """The next pair of the batch that is not judged yet: a later one, else one passed over."""
    batch = _read_batch(db, task)
    at = [one.id for one in batch].index(task.id)
    waiting = [one for one in (*batch[at + 1 :], *batch[:at]) if one.state in WAITING]
    return waiting[0] if waiting else None


def find_previous(db: Db, task: Assignment) -> Assignment | None:
    """The pair before this one in the batch, judged or not."""
    batch = _read_batch(db, task)
    at = [one.id for one in batch].index(task.id)
    return batch[at - 1] if at else None


def _read_batch(db: Db, task: Assignment) -> list[Assignment]:
    query = (
        select(Assignment)
        .where(
            Assignment.batch == task.batch,
            Assignment.annotator_id == task.annotator_id,
            Assignment.mode == "judge",
        )
        .order_by(col(Assignment.number), col(Assignment.id))
    )
    return list(db.exec(query).all())
