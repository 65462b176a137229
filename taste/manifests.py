"""Manifests: the content hashes of all rows that a frozen set or a finished run consists of.

A manifest of neither a set nor a run is a tombstone: it tells which rows were removed or silenced
on purpose, each with the hash that it had.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from taste.hashes import OWN, hash_row
from taste.probe_tables import AttackVerdict, Probe, TrialProbe
from taste.run_tables import BridgeVerdict, Manifest, Retry
from taste.tables import (
    Call,
    Comparison,
    Digest,
    Item,
    Proposal,
    Restatement,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.tables import Table

NO_HASH = "-"
"""Stands for the hash of a row that an earlier version wrote."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as a manifest names it."""

    table: str
    id: int
    content_hash: str

    def __str__(self) -> str:
        return f"{self.table} {self.id} {self.content_hash}"


def read_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a manifest."""
    for line in text.splitlines():
        table, number, content_hash = line.split(" ")
        yield Line(table, int(number), content_hash)


def digest_of(text: str) -> str:
    """sha256 of a manifest's lines."""
    return hashlib.sha256(text.encode()).hexdigest()


def store_set_manifest(db: Db, set_id: int, now: datetime) -> Manifest:
    """The manifest of a frozen set, made once, in the transaction under way."""
    return _store(db, _of_set(set_id), now, set_id=set_id)


def store_run_manifest(db: Db, run_id: int, now: datetime) -> Manifest:
    """The manifest of a run that has just been done, in the transaction under way.

    A run that was done before and has not changed keeps the manifest that it has.
    """
    return _store(db, _of_run(run_id), now, run_id=run_id)


def store_tombstone(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Keep the hashes of rows that are about to be removed or silenced on purpose."""
    text = _written(lines)
    if text:
        db.add(Manifest(hashes=text, digest=digest_of(text), created_at=now))
        db.flush()


def bury_lines(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Say of rows that they were removed or silenced on purpose; what is left is hashed anew."""
    lines = list(lines)
    store_tombstone(db, lines, now)
    for line in lines:
        table = Table.metadata.tables[line.table]
        this = table.c.id == line.id
        row = db.connection().execute(select(table).where(this)).mappings().first()
        if row is not None and row[OWN] is not None:
            fresh = hash_row(table, {**row})
            db.connection().execute(update(table).where(this).values({OWN: fresh}))


def find_lines(db: Db, table: Any, where: Any) -> list[Line]:
    """The lines of the rows of a table that fit."""
    query = select(col(table.id), col(table.content_hash)).where(where).order_by(col(table.id))
    found = db.execute(query)
    return [Line(table.__tablename__, number, key or NO_HASH) for number, key in found]


def _store(db: Db, parts: Iterable[tuple[Any, Any]], now: datetime, **of: int) -> Manifest:
    text = _written(line for table, where in parts for line in find_lines(db, table, where))
    digest = digest_of(text)
    (name, number), *_ = of.items()
    query = select(Manifest).where(getattr(Manifest, name) == number)
    latest: Manifest | None = db.execute(query.order_by(col(Manifest.id).desc())).scalars().first()
    if latest is not None and latest.digest == digest:
        return latest
    row = Manifest(hashes=text, digest=digest, created_at=now, **of)
    db.add(row)
    db.flush()
    return row


def _written(lines: Iterable[Line]) -> str:
    text = StringIO()  # a run has a line a row, and a list of them would take thrice the space
    for line in lines:
        text.write(f"{line}\n")
    return text.getvalue()


def _of_set(set_id: int) -> list[tuple[Any, Any]]:
    return [(Item, col(Item.set_id) == set_id), (SetExclusion, col(SetExclusion.set_id) == set_id)]


def _of_run(run_id: int) -> list[tuple[Any, Any]]:
    """The tables of a run's rows, each with what is the run's."""
    mine = col(Trial.run_id) == run_id
    trials = select(col(Trial.id)).where(mine)
    unwanted = select(col(Retry.identity)).where(col(Retry.run_id) == run_id)
    proposals = select(col(Trial.proposal_id)).where(mine, col(Trial.proposal_id).is_not(None))
    verdicts = select(col(TrialVerdict.verdict_id)).where(col(TrialVerdict.trial_id).in_(trials))
    probes = select(col(TrialProbe.probe_id)).where(col(TrialProbe.trial_id).in_(trials))
    judged = select(col(Verdict.comparison_id)).where(col(Verdict.id).in_(verdicts))
    compared = col(Comparison.id).in_(judged)
    restated = [select(column).where(compared) for column in _SIDES]
    used = col(Restatement.id).in_(restated[0]) | col(Restatement.id).in_(restated[1])
    digests = select(col(Verdict.digest_id)).where(
        col(Verdict.id).in_(verdicts), col(Verdict.digest_id).is_not(None)
    )
    return [
        (Item, col(Item.id).in_(select(col(Trial.item_id)).where(mine))),
        (Call, col(Call.run_id) == run_id),
        (Proposal, col(Proposal.id).in_(proposals) | col(Proposal.identity).in_(unwanted)),
        (Restatement, used | col(Restatement.identity).in_(unwanted)),
        (Comparison, compared),
        (Digest, col(Digest.id).in_(digests) | col(Digest.identity).in_(unwanted)),
        (Verdict, col(Verdict.id).in_(verdicts) | col(Verdict.identity).in_(unwanted)),
        (Probe, col(Probe.id).in_(probes) | col(Probe.identity).in_(unwanted)),
        (AttackVerdict, col(AttackVerdict.run_id) == run_id),
        (BridgeVerdict, col(BridgeVerdict.run_id) == run_id),
    ]


_SIDES = (col(Comparison.human_id), col(Comparison.proposed_id))
