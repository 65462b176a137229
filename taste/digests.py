"""Digests as rows: found by identity, appended, never edited; each draft is one."""

from datetime import datetime
from typing import Any

from taste.appending import append_row, find_row
from taste.tables import Digest
from transcripts.db import Db


def find_digest(db: Db, key: str) -> Digest | None:
    """The draft with this identity."""
    return find_row(db, Digest, identity=key)


def add_digest(db: Db, now: datetime, **values: Any) -> Digest:
    """Append a draft to the transaction under way."""
    return append_row(db, Digest(created_at=now, **values))
