"""Annotations as JSON lines: reading, storing and writing them, one decision point a line."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlmodel import col, select

from transcripts.annotations import (
    EvidenceSpan,
    Label,
    add_annotation,
    current_annotations,
    find_standing,
)
from transcripts.annotators import find_annotator
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.decision_points import resolve_point
from transcripts.decoding import BOM, clean, parse_object
from transcripts.errors import UserError
from transcripts.queries import get_part
from transcripts.tables import Annotation, Annotator, DecisionPoint, Evidence, Session

Line = TypeVar("Line")
_IGNORED = ("line", "actor", "cut", "act_kind")
"""Written for the eye; the database knows better."""


@dataclass(frozen=True, slots=True)
class PointLine:
    """One line of a points file."""

    line: int
    session: str
    before: str
    annotator: str | None
    label: Label
    part: int | None = None
    """Which part of the session, where it came in several files that share nothing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that cannot be stored, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PointsImport:
    """What became of a points file."""

    stored: int
    unchanged: int
    refused: tuple[Refusal, ...]


def read_points(path: Path, codebook: Codebook) -> Iterator[PointLine | Refusal]:
    """Read a points file; a line that is not valid comes as a `Refusal`.

    Raises:
        UserError: if the file cannot be opened.
    """
    return read_lines(path, partial(parse_point, codebook=codebook))


def read_lines(path: Path, parse: Callable[[bytes, int], Line]) -> Iterator[Line | Refusal]:
    """Read a file of JSON lines; one that `parse` does not take comes as a `Refusal`.

    Args:
        path: of the file; blank lines of it are passed over.
        parse: from a line and its number, from 1; raises `UserError` or `ValueError`.

    Raises:
        UserError: if the file cannot be opened.
    """
    try:
        lines = path.read_bytes().removeprefix(BOM).splitlines()
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield parse(line, number)
            except (UserError, ValueError) as error:
                yield Refusal(number, _reason(error))


def parse_point(line: bytes, number: int, codebook: Codebook) -> PointLine:
    """Validate one line.

    Raises:
        UserError: if a required key is missing or the codebook does not know a value.
        ValueError: if it is not JSON, or a field has the wrong type.
    """
    value = parse_object(line)
    if not isinstance(value, dict):
        raise UserError("expected a JSON object.")
    value = _plain(value)
    session, before = _text(value, "session"), _text(value, "before")
    if session is None or before is None:
        raise UserError(f"the key {'before' if session else 'session'!r} is required.")
    annotator = _text(value, "annotator")
    part = value.pop("part", None)
    if part is not None and not isinstance(part, int):
        raise UserError("the key 'part' must be a number.")
    value.setdefault("codebook", codebook.version)
    label = Label.model_validate(value)
    if fault := codebook.fault(label.model_dump()):
        raise UserError(f"{fault} (codebook {codebook.version}).")
    return PointLine(number, session, before, annotator, label, part)


