"""How fast and in how much memory recordings are imported, cut and hashed, and next to what.

Each measurement is a process of its own on made-up recordings, in turn with those that it is
compared with. `--scout PYTHON` names an interpreter with inspect_scout, to be measured beside.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from recordings import make_prose, session_id, write_folder, write_sized, write_turns

STEPS = Path(__file__).with_name("import_steps.py")

SCOUT_BAR = "corpus: at least 4, redacting 2; long session: at least 100"
SCOUT = """
import asyncio, json, resource, sys, time
from inspect_scout.sources import claude_code
from inspect_scout import transcripts_db
async def read(paths):
    for path in paths:
        async for transcript in claude_code(path):
            yield transcript
async def work(where, paths):
    if where:
        async with transcripts_db(where) as db:
            await db.insert(read(paths))
    else:
        async for _ in read(paths):
            pass
started, cpu = time.perf_counter(), time.process_time()
asyncio.run(work(sys.argv[1], sys.argv[2:]))
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak}))
"""

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A measurement: its name in the table, what is done, and with which files."""

    name: str
    task: str
    files: Sequence[Path]

    @property
    def megabytes(self) -> float:
        """Size of all files, in millions of bytes."""
        return sum(path.stat().st_size for path in self.files) / 1e6


@dataclass(slots=True)
class Table:
    """The best of several runs of each job, and the rows to be printed.

    Ratios are taken of seconds and of processor seconds: where the machine is shared, only the
    latter mean something.
    """

    folder: Path
    best: dict[str, Found] = field(default_factory=dict)
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, jobs: Sequence[Job], repeat: int, run: Callable[[Job, Path], Found]) -> None:
        """Run the jobs in turn, `repeat` times, and keep the least time and the most memory."""
        for _ in range(repeat):
            for job in jobs:
                typer.echo(f"… {job.name}", err=True)
                found = run(job, self.folder)
                self.best[job.name] = better(self.best.get(job.name, found), found)
        for job in jobs:
            found, size = self.best[job.name], job.megabytes
            times = (f"{found['seconds']:.4g}", f"{found['cpu']:.4g}")
            rates = (f"{self.rate(job):.1f}", f"{self.rate(job, 'cpu'):.1f}")
            given = f"{len(job.files)} files, {size:.1f} MB"
            memory = f"{found['peak_mb']:.0f}"
            self.rows.append((job.name, given, *times, *rates, memory, found.get("note", "")))

    def value(self, what: str, value: float, bar: str, cpu: float | None = None) -> None:
        """A row for a figure, by the clock and by processor time, that has a bar to reach."""
        by_cpu = "" if cpu is None else f"**{cpu:.4g}**"
        self.rows.append((f"**{what}**", "", f"**{value:.4g}**", by_cpu, "", "", "", bar))

    def compare(self, what: str, more: Job, less: Job, bar: str) -> None:
        """A row that says how many times the rate of one job is that of another."""
        clock, cpu = (self.rate(more, key) / self.rate(less, key) for key in ("seconds", "cpu"))
        self.value(what, clock, bar, cpu)

    def get(self, job: Job, key: str = "seconds") -> float:
        """What the best runs of a job found."""
        return float(self.best[job.name].get(key, "nan"))

    def rate(self, job: Job, key: str = "seconds") -> float:
        """Megabytes a second."""
        return job.megabytes / self.get(job, key)

    def print(self) -> None:
        """Print everything as one Markdown table."""
        head = ("what", "input", "seconds or value", "by CPU", "MB/s", "MB/CPU s", "peak MB", "")
        for row in (head, ("---",) * len(head), *self.rows):
            typer.echo(f"| {' | '.join(row)} |")


def better(known: Found, found: Found) -> Found:
    """The least of every time and the most memory of two runs."""
    least = {key: min(known[key], found[key]) for key in found if key != "note"}
    least["peak_mb"] = max(known["peak_mb"], found["peak_mb"])
    return found | least


def run_task(job: Job, folder: Path) -> Found:
    """Run a job in a fresh process and a fresh folder."""
    scratch = folder / "scratch"
    scratch.mkdir()
    asked = orjson.dumps([[str(path) for path in job.files], str(scratch)])
    words = [sys.executable, str(STEPS), job.task]
    done = subprocess.run(words, input=asked, stdout=subprocess.PIPE, check=False)
    shutil.rmtree(scratch)
    if done.returncode:
        raise SystemExit(f"{job.name}: failed")
    return dict(json.loads(done.stdout))


