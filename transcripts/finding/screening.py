"""What people found sessions to be before anyone annotated them: the strata of samples.

Append-only: of several screenings of a session the latest stands.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlmodel import col, select

from transcripts.annotations import find_or_add_annotator, refuse_unusable
from transcripts.db import Db
from transcripts.decoding import clean
from transcripts.errors import UserError
from transcripts.queries import main_id
from transcripts.tables import Annotator, Screening, Session

OpenEnded = Literal["yes", "partly", "no"]
UNSCREENED: Final = "unscreened"


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody says of a session."""

    open_ended: OpenEnded
    """Whether it is an open-ended investigation."""
    outcome_visible: bool
    """Whether the session shows how it came out."""
    reason: str


@dataclass(frozen=True, slots=True)
class Screened:
    """A session's screening that stands, and by whom."""

    session: str
    open_ended: str
    outcome_visible: bool
    stratum: str
    reason: str
    annotator: str
    at: datetime


def screen(db: Db, session: Session, finding: Finding, annotator: str, now: datetime) -> Screening:
    """Append what somebody says of a session; it holds for all its parts and subagents.

    Raises:
        UserError: if the reason or the annotator's name is blank, or the session may not be used.
    """
    refuse_unusable(db, session, now)
    reason = " ".join(clean(finding.reason).split())
    if not reason:
        raise UserError("the reason is blank; say in a sentence what the finding rests on.")
    who = find_or_add_annotator(db, clean(annotator))
    assert session.id is not None
    assert who.id is not None
    row = Screening(
        session_id=session.id,
        annotator_id=who.id,
        open_ended=finding.open_ended,
        outcome_visible=finding.outcome_visible,
        reason=reason,
        created_at=now,
    )
    db.add(row)
    db.commit()
    return row


def stratum_of(screening: Screening) -> str:
    """The stratum that a screening puts its session in, such as `yes/visible`."""
    visible = "visible" if screening.outcome_visible else "hidden"
    return f"{screening.open_ended}/{visible}"


def list_screened(db: Db) -> list[Screened]:
    """The screening that stands of every screened session, by its id."""
    found = {}
    for row, session, name in _rows(db):
        found[session] = Screened(
            session, row.open_ended, row.outcome_visible, stratum_of(row), row.reason, name,
            row.created_at,
        )  # fmt: skip
    return [found[session] for session in sorted(found)]


def read_strata(db: Db) -> dict[str, str]:
    """The stratum of every screened session, by the id of its main session."""
    return {session: stratum_of(row) for row, session, _ in _rows(db)}


def _rows(db: Db) -> list[tuple[Screening, str, str]]:
    """All screenings with main session and annotator, the one that stands last."""
    query = (
        select(Screening, Session.external_id, Annotator.name)
        .join(Session, col(Session.id) == Screening.session_id)
        .join(Annotator, col(Annotator.id) == Screening.annotator_id)
        .order_by(col(Screening.created_at), col(Screening.id))
    )
    return [(row, main_id(external_id), name) for row, external_id, name in db.exec(query)]
