"""What twenty `kill -9` at random moments do to a study, against the same study left in peace.

`taste run` is ended again and again, each time at a drawn moment of its calls, and started again.
`taste simulator` counts what it was asked and what it answered, by the hash of each body.
Everything is simulated: example sessions, models on this machine, no key and no network.

    python -m benchmarks.kills --write docs/running.md
"""

import csv
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Annotated, Final

import typer

from benchmarks.processes import Served, begin, load, prepared, put, say, simulated, tabulate, tell

SEAT: Final = 'endpoint = "local"\nprice = { input = 1, output = 5 }\n'
QUIET: Final = 0.2
"""Seconds, beside the latency, without a new answer: what was sent before a kill is through."""
MAY_DIFFER: Final = frozenset({"trial_id", "proposal_id", "comparison_id", "verdict_id"})
"""Columns of the trials table that number rows in the order in which they came to be."""


@dataclass(frozen=True, slots=True)
class Options:
    """How large, how often, which draw."""

    proposers: int
    concurrency: int
    kills: int
    seed: int
    latency: float


@dataclass(frozen=True, slots=True)
class Bench:
    """One study in a database of its own, against a simulator of its own."""

    folder: Path
    name: str
    server: Served
    options: Options

    @property
    def database(self) -> Path:
        """The database of this run."""
        return self.folder / f"{self.name}.db"

    @property
    def words(self) -> tuple[str, ...]:
        """How `taste run` is started."""
        study = str(self.folder / f"{self.name}.toml")
        return ("run", study, "--yes", "--db", str(self.database))

    def finish(self) -> float:
        """Do what is left; the seconds that it took."""
        started = time.perf_counter()
        if begin(*self.words).wait() != 0:
            raise SystemExit(f"the run {self.name!r} did not finish")
        return time.perf_counter() - started

    def rows(self) -> dict[int, tuple[str, str]]:
        """Call's id -> the hash of what was sent and what it was for, of every stored answer."""
        query = "SELECT id, body_hash, identity FROM call WHERE outcome <> 'retryable'"
        with closing(connect(self.database)) as connection:
            return {number: (body, key) for number, body, key in connection.execute(query)}

    def write_study(self) -> None:
        """Both example sets, with the controls."""
        names = [f"p{number}" for number in range(self.options.proposers)]
        seats = [f'[[proposers]]\nname = "{name}"\nmodel = "{name}"\n{SEAT}' for name in names]
        text = (
            'name = "kills"\nsets = ["suboptimal", "strong"]\n'
            f'[[endpoints]]\nname = "local"\nbase_url = "{self.server.base_url}"\n'
            f"{''.join(seats)}"
            f'[restater]\nname = "restater"\nmodel = "restater"\n{SEAT}'
            f'[[judges]]\nname = "judge"\nmodel = "judge"\n{SEAT}'
            '[controls]\narms = ["stock", "echo"]\n'
            f"[limits]\nbudget_usd = 1000\nconcurrency = {self.options.concurrency}\n"
        )
        (self.folder / f"{self.name}.toml").write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill left."""

    before: int
    """Answers that the simulator had given when the run was dead."""
    answered: int
    """Answers that it had given when all was quiet."""
    rows: dict[int, tuple[str, str]]
    """Answers that were stored then."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the kills came to."""

    kills: list[Kill]
    seconds: float
    asked: int
    again: int
    """Requests for what was stored when a kill came."""
    gone: int
    """Answers that were stored when a kill came, and not at the end."""

    @property
    def without_row(self) -> list[int]:
        """Calls at each kill that were made and are no row."""
        open_ = [0, *(each.answered - len(each.rows) for each in self.kills)]
        return [open_[n + 1] - open_[n] for n in range(len(self.kills))]

    @property
    def answered_without_row(self) -> int:
        """Those of them that the simulator had answered when the run was dead, at most."""
        late = (each.answered - each.before for each in self.kills)
        return sum(max(0, n - m) for n, m in zip(self.without_row, late, strict=True))


def quiet(server: Served, latency: float) -> int:
    """Wait until nothing more is answered; the answers so far."""
    seen = -1
    while (now := server.read()["answered"]) != seen:
        seen = now
        time.sleep(latency + QUIET)
    return seen


def kill(bench: Bench, after: int, seconds: float) -> Kill:
    """Start the run, and end it so long after the simulator was asked so often."""
    process = begin(*bench.words)
    while bench.server.read()["asked"] < after:
        if process.poll() is not None:
            raise SystemExit("the run ended before it was killed: choose fewer kills")
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = bench.server.read()["answered"]
    return Kill(before, quiet(bench.server, bench.options.latency), bench.rows())


