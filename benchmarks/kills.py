"""What twenty `kill -9` at random moments do to a study, against the same study left in peace.

The run is ended again and again, each time at a drawn moment of its calls, and started again. The
simulator counts what it was asked and what it answered, by the hash of each body. Everything is
simulated: example sessions, models on this machine, no key and no network.
"""

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from sqlite3 import connect
from typing import Annotated, Final

import typer

from taste.database import open_database
from taste.demo.setup import prepare
from taste.simulator.server import Simulator
from taste.simulator.world import World
from transcripts.db import Db

PROGRAM: Final = "from taste.cli.main import main; main()"
SEAT: Final = 'endpoint = "local"\nprice = { input = 1, output = 5 }\n'
BATCH_LOOKS: Final = 4
"""Looks until a batch has ended, so that some kills fall between two of them."""
GRACE: Final = 0.3
"""Seconds, beside the latency, in which what was sent before a kill is still answered."""
MAY_DIFFER: Final = frozenset({"trial_id", "proposal_id", "comparison_id", "verdict_id"})
"""Columns of the trials table that number rows in the order in which they came to be."""


@dataclass(frozen=True, slots=True)
class Bench:
    """How the study is run, as a whole and killed."""

    folder: Path
    server: Simulator
    name: str
    words: tuple[str, ...]

    @property
    def database(self) -> Path:
        """The database of this run."""
        return self.folder / f"{self.name}.db"

    @property
    def asked(self) -> dict[str, int]:
        """Body -> how often it was sent, by call or in a batch."""
        return {body: tally.asked for body, tally in self.server.tallies.items()}

    def begin(self) -> subprocess.Popen[bytes]:
        """Start `taste run` as a process of its own."""
        study = str(self.folder / f"{self.name}.toml")
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "run", study, "--yes", *self.words,
             "--db", str(self.database)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def finish(self) -> float:
        """Do what is left; the seconds that it took."""
        started = time.perf_counter()
        if self.begin().wait() != 0:
            raise SystemExit(f"the run {self.name!r} did not finish")
        return time.perf_counter() - started

    def bodies(self) -> list[str]:
        """The hashes of what was sent, one for each stored answer."""
        with closing(connect(self.database)) as connection:
            query = "SELECT body_hash FROM call WHERE outcome NOT IN ('retryable', 'fatal')"
            return [body for (body,) in connection.execute(query)]

    def write_study(self, proposers: int, concurrency: int) -> None:
        """Both example sets, with the controls."""
        seats = [f'[[proposers]]\nname = "p{n}"\nmodel = "p{n}"\n{SEAT}' for n in range(proposers)]
        text = (
            'name = "kills"\nsets = ["suboptimal", "strong"]\n'
            f'[[endpoints]]\nname = "local"\nbase_url = "{self.server.base_url}"\n'
            f"{''.join(seats)}"
            f'[restater]\nname = "restater"\nmodel = "restater"\n{SEAT}'
            f'[[judges]]\nname = "judge"\nmodel = "judge"\n{SEAT}'
            '[controls]\narms = ["stock", "echo"]\n'
            f"[limits]\nbudget_usd = 1000\nconcurrency = {concurrency}\n"
        )
        (self.folder / f"{self.name}.toml").write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill left."""

    answered: int
    """Calls that the simulator had answered when all was quiet."""
    stored: int
    """Answers that were rows then."""


def kill(bench: Bench, after: int, seconds: float, latency: float) -> tuple[Kill, list[str]]:
    """Start the run, and end it so long after the simulator was asked so often."""
    process = bench.begin()
    while bench.server.count < after and process.poll() is None:
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(latency + GRACE)
    kept = bench.bodies()
    answered = sum(tally.answered for tally in bench.server.tallies.values())
    return Kill(answered, len(kept)), kept


def tell(*words: str) -> bytes:
    """What a command of `taste` writes."""
    command = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def read_outcomes(bench: Bench) -> tuple[list[tuple[str, ...]], bytes]:
    """The trials with their outcomes, and every estimate from them."""
    table = bench.folder / f"{bench.name}.csv"
    tell("trials", "1", "-o", str(table), "--db", str(bench.database))
    with table.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    kept = [name for name in lines[0] if name not in MAY_DIFFER]
    rows = sorted(tuple(line[name] for name in kept) for line in lines)
    sorted_table = table.with_suffix(".sorted.csv")
    with sorted_table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([kept, *rows])
    return rows, tell("stats", str(sorted_table), "--all", "--json")


def say(name: str, value: object) -> None:
    """Print one measurement."""
    typer.echo(f"{name:46} {value}")


def run_killed(bench: Bench, options: "Options", whole: int) -> None:
    """Kill the run so often at drawn moments, and finish it."""
    draw = random.Random(options.seed)
    done: list[Kill] = []
    known: dict[str, int] = {}
    for moment in sorted(draw.sample(range(1, whole), options.kills)):
        after = max(moment, bench.server.count + 1)
        made, kept = kill(bench, after, draw.uniform(0, 2 * options.latency), options.latency)
        done.append(made)
        known = {body: bench.asked[body] for body in kept} | known
    seconds, asked = bench.finish(), bench.asked
    say("kills", f"{len(done)}, at {' '.join(str(made.answered) for made in done)} answers")
    open_ = [0, *(made.answered - made.stored for made in done)]
    say("of them lost in flight, at each", " ".join(str(b - a) for a, b in pairwise(open_)))
    say("seconds of the last start", f"{seconds:.1f}")
    say("stored answers that were asked for again", sum(asked[b] - n for b, n in known.items()))
    say("answers without a row in the end", len(set(asked) - set(bench.bodies())))


def compare(whole: Bench, killed: Bench) -> None:
    """Say what differs between the two."""
    first, second = whole.asked, killed.asked
    say("calls of the undisturbed run", sum(first.values()))
    say("calls of the killed run", sum(second.values()))
    repeated = {body: times - first.get(body, 0) for body, times in second.items()}
    say("calls repeated", sum(times for times in repeated.values() if times > 0))
    say("calls of the one that the other never made", len(set(first) ^ set(second)))
    rows, estimates = read_outcomes(whole)
    others, other_estimates = read_outcomes(killed)
    say("rows of trials", f"{len(rows)}, {'identical' if rows == others else 'DIFFERENT'}")
    same = "identical" if estimates == other_estimates else "DIFFERENT"
    say("every figure of taste stats --all", f"{len(estimates)} bytes of JSON, {same}")
    tell("audit", "--db", str(killed.database))
    say("taste audit of the killed run", "finds nothing")


def measure(folder: Path, words: Sequence[str], options: "Options") -> None:
    """Run the study in peace and killed, by calls or in batches."""
    benches = []
    for name in ("whole", "killed"):
        shutil.copy(folder / "prepared.db", folder / f"{name}.db")
        server = Simulator(
            World(seed=1), latency=options.latency, batch_looks=BATCH_LOOKS if words else 1
        )
        with server:
            bench = Bench(folder, server, name, tuple(words))
            bench.write_study(options.proposers, options.concurrency)
            if name == "whole":
                say("seconds of the undisturbed run", f"{bench.finish():.1f}")
            else:
                run_killed(bench, options, benches[0].server.count)
            benches.append(bench)
    compare(*benches)


@dataclass(frozen=True, slots=True)
class Options:
    """How large, how often, which draw."""

    proposers: int
    concurrency: int
    kills: int
    seed: int
    latency: float


def main(
    proposers: Annotated[int, typer.Option(min=1)] = 3,
    concurrency: Annotated[int, typer.Option(min=1)] = 8,
    kills: Annotated[int, typer.Option(min=1)] = 20,
    seed: Annotated[int, typer.Option()] = 1,
    latency: Annotated[float, typer.Option(min=0, help="Seconds a call.")] = 0.05,
) -> None:
    """Measure what kills lose and repeat, by calls and in batches."""
    options = Options(proposers, concurrency, kills, seed, latency)
    typer.echo(f"A simulated study is run in peace, and killed {kills} times: {options}")
    for name, words in (("by calls", ()), ("in batches", ("--batch", "--poll", "0.1"))):
        typer.echo(f"\n== {name}")
        with tempfile.TemporaryDirectory(prefix="taste-kills-") as place:
            folder = Path(place)
            engine = open_database(str(folder / "prepared.db"))
            with Db(engine) as db:
                prepare(db, datetime.now(UTC))
            engine.dispose()
            measure(folder, words, options)
    say("load averages", " ".join(f"{load:.2f}" for load in os.getloadavg()))


if __name__ == "__main__":
    typer.run(main)
