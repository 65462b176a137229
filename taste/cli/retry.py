"""`taste retry`: what a run could not use, by reason, and trying the chosen ones again."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from taste.jobs import Purpose
    from taste.retries import Failure
    from taste.study import Study
    from taste.tables import Run
    from taste.workers import RunResult
    from transcripts.db import Db


def retry(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study of the run.")],
    reason: Annotated[
        list[str] | None,
        typer.Option(metavar="REASON", help="Try these again; without it they are listed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")] = False,
    mark_only: Annotated[
        bool, typer.Option("--mark-only", help="Send nothing; the next `taste run` asks.")
    ] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask in Message Batches: half the price, within a day.")
    ] = False,
    poll: PollOption = 5,
    pilot: Annotated[bool, typer.Option("--pilot", help="Of the study's latest pilot.")] = False,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Try answers again that could not be used, as new rows; the first ones stay and are counted.

    Without --reason it lists what there is, with what trying it again would cost.
    """
    import asyncio

    from taste.cli.study import say_result

    plan, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        what = _find(handle, plan, text, pilot=pilot)
        if not reason:
            _list(handle, what, json_=json_)
            return
        chosen = _chosen(what.failures, reason)
        if not (yes or mark_only) and not _agreed(handle, what, chosen):
            raise UserError("nothing was marked or sent.")
        marked = asyncio.run(_mark(handle, what, reason, sends=not mark_only, batch=batch))
        say(f"run {what.run.id}: {marked} answers are to be tried again.")
        if mark_only:
            return
        result = asyncio.run(_go_on(handle, what, poll if batch else None, json_=json_))
    if result is not None:
        say_result(result, json_=json_)


@dataclass(frozen=True)
class _Tried:
    """A run of which something is to be tried again."""

    run: "Run"
    study: "Study"
    text: str
    purpose: "Purpose"
    failures: "list[Failure]"
    """What could not be used of it."""


def _find(db: "Db", study: "Study", text: str, *, pilot: bool) -> _Tried:
    """The study's run, or its latest pilot, and what could not be used of it."""
    from taste.jobs import STUDY, find_run
    from taste.pilot_runs import read_pilot
    from taste.retries import find_failures

    if pilot:
        run, tried, purpose = read_pilot(db, study)
        return _Tried(run, tried, text, purpose, find_failures(db, run, tried))
    found = find_run(db, study)
    if found is None:
        raise UserError(
            f"the study {study.name!r} was not run yet; `taste run` begins it. For its pilot add "
            "--pilot; answers of an attack or of fitted stock moves cannot be tried again."
        )
    return _Tried(found, study, text, STUDY, find_failures(db, found, study))


async def _go_on(db: "Db", what: _Tried, poll: float | None, *, json_: bool) -> "RunResult | None":
    from taste.cli.study import start_run

    return await start_run(
        db, what.study, what.text, limit=None, yes=True, purpose=what.purpose,
        poll=poll, events=json_,
    )  # fmt: skip


def _chosen(failures: "list[Failure]", reasons: list[str]) -> "list[Failure]":
    """What is to be tried again; every reason must be one that there is."""
    from taste.retries import choose

    known = sorted({each.reason for each in failures})
    for reason in reasons:
        if not choose(failures, [reason]):
            there = f"there is: {', '.join(map(repr, known))}" if known else "nothing failed"
            raise UserError(f"no answer of this run failed with reason {reason!r}; {there}.")
    return choose(failures, reasons)


def _agreed(db: "Db", what: _Tried, chosen: "list[Failure]") -> bool:
    from taste.cli.study import agreed

    trials, calls, usd, most = _cost(db, what, chosen)
    say(
        f"{len(chosen)} answers, {trials} trials: up to {calls} calls, "
        f"about ${usd:.2f} and at most ${most:.2f}"
    )
    return agreed()


def _cost(db: "Db", what: _Tried, chosen: "list[Failure]") -> tuple[int, int, float, float]:
    """Trials, calls and USD (about, at most) that trying again adds; nothing is kept."""
    from taste.planning.estimate import estimate_run
    from taste.retries import items_of, store_retries

    # Other items cost the same before and after, and their texts need not be read.
    items = items_of(db, chosen)
    before = estimate_run(db, what.run, what.study, None, items=items)
    try:
        store_retries(db, what.run, chosen, now())
        after = estimate_run(db, what.run, what.study, None, items=items)
    finally:
        db.rollback()
    return (
        after.trials - before.trials,
        after.calls - before.calls,
        after.expected_usd - before.expected_usd,
        after.most_usd - before.most_usd,
    )


async def _mark(db: "Db", what: _Tried, reasons: list[str], *, sends: bool, batch: bool) -> int:
    """Mark while nobody works on the run, if the start would not be refused; how many answers."""
    from taste.batching.states import refuse_waiting
    from taste.holding import held
    from taste.retries import choose, find_failures, store_retries
    from taste.runs import check_leave, open_run

    if sends:
        await open_run(db, what.study, what.text, now(), what.purpose)
        if not batch:
            refuse_waiting(db, what.run)
    async with held(db, what.run, now, lambda _: None):
        chosen = choose(find_failures(db, what.run, what.study), reasons)
        store_retries(db, what.run, chosen, now())
        try:
            if sends:
                check_leave(db, what.run, what.study, now())
        except UserError:
            db.rollback()
            raise
        db.commit()
    return len(chosen)


def _list(db: "Db", what: _Tried, *, json_: bool) -> None:
    """Say what failed by reason, and what it would cost to try it again."""
    for reason in sorted({each.reason for each in what.failures}):
        chosen = [each for each in what.failures if each.reason == reason]
        trials = len({number for each in chosen for number in each.trials})
        _, calls, usd, most = _cost(db, what, chosen)
        kinds = dict(sorted(Counter(each.kind for each in chosen).items()))
        line: dict[str, Any] = {
            "reason": reason, "answers": kinds, "trials": trials, "calls": calls,
            "about_usd": usd, "most_usd": most,
        }  # fmt: skip
        if json_:
            write_json(line)
            continue
        counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        typer.echo(
            f"{safe(reason)}: {counted}; {trials} trials; again: up to {calls} calls, "
            f"about ${usd:.2f}, at most ${most:.2f}"
        )
    if not what.failures and not json_:
        typer.echo(f"run {what.run.id}: no answer failed.")
