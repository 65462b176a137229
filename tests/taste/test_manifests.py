from datetime import datetime

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


def test_what_a_forced_deletion_takes_counts_as_removed(done: Db, now: datetime) -> None:
    delete_with_all(done, done.exec(select(Session)).all()[:1], None, now, force=True)
    found = audit(done, None, lambda _: None)
    assert found.differences == []
    assert found.removed > 0
