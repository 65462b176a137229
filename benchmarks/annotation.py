"""The bars of the annotation tool, measured through a real terminal, beside two other programs.

Makes long sessions, opens them at three sizes, presses keys, and prints a table: bar, measured,
verdict. Kills and canaries have scripts of their own, `annotation_kills.py` and
`annotation_canaries.py`; what a scripted test counts is named as such.
"""
# ruff: noqa: PLR2004  # the bars are numbers

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation_beside import Beside, beside_lines, measure_less, measure_other
from annotation_made import Made, hostile_texts, import_one, make_hostile, make_long
from annotation_measures import Measured, measure, open_tool, p50, p95, spread
from annotation_writers import Written, measure_writers
from terminals import ENTER, LONG

SIZES = ("80x24", "120x40", "200x60")
WIDE = "200x60"
PLANTED = b"\x1b]52;c;cGxhbnRlZA=="
"""An OSC sequence that is in a hostile text, and must never reach the terminal."""


@dataclass(slots=True)
class Found:
    """All figures of a run."""

    sessions: list[Measured] = field(default_factory=list)
    hostile: dict[str, tuple[float, bool]] = field(default_factory=dict)
    """Kind of text → milliseconds to its first paint, and whether it came as signs only."""
    writers: Written | None = None
    beside: list[Beside] = field(default_factory=list)

    def of(self, events: str, size: str) -> Iterator[Measured]:
        """Figures of a made-up session at a size."""
        return (one for one in self.sessions if one.made.name == events and one.size == size)


@dataclass(frozen=True, slots=True)
class Row:
    """One bar."""

    number: str
    bar: str
    measured: str
    met: bool | None
    """None where this script does not measure it."""


def measure_hostile(folder: Path, seed: int) -> dict[str, tuple[float, bool]]:
    """Open each hostile text: when is it on screen, and does anything of it act?"""
    found: dict[str, tuple[float, bool]] = {}
    for name, text in hostile_texts(seed).items():
        db = folder / f"{name.replace(' ', '-')}.db"
        make_hostile(db, text)
        tool = open_tool(Made(name, db, None, 3, len(text)), 120, 40)
        tool.wait_for(b"queue", tool.begun)
        tool.wait(time.perf_counter(), limit=2.0, silence=LONG)
        taken = tool.first(ENTER, b"please look at the data")
        tool.wait(time.perf_counter(), limit=2.0, silence=LONG)
        for key in (b" ", b"Z", b" ", b"G"):
            os.write(tool.master, key)
            tool.wait(time.perf_counter(), limit=5.0, silence=LONG)
        alive = tool.process.poll() is None
        found[name] = (taken, alive and PLANTED not in tool.seen)
        tool.close()
    return found


def rows_of(found: Found) -> Iterator[Row]:
    """The bars with what was measured."""
    yield from _opening(found)
    yield from _moving(found)
    yield from _changing(found)
    yield from _elsewhere(found)


def _opening(found: Found) -> Iterator[Row]:
    queue = min(one.queue for one in found.sessions)
    cpu = min(one.start_cpu for one in found.sessions)
    yield Row(
        "1",
        "process start → queue ≤ 1.0 s",
        f"{queue:.0f} ms ({cpu:.0f} ms of CPU)",
        queue <= 1_000,
    )
    for number, events, first, ready in (
        ("2", "20,000", 500, 1_000),
        ("3", "50,000", 1_000, 2_000),
    ):
        for one in found.of(events, "120x40"):
            text = f"{one.first:.0f} / {one.ready:.0f} ms"
            bar = f"open {events}: first content ≤ {first} ms, ready ≤ {ready} ms"
            yield Row(number, bar, text, one.first <= first and one.ready <= ready)


def _moving(found: Found) -> Iterator[Row]:
    made = [one for one in found.sessions if "000" in one.made.name]
    for number, sizes, bars in (
        ("4", ("80x24", "120x40"), (20, 50, 100)),
        ("5", (WIDE,), (30, 75, 1_000)),
    ):
        some = [one for one in made if one.size in sizes]
        moves = [taken for one in some for taken in one.moves]
        if not moves:
            continue
        measured = (p50(moves), p95(moves), max(moves))
        top = f", max ≤ {bars[2]}" if number == "4" else ""
        bar = f"key to paint, {' and '.join(sizes)}: p50 ≤ {bars[0]}, p95 ≤ {bars[1]}{top} ms"
        cpu = p50([one.key_cpu for one in some])
        text = " / ".join(f"{value:.0f}" for value in measured) + f" ms ({cpu:.1f} ms of CPU)"
        met = all(value <= limit for value, limit in zip(measured, bars, strict=True))
        yield Row(number, bar, text, met)
    backlog = max(one.backlog for one in made)
    yield Row("6", "30 Hz for 3 s: backlog ≤ 50 ms", f"{backlog:.0f} ms", backlog <= 50)


def _changing(found: Found) -> Iterator[Row]:
    for events, limit in (("20,000", 600), ("50,000", 1_000)):
        for one in found.of(events, "120x40"):
            text = f"{one.resize:.0f} ms, {'same event' if one.anchored else 'another event'}"
            bar = f"resize {events} ≤ {limit} ms, anchor unchanged"
            yield Row("7", bar, text, one.resize <= limit and one.anchored)
    yield from _memory(found)
    for events, limit in (("20,000", 250), ("50,000", 500)):
        for one in found.of(events, "120x40"):
            regex = one.regex or 0.0
            text = f"{one.search:.0f} ms; regex {regex:.0f} ms"
            bar = f"search {events} ≤ {limit} ms, regex ≤ 1 s"
            yield Row("9", bar, text, one.search <= limit and regex <= 1_000)
            filtered = one.filter or 0.0
            text = f"{filtered:.0f} / {one.fold_all:.0f} ms"
            bar = f"filter ≤ 100 ms, fold all ≤ 1 s ({events})"
            yield Row("10", bar, text, filtered <= 100 and one.fold_all <= 1_000)
    typing = [taken for one in found.sessions for taken in one.typing]
    text = f"{p50(typing):.0f} / {p95(typing):.0f} ms"
    met = p50(typing) <= 20 and p95(typing) <= 50
    yield Row("12", "key to paint in a rationale, saved: p50 ≤ 20, p95 ≤ 50 ms", text, met)


