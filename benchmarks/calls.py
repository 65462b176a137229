"""How fast are calls made, beside a bare loop over the SDK and beside Inspect, and at what cost?

All ask one server of canned answers on this machine, which takes 50 ms an answer, so many at a
time; each runs in a process of its own, one after the other. A trial is two calls. The bare loop
and Inspect (`model_graded_qa`) make two for a trial, both with the whole prompt. A trial of a
study is four, a proposal, its restatement and a verdict in either order, and a restatement of the
human's move an item: it is counted by its calls, two for a trial. The restater is sent the last
6,000 characters and no more, so the bare loop runs a second time with every fourth prompt as short
(`bare, mixed`), which ours is held to, and the mean body is printed.

    python -m venv /tmp/inspect && /tmp/inspect/bin/pip install inspect-ai==0.3.285 anthropic
    python -m benchmarks.calls --inspect /tmp/inspect/bin/python
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPEATS = 10
MIXED = "bare, mixed"
CALLS_OF_ITEM = 4 * REPEATS + 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What every tool is asked to do."""

    url: str
    concurrency: int
    inspect: str | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What one tool did, and what it took."""

    tool: str
    size: int
    calls: int
    seconds: float
    processor_ms: float
    """Of the tool's own process, a call."""
    peak_mb: float
    server_busy: float
    """Share of the time in which the server's process had work."""
    body: float
    """Bytes of a request, on average."""
    version: str

    @property
    def trials_per_second(self) -> float:
        """Pairs of calls a second."""
        return self.calls / 2 / self.seconds


def say(text: str = "") -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def serving(latency: float) -> Iterator[str]:
    """Serve canned answers from another process; yield where."""
    command = [sys.executable, str(HERE / "call_server.py"), str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def ask_server(url: str) -> dict[str, Any]:
    """Return what the server has seen so far."""
    with urllib.request.urlopen(url) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def run_part(python: str, script: str, *words: object) -> str:
    """Run a part in a process of its own; return the last line that it wrote."""
    command = [python, str(HERE / script), *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return (done.stdout.strip().splitlines() or [""])[-1]


def measure(setting: Setting, tool: str, trials: int, size: int) -> Measured:
    """Run one tool once."""
    before = ask_server(setting.url)
    told = json.loads(_run(setting, tool, trials, size))
    after = ask_server(setting.url)
    for name, wanted in (("stopped", None), ("status", "success"), ("scored", trials)):
        assert told.get(name, wanted) == wanted, told
    requests = after["requests"] - before["requests"]
    assert requests == told["calls"], (requests, told)
    return Measured(
        tool, size, told["calls"], told["seconds"],
        told["processor"] / told["calls"] * 1000, told["peak_mb"],
        (after["processor"] - before["processor"]) / told["seconds"],
        (after["bytes"] - before["bytes"]) / requests, str(told.get("version", "")),
    )  # fmt: skip


def _run(setting: Setting, tool: str, trials: int, size: int) -> str:
    if tool.startswith("bare"):
        short_every = 4 if tool == MIXED else 0
        words = "bare", setting.url, trials, size, setting.concurrency, short_every
        return run_part(sys.executable, "call_loops.py", *words)
    if tool == "inspect":
        assert setting.inspect is not None
        words = setting.url, trials, size, setting.concurrency
        return run_part(setting.inspect, "call_inspect.py", *words)
    with tempfile.TemporaryDirectory(prefix="taste-calls-") as folder:
        items = round(trials * 2 / CALLS_OF_ITEM)
        run_part(sys.executable, "call_loops.py", "prepare", folder, items, size)
        words = "ours", setting.url, folder, REPEATS, setting.concurrency
        return run_part(sys.executable, "call_loops.py", *words)


HEAD = (
    "| prompt | tool | calls | trials/s | of bare | CPU ms/call | of bare | peak MB | mean body "
    "| server busy |\n|---|---|---|---|---|---|---|---|---|---|"
)


def line(one: Measured, bare: Measured | None) -> str:
    """Return a line of the table."""
    rate = f"{one.trials_per_second / bare.trials_per_second:.2f}" if bare else ""
    cost = f"{one.processor_ms / bare.processor_ms:.2f}" if bare else ""
    return (
        f"| {one.size // 1000} KB | {one.tool} {one.version} | {one.calls:,} "
        f"| {one.trials_per_second:.0f} | {rate} | {one.processor_ms:.2f} | {cost} "
        f"| {one.peak_mb:.0f} | {one.body / 1000:.1f} KB | {one.server_busy:.0%} |"
    )


def measure_size(setting: Setting, options: argparse.Namespace, size: int) -> None:
    """Measure every tool with prompts of one size, ours with many trials too."""
    bare = measure(setting, "bare", options.trials, size)
    say(line(bare, bare))
    mixed = measure(setting, MIXED, options.trials, size)
    say(line(mixed, bare))
    ours = measure(setting, "taste", options.trials, size)
    say(line(ours, mixed))
    if setting.inspect:
        other = measure(setting, "inspect", options.trials, size)
        say(line(other, bare))
        ratio = ours.trials_per_second / other.trials_per_second
        say(
            f"  taste against inspect: {ratio:.1f} times the trials a second, "
            f"{ratio * ours.body / other.body:.1f} times the bytes"
        )
    if options.many:
        many = measure(setting, "taste", options.many, size)
        say(line(many, mixed))
        say(
            f"  peak memory of {options.many:,} trials: {many.peak_mb / ours.peak_mb:.2f} of that "
            f"of {options.trials:,}"
        )


def main() -> None:
    """Measure every tool at every size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--inspect", help="an interpreter that has inspect-ai")
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=10_000, help="for memory; 0 leaves it out")
    parser.add_argument("--sizes", default="8000,200000", help="characters, comma-separated")
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.05)
    options = parser.parse_args()
    say(
        f"{options.trials:,} trials of two calls, {options.concurrency} at a time, "
        f"{options.latency * 1000:.0f} ms an answer; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {', '.join(f'{x:.1f}' for x in os.getloadavg())}\n"
    )
    say(HEAD)
    with serving(options.latency) as url:
        for size in options.sizes.split(","):
            measure_size(Setting(url, options.concurrency, options.inspect), options, int(size))
    say(f"\nload afterwards {', '.join(f'{x:.1f}' for x in os.getloadavg())}")


if __name__ == "__main__":
    main()
