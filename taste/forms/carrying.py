"""Forms out and in: which assignment, which mode, and the lease under which it is written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import col, select

from taste.appending import table_of
from taste.assignment_tables import Assignment
from taste.drafts.leases import holder_name, leave_lease, take_lease
from taste.drafts.store import DraftStore
from taste.eligibility import refuse_ineligible, role_of
from taste.foresight import Foresight, Stage
from taste.forms import foresight, hindsight, pairs, session
from taste.forms.text import read_answers, write_form
from taste.pairs import WAITING
from taste.submitting.hindsight import submit_hindsight
from taste.submitting.judging import Hand, submit_verdict
from transcripts.annotations import refuse_unusable
from transcripts.annotators import find_annotator, same_name
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Session


@dataclass(frozen=True, slots=True)
class Clerk:
    """Where forms go to and by which codebook and clock."""

    engine: Engine
    codebook: Codebook
    guidelines: str
    """Version of the guidelines; see `Submission`."""
    now: Callable[[], datetime]


def list_work(db: Db, name: str) -> list[Assignment]:
    """An annotator's assignments in their order.

    Raises:
        UserError: if there is none.
    """
    who = find_annotator(db, name)
    query = select(Assignment).where(Assignment.annotator_id == (who.id if who else None))
    found = list(db.exec(query.order_by(col(Assignment.number), col(Assignment.id))).all())
    if not found:
        raise UserError(f"nothing is assigned to {name!r}; `taste assign` makes queues.")
    return found


def export_form(clerk: Clerk, name: str, number: int | None, file: Path) -> Assignment:
    """Write the form of an assignment of somebody; without its number, of their next one.

    Raises:
        UserError: if there is no such assignment, it may not be worked on, or the file is there.
    """
    with Db(clerk.engine, expire_on_commit=False) as db:
        work = _choose(list_work(db, name), number)
        _refuse(db, clerk, work)
    with _held(clerk, work) as held, Db(clerk.engine) as db:
        who = db.get_one(Annotator, work.annotator_id).name
        write_form(file, *_render(db, clerk, work, held, who))
    _begin(clerk.engine, work)
    return work


def _begin(engine: Engine, work: Assignment) -> None:
    """Say that an assignment was begun: who has its form has read what stands in it."""
    table = table_of(Assignment)
    todo = (table.c.id == work.id) & (table.c.state == "todo")
    with engine.begin() as connection:
        connection.execute(update(table).where(todo).values(state="draft"))


def _choose(works: list[Assignment], number: int | None) -> Assignment:
    if number is None:
        found = next((one for one in works if one.state in WAITING), None)
        if found is None:
            raise UserError("all of it is handed in; name an --assignment to see it again.")
        return found
    found = next((one for one in works if one.number == number), None)
    if found is None:
        numbers = ", ".join(str(one.number) for one in works[:20])
        raise UserError(f"there is no assignment {number} in this queue, which has {numbers}.")
    return found


def _refuse(db: Db, clerk: Clerk, work: Assignment) -> None:
    """Refuse what may not be worked on, or not on paper."""
    if work.mode not in _TAKE:
        raise UserError(f"there is no form for the mode {work.mode!r}; use `taste annotate`.")
    if work.condition == "assisted":
        raise UserError("this assignment shows candidates as you read; use `taste annotate`.")
    place = db.get_one(Session, work.session_id)
    refuse_unusable(db, place, clerk.now())
    point = None
    if work.decision_point_id is not None:
        row = db.get_one(DecisionPoint, work.decision_point_id)
        point = Point(row.cut, row.before, row.actor, None)
    if work.mode != "foresight":  # which asks at every act for itself
        who = db.get_one(Annotator, work.annotator_id).name
        refuse_ineligible(db, role_of(work.mode, work.view), who, place, point, work.id)


@dataclass(frozen=True, slots=True)
class _Held:
    """An assignment that is held for writing."""

    store: DraftStore
    holder: str


@contextmanager
def _held(clerk: Clerk, work: Assignment) -> Iterator[_Held]:
    """The assignment's draft, held as the annotation tool would hold it.

    Raises:
        UserError: if it is open elsewhere.
    """
    holder, number = holder_name(), work.id or 0
    if not take_lease(clerk.engine, number, holder, clerk.now()):
        raise UserError("this assignment is open in the annotation tool; close it first.")
    try:
        yield _Held(DraftStore(clerk.engine, number, holder, clerk.now), holder)
    finally:
        leave_lease(clerk.engine, number, holder)


def _render(
    db: Db, clerk: Clerk, work: Assignment, held: _Held, who: str
) -> tuple[Iterator[str], Iterator[str]]:
    if work.mode == "judge":
        return pairs.render_answers(db, work, who), pairs.render_reading(db, work)
    if work.mode == "hindsight":
        upper = session.render_answers(db, work, who, clerk.codebook)
        return upper, session.render_reading(db, work)
    desk = Foresight(clerk.engine, work.id or 0, held.holder, held.store, clerk.now)
    standing = foresight.advance(desk)
    if standing.stage is Stage.OVER:
        raise UserError("no act is left at which this assignment asks; it is over.")
    return foresight.render_answers(standing, work, who), foresight.render_reading(standing)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a form."""

    assignment: int
    mode: str
    outcome: str
    """handed in, kept (as a draft), unchanged, next (there is a further form to fill in)."""


