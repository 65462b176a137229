"""The command pilot: everything on a few items, and what a person says of what came of it."""

import asyncio
import shutil
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.report import note_look
from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
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
    from taste.pilot_runs import PilotSummary, Reviewed, ToReview
    from taste.study import Study
    from taste.tables import ItemSet, Run
    from transcripts.db import Db

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")]


def pilot(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What is to be tried.")],
    items: Annotated[int, typer.Option(min=1, help="On so many items.")] = 10,
    set_: Annotated[
        str | None,
        typer.Option("--set", metavar="PILOT", help="Else the only pilot set, or one drawn now."),
    ] = None,
    review: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Reviews, one a line, to store.")
    ] = None,
    to_review: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Write what nobody has reviewed here."),
    ] = None,
    yes: Yes = False,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Run everything on a few items, have each restatement and verdict accepted or rejected.

    The sessions of these items are left out of every set to test on that is frozen later.
    """
    from taste.cli.study import start_run
    from taste.pilot_runs import pilot_study, piloting, summarize_pilot
    from taste.pilot_sets import choose_items

    plan, text = read_study(study, no_budget=no_budget)
    if to_review is not None:
        check_place(to_review)
    with opened(db, context) as handle:
        chosen = _pilot_set(handle, plan, set_, items)
        purpose = piloting(choose_items(handle, plan, chosen, items))
        _say_which(purpose.items or (), items, chosen.name)
        tried = pilot_study(plan, chosen)
        started = start_run(handle, tried, text, limit=None, yes=yes, purpose=purpose)
        result = asyncio.run(started)
        if result is None:
            raise UserError("nothing was sent.")
        run = _run(handle, result.run_id)
        note_look(handle, run)
        _review(handle, run, review, to_review, done=result.shortfall is None)
        _say_summary(summarize_pilot(handle, run), json_=json_)
        if result.shortfall is None and not json_:
            _say_next(result.run_id)
    if fault := result.shortfall:
        raise UserError(fault)


def _pilot_set(db: "Db", study: "Study", name: str | None, number: int) -> "ItemSet":
    """The pilot set that is named, the only one, or one that is drawn now."""
    from taste.pilot_sets import draw_pilot, find_pilot

    drawn = draw_pilot(db, study, number, now()) if name is None else None
    if drawn is None:
        return find_pilot(db, name)
    say(
        f"there was no pilot set: {safe(drawn.item_set.name)} is frozen with "
        f"{drawn.items} of the labelled points, drawn at random from sessions that the study is "
        "not tested on."
    )
    return drawn.item_set


def _say_which(items: tuple[int, ...], wanted: int, name: str) -> None:
    if len(items) < wanted:
        say(
            f"the pilot set {safe(name)} has {len(items)} items of sessions that the study is not "
            f"tested on, not {wanted}; all of them are taken."
        )


def _run(db: "Db", number: int) -> "Run":
    from taste.tables import Run

    return db.get_one(Run, number)


def _review(
    db: "Db", run: "Run", review: Path | None, to_review: Path | None, *, done: bool
) -> None:
    """Take reviews from a file, or from the person at the terminal; write what is left."""
    from taste.exchange.files import write_lines
    from taste.pilot_runs import add_reviews, read_made, read_reviews

    if review is not None:
        add_reviews(db, run, _read(review), now())
    elif to_review is None and not done:
        say("the pilot is not done, so nothing is put to review: the same command goes on with it.")
    elif to_review is None and sys.stdin.isatty():
        _ask_all(db, run)
    if to_review is not None:
        known = read_reviews(db, run)
        left = [asdict(one) for one in read_made(db, run) if one.identity not in known]
        write_lines(to_review, left)
        say(f"{len(left)} to review in {safe(to_review)}: add decision (accept or reject) to each.")


def _ask_all(db: "Db", run: "Run") -> None:
    """Ask of each restatement and verdict that nobody has reviewed, until the person has enough."""
    from taste.pilot_runs import add_reviews, read_made, read_reviews

    known = read_reviews(db, run)
    left = [one for one in read_made(db, run) if one.identity not in known]
    for number, one in enumerate(left, start=1):
        answer = _ask(one, f"{number} of {len(left)}")
        if answer is None:
            say(f"{len(left) - number + 1} are left to review; the same command asks again.")
            return
        add_reviews(db, run, [answer], now())


def _read(file: Path) -> list["Reviewed"]:
    from taste.pilot_runs import Reviewed
    from transcripts.points import Refusal, read_lines

    found = []
    for line in read_lines(file, lambda raw, _: Reviewed.model_validate_json(raw)):
        if isinstance(line, Refusal):
            raise UserError(f"{str(file)!r}, line {line.line}: {line.reason}")
        found.append(line)
    return found


def _ask(one: "ToReview", place: str) -> "Reviewed | None":
    """What the person at the terminal says; None to stop."""
    from taste.pilot_runs import Reviewed

    lines = ("", f"{one.kind} ({place}) of:", *one.about.splitlines(), "says:", one.says)
    width = shutil.get_terminal_size().columns - 1
    for line in lines:
        say(textwrap.fill(safe(line), width, break_on_hyphens=False))
    try:
        answer = typer.prompt("accept, reject or stop (a/r/s)", err=True).strip().lower()[:1]
        while answer not in ("a", "r", "s"):
            answer = typer.prompt("a, r or s", err=True).strip().lower()[:1]
    except typer.Abort:
        say("")
        return None
    if answer == "s":
        return None
    return Reviewed(identity=one.identity, decision="accept" if answer == "a" else "reject")


def _say_summary(summary: "PilotSummary", *, json_: bool) -> None:
    if json_:
        write_json(summary)
        return
    for name, value in asdict(summary).items():
        told = (
            ", ".join(f"{n} {key}" for key, n in value.items()) or "none"
            if isinstance(value, dict)
            else value
        )
        typer.echo(f"{name.replace('_', ' ')}: {safe(told)}")


def _say_next(run_id: int) -> None:
    of_pilot = "--pilot pilot.csv --arm MODEL"
    say(
        f"for a plan: taste trials {run_id} -o pilot.csv, then taste power {of_pilot} (variance, "
        "ICC, minutes; with --sessions-screened N the yield of the N sessions that you looked "
        f"through), or taste plan STUDY.toml --budget USD {of_pilot}"
    )
