"""A study before it is run: what would be sent, at what cost, and what stands in the way.

Leaves no row.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from taste.bridges import bridge_lacks
from taste.client import Client
from taste.endpoints import capability_fault
from taste.jobs import find_or_add_run
from taste.looks import Added, find_added
from taste.planning.ask import Known, ask_endpoints, client_for
from taste.planning.designs import Design, affordable_designs
from taste.planning.estimate import estimate_run, stored_pace
from taste.planning.limits import find_rates
from taste.planning.pace import Pace, Rate
from taste.planning.preflight import find_faults, find_warnings
from taste.planning.results import Estimate
from taste.planning.sampling import count_some
from taste.planning.tokens import Tokens, stored_tokens
from taste.seats import FoundPrice
from taste.study import Study, blinding_fault
from taste.tables import Run
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a plan is to be made."""

    limit: int | None = None
    """Only so many of the open trials."""
    count: bool = False
    """Have the endpoints count tokens, which sends them texts."""
    offline: bool = False
    """Ask only endpoints on this machine."""
    rate: Rate | None = None
    """What each model's endpoint allows in a minute."""


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What a study would send and what stands in its way."""

    study: str
    budget_usd: float
    simulated: bool
    tokens: str
    """How tokens were come by."""
    estimate: Estimate
    faults: tuple[str, ...]
    """What would stop the study."""
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    prices: dict[str, str] = field(default_factory=dict)
    """Model -> where its price is from."""
    added: Added = field(default_factory=Added)
    """What was added after results on the same sessions were first looked at."""


async def plan_study(db: Db, study: Study, text: str, now: datetime, wishes: Wishes) -> StudyPlan:
    """Look at what a run of the study would do; the caller's transaction is rolled back."""
    async with _sketched(db, study, text, now, wishes) as (client, known, run):
        tokens, how = await _tokens(db, study, run, client, wishes)
        estimate = estimate_run(db, run, study, wishes.limit, tokens, _pace(db, study, run, wishes))
        faults = [*own_faults(study), *find_faults(study, estimate.seats, known.facts)]
        added = find_added(db, run)
        told = [*([added.sentence] if added.sentence else []), *bridge_lacks(db, run, study)]
        warnings = (*find_warnings(study, known.facts, frozenset(known.listed), now), *told)
        return StudyPlan(
            study.name,
            study.limits.budget_usd,
            run.simulated,
            how,
            estimate,
            tuple(faults),
            warnings,
            tuple(_notes(study, known)),
            price_sources(study),
            added,
        )


async def plan_designs(
    db: Db, study: Study, text: str, now: datetime, wishes: Wishes, budget: float
) -> list[Design]:
    """The designs of the study that a budget pays for; leaves no row either."""
    async with _sketched(db, study, text, now, wishes) as (client, _, run):
        tokens, _ = await _tokens(db, study, run, client, wishes)
        return list(affordable_designs(db, study, run, budget, tokens))


@asynccontextmanager
async def _sketched(
    db: Db, study: Study, text: str, now: datetime, wishes: Wishes
) -> AsyncIterator[tuple[Client, Known, Run]]:
    """A client, what the endpoints say, and a run that is forgotten afterwards."""
    client = client_for(study)
    client.clock = lambda: now
    try:
        known = await ask_endpoints(client, study, offline=wishes.offline)
        yield client, known, find_or_add_run(db, study, text, now, simulated=known.simulated)
    finally:
        db.rollback()
        await client.close()


def price_sources(study: Study) -> dict[str, str]:
    """Model -> where its price is from."""
    return {
        seat.model: seat.price.source if isinstance(seat.price, FoundPrice) else "the study"
        for seat in study.seats
    }


async def _tokens(
    db: Db, study: Study, run: Run, client: Client, wishes: Wishes
) -> tuple[Tokens, str]:
    """Characters for each token, and how that was come by."""
    if not wishes.count:
        return stored_tokens(db, study), "estimated: a token for every 3.5 characters"
    counted = await count_some(db, run, study, client)
    missing = sorted({seat.model for seat in study.seats} - set(counted.per_model))
    how = f"counted by the endpoints on {counted.texts} texts each"
    if missing:
        how += f"; estimated at 3.5 characters a token for {', '.join(missing)}"
    return stored_tokens(db, study, counted.per_model), how


def _pace(db: Db, study: Study, run: Run, wishes: Wishes) -> Pace:
    rates = find_rates(db, study, wishes.rate, simulated=run.simulated)
    return stored_pace(db, study, rates)


def own_faults(study: Study) -> list[str]:
    """What the study file alone shows."""
    seats = {seat.name: seat for seat in study.seats}.values()
    lacking = (capability_fault(seat, study.endpoint(seat.endpoint)) for seat in seats)
    return [fault for fault in (blinding_fault(study), *lacking) if fault is not None]


def _notes(study: Study, known: Known) -> Iterator[str]:
    yield from (silent.why for silent in known.silent)
    for endpoint in study.used_endpoints:
        if not endpoint.can("batches"):
            yield f"the endpoint {endpoint.name!r} has no batches: its calls cost the full price"
        if not endpoint.can("caching"):
            yield f"the endpoint {endpoint.name!r} has no cache that one is charged for by use"