def _text(value: dict[str, Any], name: str) -> str | None:
    """Take the text of a key out of a line; what cannot be stored of it is replaced."""
    found = value.pop(name, None)
    if found is not None and not isinstance(found, str):
        raise UserError(f"the key {name!r} must be a text.")
    return clean(found) if found else None


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Bring older spellings to the present fields; drop what is written for the eye.

    `agent_detour` is a detour with attribution agent; `neither(reason)` keeps its reason as
    rationale; `recorded` true or false is a recorded or an inferred human move; `quoted(EVENT)`
    names the event that quotes the move.
    """
    plain = {k: v for k, v in value.items() if k not in _IGNORED and v not in ("", None)}
    kind = plain.get("kind")
    if kind == "agent_detour":
        plain |= {"kind": "detour", "attribution": "agent"}
    elif isinstance(kind, str) and (found := re.fullmatch(r"(\w+)\((.+)\)", kind)):
        plain["kind"] = found.group(1)
        plain.setdefault("rationale", found.group(2))
    source = plain.get("human_move_source")
    if isinstance(source, str) and (found := re.fullmatch(r"quoted\((.+)\)", source)):
        plain |= {"human_move_source": "quoted", "quoted": found.group(1).strip()}
    if isinstance(recorded := plain.pop("recorded", None), bool):
        plain.setdefault("human_move_source", "recorded" if recorded else "inferred")
    for name in ("evidence_knowable", "evidence_harm"):
        if isinstance(spans := plain.get(name), list):
            plain[name] = [{"event": s} if isinstance(s, str) else s for s in spans]
    return plain


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False)
        )
    return str(error)


def store_points(
    db: Db,
    lines: Iterable[PointLine | Refusal],
    annotator: str | None,
    now: datetime,
    *,
    partial: bool,
) -> PointsImport:
    """Store the lines in one transaction; with a refusal nothing is, unless `partial`."""
    refused: list[Refusal] = []
    stored = unchanged = 0
    for line in lines:
        if isinstance(line, Refusal):
            refused.append(line)
            continue
        try:
            if _store_line(db, line, annotator, now):
                stored += 1
            else:
                unchanged += 1
        except UserError as error:
            refused.append(Refusal(line.line, str(error)))
    if refused and not partial:
        db.rollback()
        return PointsImport(0, 0, tuple(refused))
    db.commit()
    return PointsImport(stored, unchanged, tuple(refused))


def _store_line(db: Db, line: PointLine, annotator: str | None, now: datetime) -> bool:
    """Add one line; False if the same label by the same person stands already."""
    name = line.annotator or annotator
    if name is None:
        raise UserError("no annotator: give the line one, or name one with --annotator.")
    session = get_part(db, line.session, line.before, line.part)
    previous = _previous(db, session, line, name)
    if previous is not None and previous.digest == line.label.digest:
        return False
    replaces = previous.id if previous else None
    add_annotation(db, session, line.before, name, line.label, now, replaces)
    return True


def _previous(db: Db, session: Session, line: PointLine, annotator: str) -> Annotation | None:
    who = find_annotator(db, annotator)
    if who is None:
        return None
    unrecorded = line.label.human_move_source != "recorded"
    point = resolve_point(db, session, line.before, human=unrecorded)
    assert who.id is not None
    return find_standing(db, session, point, who.id)


def export_points(db: Db, without: Collection[int] = ()) -> Iterator[dict[str, Any]]:
    """Every current annotation as the object of one line, by session and position.

    Args:
        db: the database.
        without: numbers of annotations that are left out.
    """
    rows = []
    for annotation in current_annotations(db):
        if annotation.id in without:
            continue
        point = db.get_one(DecisionPoint, annotation.decision_point_id)
        session = db.get_one(Session, point.session_id)
        rows.append((session, point, annotation))
    rows.sort(key=lambda row: (row[0].external_id, row[0].part, row[1].cut, row[2].id or 0))
    for session, point, annotation in rows:
        yield _line(db, session, point, annotation)


def _line(db: Db, session: Session, point: DecisionPoint, annotation: Annotation) -> dict[str, Any]:
    annotator = db.get_one(Annotator, annotation.annotator_id).name
    label = read_label(db, annotation).model_dump(exclude_none=True)
    return {
        "session": session.external_id,
        **({"part": session.part} if _has_parts(db, session) else {}),
        "before": point.before,
        "actor": point.actor,
        "annotator": annotator,
        **label,
    }


def _has_parts(db: Db, session: Session) -> bool:
    query = select(Session.id).where(Session.external_id == session.external_id)
    return len(db.exec(query.limit(2)).all()) > 1


def read_label(db: Db, annotation: Annotation) -> Label:
    """The label that a row stores, with its evidence."""
    query = select(Evidence).where(Evidence.annotation_id == annotation.id)
    spans: dict[str, list[EvidenceSpan]] = {"knowable": [], "harm": []}
    for row in db.exec(query.order_by(col(Evidence.id))):
        spans[row.role].append(EvidenceSpan(event=row.event_id, start=row.start, end=row.end))
    fields = set(Label.model_fields) - {"evidence_knowable", "evidence_harm"}
    return Label(
        **annotation.model_dump(include=fields),
        evidence_knowable=tuple(spans["knowable"]),
        evidence_harm=tuple(spans["harm"]),
    )
