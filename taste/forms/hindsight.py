"""The form of hindsight: a whole session to read, and its decision points to mark.

The same draft, the same completeness and the same submission as in the annotation tool.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import func, select

from taste.assignment_tables import Assignment
from taste.drafts.store import DraftStore, Seen
from taste.identity import identity
from taste.submitting.completeness import find_missing
from taste.submitting.coverage import read_acts, read_stretches, seen_share
from taste.submitting.handing_in import read_draft
from taste.submitting.hindsight import NOTHING, find_handed, refuse_unseen
from taste.submitting.marks import (
    DETOUR,
    EVIDENCE,
    FIELDS,
    STRONG,
    WAIVED,
    DraftMark,
    mark_name,
    read_marks,
)
from transcripts.annotations import check_label
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.decision_points import resolve_point
from transcripts.errors import UserError
from transcripts.queries import find_event
from transcripts.tables import Event, Session


class Answers(BaseModel):
    """What comes back of a form of hindsight."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    form: str
    assignment: str
    annotator: str
    version: str
    codebook: str
    nothing: bool = False
    reason: str | None = None
    marks: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """A form's answers as parts of a draft, found good."""

    marks: Mapping[str, dict[str, Any]]
    nothing: dict[str, Any] | None


def read_parts(db: Db, work: Assignment, annotator: str) -> Parts:
    """The draft as it stands, with what was handed in where it says nothing."""
    draft = read_draft(db, work.id or 0)
    handed = {n: m.value() for n, m in find_handed(db, work.session_id, annotator).items()}
    marks = {mark_name(m.cut): m.value() for m in read_marks({**handed, **draft})}
    nothing = draft.get(NOTHING)
    return Parts(marks, nothing if isinstance(nothing, dict) or nothing is None else {})


def version_of(parts: Parts) -> str:
    """Identifies the state that a form goes on from."""
    return identity("form", dict(parts.marks), parts.nothing)[:16]


def parse_answers(answers: Mapping[str, Any]) -> Answers:
    """The answers by their keys.

    Raises:
        UserError: naming every key that is wrong.
    """
    try:
        return Answers.model_validate(dict(answers))
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors())
        raise UserError(f"the form is not valid: {'; '.join(faults)}.") from error


def check_answers(
    db: Db, work: Assignment, answers: Answers, codebook: Codebook, *, whole: bool
) -> Parts:
    """The parts of the draft that a form stands for.

    Args:
        db: the database.
        work: the assignment.
        answers: of the form.
        codebook: by which it is to have been filled in.
        whole: whether it is to be complete, as for handing in.

    Raises:
        UserError: saying what is wrong or missing, of the first mark that is.
    """
    if answers.codebook != codebook.version:
        raise UserError(
            f"the form goes by the codebook {answers.codebook!r} and this is "
            f"{codebook.version!r}: export it again."
        )
    session = db.get_one(Session, work.session_id)
    marks: dict[str, dict[str, Any]] = {}
    for values in answers.marks or ():
        mark = _mark(db, session, values)
        if mark_name(mark.cut) in marks:
            raise UserError(f"two marks stand before {mark.before!r}; one point has one label.")
        if whole:
            _check(db, session, mark, codebook)
        marks[mark_name(mark.cut)] = mark.value()
    nothing = {"reason": answers.reason} if answers.nothing else None
    if whole:
        _check_nothing(db, work, marks, nothing)
    return Parts(marks, nothing)


def _mark(db: Db, session: Session, values: Mapping[str, Any]) -> DraftMark:
    before = values.get("before")
    if not isinstance(before, str):
        raise UserError("a mark lacks `before`: the id of the first event of the human act.")
    if unknown := sorted(set(values) - {"before", WAIVED, *FIELDS}):
        raise UserError(f"the mark before {before!r} has keys that nothing knows: {unknown}.")
    inferred = values.get("human_move_source", "recorded") != "recorded"
    point = resolve_point(db, session, before, human=inferred)
    kept = {name: value for name, value in values.items() if name != "before"}
    for name in (*EVIDENCE, WAIVED):
        if not isinstance(kept.get(name) or [], list):
            raise UserError(f"the mark before {before!r}: {name} is a list.")
    for name in EVIDENCE:
        if kept.get(name):
            kept[name] = [_span(db, session, before, span) for span in kept[name]]
    known = {name: value for name, value in kept.items() if value not in (None, [])}
    if not isinstance(known.get("kind"), str):
        raise UserError(f"the mark before {before!r} lacks its kind.")
    mark = DraftMark(point.cut, point.before, known)
    mark.label("any")  # what is of another type is no draft either
    return mark


def _span(db: Db, session: Session, before: str, span: Any) -> dict[str, Any]:
    """A passage as the draft holds it: quoted words become their place in the event."""
    if not isinstance(span, dict) or not isinstance(span.get("event"), str):
        raise UserError(f"the mark before {before!r}: a passage names its `event`.")
    if unknown := sorted(set(span) - {"event", "quote", "start", "end"}):
        raise UserError(f"the mark before {before!r}: a passage has no {unknown}.")
    quote = span.get("quote")
    if quote is None:
        return {name: value for name, value in span.items() if value is not None}
    event = find_event(db, session, span["event"])
    start = event.text.find(str(quote)) if event is not None else -1
    if start < 0:
        raise UserError(
            f"the mark before {before!r}: event {span['event']!r} does not hold the words "
            f"{str(quote)[:60]!r}."
        )
    return {"event": span["event"], "start": start, "end": start + len(str(quote))}


def _check(db: Db, session: Session, mark: DraftMark, codebook: Codebook) -> None:
    def position(event_id: str) -> int | None:
        event = find_event(db, session, event_id)
        return event.position if event is not None else None

    if missing := find_missing(mark, codebook, position):
        words = "; ".join(f"{one.field} ({one.words})" for one in missing)
        raise UserError(f"the {mark.kind} before {mark.before!r} lacks {words}.")
    inferred = mark.get("human_move_source") not in (None, "recorded")
    point = resolve_point(db, session, mark.before, human=inferred)
    check_label(db, session, point, mark.label(codebook.version))


def _check_nothing(
    db: Db, work: Assignment, marks: Mapping[str, Any], nothing: dict[str, Any] | None
) -> None:
    if nothing is None:
        if not marks:
            raise UserError("mark something, or attest with `nothing: true` that there is none.")
        return
    if any(value["kind"] in {DETOUR, STRONG} for value in marks.values()):
        raise UserError("nothing is attested, but a detour or a strong move is marked.")
    acts = read_acts(db, work.session_id, work.thread)
    refuse_unseen(seen_share(acts, read_stretches(db, work.id or 0)), nothing["reason"])


def store_parts(db: Db, store: DraftStore, work: Assignment, old: Parts, new: Parts) -> int:
    """Change the draft into what the form says; how many parts that changed.

    The whole session stood in the form, so all of it counts as seen.
    """
    query = select(func.max(Event.position)).where(Event.session_id == work.session_id)
    seen = Seen(int(db.exec(query).one() or 0), outcome=True, active_ms=store.active_ms())
    before: dict[str, Any] = {**old.marks, NOTHING: old.nothing}
    after: dict[str, Any] = {**new.marks, NOTHING: new.nothing}
    changed = [n for n in dict.fromkeys([*before, *after]) if before.get(n) != after.get(n)]
    for name in changed:
        store.change(name, before.get(name), after.get(name), seen)
    return len(changed)
