from datetime import datetime

from sqlalchemy import text
from sqlmodel import select

from taste.audit import audit
from taste.manifests import store_run_manifest
from taste.removal import delete_with_all, withdraw_with_all
from taste.run_tables import Manifest
from transcripts.db import Db
from transcripts.tables import Session


def test_a_run_that_has_not_changed_keeps_its_manifest(done: Db, now: datetime) -> None:
    before = len(done.exec(select(Manifest)).all())
    store_run_manifest(done, 1, now)
    assert len(done.exec(select(Manifest)).all()) == before


def test_what_a_withdrawal_silences_counts_as_removed(done: Db, now: datetime) -> None:
    withdraw_with_all(done, done.exec(select(Session)).all()[:1], None, now)
    found = audit(done, None, lambda _: None)
    assert found.differences == []
    assert found.removed > 0


def test_what_a_withdrawal_leaves_is_held_to_what_it_is_then(done: Db, now: datetime) -> None:
    session = done.exec(select(Session)).first()
    assert session is not None
    withdraw_with_all(done, [session], None, now)
    done.connection().execute(text("UPDATE annotation SET harm = 4 - COALESCE(harm, 0)"))
    done.connection().execute(text("UPDATE tombstone SET events = events + 1"))
    done.commit()
    differ = {each.split(" of ")[-1] for each in audit(done, None, lambda _: None).differences}
    assert {"annotation, which differs", "tombstone, which differs"} <= differ


def test_what_a_forced_deletion_takes_counts_as_removed(done: Db, now: datetime) -> None:
    delete_with_all(done, done.exec(select(Session)).all()[:1], None, now, force=True)
    found = audit(done, None, lambda _: None)
    assert found.differences == []
    assert found.removed > 0
