"""Agreement is shown to adjudicators, of their sessions; annotators stay blind to it."""

import pytest
from sqlmodel import select

from taste.adjudicating.access import agreement_sessions
from taste.assignment_tables import Assignment
from tests.taste.conftest import NOW
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session


def assign(db: Db, mode: str, state: str, who: str = "eve") -> Session:
    session = db.exec(select(Session)).one()
    row = Assignment(
        identity=f"{mode} {who}", batch="b", mode=mode, state=state, thread=session.thread,
        annotator_id=find_or_add_annotator(db, who).id or 0, session_id=session.id or 0,
        number=1, seed=1, created_at=NOW,
    )  # fmt: skip
    db.add(row)
    db.flush()
    return session


def test_an_adjudicator_sees_the_sessions_that_they_adjudicate(bare: Db) -> None:
    session = assign(bare, "adjudicate", "todo")
    assert agreement_sessions(bare, " eve ") == (session.external_id,)


def test_who_only_annotates_sees_none(bare: Db) -> None:
    assign(bare, "hindsight", "submitted")
    assign(bare, "adjudicate", "todo", "somebody else")
    with pytest.raises(UserError, match="agreement is for adjudicators"):
        agreement_sessions(bare, "eve")


def test_who_is_still_to_annotate_a_session_sees_none_of_it(bare: Db) -> None:
    assign(bare, "adjudicate", "todo")
    assign(bare, "hindsight", "draft")
    with pytest.raises(UserError, match="still to annotate"):
        agreement_sessions(bare, "eve")
