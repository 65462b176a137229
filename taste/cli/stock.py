"""Commands about the stock list: which of its moves is the hardest to beat."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.probe_tables import StockFit
    from taste.stock_fit import MoveRate
    from taste.study import Study
    from taste.tables import ItemSet, Run
    from transcripts.db import Db

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep `fit` a word of its own while it is the only command."""


@app.command("fit")
def fit(  # noqa: PLR0913 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Whose judges decide.")],
    set_: Annotated[
        str | None, typer.Option("--set", metavar="PILOT", help="Else the only pilot set.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")] = False,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Find the one stock move that does best on the pilot set; the arm stock_fit takes it."""
    from taste.pilot_sets import find_pilot
    from taste.stock_fit import count_shared_lineages

    plan, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        pilot = find_pilot(handle, set_)
        shared = count_shared_lineages(handle, pilot, plan)
        if shared:
            say(f"the pilot set {pilot.name!r} shares {shared} lineages with the study's sets")
        _fit(handle, plan, text, pilot, yes=yes, json_=json_)


def _fit(db: "Db", study: "Study", text: str, pilot: "ItemSet", *, yes: bool, json_: bool) -> None:
    from taste.cli.study import start_run
    from taste.controls import read_stock
    from taste.jobs import get_run
    from taste.stock_fit import fitting, fitting_study, store_fit

    stock = read_stock()
    tried = fitting_study(study, pilot)
    started = start_run(db, tried, text, limit=None, yes=yes, purpose=fitting(stock))
    result = asyncio.run(started)
    if result is None:
        raise UserError("nothing was sent.")
    if fault := result.shortfall:
        raise UserError(fault)
    run = get_run(db, result.run_id)
    rates = read_rates(db, run, tried)
    found = store_fit(db, run, pilot, stock, rates, now())
    _say_fit(found, rates, pilot, run, json_=json_)
    _warn_of_earlier_runs(db, study)


def read_rates(db: "Db", run: "Run", study: "Study") -> list["MoveRate"]:
    """The rate of every stock move that a run tried, by the mean of the judges."""
    from analysis.figures.arm_scores import average_judges, score_arms
    from analysis.trials.filters import HEADLINE
    from analysis.trials.query import read_trials
    from analysis.trials.table import tabulate
    from taste.controls import read_stock
    from taste.stock_fit import MoveRate

    table = tabulate(read_trials(db, run, study)).choose(HEADLINE)
    scores = score_arms(table, [judge.name for judge in study.judges])
    models = {judge.name: judge.model for judge in study.judges}
    found = []
    for number, move in enumerate(read_stock().moves, start=1):
        by_judge = [one for one in scores if one.arm == f"stock:{number}"]
        known = list(average_judges(by_judge, models).scores.values())
        rate = sum(known) / len(known) if known else None
        found.append(MoveRate(number, move, rate, len(known)))
    return found


def _say_fit(
    found: "StockFit", rates: list["MoveRate"], pilot: "ItemSet", run: "Run", *, json_: bool
) -> None:
    move = next(one.move for one in rates if one.number == found.number)
    if json_:
        values = found.model_dump(exclude={"id", "set_id"})
        write_json({"set": pilot.name, "move": move, **values, "simulated": run.simulated})
        return
    ordered = sorted(rates, key=lambda one: (-1 if one.rate is None else -one.rate, one.number))
    write_table(
        ("number", "rate", "items", "move"),
        (
            (one.number, "-" if one.rate is None else f"{one.rate:.3f}", one.items, one.move)
            for one in ordered
        ),
    )
    typer.echo(
        f"picked move {found.number} of stock {found.version}"
        f"{' (simulated)' if run.simulated else ''}: {safe(move)}"
    )
    say(
        f"its rate on {pilot.name!r}, {found.rate:.3f} on {found.items} items, is too high: it was "
        f"picked as the highest of {len(rates)}. What it is worth shows on other items: run a "
        "study with the arm stock_fit."
    )


def _warn_of_earlier_runs(db: "Db", study: "Study") -> None:
    """A run has the arms that there were when it began."""
    from sqlmodel import col, select

    from taste.tables import Run

    query = select(Run.id).where(Run.study == study.name, Run.purpose == "study")
    begun = db.exec(query.order_by(col(Run.id))).all()
    if begun:
        numbers = ", ".join(map(str, begun))
        say(
            f"a study of the name {study.name!r} has been run before (run {numbers}), and a run "
            "keeps to what there was when it began: to add the arm, give the study another name; "
            "what was paid for is used again."
        )
