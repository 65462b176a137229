"""Deleting and withdrawing sessions: what goes, what stays, and that no word is left."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlmodel import col

from taste.removal import delete_with_all, find_dependants, withdraw_with_all
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.tables import Call, Item, Proposal, Restatement, Trial, Verdict
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.hits import Query
from transcripts.queries import find_family
from transcripts.search import quote_words, text_index, update_index
from transcripts.tables import (
    Annotation,
    DecisionPoint,
    Entry,
    Event,
    Session,
    Source,
    Table,
    Tombstone,
)

Go = Callable[..., RunResult]
EVERYTHING: dict[str, Any] = {"judging": {}, "probes": {}, "controls": {"share": 1}}
KEPT = {"alembic_version", "annotator", "call", "item_set", "run", "tombstone", "manifest"}


def hanging(db: Db) -> list[Any]:
    """Rows that refer to none; PostgreSQL allows none at any time."""
    if db.get_bind().dialect.name != "sqlite":
        return []
    return list(db.execute(text("PRAGMA foreign_key_check")).all())


def count(db: Db, table: Any, *where: Any) -> int:
    return int(db.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


@pytest.fixture
def database(done_file: Path, tmp_path: Path) -> Path:
    """A copy of `done_file`, which `db` opens here."""
    return Path(shutil.copy(done_file, tmp_path / "taste.db"))


@pytest.fixture
def used(db: Db) -> Session:
    """A session of which a set holds an item that was run, under every view and with probes."""
    point = select(col(DecisionPoint.session_id)).join(
        Item, col(Item.decision_point_id) == DecisionPoint.id
    )
    number = db.execute(point.order_by(col(Item.id))).scalars().first()
    return db.get_one(Session, number)


def family(db: Db, session: Session) -> list[Session]:
    return find_family(db, session)


def words_of(db: Db, session: Session) -> str:
    """A long stretch of what was said in a session, as it stands in the file."""
    texts = db.execute(select(col(Event.text)).where(col(Event.session_id) == session.id))
    return str(max(texts.scalars(), key=len))[:60]


def test_a_session_in_a_frozen_set_is_not_deleted(db: Db, used: Session, now: datetime) -> None:
    before = {name: count(db, table) for name, table in Table.metadata.tables.items()}
    with pytest.raises(UserError, match=r"is used in the frozen sets? 'few'.*add --force"):
        delete_with_all(db, family(db, used), None, now, force=False)
    assert {name: count(db, t) for name, t in Table.metadata.tables.items()} == before


def test_what_hangs_on_a_session_is_counted(db: Db, used: Session) -> None:
    found = find_dependants(db, family(db, used))
    assert "few" in found.sets
    assert all(found.counts.values())
    assert found.counts["calls"] <= count(db, Call)
    assert found.counts["events"] == used.event_count


def test_a_forced_deletion_takes_everything_and_leaves_tombstone_and_ledger(
    db: Db, used: Session, now: datetime
) -> None:
    calls = count(db, Call)
    others = select(Session).where(col(Session.id) != used.id)
    for session in [used, *db.execute(others).scalars().all()]:
        delete_with_all(db, [session], "asked to", now, force=True)
    left = {name for name, table in Table.metadata.tables.items() if count(db, table)}
    assert left <= KEPT
    assert count(db, Call) == calls
    assert hanging(db) == []
    reasons = set(db.execute(select(col(Tombstone.reason))).scalars())
    assert any("items of the frozen set" in (reason or "") for reason in reasons)


def test_a_deletion_leaves_the_others_alone(db: Db, used: Session, now: datetime) -> None:
    others = select(Session).where(col(Session.id) != used.id)
    known = {s.external_id: s.event_count for s in db.execute(others).scalars().all()}
    delete_with_all(db, [used], None, now, force=True)
    left = db.execute(select(Session)).scalars().all()
    assert {s.external_id: s.event_count for s in left} == known
    assert count(db, Event) == sum(known.values())
    assert hanging(db) == []


def test_a_tombstone_keeps_the_hash_of_the_file(db: Db, used: Session, now: datetime) -> None:
    source = db.execute(select(Source).where(col(Source.session_id) == used.id)).scalars().one()
    name, sha256 = used.external_id, source.sha256
    withdraw_with_all(db, family(db, used), "no longer agreed", now)
    stone = db.execute(select(Tombstone)).scalars().one()
    assert (stone.external_id, stone.sha256, stone.what) == (name, sha256, "withdrawn")
    assert (stone.reason, stone.events) == ("no longer agreed", used.event_count)


@pytest.mark.sqlite
@pytest.mark.parametrize("remove", ["delete", "withdraw"])
def test_no_word_of_a_removed_session_is_left_in_the_file(
    db: Db, database: Path, used: Session, now: datetime, remove: str
) -> None:
    update_index(db)
    words = words_of(db, used).encode()
    assert any(words in path.read_bytes() for path in database.parent.glob("taste.db*"))
    if remove == "delete":
        delete_with_all(db, family(db, used), None, now, force=True)
    else:
        withdraw_with_all(db, family(db, used), None, now)
    db.close()
    assert not any(words in path.read_bytes() for path in database.parent.glob("taste.db*"))


def test_a_withdrawal_leaves_no_text_and_all_rows(db: Db, used: Session, now: datetime) -> None:
    before = {name: count(db, table) for name, table in Table.metadata.tables.items()}
    withdraw_with_all(db, family(db, used), None, now)
    after = {name: count(db, table) for name, table in Table.metadata.tables.items()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"tombstone", "place_name", "manifest"}
    mine = col(Event.session_id) == used.id
    assert set(db.execute(select(col(Event.text)).where(mine)).scalars()) == {""}
    raw = select(col(Entry.raw)).where(col(Entry.session_id) == used.id)
    assert set(db.execute(raw).scalars()) == {b""}


def test_a_withdrawal_silences_what_was_made_of_the_text(
    db: Db, used: Session, now: datetime
) -> None:
    points = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id) == used.id)
    withdraw_with_all(db, family(db, used), None, now)
    for table, name in (
        (Proposal, "move"), (Restatement, "verbatim"), (Restatement, "move"),
        (Annotation, "rationale"), (Annotation, "better_move"),
    ):  # fmt: skip
        of = col(table.decision_point_id).in_(points)
        found = set(db.execute(select(col(getattr(table, name))).where(of)).scalars())
        assert found <= {"[withdrawn]", None}
        assert found


def test_a_draft_that_a_stop_left_without_a_row_goes_as_well(
    db: Db, used: Session, now: datetime
) -> None:
    call = db.execute(select(Call).where(col(Call.purpose) == "digest")).scalars().first()
    assert call is not None
    told = call.model_dump(exclude={"id", "identity", "shown_hash"})
    db.add(Call(**told, identity="no row has it", shown_hash="none either"))
    db.commit()
    withdraw_with_all(db, family(db, used), None, now)
    assert (
        count(db, Call, col(Call.identity) == "no row has it", col(Call.raw_reply) == "[withdrawn]")
        == 1
    )


def test_the_reason_of_an_exclusion_goes_and_the_exclusion_stays(
    db: Db, used: Session, now: datetime
) -> None:
    trial = db.execute(select(Trial).order_by(col(Trial.id))).scalars().first()
    assert trial is not None
    trial.exclusion = "human move not restated: it speaks of the secret plan"
    db.add(trial)
    db.commit()
    withdraw_with_all(db, family(db, used), None, now)
    assert db.get_one(Trial, trial.id).exclusion == "human move not restated: [withdrawn]"


def test_a_copy_that_shares_proposals_loses_them_with_the_original(
    db: Db, used: Session, now: datetime
) -> None:
    item = db.execute(select(Item).order_by(col(Item.id))).scalars().first()
    assert item is not None
    mine = select(col(DecisionPoint.id)).where(col(DecisionPoint.session_id) != used.id)
    elsewhere = db.execute(mine).scalars().first()
    shared = select(Trial).where(col(Trial.item_id) == item.id)
    trials = [trial.id for trial in db.execute(shared).scalars().all()]
    item.decision_point_id, item.annotation_id = elsewhere or 0, None
    db.add(item)
    db.commit()
    delete_with_all(db, family(db, used), None, now, force=True)
    assert {db.get_one(Trial, number).proposal_id for number in trials} == {None}
    assert hanging(db) == []


def test_numbers_outlive_a_withdrawal(db: Db, used: Session, now: datetime) -> None:
    def verdicts() -> list[Any]:
        return list(
            db.execute(
                select(col(Verdict.id), col(Verdict.verdict)).order_by(col(Verdict.id))
            ).all()
        )

    before, costs = verdicts(), db.execute(select(func.sum(Call.cost_usd))).scalar_one()
    withdraw_with_all(db, family(db, used), None, now)
    assert verdicts() == before
    assert db.execute(select(func.sum(Call.cost_usd))).scalar_one() == pytest.approx(costs)


def test_the_replies_about_other_sessions_stay(db: Db, used: Session, now: datetime) -> None:
    found = find_dependants(db, family(db, used))
    withdraw_with_all(db, family(db, used), None, now)
    silent = count(db, Call, col(Call.raw_reply) == "[withdrawn]")
    assert 0 < silent <= found.calls <= count(db, Call)


def test_a_withdrawn_session_is_not_found_by_its_words(
    db: Db, used: Session, now: datetime
) -> None:
    update_index(db)
    whole = words_of(db, used).rpartition(" ")[0]
    query = Query(quote_words(whole), sessions=(used.id or 0,), limit=1000)
    assert text_index(db).find(db, query)
    withdraw_with_all(db, family(db, used), None, now)
    update_index(db)
    assert text_index(db).find(db, query) == []


def test_a_finished_run_is_not_held_up_by_a_withdrawal(
    db: Db, used: Session, go: Go, now: datetime
) -> None:
    assert go(**EVERYTHING).answered == 0
    withdraw_with_all(db, family(db, used), None, now)
    assert go(**EVERYTHING).stopped is None
    assert count(db, Trial, col(Trial.exclusion).is_not(None)) == 0


def test_a_set_is_not_frozen_with_a_withdrawn_session(db: Db, used: Session, now: datetime) -> None:
    withdraw_with_all(db, family(db, used), None, now)
    frozen = freeze_set(db, SetRule("again", "strong", "one"), now)
    assert any("session was withdrawn on" in reason for reason in frozen.excluded)
