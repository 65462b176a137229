"""The command status: how far runs have got, also while another process works on them."""

import sys
import time
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, safe, write_json, write_table
from taste.cli.watching import time_left
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taste.run_states import RunDetail, RunState
    from transcripts.db import Db

EVERY = 2.0
"""Fewest seconds between two looks of `--watch`."""
REST = 4.0
"""So many times as long as a look takes nothing is looked at, since the run needs the machine."""


def status(
    context: typer.Context,
    run: Annotated[
        int | None, typer.Argument(help="Number of the run, for all that is known of it.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every two seconds while it is worked on.")
    ] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say how far runs have got and what they have cost, from any terminal and at any time."""
    if watch and run is None:
        raise UserError("say which run is to be watched: taste status RUN --watch.")
    while True:
        began = time.monotonic()
        with opened(db, context) as handle:
            goes_on = _say_status(handle, run, clear=watch and not json_, json_=json_)
        if not (watch and goes_on):
            return
        time.sleep(max(EVERY, REST * (time.monotonic() - began)))


def _say_status(db: "Db", number: int | None, *, clear: bool, json_: bool) -> bool:
    """Say the state of one run or of all; whether the one is being worked on."""
    from taste.run_states import read_any_run, run_detail, run_states

    detail = None if number is None else run_detail(db, read_any_run(db, number), now())
    states = list(run_states(db, number))
    if clear and sys.stdout.isatty():
        typer.echo("\x1b[2J\x1b[H", nl=False)
    for state in states:
        if json_:
            write_json(asdict(state) | (asdict(detail) if detail else {}))
            continue
        for line in _lines(state):
            typer.echo(safe(line))
        if detail is not None:
            _say_detail(detail, worked_on=_is_worked_on(state))
    return number is not None and any(_is_worked_on(state) for state in states)


def _lines(state: "RunState") -> "Iterator[str]":
    what = "" if state.purpose == "study" else f" ({state.purpose})"
    yield (
        f"run {state.run_id}  {state.study}{what}  {_status(state)}"
        f"{'  simulated' if state.simulated else ''}  {state.finished} of {state.trials} "
        f"trials, {state.excluded} excluded, {state.calls} calls, ${state.spent_usd:.2f}"
    )
    for sentence in filter(None, (state.reason, state.added.sentence)):
        yield f"  {sentence}"


def _say_detail(detail: "RunDetail", *, worked_on: bool) -> None:
    cost = detail.cost
    typer.echo(f"  budget: ${detail.budget_usd:,.2f}; spent: {cost.sentence}")
    left = time_left(detail.seconds_left) if worked_on else ""
    typer.echo(f"  calls begun in the last minute: {detail.last_minute}{left and f'; {left}'}")
    rows = [
        (kind, name, f"{usd:,.4f}")
        for kind, costs in (
            ("model", cost.by_model), ("role", cost.by_role), ("tokens", cost.by_class),
        )
        for name, usd in sorted(costs.items())
    ]  # fmt: skip
    if rows:
        write_table(("of", "which", "usd"), rows)
    for reason, number in detail.excluded.items():
        typer.echo(f"  {number} trials without a result: {safe(reason)}")
    for judge in detail.repeated:
        typer.echo(
            f"  {judge.repeated} of {judge.wanted} verdicts of {safe(judge.judge)} repeated, "
            f"{judge.same} as in the earlier run; answered by {safe(', '.join(judge.models))}"
        )
    for one in detail.failed:
        stopped = f" ({one.reason})" if one.reason else ""
        typer.echo(
            f"  {one.calls} {safe(one.purpose)} calls of {safe(one.model)} {one.outcome}"
            f"{safe(stopped)}, ${one.cost_usd:.4f}"
        )


def _status(state: "RunState") -> str:
    """The run's status; one that was killed could not say so."""
    if state.status != "running":
        return state.status
    if state.holder is None or not _is_worked_on(state):
        return "running (but nothing works on it, it was killed: the same command goes on)"
    host, process, *_ = state.holder.split()
    return f"running in process {process} on {host}, last sign {_silent(state).seconds} s ago"


def _is_worked_on(state: "RunState") -> bool:
    from taste.holding import STALE, is_dead

    alive = state.holder is not None and not is_dead(state.holder)
    return state.status == "running" and alive and _silent(state) < STALE


def _silent(state: "RunState") -> timedelta:
    at = state.beat_at
    return timedelta.max if at is None else max(now() - at, timedelta(0))
