"""How long the reader takes from a key to the last byte painted, and how much memory.

Drives the real tool in a pseudo-terminal on made-up events, and an app that only
counts keys, so that a ratio can be taken on any machine. Asserts nothing.
"""

import argparse
import fcntl
import os
import pty
import random
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SILENCE = 0.06
"""Seconds without output after which a paint is taken to be over."""

ENTER = b"\r"

ERROR_RATE = 0.1
"""Share of the results that are marked as errors."""

LONG = 0.8
"""Seconds of silence where more than one paint may follow each other."""

KINDS = ("human", "agent", "call", "result")
WEIGHTS = (6, 30, 32, 32)
WORDS = ("the", "run", "of", "a", "model", "loss", "step", "data", "—", "config", "error", "fix")


def make_database(path: Path, events: int, seed: int) -> int:
    """Insert one session of made-up events; returns the characters of its texts."""
    from sqlalchemy import insert

    from transcripts.db import Db, open_engine
    from transcripts.tables import Event, Session, Table

    engine = open_engine(str(path))
    Table.metadata.create_all(engine)
    rng = random.Random(seed)
    made = datetime.now(UTC)
    chars = 0
    with Db(engine) as db:
        session = Session(
            external_id="benchmark",
            lineage="benchmark",
            format="made up",
            thread="main",
            event_count=events,
            imported_at=made,
        )
        db.add(session)
        db.flush()
        rows = [event_row(n, rng) | {"session_id": session.id} for n in range(events)]
        for start in range(0, events, 2_000):
            db.connection().execute(insert(Event), rows[start : start + 2_000])
        db.commit()
        chars = sum(row["n_chars"] for row in rows)
    engine.dispose()
    return chars


def event_row(number: int, rng: random.Random) -> dict[str, Any]:
    """One event; the lengths of results have a heavy tail."""
    kind = rng.choices(KINDS, WEIGHTS)[0] if number else "agent"
    lines = {"human": 2, "agent": 8, "call": 4, "result": min(4_000, int(rng.paretovariate(0.75)))}
    text = "\n".join(made_line(rng) for _ in range(lines.get(kind, 1)))
    act = number if kind == "human" else None
    return {
        "position": number,
        "event_id": f"e{number}",
        "ordinal": number + 1,
        "kind": kind,
        "thread": "main",
        "response": f"r{number}" if kind in {"agent", "call"} else None,
        "tool": "Bash" if kind in {"call", "result"} else "",
        "is_error": kind == "result" and rng.random() < ERROR_RATE,
        "shown": True,
        "visible_from": number,
        "act": act,
        "act_kind": "typed" if act is not None else None,
        "text": text,
        "n_lines": text.count("\n") + 1,
        "n_chars": len(text),
    }


def made_line(rng: random.Random) -> str:
    """A line of 5 to 30 words."""
    return " ".join(rng.choices(WORDS, k=rng.randint(5, 30)))


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, arguments: list[str], width: int, height: int) -> None:
        self.master, slave = pty.openpty()
        self.bytes = 0
        self.resize(width, height)
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait(self, begun: float, limit: float = 30.0, silence: float = SILENCE) -> float:
        """Milliseconds from `begun` to the last byte before a silence."""
        last = begun
        while True:
            room = silence if last > begun else limit
            if not select.select([self.master], [], [], room)[0]:
                return (last - begun) * 1_000
            self.bytes += len(os.read(self.master, 1 << 16))
            last = time.perf_counter()

    def press(self, keys: bytes, silence: float = SILENCE) -> float:
        """Milliseconds from writing a key to the last byte painted for it."""
        begun = time.perf_counter()
        os.write(self.master, keys)
        return self.wait(begun, limit=1.0, silence=silence)

    def rss(self) -> float:
        """Megabytes resident, now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def close(self) -> None:
        """End the program."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        os.close(self.master)