def import_form(clerk: Clerk, file: Path, *, draft: bool = False) -> Taken:
    """Take a form back; the same form twice is once.

    Raises:
        UserError: if it is no form, not complete, or of something that has moved on.
    """
    answers = read_answers(file)
    with Db(clerk.engine, expire_on_commit=False) as db:
        work = _find(db, answers)
        _refuse(db, clerk, work)
    with _held(clerk, work) as held:
        outcome = _TAKE[work.mode](clerk, work, held, answers, draft)
    return Taken(work.number, work.mode, outcome)


def _find(db: Db, answers: Mapping[str, Any]) -> Assignment:
    query = select(Assignment, Annotator.name).join(
        Annotator, col(Annotator.id) == Assignment.annotator_id
    )
    found = db.exec(query.where(Assignment.identity == str(answers.get("assignment")))).first()
    if found is None:
        raise UserError("the assignment of this form is not in this database.")
    work, name = found
    if answers.get("form") != work.mode or not same_name(str(answers.get("annotator")), name):
        raise UserError(
            f"the form is of another: it is to say form: {work.mode}, annotator: {name}."
        )
    return work


def _take_hindsight(
    clerk: Clerk, work: Assignment, held: _Held, answers: Mapping[str, Any], draft: bool
) -> str:
    parsed = hindsight.parse_answers(answers)
    with Db(clerk.engine) as db:
        old = hindsight.read_parts(db, work, parsed.annotator)
        new = hindsight.check_answers(db, work, parsed, clerk.codebook, whole=not draft)
        if old == new and (draft or work.state == "submitted"):
            return "unchanged"
        if old != new and parsed.version != hindsight.version_of(old):
            raise UserError(
                "the draft was changed since this form was written: export it again, and bring "
                "over what you wrote."
            )
        hindsight.store_parts(db, held.store, work, old, new)
    if draft:
        return "kept"
    submit_hindsight(
        clerk.engine, work.id or 0, held.holder, clerk.codebook, clerk.guidelines, clerk.now()
    )
    return "handed in"


def _take_pair(
    clerk: Clerk, work: Assignment, held: _Held, answers: Mapping[str, Any], draft: bool
) -> str:
    given = pairs.parse_given(answers)
    value = {"form": [given.choice, given.confidence, given.reason, given.guess]}
    if held.store.read().get("form") == value and work.state == "submitted":
        return "unchanged"
    if draft:
        raise UserError("a verdict is handed in whole; leave --draft out.")
    with Db(clerk.engine) as db:
        pair = pairs.read_shown(db, work)
    hand = Hand(work.id or 0, held.holder, clerk.guidelines)
    submit_verdict(clerk.engine, hand, pair, given, clerk.now())
    held.store.put("form", value)
    return "handed in"


def _take_foresight(
    clerk: Clerk, work: Assignment, held: _Held, answers: Mapping[str, Any], draft: bool
) -> str:
    if draft:
        raise UserError("a move is stored before the human's is shown; leave --draft out.")
    desk = Foresight(clerk.engine, work.id or 0, held.holder, held.store, clerk.now)
    if foresight.take_answers(desk, answers).stage is not Stage.OVER:
        return "next"
    desk.hand_in(clerk.guidelines)
    return "handed in"


_TAKE: Mapping[str, Callable[[Clerk, Assignment, _Held, Mapping[str, Any], bool], str]] = {
    "hindsight": _take_hindsight,
    "judge": _take_pair,
    "foresight": _take_foresight,
}