def run_scout(python: Path) -> Callable[[Job, Path], Found]:
    """What runs a job by inspect_scout: reading only, or inserting into its database as well."""

    def run(job: Job, folder: Path) -> Found:
        folders = {str(path.parent) for path in job.files if path.parent.name != "subagents"}
        where = str(folder / "scout") if job.task == "insert" else ""
        words = [str(python), "-c", SCOUT, where, *sorted(folders)]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
        shutil.rmtree(folder / "scout", ignore_errors=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    return run


def compare_imports(table: Table, many: list[Path], one: list[Path], repeat: int) -> None:
    """Sixty files and one file: bare, imported, imported with redaction."""
    bare, _, plain, redacted, bare_one, _, plain_one, redacted_one = jobs = [
        Job(f"{name}, {files_name}", task, files)
        for files_name, files in (("many files", many), ("one file", one))
        for name, task in (
            ("bare loop", "bare"),
            ("reader alone", "read"),
            ("import", "import"),
            ("import, redacting", "redacted"),
        )
    ]
    table.run(jobs, repeat, run_task)
    table.value("full-text index, many files, seconds", table.get(plain, "index_seconds"), "")
    for job, bar in ((plain, "at least 40"), (redacted, "at least 20")):
        table.value(f"{job.name}, MB/s", table.rate(job), bar, table.rate(job, "cpu"))
    table.compare("import / bare loop, many files", plain, bare, "at least 0.4")
    table.compare("import / bare loop, one file", plain_one, bare_one, "")
    table.compare("one file / many files, time per MB", plain, plain_one, "at most 1.3")
    table.value("peak MB, one file", table.get(plain_one, "peak_mb"), "under 300")
    table.value("same, redacting", table.get(redacted_one, "peak_mb"), "under 300")


def compare_again(table: Table, files: list[Path], repeat: int) -> None:
    """An unchanged folder imported again."""
    again = Job("import of an unchanged folder", "again", files)
    table.run([again], repeat, run_task)
    first = table.get(again, "first_seconds")
    touched = table.get(again, "touched_seconds")
    table.value("first import / import again", first / table.get(again), "at least 50")
    table.value("first import / again, times changed", first / touched, "the content decides")


def compare_prefixes(table: Table, half: Path, whole: Path, repeat: int) -> None:
    """Cutting and rendering, and the hashes of a session and of one twice as long."""
    prefix = Job("cut and render, in memory", "prefix", [half])
    pairs = [
        (Job(f"{name}, half", task, [half]), Job(f"{name}, whole", task, [whole]))
        for name, task in (("all points", "hashes"), ("all hashes", "chain"))
    ]
    table.run([prefix, *(job for pair in pairs for job in pair)], repeat, run_task)
    table.value("cut and render, ms", 1_000 * table.get(prefix), "under 30")
    table.value("same from rows, ms", 1_000 * table.get(prefix, "rows_seconds"), "under 30")
    table.value("same, usual display, ms", 1_000 * table.get(prefix, "standard_seconds"), "")
    for less, more in pairs:
        table.compare(f"{more.name} / half, time per MB", less, more, "1 is linear")


SCOUT_TASKS = {"read": "scout, reading", "insert": "scout, reading and Parquet"}


def compare_scout(table: Table, name: str, files: list[Path], python: Path, *tasks: str) -> None:
    """Our import and inspect_scout, which runs once, on the same files."""
    ours = [Job(f"{name}: import", "import", files), Job(f"{name}: redacting", "redacted", files)]
    theirs = [Job(f"{name}: {SCOUT_TASKS[task]}", task, files) for task in tasks]
    table.run(ours, 3, run_task)
    table.run(theirs, 1, run_scout(python))
    for job in ours:
        for other in theirs:
            what = f"{other.name} / {job.name}"
            table.compare(f"{what}, time", job, other, SCOUT_BAR)
            memory = table.get(job, "peak_mb") / table.get(other, "peak_mb")
            table.value(f"{what}, our share of memory", memory, "at most 0.33")


def main(  # noqa: PLR0913
    size: Annotated[int, typer.Option(help="Bytes, as one file and as files of 1 MB.")] = 60 << 20,
    files: Annotated[int, typer.Option(help="Small files for the second import.")] = 500,
    turns: Annotated[int, typer.Option(help="Turns of the long session.")] = 2_000,
    seed: Annotated[int, typer.Option()] = 1,
    repeat: Annotated[int, typer.Option(min=1)] = 3,
    corpus: Annotated[Path | None, typer.Option(help="Folder of real recordings.")] = None,
    scout: Annotated[Path | None, typer.Option(help="A python with inspect_scout.")] = None,
) -> None:
    """Measure importing side by side with what it is compared with.

    inspect_scout needs over ten minutes for a session of 2,000 turns.
    """
    before = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="taste-importing-") as name:
        folder = Path(name)
        table = Table(folder)
        many = [w.path for w in write_folder(folder / "many", size >> 20, 1 << 20, seed)]
        small = [w.path for w in write_folder(folder / "small", files, 40_000, seed)]
        prose = make_prose(seed)
        one, half, whole = (folder / kind / f"{session_id(seed)}.jsonl" for kind in "ohw")
        for path in (one, half, whole):
            path.parent.mkdir()
        write_sized(one, size, seed, prose)
        write_turns(half, turns // 2, seed, prose)
        write_turns(whole, turns, seed, prose)
        compare_imports(table, many, [one], repeat)
        compare_again(table, small, repeat)
        compare_prefixes(table, half, whole, repeat)
        if scout and corpus:
            real = sorted(corpus.rglob("*.jsonl"))
            compare_scout(table, "corpus", real, scout, "read", "insert")
        if scout:
            compare_scout(table, "long session", [whole], scout, "read")
        table.print()
    loads = (" ".join(f"{load:.2f}" for load in each) for each in (before, os.getloadavg()))
    typer.echo(f"\nload averages before and after: {' / '.join(loads)}; simulated recordings")


if __name__ == "__main__":
    typer.run(main)
