"""How closely a run keeps to enforced rate limits: seconds against the ideal, and the 429s.

`taste run` against `taste simulator --requests … --burst …`, a token bucket for each model that
refuses what exceeds it and tells in its headers what is left, as the API does. All seats are one
model, so that one bucket binds. Everything is simulated.

    python -m benchmarks.limits --write docs/running.md
    python -m benchmarks.limits --only "20 requests/s"
"""

import shutil
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Annotated, Final

import typer

from benchmarks.processes import begin, load, prepared, put, say, simulated, tabulate

SEAT: Final = 'model = "one"\nendpoint = "local"\nprice = { input = 1, output = 5 }\n'
HEAD: Final = (
    "limit", "calls", "seconds", "ideal", "seconds / ideal", "ended in 429", "most in flight"
)  # fmt: skip
MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A limit, and a study that meets it."""

    name: str
    trials: int
    """Each takes about eight calls."""
    requests: int = 60_000
    """A minute."""
    input_tokens: int = 600_000_000
    burst: float = 1.0
    """Seconds of the limits that the bucket holds."""
    latency: float = 1.0
    concurrency: int = 64
    repeats: int = 3
    processes: int = 1
    """Runs at the same time that know nothing of each other."""

    @property
    def served(self) -> tuple[str, ...]:
        """How the simulator is started."""
        return (
            "--requests", str(self.requests), "--input-tokens", str(self.input_tokens),
            "--output-tokens", "600000000", "--burst", str(self.burst),
            "--latency", str(self.latency),
        )  # fmt: skip

    def ideal(self, made: "Made") -> float:
        """Seconds in which so much is allowed, what the bucket holds at first taken off."""
        needs = (made.answered, self.requests), (made.tokens, self.input_tokens)
        return max(n * MINUTE / limit - self.burst for n, limit in needs) + self.latency


SCENARIOS: Final = (
    Scenario("20 requests/s", 154, requests=1200),
    Scenario("20 requests/s, 10 s of it at once", 60, requests=1200, burst=10),
    Scenario("20 requests/s, two runs", 80, requests=1200, processes=2),
    Scenario("100 requests/s", 440, requests=6000, concurrency=100, repeats=10, latency=0.3),
    Scenario("10,000 input tokens/s", 40, input_tokens=600_000),
)


@dataclass(frozen=True, slots=True)
class Made:
    """The calls of all runs of a scenario."""

    calls: int
    answered: int
    refused: int
    tokens: float
    """Input that counts towards a limit."""
    seconds: float
    """From the first call to the last answer."""
    most: int
    """Calls in flight at the same time, at most."""


def write_study(file: Path, base_url: str, scenario: Scenario) -> None:
    """Both example sets, every seat the same model."""
    text = (
        f'name = "limits"\nsets = ["suboptimal", "strong"]\nrepeats = {scenario.repeats}\n'
        f'[[endpoints]]\nname = "local"\nbase_url = "{base_url}"\n'
        f'[[proposers]]\nname = "proposer"\n{SEAT}'
        f'[restater]\nname = "restater"\n{SEAT}'
        f'[[judges]]\nname = "judge"\n{SEAT}'
        "[judging]\nrestater_may_judge = true\n"
        '[controls]\narms = ["stock", "echo"]\n'
        f"[limits]\nbudget_usd = 1000\nconcurrency = {scenario.concurrency}\n"
    )
    file.write_text(text, encoding="utf-8")


def read_calls(databases: list[Path]) -> Made:
    """What the rows say."""
    query = (
        "SELECT julianday(started_at) * 86400, seconds, status_code, "
        "COALESCE(json_extract(usage, '$.input_tokens'), 0) + "
        "COALESCE(json_extract(usage, '$.cache_creation_input_tokens'), 0) FROM call"
    )
    rows: list[tuple[float, float, int, float]] = []
    for database in databases:
        with closing(connect(database)) as connection:
            rows += connection.execute(query)
    ends = sorted([(at, 1) for at, *_ in rows] + [(at + took, -1) for at, took, *_ in rows])
    running, most = 0, 0
    for _, step in ends:
        running += step
        most = max(most, running)
    status = [code for _, _, code, _ in rows]
    return Made(
        len(rows), status.count(200), status.count(429), sum(row[3] for row in rows),
        ends[-1][0] - ends[0][0], most,
    )  # fmt: skip


def measure(scenario: Scenario, base: Path) -> tuple[str, ...]:
    """Run the study at a limit; the row of the table."""
    names = [f"run{number}" for number in range(scenario.processes)]
    with (
        tempfile.TemporaryDirectory(prefix="taste-limits-") as place,
        simulated(*scenario.served) as server,
    ):
        databases = [Path(shutil.copy(base, Path(place) / f"{name}.db")) for name in names]
        begun, running = time.perf_counter(), []
        for database in databases:
            study = database.with_suffix(".toml")
            write_study(study, server.base_url, scenario)
            words = ("run", str(study), "--yes", "--limit", str(scenario.trials))
            running.append(begin(*words, "--db", str(database)))
        for process in running:
            process.wait()
        wall = time.perf_counter() - begun
        made = read_calls(databases)
    ideal = scenario.ideal(made)
    say(scenario.name, f"{made}; {wall:.1f} s with start and end; {made.tokens:.0f} input tokens")
    return (
        scenario.name, f"{made.calls:,}", f"{made.seconds:.1f}", f"{ideal:.1f}",
        f"{made.seconds / ideal:.2f}", f"{made.refused} ({made.refused / made.calls:.1%})",
        str(made.most),
    )  # fmt: skip


def main(
    only: Annotated[str | None, typer.Option(help="One scenario, by its name.")] = None,
    write: Annotated[Path | None, typer.Option(help="A file with marks for the table.")] = None,
) -> None:
    """Measure every scenario."""
    rows: list[tuple[str, ...]] = [HEAD]
    with tempfile.TemporaryDirectory(prefix="taste-limits-") as place:
        base = prepared(Path(place) / "prepared.db")
        for scenario in SCENARIOS:
            if only in {None, scenario.name}:
                rows.append(measure(scenario, base))
    table = tabulate(rows)
    say("load averages", f"{load()}\n{table}")
    if write is not None:
        put(write, "limits", table)


if __name__ == "__main__":
    typer.run(main)
