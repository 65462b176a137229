"""Who may see how far annotators agree: adjudicators, of the sessions that they adjudicate."""

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from taste.assignment_tables import Assignment
from transcripts.annotators import find_annotator
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

OPEN = ("todo", "draft", "returned", "flagged")


def agreement_sessions(db: Db, annotator: str) -> tuple[str, ...]:
    """External ids of the sessions whose agreement somebody may see.

    Raises:
        UserError: if they adjudicate none, or are still to annotate one of the same lineage.
    """
    mine = _lineages(db, annotator, col(Assignment.mode) == "adjudicate")
    if not mine:
        raise UserError(
            "agreement is for adjudicators: no assignment to adjudicate is yours. "
            "Annotators stay blind to each other's labels."
        )
    own = _lineages(
        db, annotator, (col(Assignment.mode) == "hindsight") & col(Assignment.state).in_(OPEN)
    )
    if shared := sorted(set(mine.values()) & set(own.values())):
        raise UserError(
            f"you are still to annotate {shared[0]!r} yourself; agreement is shown after that."
        )
    return tuple(sorted(mine))


def _lineages(db: Db, annotator: str, which: ColumnElement[bool]) -> dict[str, str]:
    """Session → its lineage, of the annotator's assignments of a sort."""
    who = find_annotator(db, annotator)
    query = (
        select(Session.external_id, Session.lineage)
        .join(Assignment, col(Assignment.session_id) == Session.id)
        .where(Assignment.annotator_id == (who.id if who else None), which)
    )
    return dict(db.exec(query).all())
