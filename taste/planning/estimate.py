"""What a run has still to ask for and what that costs: in all, by arm, by view and by probe."""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from taste.answers import TRIES
from taste.bridges import BridgeJob, open_work
from taste.cheapest import BATCH_FACTOR, Billed, by_group, choose_mode, costs_in, group_costs
from taste.contexts import ContextKey, Ttls
from taste.jobs import Job
from taste.planning.calls import ALL, PlannedCall
from taste.planning.counting import bridge_calls, planned_calls
from taste.planning.pace import Pace, Rate, group_seconds, pace_calls
from taste.planning.results import Cost, Estimate, Load
from taste.planning.tokens import Tokens, known_seconds, stored_tokens
from taste.spending import most_cost_of
from taste.study import Study
from taste.tables import Run
from transcripts.db import Db

SHARED = ("verdicts", "probes")
"""Parts whose first call of a group writes to a cache for every arm."""


@dataclass(slots=True)
class _Sum:
    """Adds up calls."""

    parts: dict[str, dict[str, Cost]] = field(default_factory=dict)
    total: Cost = field(default_factory=Cost)

    def book(self, cost: Cost, *parts: tuple[str, str]) -> None:
        """Count a cost in, in all and under its parts."""
        self.total.add(cost)
        for key, of in parts:
            self.parts.setdefault(key, {}).setdefault(of, Cost()).add(cost)


def estimate_run(  # noqa: PLR0913 - what is planned, and what it is reckoned with
    db: Db,
    run: Run,
    study: Study,
    limit: int | None,
    tokens: Tokens | None = None,
    pace: Pace | None = None,
    *,
    items: Container[int] | None = None,
) -> Estimate:
    """Count the calls that the open trials (of some items) need, and price them."""
    calls, trials = _planned(db, run, study, limit, items)
    tokens, pace = tokens or stored_tokens(db, study), pace or stored_pace(db, study)
    return estimate_calls(calls, trials, tokens, pace)


def _planned(
    db: Db, run: Run, study: Study, limit: int | None, items: Container[int] | None = None
) -> tuple[list[PlannedCall], int]:
    """The calls that a start has to make, and its trials."""
    work = open_work(db, run, study)[:limit]
    work = work if items is None else [job for job in work if job.item_id in items]
    trials = [job for job in work if isinstance(job, Job)]
    repeated = [job for job in work if isinstance(job, BridgeJob)]
    calls = planned_calls(db, run, study, trials)
    return [*calls, *bridge_calls(db, study, repeated)], len(trials)


def stored_pace(db: Db, study: Study, rates: Mapping[str, Rate] | None = None) -> Pace:
    """How fast the study's calls can be made, by how long earlier answers took."""
    return Pace(study.limits.concurrency, rates or {}, known_seconds(db))


def plan_start(
    db: Db, run: Run, study: Study, limit: int | None, *, batch: bool = False
) -> tuple[Estimate, Ttls]:
    """What a start needs, and how long it is to keep each context in a cache."""
    calls, trials = _planned(db, run, study, limit)
    tokens, pace = stored_tokens(db, study), stored_pace(db, study)
    ttls = choose_ttls(calls, [tokens.billed(call) for call in calls], None if batch else pace)
    return estimate_calls(calls, trials, tokens, pace), ttls


def estimate_calls(
    calls: Sequence[PlannedCall], trials: int, tokens: Tokens, pace: Pace
) -> Estimate:
    """Price calls that are still to be made."""
    billed = [tokens.billed(call) for call in calls]
    seconds = {key: group_seconds(group, pace) for key, group in by_group(billed).items()}
    summed = _Sum()
    written = _book(summed, calls, billed, seconds)
    hour = dict.fromkeys(seconds, float("inf"))
    total = summed.total
    return Estimate(
        trials,
        total.calls,
        total.expected,
        total.most,
        total.cold,
        BATCH_FACTOR * sum(_costs(billed, hour)),
        BATCH_FACTOR * total.cold,
        summed.parts,
        _loads(calls, billed, written),
        pace_calls(calls, billed, written, pace),
    )


def choose_ttls(
    calls: Sequence[PlannedCall], billed: Sequence[Billed], pace: Pace | None = None
) -> Ttls:
    """How long each context is best kept in a cache; without a pace its calls come in batches."""
    groups: dict[ContextKey, list[Billed]] = {}
    for call, one in zip(calls, billed, strict=True):
        groups.setdefault(call.context, []).append(one)
    return {
        key: choose_mode(group, group_seconds(group, pace) if pace else float("inf"))
        for key, group in groups.items()
    }


def _costs(billed: Iterable[Billed], seconds: Mapping[Hashable, float]) -> list[float]:
    return [
        cost
        for key, group in by_group(billed).items()
        for cost in group_costs(group, seconds.get(key, 0.0))
    ]


def _book(
    summed: _Sum,
    calls: Sequence[PlannedCall],
    billed: Sequence[Billed],
    seconds: Mapping[Hashable, float],
) -> list[bool]:
    """Book every call; whether each has to send what its group shares anew."""
    numbers: dict[Hashable, list[int]] = {}
    for number, one in enumerate(billed):
        numbers.setdefault(one.group, []).append(number)
    anew = [True] * len(calls)
    for key, members in numbers.items():
        group = [billed[number] for number in members]
        mode = choose_mode(group, seconds[key])
        for number, cost in zip(members, costs_in(group, mode), strict=True):
            anew[number] = number == members[0] or mode is None
            _book_call(summed, calls[number], billed[number], cost)
    return anew


def _book_call(summed: _Sum, call: PlannedCall, billed: Billed, cost: float) -> None:
    """Book a call; what writing to a cache costs more is booked where it belongs."""
    arm, group, name = call.what
    most = TRIES * most_cost_of(call.bytes, call.seat)
    plain = (billed.own * billed.rates.input + billed.answer * billed.rates.output) / 1e6
    its_own = Cost(1, cost, most, billed.uncached)
    if group in SHARED and arm != ALL:
        shared = max(0.0, cost - plain)
        at_most = most * shared / cost if cost else 0.0
        its_own = Cost(1, cost - shared, most - at_most, billed.uncached)
        summed.book(Cost(0, shared, at_most), ("arm", ALL), (group, name))
    summed.book(its_own, ("arm", arm), (group, name))


def _loads(
    calls: Sequence[PlannedCall], billed: Sequence[Billed], written: Sequence[bool]
) -> dict[str, Load]:
    loads: dict[str, Load] = {}
    for call, one, anew in zip(calls, billed, written, strict=True):
        load = loads.setdefault(call.seat.name, Load())
        prompt = one.shared + one.own
        load.calls += 1
        load.prompt += prompt
        load.written += prompt if anew else one.own
        load.answer += one.answer
        if prompt > load.longest:
            load.longest, load.point = prompt, call.point
    return loads