def say(name: str, value: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{name:<28} {value}\n")
    sys.stdout.flush()


def summarise(times: list[float]) -> str:
    """Median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
    return f"p50 {statistics.median(ordered):6.1f}  p95 {p95:6.1f}  max {ordered[-1]:6.1f} ms"


def measure_floor(width: int, height: int) -> float:
    """Median of a key in an app that only counts."""
    floor = Terminal(["--floor"], width, height)
    floor.wait(time.perf_counter(), silence=LONG)
    times = [floor.press(b"j") for _ in range(40)]
    say("floor key", f"{summarise(times)}   RSS {floor.rss():.0f} MB")
    floor.close()
    return statistics.median(times)


def keys_to_measure(repeat: int) -> Iterator[tuple[str, list[bytes]]]:
    """Name and keys of each measurement."""
    for name, key in (
        ("line down", b"j"),
        ("page down", b" "),
        ("half page down", b"\x04"),
        ("next event", b"J"),
        ("next human act", b"h"),
        ("next tool error", b"t"),
        ("fold", b"z"),
    ):
        yield name, [key] * repeat
    yield "end and start", [b"G", b"g"] * 10


def measure_reader(path: Path, width: int, height: int, repeat: int) -> dict[str, float]:
    """Open the session and press keys; returns the median of each kind of key."""
    begun = time.perf_counter()
    reader = Terminal(["--serve", str(path)], width, height)
    say("list painted after", f"{reader.wait(begun, silence=LONG):6.0f} ms from process start")
    say("session opened after", f"{reader.press(ENTER, LONG):6.0f} ms from the key")
    say("RSS when opened", f"{reader.rss():6.0f} MB")
    medians = {}
    for name, keys in keys_to_measure(repeat):
        before = reader.bytes
        times = [reader.press(key) for key in keys]
        medians[name] = statistics.median(times)
        per_key = (reader.bytes - before) / len(keys) / 1024
        say(name, f"{summarise(times)}   {per_key:5.1f} kB a key")
    measure_rest(reader, width, height)
    reader.close()
    return medians


def measure_rest(reader: Terminal, width: int, height: int) -> None:
    """Backlog of a held key, search, resize, unfolding everything, marking, memory."""
    for _ in range(90):
        os.write(reader.master, b"j")
        reader.wait(time.perf_counter(), limit=1 / 30, silence=1 / 30)
    say("30 Hz for 3 s, backlog", f"{reader.wait(time.perf_counter(), limit=0.2):6.1f} ms")
    reader.press(b"g")
    reader.press(b"/")
    for sign in "config fix error":
        reader.press(sign.encode())
    say("search, first hit", f"{reader.press(ENTER):6.0f} ms")
    begun = time.perf_counter()
    reader.resize(width + 20, height)
    # The pseudo-terminal controls no process group, so nobody else tells the program.
    reader.process.send_signal(signal.SIGWINCH)
    say("resize", f"{reader.wait(begun, limit=2.0, silence=LONG):6.0f} ms")
    say("unfold all", f"{reader.press(b'Z', LONG):6.0f} ms")
    reader.press(b"Z", LONG)
    reader.press(b"h")
    say("mark, first on a point", f"{reader.press(b'd'):6.0f} ms (with its prefix hash)")
    say("change of a field", summarise([reader.press(key) for key in (b"1", b"2", b"3", b"4")]))
    reader.press(b"e")
    reader.press(ENTER)
    say("key in the rationale", summarise([reader.press(b"a") for _ in range(20)]))
    say("RSS at the end", f"{reader.rss():6.0f} MB")


def serve(path: str) -> None:
    """Run the tool, as the measured process."""
    from annotation_tui.app import make_app
    from transcripts.codebook import read_codebook
    from transcripts.db import open_engine

    make_app(open_engine(path), "benchmark", read_codebook(), lambda: datetime.now(UTC)).run()


def serve_floor() -> None:
    """Run an app with one line that changes with every key."""
    from textual import events
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Floor(App[None]):
        count = 0

        def compose(self) -> ComposeResult:
            yield Static("0")

        def on_key(self, _event: events.Key) -> None:
            self.count += 1
            self.query_one(Static).update(str(self.count), layout=False)

    Floor().run()


def run(options: argparse.Namespace) -> None:
    """Say what will be done, do it, and print the ratios to the floor."""
    width, height = (int(part) for part in options.size.split("x"))
    say("events", f"{options.events:,}   seed {options.seed}   terminal {width}x{height}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.db"
        say("characters of text", f"{make_database(path, options.events, options.seed):,}")
        floor = measure_floor(width, height)
        for name, median in measure_reader(path, width, height, options.repeat).items():
            say(f"{name} / floor", f"{median / floor:6.1f}")


def main() -> None:
    """Read the arguments; the measured processes are this script too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    elif options.floor:
        serve_floor()
    else:
        run(options)


if __name__ == "__main__":
    main()
