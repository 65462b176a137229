"""Probes as rows: found by identity, appended, never edited, and never part of a rate."""

from datetime import datetime
from typing import Any

from taste.appending import append_row, find_row, link_rows
from taste.probe_tables import Probe, TrialProbe
from transcripts.db import Db


def find_probe(db: Db, key: str) -> Probe | None:
    """The probe with this identity."""
    return find_row(db, Probe, identity=key)


def add_probe(db: Db, now: datetime, **values: Any) -> Probe:
    """Append a probe to the transaction under way."""
    return append_row(db, Probe(created_at=now, **values))


def link_probe(db: Db, trial_id: int, probe: Probe) -> None:
    """Say that a run's trial uses a probe."""
    assert probe.id is not None
    link_rows(db, TrialProbe, trial_id=trial_id, probe_id=probe.id)