def run_killed(bench: Bench, whole: int) -> Figures:
    """Kill the run so often at drawn moments, and finish it."""
    options = bench.options
    draw = random.Random(options.seed)
    # One in each stretch of the run, so that every kill falls into calls.
    stretch = whole / (options.kills + 1)
    kills: list[Kill] = []
    asked: list[dict[str, int]] = []
    for number in range(options.kills):
        made = kills[-1].answered if kills else 0
        after = max(int((number + draw.random()) * stretch), made + 1)
        kills.append(kill(bench, after, draw.uniform(0, 2 * options.latency)))
        asked.append(bench.server.tallies("asked"))
    seconds, last, rows = bench.finish(), bench.server.tallies("asked"), bench.rows()
    known: dict[str, int] = {}
    for each, then in zip(kills, asked, strict=True):
        known = {body: then[body] for body, _ in each.rows.values()} | known
    again = sum(last[body] - times for body, times in known.items())
    gone = sum(rows.get(number) != row for each in kills for number, row in each.rows.items())
    return Figures(kills, seconds, sum(last.values()), again, gone)


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


def compare(whole: Bench, killed: Bench, figures: Figures) -> list[tuple[str, object]]:
    """What differs between the two, by name."""
    first = Counter(key for _, key in whole.rows().values())
    second = Counter(key for _, key in killed.rows().values())
    calls, most = sum(first.values()), max(figures.without_row)
    (rows, estimates), (others, figures_of) = read_outcomes(whole), read_outcomes(killed)
    tell("audit", "--db", str(killed.database))
    points = [f"{each.answered / figures.asked:.0%}" for each in figures.kills]
    return [
        ("kills", f"{len(points)}, at {points[0]} to {points[-1]} of the calls"),
        ("calls in peace; killed", f"{calls}; {figures.asked}"),
        ("stored answers that were asked for again", figures.again),
        ("stored answers that were gone at the end", figures.gone),
        ("calls repeated", figures.asked - sum(second.values())),
        ("calls in flight at a kill, at most (allowed)", f"{most} ({killed.options.concurrency})"),
        ("of those repeated, had been answered, at most", figures.answered_without_row),
        ("answers that only one of the two has", ((first - second) + (second - first)).total()),
        ("rows of trials", f"{len(rows)}, {same(rows, others)}"),
        ("`taste stats --all --json`", f"{len(estimates):,} bytes, {same(estimates, figures_of)}"),
        ("`taste audit`", "finds nothing"),
    ]  # fmt: skip


def same(one: object, other: object) -> str:
    """Whether two things are the same, in a word."""
    return "identical" if one == other else "DIFFERENT"


def measure(folder: Path, options: Options) -> list[tuple[str, object]]:
    """Run the study in peace and killed."""
    served = ("--latency", str(options.latency))
    for name in ("whole", "killed"):
        shutil.copy(folder / "prepared.db", folder / f"{name}.db")
    with simulated(*served) as one, simulated(*served) as other:
        whole, killed = (
            Bench(folder, name, server, options)
            for name, server in (("whole", one), ("killed", other))
        )
        for bench in (whole, killed):
            bench.write_study()
        say("seconds of the undisturbed run", f"{whole.finish():.1f}")
        figures = run_killed(killed, whole.server.read()["asked"])
        say("seconds of the last start", f"{figures.seconds:.1f}")
        say("made and no row, at each kill", " ".join(map(str, figures.without_row)))
        return compare(whole, killed, figures)


def main(
    proposers: Annotated[int, typer.Option(min=1)] = 3,
    concurrency: Annotated[int, typer.Option(min=1)] = 8,
    kills: Annotated[int, typer.Option(min=1)] = 20,
    seed: Annotated[int, typer.Option()] = 1,
    latency: Annotated[float, typer.Option(min=0, help="Seconds a call.")] = 0.05,
    write: Annotated[Path | None, typer.Option(help="A file with marks for the table.")] = None,
) -> None:
    """Measure what kills lose and repeat."""
    options = Options(proposers, concurrency, kills, seed, latency)
    say("a simulated study, in peace and killed", options)
    with tempfile.TemporaryDirectory(prefix="taste-kills-") as place:
        prepared(Path(place) / "prepared.db")
        found = measure(Path(place), options)
    for name, value in found:
        say(name, value)
    say("load averages", load())
    if write is not None:
        put(write, "kills", tabulate([("what", "found"), *found]))


if __name__ == "__main__":
    typer.run(main)
