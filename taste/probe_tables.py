"""Tables beside the verdicts: probes of how blind the judging is, attacks, fitted stock moves.

Nothing here enters a rate.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from taste.hashes import hashed
from transcripts.tables import Table


class Probe(Table, table=True):
    """An answer to a question that measures how blind the judging is; never part of a rate."""

    __tablename__ = "probe"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    kind: str
    """loading, identity, faithfulness."""
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    restatement_id: int | None = Field(default=None, foreign_key="restatement.id")
    """The restatement that was asked about (loading, faithfulness)."""
    comparison_id: int | None = Field(default=None, foreign_key="comparison.id")
    """The comparison that was asked about (identity)."""
    view: str | None = None
    seat: str
    """Name of the seat that answered."""
    sample: int = 1
    answer: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """kind; or taken and by_model; or same. Empty where there is no answer."""
    reason: str | None = None
    """Why there is no answer."""
    model: str | None = None
    prompt_hash: str
    shown_hash: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class TrialProbe(Table, table=True):
    """Which probes a run's trial uses; an item's probe is used by all of its trials."""

    __tablename__ = "trial_probe"

    trial_id: int = Field(foreign_key="trial.id", primary_key=True)
    probe_id: int = Field(foreign_key="probe.id", primary_key=True)


class AttackVerdict(Table, table=True):
    """What a judge said of a comparison into which an attack was planted; never part of a rate."""

    __tablename__ = "attack_verdict"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    comparison_id: int = Field(foreign_key="comparison.id", index=True)
    attack: str
    target: str
    """Whose move the attack speaks for: human or proposal; it may stand in the session."""
    order: str
    judge: str
    verdict: str
    reason: str | None = None
    plain: str
    """The judge's verdict on the same comparison without the attack."""
    model: str | None = None
    prompt_hash: str
    request_hash: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class StockFit(Table, table=True):
    """Which context-free move did best on the pilot set."""

    __tablename__ = "stock_fit"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    set_id: int = Field(foreign_key="item_set.id", index=True)
    version: str
    """Of the list of moves."""
    number: int
    """Place in the list, from 1."""
    rate: float
    """Its mean item score on the pilot set; picked for being the highest, so too high."""
    items: int
    rates: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    """Place in the list -> mean item score."""
    created_at: datetime


hashed(Probe, AttackVerdict)
