"""Commands that look before a study is paid for: pilot, try."""

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.report import note_look
from taste.cli.shared import (
    DbOption,
    JsonOption,
    check_place,
    now,
    opened,
    read_study,
    safe,
    say,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.pilot_runs import Reviewed, ToReview
    from taste.tables import Run
    from transcripts.db import Db

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")]


def pilot(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What is to be tried.")],
    items: Annotated[int, typer.Option(min=1, help="So many items of the pilot set.")] = 10,
    set_: Annotated[
        str | None, typer.Option("--set", metavar="PILOT", help="Else the only pilot set.")
    ] = None,
    review: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Reviews, one a line, to store.")
    ] = None,
    to_review: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Write what nobody has reviewed here."),
    ] = None,
    yes: Yes = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Run everything on a few items, have each restatement and verdict accepted or rejected."""
    from taste.cli.study import start_run
    from taste.pilot_runs import choose_items, pilot_study, piloting, summarize_pilot
    from taste.stock_fit import find_pilot

    plan, text = read_study(study)
    if to_review is not None:
        check_place(to_review)
    with opened(db, context) as handle:
        chosen = find_pilot(handle, set_)
        purpose = piloting(choose_items(handle, plan, chosen, items))
        tried = pilot_study(plan, chosen)
        started = start_run(handle, tried, text, limit=None, yes=yes, purpose=purpose)
        result = asyncio.run(started)
        if result is None:
            say("nothing was sent.")
            return
        run = _run(handle, result.run_id)
        note_look(handle, run)
        _review(handle, run, review, to_review)
        _say_summary(asdict(summarize_pilot(handle, run)), json_=json_)
    if fault := result.shortfall:
        raise UserError(fault)


def _run(db: "Db", number: int) -> "Run":
    from taste.tables import Run

    return db.get_one(Run, number)


def _review(db: "Db", run: "Run", review: Path | None, to_review: Path | None) -> None:
    """Take reviews from a file, or from the person at the terminal; write what is left."""
    from taste.exchange.files import write_lines
    from taste.pilot_runs import add_reviews, read_made, read_reviews

    if review is not None:
        add_reviews(db, run, _read(review), now())
    elif to_review is None and sys.stdin.isatty():
        for one in list(read_made(db, run)):
            if one.identity not in read_reviews(db, run):
                answer = _ask(one)
                if answer is None:
                    break
                add_reviews(db, run, [answer], now())
    if to_review is not None:
        known = read_reviews(db, run)
        left = [asdict(one) for one in read_made(db, run) if one.identity not in known]
        write_lines(to_review, left)
        say(f"{len(left)} to review in {safe(to_review)}: add decision (accept or reject) to each.")


def _read(file: Path) -> list["Reviewed"]:
    from taste.pilot_runs import Reviewed
    from transcripts.points import Refusal, read_lines

    found = []
    for line in read_lines(file, lambda raw, _: Reviewed.model_validate_json(raw)):
        if isinstance(line, Refusal):
            raise UserError(f"{str(file)!r}, line {line.line}: {line.reason}")
        found.append(line)
    return found


def _ask(one: "ToReview") -> "Reviewed | None":
    """What the person at the terminal says; None to stop."""
    from taste.pilot_runs import Reviewed

    for line in (f"{one.kind} of:", *one.about.splitlines(), "says:", one.says):
        typer.echo(safe(line), err=True)
    answer = typer.prompt("accept, reject or stop (a/r/s)", err=True).strip().lower()[:1]
    while answer not in ("a", "r", "s"):
        answer = typer.prompt("a, r or s", err=True).strip().lower()[:1]
    if answer == "s":
        return None
    return Reviewed(identity=one.identity, decision="accept" if answer == "a" else "reject")


def _say_summary(summary: dict[str, object], *, json_: bool) -> None:
    if json_:
        write_json(summary)
        return
    for name, value in summary.items():
        typer.echo(f"{name.replace('_', ' ')}: {safe(value)}")
    number = summary["run_id"]
    say(
        f"variance, ICC and yield for a plan: taste trials {number} -o pilot.csv, then "
        "taste power --pilot pilot.csv --arm MODEL"
    )


def try_(  # noqa: PLR0913
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="SET:NUMBER", help="The item.")],
    study: Annotated[Path, typer.Option(metavar="STUDY.toml", help="Seats and prompts.")],
    model: Annotated[str | None, typer.Option(help="Name of a proposer; else the first.")] = None,
    yes: Yes = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Do one item with one model and show reply, restatement, verdict and cost; no study has it."""
    from taste.cli.study import start_run
    from taste.pilot_runs import find_item, pilot_study, trying

    plan, text = read_study(study)
    names = [seat.name for seat in plan.proposers]
    if model is not None and model not in names:
        raise UserError(f"the study has no proposer {model!r}; there are {', '.join(names)}.")
    with opened(db, context) as handle:
        item_set, found = find_item(handle, item)
        purpose, tried = trying(found, model or names[0]), pilot_study(plan, item_set)
        started = start_run(handle, tried, text, limit=None, yes=yes, purpose=purpose)
        result = asyncio.run(started)
        if result is None:
            say("nothing was sent.")
            return
        _show_try(handle, _run(handle, result.run_id), json_=json_)
    if fault := result.shortfall:
        raise UserError(fault)


def _show_try(db: "Db", run: "Run", *, json_: bool) -> None:
    from taste.pilot_runs import read_made, read_trial

    trial, proposal, calls = read_trial(db, run)
    made = [asdict(one) for one in read_made(db, run)]
    move = proposal.move if proposal else None
    if json_:
        write_json({"run_id": run.id, "simulated": run.simulated, "proposal": move,
                    "exclusion": trial.exclusion, "made": made, "calls": calls})  # fmt: skip
        return
    typer.echo(f"proposal{' (simulated)' if run.simulated else ''}: {safe(move or 'none')}")
    if trial.exclusion:
        typer.echo(f"excluded: {safe(trial.exclusion)}")
    for one in made:
        typer.echo(f"{one['kind']}: {safe(one['says'])}")
    for call in calls:
        typer.echo(
            f"call {call['call']}  {call['purpose']}  {safe(call['model'])}  {call['outcome']}  "
            f"request {call['request_hash'][:16]}  ${call['cost_usd']:.4f}"
        )