def _memory(found: Found) -> Iterator[Row]:
    peaks: dict[str, float] = {}
    for events, limit in (("20,000", 120), ("50,000", 150)):
        some = [one for one in found.sessions if one.made.name == events and one.pages]
        if some:
            peaks[events] = max(one.scrolled for one in some)
            bar = f"memory after scrolling {events} end to end ≤ {limit} MB"
            text = f"{peaks[events]:.0f} MB ({some[0].pages:,} screens)"
            yield Row("8", bar, text, peaks[events] <= limit)
    if len(peaks) == 2:
        slope = (peaks["50,000"] - peaks["20,000"]) / 30
        yield Row("8", "slope ≤ 0.5 MB per 1,000 events", f"{slope:.2f} MB", slope <= 0.5)


def _elsewhere(found: Found) -> Iterator[Row]:
    yield Row("11", "0 characters lost in 50 kills, caret as it was", "annotation_kills.py", None)
    if (done := found.writers) is not None:
        ordered = sorted(done.times)
        last = ordered[int(0.99 * len(ordered))]
        text = (
            f"{len(done.errors)} errors, {done.edits:,} edits p99 {last:.0f} ms, "
            f"{done.doubles} double claims of {done.claims:,}"
        )
        met = not done.errors and not done.doubles and last <= 50
        yield Row("13", "8 writers: 0 errors, p99 ≤ 50 ms, 0 double claims", text, met)
    for name, (taken, quiet) in found.hostile.items():
        text = f"{taken:.0f} ms, {'neutralised' if quiet else 'NOT NEUTRALISED'}"
        yield Row("14", f"{name}: first paint ≤ 1 s", text, taken <= 1_000 and quiet)
    yield Row("15", "keys: detour ≤ 8, strong ≤ 6, no detour ≤ 2, pairwise ≤ 3", "tests", None)
    yield Row("16", "0 canaries seen", "annotation_canaries.py, tests", None)
    yield Row("17", "80x24: every control visible", "tests", None)
    for size, limit in (("120x40", 15.0), ("80x24", 15.0)):
        pages = [one.page_bytes for one in found.sessions if one.size == size]
        if pages:
            bar = f"bytes of a page down at {size} ≤ {limit:.0f} kB"
            yield Row("18", bar, f"{max(pages):.1f} kB", max(pages) <= limit)
    ours = found.sessions[0]
    text = f"not run; its process would hold {ours.idle:.0f} MB, {ours.opened:.0f} with a session"
    yield Row("19", "textual-serve: ≤ 100 MB, ≤ 1.5 s a user", text, ours.opened <= 100)
    yield Row("20", "resume: same turn, row, fold, field, caret", "annotation_kills.py", None)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The table of bars."""
    yield "| # | bar | measured | verdict |"
    yield "|---|---|---|---|"
    verdicts = {True: "met", False: "**missed**", None: "see there"}
    for row in rows:
        yield f"| {row.number} | {row.bar} | {row.measured} | {verdicts[row.met]} |"


def largest(corpus: Path, folder: Path, count: int) -> Iterator[Made]:
    """The largest recordings of a folder, each imported into a database of its own."""
    files = sorted(corpus.rglob("*.jsonl"), key=lambda path: -path.stat().st_size)
    for number, path in enumerate(files[:count]):
        made = import_one(path, folder / f"corpus-{number}.db", f"real {number + 1}")
        if made.events:
            yield made


def run(options: argparse.Namespace, folder: Path) -> Found:
    """Everything, in turn."""
    found = Found()
    made = [make_long(folder, events, options.seed) for events in options.events]
    made += largest(options.corpus, folder, options.files) if options.corpus else []
    for one in made:
        for size in options.sizes:
            found.sessions.append(
                measure(
                    one, size, options.repeat, whole=size == "120x40" and one.recording is not None
                )
            )
            say(list(spread(found.sessions))[-1])
    found.hostile = measure_hostile(folder, options.seed)
    found.writers = measure_writers(folder, options.seconds)
    found.beside.append(measure_less(made[0], folder, "120x40", options.repeat))
    if options.other:
        found.beside.append(measure_other(made[0], options.other, "120x40", options.repeat))
    return found


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[20_000, 50_000])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10.0, help="for which eight people write")
    parser.add_argument("--corpus", type=Path, help="folder of real recordings")
    parser.add_argument("--files", type=int, default=2, help="how many of its largest")
    parser.add_argument("--other", type=Path, help="Python beside which claude-code-log is")
    options = parser.parse_args()
    say(f"load {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores; seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        found = run(options, Path(folder))
    ours = next(found.of(f"{options.events[0]:,}", "120x40"))
    lines = [
        "",
        *table(list(rows_of(found))),
        "",
        *spread(found.sessions),
        "",
        *beside_lines(found.beside),
        f"| taste annotate | {ours.queue:.0f} | {ours.first:.0f} | {p50(ours.moves):.0f} / "
        f"{p95(ours.moves):.0f} | {ours.search:.0f} | {ours.scrolled:.0f} | yes |",
        f"\nload at the end {os.getloadavg()[0]:.1f}",
    ]
    for line in lines:
        say(line)


if __name__ == "__main__":
    main()
