"""Tables for the experiment: sets, runs, calls, proposals, comparisons, verdicts.

A model's row points to the call that made it; a person's row stores who and when instead.
Append-only: a correction is a new row.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field

from taste.hashes import hashed
from transcripts.tables import Table


class ItemSet(Table, table=True):
    """A frozen, hashed list of items with its label rule."""

    __tablename__ = "item_set"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: str
    """suboptimal, strong, random, pilot."""
    labels: str
    """adjudicated, unanimous, one."""
    actor: str
    """human or agent."""
    per_session: int | None = None
    """Most items of one session."""
    sample: str | None = None
    """Name of the sample that a random set was frozen from; its draws hold the probabilities."""
    size: int | None = None
    """Items that it was frozen with; fewer are left only where a session was deleted by force."""
    digest: str
    """sha256 over rule and items."""
    parent_id: int | None = Field(default=None, foreign_key="item_set.id")
    """The set that it extends: all of the parent's items whose sessions may still be used are items
    of this one."""
    created_at: datetime


class Item(Table, table=True):
    """(lineage, thread, cut) as a member of a set, once per set."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("set_id", "lineage", "thread", "cut"),)

    id: int | None = Field(default=None, primary_key=True)
    set_id: int = Field(foreign_key="item_set.id", index=True)
    number: int
    """Order within the set, from 1."""
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    annotation_id: int | None = Field(default=None, foreign_key="annotation.id")
    """The annotation that the label rule picked; none for a random set."""
    lineage: str
    thread: str
    cut: int
    prefix_hash: str
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class SetExclusion(Table, table=True):
    """A decision point that a set left out, and why."""

    __tablename__ = "set_exclusion"

    id: int | None = Field(default=None, primary_key=True)
    set_id: int = Field(foreign_key="item_set.id", index=True)
    decision_point_id: int = Field(foreign_key="decision_point.id")
    reason: str
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Run(Table, table=True):
    """One execution of a study."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    purpose: str = "study"
    """study, stock fit (which context-free move does best on the pilot set), attack."""
    study: str
    """The study's name."""
    study_text: str = Field(sa_column=Column(Text, nullable=False))
    """The TOML file as it was run."""
    study_hash: str
    plan_hash: str
    """sha256 of the analysis plan alone."""
    simulated: bool
    seed: int
    """Seed of the recorded random draw of items for the control arms."""
    status: str
    """running, done, stopped."""
    reason: str | None = None
    """Why it stopped, for a run that did not finish."""
    started_at: datetime
    finished_at: datetime | None = None
    holder: str | None = None
    """The process that works on it; no other may."""
    beat_at: datetime | None = None
    """When the holder last said that it lives."""


