"""Rows that are appended belong to the transaction under way, and are what the session reads."""

from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from taste.proposals import add_proposal, find_proposal
from taste.tables import Proposal
from transcripts.db import Db
from transcripts.tables import DecisionPoint


def _add(db: Db, now: datetime, identity: str) -> Proposal:
    point = db.exec(select(DecisionPoint.id)).first()
    return add_proposal(
        db, now, identity=identity, decision_point_id=point, arm="late", repeat=1,
        outcome="proposed", move="Plot it.", shown_hash="s", simulated=True,
    )  # fmt: skip


def test_an_appended_row_is_the_one_that_is_found(db: Db, now: datetime) -> None:
    row = _add(db, now, "one")
    found = find_proposal(db, "one")
    assert found is not None
    assert (found.id, found.move, found.shortened) == (row.id, row.move, row.shortened)


def test_an_appended_row_goes_with_its_transaction(db: Db, now: datetime) -> None:
    _add(db, now, "one")
    db.rollback()
    assert find_proposal(db, "one") is None


def test_a_row_that_is_there_already_leaves_the_others_of_the_transaction(
    db: Db, now: datetime
) -> None:
    _add(db, now, "one")
    with pytest.raises(IntegrityError):
        _add(db, now, "one")
    _add(db, now, "two")
    db.commit()
    assert set(db.exec(select(Proposal.identity))) >= {"one", "two"}
