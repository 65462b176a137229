"""Probes as rows: found by identity, appended, never edited, and never part of a rate."""

from datetime import datetime
from typing import Any

from sqlmodel import select

from taste.probe_tables import Probe, TrialProbe
from transcripts.db import Db


def find_probe(db: Db, key: str) -> Probe | None:
    """The probe with this identity."""
    return db.exec(select(Probe).where(Probe.identity == key)).first()


def add_probe(db: Db, now: datetime, **values: Any) -> Probe:
    """Append a probe to the transaction under way."""
    row = Probe(created_at=now, **values)
    with db.begin_nested():
        db.add(row)
    return row


def link_probe(db: Db, trial_id: int, probe: Probe) -> None:
    """Say that a run's trial uses a probe."""
    assert probe.id is not None
    if db.get(TrialProbe, (trial_id, probe.id)) is None:
        db.add(TrialProbe(trial_id=trial_id, probe_id=probe.id))
