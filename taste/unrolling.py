"""What a session unrolls in foresight: its human acts one by one, and what was known before each.

Everything is asked with the place up to which it may be known, and nothing lists what comes later.
"""

from sqlalchemy import func, or_
from sqlmodel import col, select

from taste.points import DEFAULT_STUDY_DISPLAY, mask_names
from transcripts.cut import Prefix
from transcripts.db import Db
from transcripts.decision_points import Point, resolve_point
from transcripts.errors import UserError
from transcripts.queries import read_prefix
from transcripts.rendering.text import ShownText, render_shown
from transcripts.tables import Event, Session


def find_next_act(db: Db, session: Session, after: int) -> Point | None:
    """The first human act beyond a cut that has a prefix, and one with something new in it.

    Words that were queued one after the other stand before one prefix: they are asked about once.
    """
    cut: int | None = after
    while (cut := _next_cut(db, session, cut)) is not None:
        if not _is_more_known(db, session, after, cut):
            continue
        try:
            return get_act(db, session, cut)
        except UserError:
            continue
    return None


def _is_more_known(db: Db, session: Session, before: int, cut: int) -> bool:
    """Whether anything came into view or was left behind between two cuts."""
    changed = (col(place) for place in (Event.visible_from, Event.abandoned_from))
    query = select(Event.id).where(
        Event.session_id == session.id,
        Event.thread == session.thread,
        Event.shown,
        or_(*(place.between(before, cut - 1) for place in changed)),
    )
    return db.exec(query.limit(1)).first() is not None


def _next_cut(db: Db, session: Session, after: int | None) -> int | None:
    query = select(func.min(Event.act)).where(
        Event.session_id == session.id,
        Event.thread == session.thread,
        col(Event.act) > after,
    )
    return db.exec(query).one()


def get_act(db: Db, session: Session, cut: int) -> Point:
    """The human act with this cut."""
    return resolve_point(db, session, _first_event(db, session, cut))


def _first_event(db: Db, session: Session, cut: int) -> str:
    query = (
        select(Event.event_id)
        .where(Event.session_id == session.id, Event.thread == session.thread, Event.act == cut)
        .order_by(col(Event.position))
        .limit(1)
    )
    return db.exec(query).one()


def read_shown(db: Db, session: Session, cut: int) -> tuple[Prefix, ShownText]:
    """The prefix at a cut, and the text that every prefix-bound arm is shown of it by default."""
    assert session.id is not None
    prefix = read_prefix(db, session.id, session.thread, cut)
    return prefix, render_shown(prefix, DEFAULT_STUDY_DISPLAY)


def read_made_act(db: Db, session: Session, cut: int, prefix: Prefix) -> str:
    """What the human did at a cut, as far as it was delivered before the next act; masked.

    Words that they queued and that arrived after they had acted again are no part of what the
    next prefix holds, and so are left for later.
    """
    following = find_next_act(db, session, cut)
    query = select(Event.text).where(
        Event.session_id == session.id, Event.thread == session.thread, Event.act == cut
    )
    if following is not None:
        query = query.where(Event.visible_from < following.cut)
    text = "\n".join(db.exec(query.order_by(col(Event.position)))).strip()
    return mask_names(text, prefix, DEFAULT_STUDY_DISPLAY)
