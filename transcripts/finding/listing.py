"""The list of sessions, narrowed down by what is known and what was said; few queries, no text."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlmodel import select

from transcripts.annotations import current_annotations
from transcripts.annotators import same_name
from transcripts.db import Db
from transcripts.finding.screening import UNSCREENED, Screened, list_screened
from transcripts.queries import list_sessions, main_id
from transcripts.search import quote_words, text_index
from transcripts.tables import Annotator, DecisionPoint, Session

ANY: Final = -1
"""As a number of marks: at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sessions are listed; what is none does not narrow."""

    researcher: str | None = None
    project: str | None = None
    since: date | None = None
    """First day on which it may have started, as recorded."""
    until: date | None = None
    """Last day; a session whose start is not recorded fits neither."""
    model: str | None = None
    """Part of the name of a model of the recorded agent."""
    min_events: int | None = None
    max_events: int | None = None
    marks: int | None = None
    """At least so many current marks; 0: none at all; `ANY`: one or more."""
    annotator: str | None = None
    """Whose marks are counted; else everybody's."""
    text: str | None = None
    """Words that one event holds, all of them."""
    open_ended: str | None = None
    """Answer of the screening that stands, or `unscreened`."""
    format: str | None = None
    lineage: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A session with what others have said of it."""

    session: Session
    marks: int
    screened: Screened | None


def list_wanted(db: Db, wanted: Wanted) -> list[Listed]:
    """The sessions that fit, by project, researcher and id.

    The index of words has to be up to date where `text` is given.

    Raises:
        UserError: if there is no word in `text`.
    """
    marks = count_marks(db, wanted.annotator)
    screened = {row.session: row for row in list_screened(db)}
    saying = None
    if wanted.text is not None:
        saying = text_index(db).sessions_with(db, quote_words(wanted.text))
    found = []
    for session in list_sessions(db):
        if saying is not None and session.id not in saying:
            continue
        listed = Listed(
            session, marks.get(session.id or 0, 0), screened.get(main_id(session.external_id))
        )
        if _is_recorded(session, wanted) and _is_said(listed, wanted):
            found.append(listed)
    return found


def count_marks(db: Db, annotator: str | None = None) -> dict[int, int]:
    """Current marks by the row number of the session: one annotator's, or everybody's."""
    names: dict[int | None, str] = dict(db.exec(select(Annotator.id, Annotator.name)).all())
    places: dict[int | None, int] = dict(
        db.exec(select(DecisionPoint.id, DecisionPoint.session_id)).all()
    )
    counts: dict[int, int] = {}
    for row in current_annotations(db):
        if annotator is None or same_name(names[row.annotator_id], annotator):
            session = places[row.decision_point_id]
            counts[session] = counts.get(session, 0) + 1
    return counts


def _is_recorded(session: Session, wanted: Wanted) -> bool:
    """Whether what is recorded of a session fits."""
    exact = (
        (wanted.researcher, session.researcher),
        (wanted.project, session.project),
        (wanted.format, session.format),
        (wanted.lineage, session.lineage),
    )
    return (
        all(asked is None or asked == known for asked, known in exact)
        and _is_between(session.event_count, wanted.min_events, wanted.max_events)
        and _has_model(session, wanted.model)
        and _is_in_time(session, wanted)
    )


def _is_between(count: int, least: int | None, most: int | None) -> bool:
    return (least is None or count >= least) and (most is None or count <= most)


def _has_model(session: Session, part: str | None) -> bool:
    return part is None or any(part.lower() in name.lower() for name in session.agent_models)


def _is_in_time(session: Session, wanted: Wanted) -> bool:
    """Whether the session started in between; recorded times begin with the date."""
    if wanted.since is None and wanted.until is None:
        return True
    started = session.started or ""
    if not started:
        return False
    since = wanted.since is None or started >= wanted.since.isoformat()
    if wanted.until is None or wanted.until == date.max:
        return since
    return since and started < (wanted.until + timedelta(days=1)).isoformat()


def _is_said(listed: Listed, wanted: Wanted) -> bool:
    """Whether marks and screening fit."""
    answer = listed.screened.open_ended if listed.screened else UNSCREENED
    if wanted.open_ended not in (None, answer):
        return False
    if wanted.marks is None:
        return True
    return listed.marks == 0 if wanted.marks == 0 else listed.marks >= max(1, wanted.marks)
