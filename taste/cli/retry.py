"""`taste retry`: what a run could not use, by reason, and trying the chosen ones again."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
    now,
    opened,
    read_study,
    safe,
    say,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.retries import Failure
    from taste.study import Study
    from taste.tables import Run
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
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Try answers again that could not be used, as new rows; the first ones stay and are counted.

    Without --reason it lists what there is, with what trying it again would cost.
    """
    import asyncio

    from taste.cli.study import say_result, start_run

    plan, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        run, failures = _failures(handle, plan)
        if not reason:
            _list(handle, plan, run, failures, json_=json_)
            return
        chosen = _chosen(failures, reason)
        if not (yes or mark_only) and not _agreed(handle, plan, run, chosen):
            say("nothing was marked or sent.")
            return
        marked = asyncio.run(_mark(handle, plan, run, reason))
        say(f"run {run.id}: {marked} answers are to be tried again.")
        if mark_only:
            return
        started = start_run(
            handle, plan, text, limit=None, yes=True, poll=5 if batch else None, events=json_
        )
        result = asyncio.run(started)
    if result is not None:
        say_result(result, json_=json_)


def _failures(db: "Db", study: "Study") -> "tuple[Run, list[Failure]]":
    """The study's run and what could not be used of it."""
    from taste.jobs import find_run
    from taste.retries import find_failures

    run = find_run(db, study)
    if run is None:
        raise UserError(f"the study {study.name!r} was not run yet; `taste run` begins it.")
    return run, find_failures(db, run, study)


def _chosen(failures: "list[Failure]", reasons: list[str]) -> "list[Failure]":
    """What is to be tried again; every reason must be one that there is."""
    from taste.retries import choose

    known = sorted({each.reason for each in failures})
    for reason in reasons:
        if not choose(failures, [reason]):
            there = f"there is: {', '.join(map(repr, known))}" if known else "nothing failed"
            raise UserError(f"no answer of this run failed with reason {reason!r}; {there}.")
    return choose(failures, reasons)


def _agreed(db: "Db", study: "Study", run: "Run", chosen: "list[Failure]") -> bool:
    from taste.cli.study import agreed

    trials, calls, usd, most = _cost(db, study, run, chosen)
    say(
        f"{len(chosen)} answers, {trials} trials: up to {calls} calls, "
        f"about ${usd:.2f} and at most ${most:.2f}"
    )
    return agreed()


def _cost(
    db: "Db", study: "Study", run: "Run", chosen: "list[Failure]"
) -> tuple[int, int, float, float]:
    """Trials, calls and USD (about, at most) that trying again adds; nothing is kept."""
    from taste.planning.estimate import estimate_run
    from taste.retries import store_retries

    before = estimate_run(db, run, study, None)
    try:
        store_retries(db, run, chosen, now())
        after = estimate_run(db, run, study, None)
    finally:
        db.rollback()
    return (
        after.trials - before.trials,
        after.calls - before.calls,
        after.expected_usd - before.expected_usd,
        after.most_usd - before.most_usd,
    )


async def _mark(db: "Db", study: "Study", run: "Run", reasons: list[str]) -> int:
    """Mark while nobody works on the run; how many answers."""
    from taste.holding import held
    from taste.retries import choose, find_failures, store_retries

    async with held(db, run, now, lambda _: None):
        chosen = choose(find_failures(db, run, study), reasons)
        store_retries(db, run, chosen, now())
        db.commit()
    return len(chosen)


def _list(db: "Db", study: "Study", run: "Run", failures: "list[Failure]", *, json_: bool) -> None:
    """Say what failed by reason, and what it would cost to try it again."""
    for reason in sorted({each.reason for each in failures}):
        chosen = [each for each in failures if each.reason == reason]
        trials = len({number for each in chosen for number in each.trials})
        _, calls, usd, most = _cost(db, study, run, chosen)
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
    if not failures and not json_:
        typer.echo(f"run {run.id}: no answer failed.")
