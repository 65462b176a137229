"""Digests as rows: found by identity, appended, never edited; each draft is one."""

from datetime import datetime
from typing import Any

from sqlmodel import select

from taste.tables import Digest
from transcripts.db import Db


def find_digest(db: Db, key: str) -> Digest | None:
    """The draft with this identity."""
    return db.exec(select(Digest).where(Digest.identity == key)).first()


def add_digest(db: Db, now: datetime, **values: Any) -> Digest:
    """Append a draft to the transaction under way."""
    row = Digest(created_at=now, **values)
    with db.begin_nested():
        db.add(row)
    return row
