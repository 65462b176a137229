"""Commands that run things: run, demo."""

import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
    PollOption,
    now,
    opened,
    read_study,
    safe,
    say,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from taste.batching.sender import BatchSender
    from taste.client import Client
    from taste.jobs import Purpose
    from taste.planning.results import Estimate
    from taste.study import Study
    from taste.tables import Run
    from taste.workers import RunResult
    from transcripts.db import Db


def run(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What is to be run.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Do at most so many trials.")] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask in Message Batches: half the price, within a day.")
    ] = False,
    poll: PollOption = 5,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Run a study, or go on with it: only what is missing is asked for and paid for."""
    import asyncio

    plan, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        result = asyncio.run(
            start_run(
                handle, plan, text,
                limit=limit, yes=yes, poll=poll if batch else None, events=json_,
            )
        )  # fmt: skip
    if result is None:
        raise UserError("nothing was sent.")
    say_result(result, json_=json_)


async def start_run(  # noqa: PLR0913 - what a run is started with
    db: "Db",
    study: "Study",
    text: str,
    *,
    limit: int | None,
    yes: bool,
    purpose: "Purpose | None" = None,
    poll: float | None = None,
    events: bool = False,
) -> "RunResult | None":
    """Open a run, say what it costs, ask, and do it; None if the answer was no.

    With `poll` it asks in batches, and looks at them after so many seconds; with `events` it writes
    how far it has got as JSON to stdout.
    """
    from taste.batching.states import refuse_waiting
    from taste.bridges import bridge_lacks
    from taste.cli.watching import watching
    from taste.jobs import STUDY
    from taste.planning.estimate import plan_start
    from taste.runs import open_run, run_study

    opened_run = await open_run(db, study, text, now(), purpose or STUDY)
    batch = poll is not None
    if not batch:
        refuse_waiting(db, opened_run)
    needed, ttls = plan_start(db, opened_run, study, limit, batch=batch)
    _say_estimate(study, opened_run, needed, batch=batch)
    for lack in bridge_lacks(db, opened_run, study):
        say(safe(lack))
    if needed.calls and not yes and not agreed():
        return None
    if events:
        write_json(
            {
                "event": "start",
                "run_id": opened_run.id,
                **_told(study, opened_run, needed, batch=batch),
            }
        )
    with watching(events=events) as tell:
        made = None if poll is None else _batch_sender(db, study, opened_run, poll)
        return await run_study(db, study, opened_run, now, limit, tell, make_sender=made, ttls=ttls)


def _batch_sender(
    db: "Db", study: "Study", run: "Run", poll: float
) -> "Callable[[Client], BatchSender]":
    """What makes the sender of a run that asks in batches."""
    from taste.batching.sender import BatchOptions, BatchSender

    options = BatchOptions(poll, max(poll, 300.0), tell=lambda text: say(safe(text)))
    return lambda client: BatchSender(client, db, run, now, frozenset(), options, study=study)


def agreed() -> bool:
    """Ask whether to send; a terminal is needed for that.

    Raises:
        UserError: if there is none.
    """
    if not sys.stdin.isatty():
        raise UserError("standard input is no terminal to ask on; to go on without, add --yes.")
    # Within a running loop Ctrl-C would be left for the loop, which waits for this very answer;
    # and an editor of lines may take it for a key.
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.stderr.write("Send these calls? [y/N]: ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    finally:
        signal.signal(signal.SIGINT, kept)


def _told(study: "Study", run: "Run", needed: "Estimate", *, batch: bool) -> dict[str, object]:
    expected = needed.batch_usd if batch else needed.expected_usd
    return {
        "study": study.name, "simulated": run.simulated, "trials": needed.trials,
        "calls": needed.calls, "expected_usd": expected, "most_usd": needed.most_usd,
        "budget_usd": study.limits.budget_usd,
    }  # fmt: skip


def _say_estimate(study: "Study", run: "Run | None", needed: "Estimate", *, batch: bool) -> None:
    about = f"about ${needed.expected_usd:.2f}"
    if batch:
        about = f"about ${needed.batch_usd:.2f} (${needed.batch_cold_usd:.2f} without a cache)"
    what = f", run {run.id}{' (simulated)' if run.simulated else ''}" if run else ""
    say(
        f"study {study.name}{what}: {needed.trials} open trials, up to "
        f"{needed.calls} calls, {about} and at most "
        f"${needed.most_usd:.2f}; budget ${study.limits.budget_usd:.2f}"
    )


def say_result(result: "RunResult", *, json_: bool) -> None:
    """Say how a start ended.

    Raises:
        UserError: if something that was planned has no outcome.
    """
    if json_:
        end = "end" if result.shortfall is None else "stop"
        write_json({"event": end, **asdict(result), "reason": result.shortfall})
    else:
        typer.echo(
            f"run {result.run_id}: {result.done} of {result.total} open {result.name} done, "
            f"{result.answered} answers, ${result.spent_usd:.2f} spent in all"
            f"{result.unknown and f'; {result.unknown}'}"
        )
    if fault := result.shortfall:
        raise UserError(fault)


def demo(
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where the report goes.")
    ] = Path("taste-demo.html"),
    db: DbOption = None,
) -> None:
    """Run everything on example sessions with simulated models: no key, no network."""
    from taste.cli.demo import run_demo

    run_demo(db or context.find_root().params.get("db"), output)
