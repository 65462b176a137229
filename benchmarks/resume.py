"""How many calls a killed run repeats: `taste run` is ended by kill -9 half way and started again.

Everything is simulated: example sessions, models on this machine, no key and no network.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import func, select

from taste.database import open_database
from taste.demo.setup import prepare
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.tables import Call, Trial, TrialVerdict
from transcripts.db import Db

PROGRAM = "from taste.cli.main import main; main()"
SEAT = 'endpoint = "local"\nprice = { input = 1, output = 5 }\n'


@dataclass(frozen=True, slots=True)
class Kept:
    """What a database holds."""

    trials: int
    calls: int
    verdicts: int


def study_text(base_url: str, proposers: int, concurrency: int) -> str:
    """A study of both example sets: so many proposers, `stock`, and `echo` on a tenth."""
    seats = [f'[[proposers]]\nname = "p{n}"\nmodel = "p{n}"\n{SEAT}' for n in range(proposers)]
    return (
        'name = "resume"\nsets = ["suboptimal", "strong"]\n'
        f'[[endpoints]]\nname = "local"\nbase_url = "{base_url}"\n'
        f"{''.join(seats)}"
        f'[restater]\nname = "restater"\nmodel = "restater"\n{SEAT}'
        f'[[judges]]\nname = "judge"\nmodel = "judge"\n{SEAT}'
        '[controls]\narms = ["stock", "echo"]\nshare = 0.1\n'
        f"[limits]\nbudget_usd = 1000\nconcurrency = {concurrency}\n"
    )


def read_kept(database: Path) -> Kept:
    """Count the rows of a database."""
    engine = open_database(str(database))
    with Db(engine) as db:
        trials, calls, verdicts = (
            db.exec(select(func.count()).select_from(table)).one()
            for table in (Trial, Call, TrialVerdict)
        )
    engine.dispose()
    return Kept(trials, calls, verdicts)


def begin(study: Path, database: Path) -> subprocess.Popen[bytes]:
    """Start `taste run` as a process of its own."""
    words = ["run", str(study), "--yes", "--db", str(database)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def count_calls(server: Simulator) -> int:
    """Calls that the simulator has taken, not counting the question who it is."""
    return sum(1 for request in server.requests if request.kind)


def finish(study: Path, database: Path) -> float:
    """Do what is left; the seconds that it took."""
    started = time.perf_counter()
    if begin(study, database).wait() != 0:
        raise SystemExit("the run did not finish")
    return time.perf_counter() - started


def kill_after(calls: int, server: Simulator, study: Path, database: Path) -> None:
    """Start the run and end it by kill -9 once so many calls were taken."""
    process = begin(study, database)
    while count_calls(server) < calls and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.5)  # what was sent before the end may still be read


def say(name: str, value: object) -> None:
    """Print one measurement."""
    typer.echo(f"{name:34} {value}")


def measure_whole(folder: Path, proposers: int, concurrency: int) -> int:
    """Run the study without interruption; the number of its calls."""
    database, study = folder / "whole.db", folder / "whole.toml"
    shutil.copy(folder / "prepared.db", database)
    with Simulator(World(seed=1)) as server:
        study.write_text(study_text(server.base_url, proposers, concurrency), encoding="utf-8")
        seconds = finish(study, database)
        calls = count_calls(server)
    kept = read_kept(database)
    say("trials", kept.trials)
    say("calls of an uninterrupted run", f"{calls} in {seconds:.1f} s ({calls / seconds:.0f}/s)")
    return calls


def measure_killed(folder: Path, proposers: int, concurrency: int, whole: int) -> None:
    """Kill the study half way, finish it, and print what was repeated."""
    database, study = folder / "killed.db", folder / "killed.toml"
    shutil.copy(folder / "prepared.db", database)
    with Simulator(World(seed=1)) as server:
        study.write_text(study_text(server.base_url, proposers, concurrency), encoding="utf-8")
        kill_after(whole // 2, server, study, database)
        before, stored = count_calls(server), read_kept(database)
        seconds = finish(study, database)
        total = count_calls(server)
    kept = read_kept(database)
    say("calls before the kill", f"{before}, of which stored {stored.calls}")
    say("calls after the restart", f"{total - before} in {seconds:.1f} s")
    say("calls repeated", f"{total - whole} (concurrency {concurrency})")
    say("calls stored in the end", kept.calls)
    say("verdicts linked to trials", kept.verdicts)


def main(
    proposers: Annotated[int, typer.Option(min=1, help="10 make 400 trials.")] = 10,
    concurrency: Annotated[int, typer.Option(min=1)] = 8,
) -> None:
    """Measure how much of a run is repeated after kill -9."""
    typer.echo("A simulated study is run once as a whole, and once killed half way and restarted.")
    with tempfile.TemporaryDirectory(prefix="taste-resume-") as name:
        folder = Path(name)
        engine = open_database(str(folder / "prepared.db"))
        with Db(engine) as db:
            prepare(db, datetime.now(UTC))
        engine.dispose()
        whole = measure_whole(folder, proposers, concurrency)
        measure_killed(folder, proposers, concurrency, whole)
    say("load averages", " ".join(f"{load:.2f}" for load in os.getloadavg()))


if __name__ == "__main__":
    typer.run(main)
