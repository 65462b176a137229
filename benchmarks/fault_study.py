"""One small study run into one fault: what is stored, how often is asked, what is paid.

Used by `benchmarks/faults.py`, which writes the table of docs/running.md, and by the tests.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlmodel import select

from taste.batching.sender import BatchOptions, BatchSender
from taste.client import Client
from taste.database import open_database
from taste.runs import open_run, run_study
from taste.simulator.faults import parse_fault
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Call, Proposal, Restatement, Run, Trial, Verdict
from taste.workers import RunResult
from transcripts.db import Db

Mode = Literal["create", "stream", "batch"]
_USABLE = ("proposed", "restated")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TIMEOUT = 5.0
STUDY = """name = "faults"
sets = ["few"]
endpoints = [{{ name = "local", base_url = "{url}", api_key_env = "LOCAL_KEY" }}]
proposers = [{{ name = "late", model = "simulated-late", {seat} }}]
restater = {{ name = "restater", model = "simulated-restater", {seat} }}
judges = [{{ name = "judge", model = "simulated-judge", {seat} }}]
controls = {{ arms = [] }}
judging = {{ views = ["full"], forms = ["restated"], provenances = ["blind"], prompts = ["standard"], share_samples = 1, leak_check = false }}
probes = {{ kinds = [] }}
limits = {{ budget_usd = 10, concurrency = 1, attempts = 2, max_wait = 0.05, timeout = {timeout}, total_timeout = {timeout} }}
"""  # noqa: E501 - TOML has its lines
SEAT = 'endpoint = "local", price = {{ input = 1, output = 5 }}, stream = {stream}'
CALLS = (
    "retryable", "rate_limited@0.01", "rate_limited_silently", "rate_limited@86400",
    "server_error", "bad_gateway", "missing_model", "slow@0.2", "slow@60", "trickled@0.4",
    "dropped", "aborted", "truncated",
    "not_json", "cut_stream", "stream_error", "refusal", "refusal_cyber", "refusal_bio",
    "refusal_reasoning", "refusal_harm", "refusal_midway", "max_tokens", "window_exceeded",
    "context_exceeded", "malformed", "off_schema", "wrong_model", "fatal", "billing",
    "spend_limit", "usage_limit",
)  # fmt: skip
"""Faults of calls; each strikes once."""
BATCHES = (
    "expired", "canceled", "batch_refused", "batch_lost", "poll_error", "results_cut",
    "results_dropped",
)  # fmt: skip
"""Faults that only batches have."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of one study with one fault."""

    attempts: tuple[tuple[str, float], ...]
    """Outcome and USD of every attempt at what was not answered at once, in order."""
    rows: tuple[str, ...]
    """Outcomes of proposals, restatements and verdicts that are no answers."""
    paid: float
    """USD booked for the run."""
    asked: int
    """Requests for an answer until every trial had ended, with those that were repeated."""
    trials: tuple[str, ...]
    """How each trial ended: done, excluded, open; after a second start if there was one."""
    stopped: str | None
    """Why the first start did less than it was asked for."""
    starts: int
    unaccounted: int
    """Requests that the server has had and no row tells of, and rows of what it never had."""


def study_text(url: str, mode: Mode, timeout: float) -> str:
    """The study file."""
    seat = SEAT.format(stream="true" if mode == "stream" else "false")
    return STUDY.format(url=url, seat=seat, timeout=timeout)


def written_for(fault: str, mode: Mode) -> str:
    """The fault so that it strikes a judge's call, be it within a batch.

    Of a batch's requests the first five write and restate moves, or judge the first trial.
    """
    if fault in BATCHES:
        return f"{fault}:1"
    return f"{fault}:item6" if mode == "batch" else f"{fault}:5"


def start(db: Db, text: str, mode: Mode) -> RunResult:
    """Start the study's run, or go on with it."""
    study = parse_study(text, "faults.toml")

    async def starting() -> RunResult:
        run = await open_run(db, study, text, NOW)

        def make(client: Client) -> BatchSender:
            options = BatchOptions(0.001, 0.002)
            return BatchSender(
                client, db, run, lambda: NOW, frozenset({"local"}), options, study=study
            )

        return await run_study(
            db, study, run, lambda: NOW, None, lambda _: None,
            make_sender=make if mode == "batch" else None,
        )  # fmt: skip

    return asyncio.run(starting())


def measure(database: str, fault: str | None, mode: Mode, timeout: float = TIMEOUT) -> Effect:
    """Run the study with a fault, and start it once more where something was left."""
    faults = [] if fault is None else [parse_fault(written_for(fault, mode))]
    engine = open_database(database)
    with Simulator(World(seed=1), faults=faults) as server, Db(engine) as db:
        text = study_text(server.base_url, mode, timeout)
        first, starts = start(db, text, mode), 1
        if db.exec(select(Run)).one().status != "done":
            start(db, text, mode)
            starts = 2
        effect = _effect(db, server, first.stopped, starts)
    engine.dispose()
    return effect


def _effect(db: Db, server: Simulator, stopped: str | None, starts: int) -> Effect:
    calls = sorted(db.exec(select(Call)), key=lambda call: call.id or 0)
    trials = sorted(db.exec(select(Trial)), key=lambda trial: trial.id or 0)
    rows = [row.outcome for table in (Proposal, Restatement) for row in db.exec(select(table))]
    rows.extend("unscored" for row in db.exec(select(Verdict)) if row.verdict == "unscored")
    return Effect(
        attempts=tuple((call.outcome, call.cost_usd) for call in _struck(calls)),
        rows=tuple(outcome for outcome in rows if outcome not in _USABLE),
        paid=sum(call.cost_usd for call in calls),
        asked=sum(each.asked for each in server.tallies.values()),
        trials=tuple("excluded" if t.exclusion else "done" if t.done else "open" for t in trials),
        stopped=stopped,
        starts=starts,
        unaccounted=_unaccounted(calls, server),
    )


def _struck(calls: Sequence[Call]) -> list[Call]:
    """The attempts at whatever was not answered at once."""
    times = Counter(call.identity for call in calls)
    names = {call.identity for call in calls if call.outcome != "answered"}
    names |= {name for name, number in times.items() if number > 1}
    return [call for call in calls if call.identity in names]


def _unaccounted(calls: Sequence[Call], server: Simulator) -> int:
    """Requests and rows that do not match, by the hash of the body."""
    rows = Counter(call.body_hash for call in calls)
    asked = {key: each.asked for key, each in server.tallies.items()}
    keys = rows.keys() | asked.keys()
    return sum(abs(rows[key] - asked.get(key or "", 0)) for key in keys)