class Call(Table, table=True):
    """One attempt to reach a model, with its cost; written before its result is used."""

    __tablename__ = "call"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    purpose: str
    """propose, placebo, restate, judge, digest, and so on: see `taste.requests.Purpose`."""
    identity: str = Field(index=True)
    """Identity of the row that the call is for."""
    attempt: int
    endpoint: str
    model: str
    settings: dict[str, Any] = Field(sa_type=JSON)
    """Effort, max_tokens and everything else that was sent beside the prompt."""
    prompt_hash: str
    """sha256 of the prompt template."""
    shown_hash: str | None = None
    request_hash: str
    """sha256 of the request's user text."""
    decision_point_id: int | None = Field(default=None, foreign_key="decision_point.id", index=True)
    source: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the request was built from, so that it can be built again; how it was sent, and the rate
    limits that the endpoint had told by then."""
    body_hash: str | None = None
    """sha256 of the request's body as it was sent."""
    mode: str = "create"
    """How it was sent: create, stream, batch, imported."""
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    outcome: str
    """answered, refused, truncated, malformed, retryable, fatal, failed."""
    error: str | None = None
    status_code: int | None = None
    request_id: str | None = None
    model_returned: str | None = None
    stop_reason: str | None = None
    raw_reply: str | None = Field(default=None, sa_column=Column(Text))
    """The reply's JSON as received."""
    usage: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    unit_prices: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    """USD per million tokens, as the study stated them."""
    cost_usd: float = 0.0
    started_at: datetime
    seconds: float
    simulated: bool
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Proposal(Table, table=True):
    """A move written for one decision point by one arm."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(
            "hindsight = (arm = 'recovery' OR arm LIKE 'oracle:%')", name="hindsight_arms"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    """hash(shown text, prompt, model, settings, repeat), with the arm."""
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    arm: str
    """The proposer's name, or a control: stock, stock_fit, echo, placebo:<proposer>, shuffled,
    recovery, oracle:<proposer>, person."""
    hindsight: bool = False
    """Whether its author was shown what came after the cut: true of recovery and oracle alone."""
    repeat: int
    outcome: str
    """proposed, refused, truncated, malformed, none (nothing to propose), failed."""
    reason: str | None = None
    move: str | None = Field(default=None, sa_column=Column(Text))
    why: str | None = None
    wrong_if: str | None = None
    """What would show the move to be wrong; like `why`, never shown to a judge."""
    source: str | None = None
    """For a control: which stock move, which event, which other decision point."""
    model: str | None = None
    prompt_hash: str | None = None
    shown_hash: str
    shortened: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """What the shown text left out of the prefix: results shortened, turns and characters."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    annotator_id: int | None = Field(default=None, foreign_key="annotator.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Restatement(Table, table=True):
    """A move rewritten to the common form; the human's has no proposal."""

    __tablename__ = "restatement"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    proposal_id: int | None = Field(default=None, foreign_key="proposal.id")
    verbatim: str = Field(sa_column=Column(Text, nullable=False))
    outcome: str
    """restated, excluded (with a reason)."""
    reason: str | None = None
    move: str | None = Field(default=None, sa_column=Column(Text))
    initiator: str | None = None
    compound: bool = False
    """The verbatim move bundles several steps; the restatement keeps the first."""
    surface: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Features of the text, `verbatim` and `restated`: see `taste.surface`."""
    model: str | None = None
    prompt_hash: str
    call_id: int | None = Field(default=None, foreign_key="call.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Comparison(Table, table=True):
    """Human move and proposal of one item in one order."""

    __tablename__ = "comparison"
    __table_args__ = (UniqueConstraint("human_id", "proposed_id", "order"),)

    id: int | None = Field(default=None, primary_key=True)
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True)
    human_id: int = Field(foreign_key="restatement.id")
    proposed_id: int = Field(foreign_key="restatement.id")
    order: str
    """Whose move comes first: `human` or `proposal`."""
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Verdict(Table, table=True):
    """What one judge said of one comparison, once."""

    __tablename__ = "verdict"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    """hash(both restatements, what the view showed, judge, prompt, settings, order, sample)."""
    comparison_id: int = Field(foreign_key="comparison.id", index=True)
    judge: str
    """The judge's name in the study, `person` for a person; the model's id stands in `model`."""
    judge_kind: str
    """model or person."""
    view: str
    form: str = "restated"
    """How both moves were worded: restated or verbatim."""
    provenance: str = "blind"
    """What the judge was told of who wrote which move: blind, labelled, swapped."""
    prompt: str = "standard"
    """Which wording of the judge's prompt: standard or reworded."""
    digest_id: int | None = Field(default=None, foreign_key="digest.id")
    """The digest that the view showed, or that leaked."""
    sample: int
    verdict: str
    """first, second, tie, unscored."""
    reason: str | None = None
    """Why it is unscored."""
    reasoning: str | None = Field(default=None, sa_column=Column(Text))
    confidence: str | None = None
    """low, medium, high, as the judge says."""
    model: str | None = None
    prompt_hash: str | None = None
    shown_hash: str
    """sha256 of what the view showed besides the two moves."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    annotator_id: int | None = Field(default=None, foreign_key="annotator.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Digest(Table, table=True):
    """What the aftermath taught, written without the human's move; each draft is a row."""

    __tablename__ = "digest"

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(unique=True)
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    attempt: int
    outcome: str
    """written, leaky (it gives the human's move away), failed."""
    text: str | None = Field(default=None, sa_column=Column(Text))
    reason: str | None = None
    """Why it is leaky or failed."""
    leak: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the leak check found, or that it could not check."""
    model: str | None = None
    prompt_hash: str
    shown_hash: str
    """sha256 of prefix, aftermath and the act that its author was not shown."""
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    call_id: int | None = Field(default=None, foreign_key="call.id")
    simulated: bool
    created_at: datetime
    content_hash: str | None = None
    """sha256 of the row's other columns: see `taste.hashes`."""


class Trial(Table, table=True):
    """One item × arm × repeat of a run, with the proposal that it uses."""

    __tablename__ = "trial"
    __table_args__ = (UniqueConstraint("run_id", "item_id", "arm", "repeat"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    arm: str
    repeat: int
    proposal_id: int | None = Field(default=None, foreign_key="proposal.id")
    exclusion: str | None = None
    """Why the trial has no score, if it cannot have one."""
    in_share: bool = False
    """Whether its item is in the recorded random share."""
    escalation: float | None = None
    """Probability with which the strong judge was asked, once that is decided."""
    done: bool = False
    """Whether every verdict and probe that the study wants of it is there."""


class TrialVerdict(Table, table=True):
    """Which verdicts a run's trial uses: its own or ones that an earlier run had paid for."""

    __tablename__ = "trial_verdict"

    trial_id: int = Field(foreign_key="trial.id", primary_key=True)
    verdict_id: int = Field(foreign_key="verdict.id", primary_key=True)


hashed(Item, SetExclusion, Call, Proposal, Restatement, Comparison, Verdict, Digest)
