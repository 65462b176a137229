"""Tables about how runs were carried out: batches, retries, manifests, looks, reviews, bridges.

Nothing here enters a rate.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field

from taste.hashes import hashed
from transcripts.tables import Table


class Batch(Table, table=True):
    """Requests that were handed to an endpoint together, to be answered within a day."""

    __tablename__ = "batch"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    endpoint: str
    remote_id: str | None = None
    """The endpoint's own name for it; none while it is being handed over."""
    status: str
    """collected, submitted, ended, lost, abandoned."""
    requests: int
    bytes: int
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    simulated: bool


class BatchItem(Table, table=True):
    """One request of a batch, and what became of it."""

    __tablename__ = "batch_item"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="batch.id", index=True)
    custom_id: str = Field(index=True)
    identity: str = Field(index=True)
    """Identity of the row that the request is for."""
    about: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What its call's row will say: purpose, seat, settings, hashes."""
    reserved_usd: float = 0.0
    """The most that its answer can cost."""
    outcome: str | None = None
    """succeeded, errored, canceled, expired; none while it is waited for."""
    call_id: int | None = Field(default=None, foreign_key="call.id")


class Retry(Table, table=True):
    """An answer that somebody asked to have tried again; what is asked then is a new row."""

    __tablename__ = "retry"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    identity: str = Field(index=True)
    """Of the row with the answer that is not wanted."""
    reason: str
    created_at: datetime


class Manifest(Table, table=True):
    """The content hashes of all rows that a frozen set or a finished run consists of."""

    __tablename__ = "manifest"

    id: int | None = Field(default=None, primary_key=True)
    set_id: int | None = Field(default=None, foreign_key="item_set.id", index=True)
    run_id: int | None = Field(default=None, foreign_key="run.id", index=True)
    hashes: str = Field(sa_column=Column(Text, nullable=False))
    """One line for each row: table, id, content hash."""
    digest: str
    """sha256 of those lines."""
    created_at: datetime


class Look(Table, table=True):
    """That outcomes of a run were looked at, the first time: what is added later is marked so."""

    __tablename__ = "look"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    created_at: datetime


class Review(Table, table=True):
    """What a person said of a restatement or a verdict of a pilot: accept or reject."""

    __tablename__ = "review"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    identity: str = Field(index=True)
    """Of the restatement or verdict."""
    decision: str
    """accept or reject."""
    note: str | None = None
    created_at: datetime


class BridgeVerdict(Table, table=True):
    """A verdict asked for again in a later run, to see whether the judge has drifted."""

    __tablename__ = "bridge_verdict"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    verdict_id: int = Field(foreign_key="verdict.id", index=True)
    """The earlier verdict on the same comparison under the same conditions."""
    verdict: str
    reason: str | None = None
    confidence: str | None = None
    model: str | None = None
    call_id: int | None = Field(default=None, foreign_key="call.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


hashed(BridgeVerdict)
