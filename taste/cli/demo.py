"""`taste demo`: the whole experiment on example sessions, in a database of its own."""

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from taste.cli.report import note_look
from taste.cli.shared import check_place, now, say
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.workers import RunResult
    from transcripts.db import Db


def run_demo(db: str | None, output: Path) -> None:
    """Import, annotate, freeze, run against the simulator and report; name the report."""
    from taste.database import open_database
    from transcripts.db import Db as Handle

    check_place(output)
    with tempfile.TemporaryDirectory(prefix="taste-demo-") as folder:
        engine = open_database(db or str(Path(folder) / "demo.db"))
        with Handle(engine, expire_on_commit=False) as handle:
            _demonstrate(handle, output)
        engine.dispose()
    typer.echo(f"report: {output} (simulated; open it in a browser)")


def _demonstrate(db: "Db", output: Path) -> None:
    from analysis.report.writing import write_report
    from taste.demo.setup import prepare, store_persons
    from taste.jobs import get_run

    say("example sessions: importing, reading their annotations, freezing both sets")
    prepared = prepare(db, now())
    store_persons(db, now())
    sets = ", ".join(f"{count} {name}" for name, count in prepared.items.items())
    say(f"{prepared.sessions} sessions, {prepared.points} decision points, items: {sets}")
    result = asyncio.run(_run(db))
    if fault := result.shortfall:
        raise UserError(fault)
    say(f"{result.done} trials, {result.answered} simulated answers; writing the report")
    run = get_run(db, result.run_id)
    note_look(db, run)
    write_report(db, run, output, format="html")


async def _run(db: "Db") -> "RunResult":
    from taste.cli.watching import watching
    from taste.demo.setup import read_script, study_text
    from taste.runs import open_run, run_study
    from taste.simulator.server import Simulator
    from taste.simulator.world import World
    from taste.study import parse_study

    with Simulator(World(seed=1), read_script(db)) as server, watching() as tell:
        text = study_text(server.base_url)
        study = parse_study(text, "demo/study.toml")
        run = await open_run(db, study, text, now())
        return await run_study(db, study, run, now, None, tell)
