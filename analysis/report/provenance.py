"""Where a report's numbers come from: run, study, sets, calls, prompts, versions, other runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from sqlalchemy import func
from sqlmodel import col, select

from analysis.report.earlier import OtherRun, read_other_runs, show_time
from analysis.report.instruments import InstrumentCounts, count_instruments
from analysis.trials.columns import describe_columns
from taste.looks import Added, describe_own_look, find_added
from taste.run_costs import Failed, RunCost, failed_calls, run_cost
from taste.tables import Call, Item, ItemSet, Proposal, Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db

ESTIMATING_PACKAGES = ("taste", "numpy", "scipy")
"""Packages whose version a figure may depend on."""


@dataclass(frozen=True)
class RunFacts:
    """The run as stored."""

    number: int
    study: str
    status: str
    reason: str | None
    simulated: bool
    seed: int
    started: str
    finished: str | None
    study_hash: str
    plan_hash: str
    study_text: str


@dataclass(frozen=True)
class SetFacts:
    """A set as frozen."""

    name: str
    kind: str
    items: int
    labels: str
    actor: str
    per_session: int | None
    frozen: str
    digest: str
    extends: str | None
    """The set that it extends."""


@dataclass(frozen=True)
class CallLine:
    """Calls of the run that differ in nothing but their content."""

    purpose: str
    endpoint: str
    model: str
    model_returned: str | None
    prompt_hash: str
    outcome: str
    calls: int
    cost_usd: float


@dataclass(frozen=True)
class Provenance:
    """All that a reader needs to ask for the same numbers again."""

    run: RunFacts
    sets: tuple[SetFacts, ...]
    calls: tuple[CallLine, ...]
    reused_proposals: int
    """Proposals that an earlier run had made."""
    reused_verdicts: int
    """Verdicts that an earlier run had paid for."""
    shortening: str
    """For how many items the text that the models were shown was shortened, and by how much."""
    instruments: InstrumentCounts
    other_runs: tuple[OtherRun, ...]
    added: Added
    """What was added after results on these sessions were first looked at."""
    looked_while_open: str | None
    """Says so where the run itself was looked at before it was done."""
    costs: RunCost
    failed: tuple[Failed, ...]
    """Calls that brought nothing to use, and what they cost."""
    versions: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    """The columns of the trials table with their meaning."""

    @property
    def number_of_calls(self) -> int:
        """Calls that this run made."""
        return sum(line.calls for line in self.calls)

    @property
    def cost_usd(self) -> float:
        """What they cost."""
        return sum(line.cost_usd for line in self.calls)


def read_provenance(db: Db, run: Run, sets: Sequence[ItemSet]) -> Provenance:
    """Reads what is stored about a run; the clock is not asked."""
    assert run.id is not None
    return Provenance(
        run=_run_facts(run),
        sets=tuple(_set_facts(db, found) for found in sets),
        calls=_read_calls(db, run.id),
        reused_proposals=_count_reused_proposals(db, run.id),
        reused_verdicts=_count_reused_verdicts(db, run.id),
        shortening=describe_shortening(_read_shortened(db, run.id)),
        instruments=count_instruments(db, run.id),
        other_runs=read_other_runs(db, run),
        added=find_added(db, run),
        looked_while_open=describe_own_look(db, run),
        costs=run_cost(db, run.id),
        failed=failed_calls(db, run.id),
        versions=tuple((name, version(name)) for name in ESTIMATING_PACKAGES),
        columns=tuple(describe_columns().items()),
    )


def _run_facts(run: Run) -> RunFacts:
    assert run.id is not None
    return RunFacts(
        number=run.id,
        study=run.study,
        status=run.status,
        reason=run.reason,
        simulated=run.simulated,
        seed=run.seed,
        started=show_time(run.started_at),
        finished=show_time(run.finished_at) if run.finished_at else None,
        study_hash=run.study_hash,
        plan_hash=run.plan_hash,
        study_text=run.study_text,
    )


def _set_facts(db: Db, found: ItemSet) -> SetFacts:
    items = select(func.count()).select_from(Item).where(col(Item.set_id) == found.id)
    parent = db.get(ItemSet, found.parent_id) if found.parent_id is not None else None
    return SetFacts(
        name=found.name,
        kind=found.kind,
        items=db.exec(items).one(),
        labels=found.labels,
        actor=found.actor,
        per_session=found.per_session,
        frozen=show_time(found.created_at),
        digest=found.digest,
        extends=parent.name if parent else None,
    )


def _read_calls(db: Db, run_id: int) -> tuple[CallLine, ...]:
    kinds = (
        col(Call.purpose), col(Call.endpoint), col(Call.model), col(Call.model_returned),
        col(Call.prompt_hash), col(Call.outcome),
    )  # fmt: skip
    rows = db.connection().execute(
        select(*kinds, func.count(), func.sum(col(Call.cost_usd)))  # type: ignore[call-overload]
        .where(col(Call.run_id) == run_id)
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return tuple(CallLine(*row) for row in rows)


def _count_reused_proposals(db: Db, run_id: int) -> int:
    query = (
        select(func.count(func.distinct(col(Proposal.id))))
        .join(Trial, col(Trial.proposal_id) == col(Proposal.id))
        .join(Call, col(Call.id) == col(Proposal.call_id))
        .where(col(Trial.run_id) == run_id, col(Call.run_id) != run_id)
    )
    return db.exec(query).one()


def _count_reused_verdicts(db: Db, run_id: int) -> int:
    query = (
        select(func.count(func.distinct(col(Verdict.id))))
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .join(Call, col(Call.id) == col(Verdict.call_id))
        .where(col(Trial.run_id) == run_id, col(Call.run_id) != run_id)
    )
    return db.exec(query).one()


def _read_shortened(db: Db, run_id: int) -> dict[int, Mapping[str, int]]:
    """What each item's shown text had lost, as stored with the models' proposals."""
    query = (
        select(Trial.item_id, Proposal.shortened)
        .join(Proposal, col(Proposal.id) == col(Trial.proposal_id))
        .where(col(Trial.run_id) == run_id, col(Proposal.prompt_hash).is_not(None))
    )
    return {item: lost or {} for item, lost in db.exec(query)}


def describe_shortening(lost: Mapping[int, Mapping[str, int]]) -> str:
    """Says for how many items the shown text was shortened.

    Args:
        lost: by item, what `Proposal.shortened` holds; empty for a text shown in full.
    """
    kept = [1 - each["characters"] / each["of"] for each in lost.values() if each]
    if not lost:
        return "no text was shown to a model"
    if not kept:
        return f"shown text in full for all {len(lost)} items"
    return (
        f"shown text shortened for {len(kept)} of {len(lost)} items; "
        f"median share kept {median(kept):.0%}"
    )
