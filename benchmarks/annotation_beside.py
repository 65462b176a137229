"""The same session in two other programs: `less -R` on its text, and claude-code-log's TUI."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation_made import Made
from annotation_measures import p50, p95
from terminals import LONG, Terminal

DOWN, PAGE_DOWN = b"\x1b[B", b"\x1b[6~"


@dataclass(frozen=True, slots=True)
class Beside:
    """What another program took; times in milliseconds, memory in MB."""

    name: str
    start: float
    """From the start of the process to its first screen; of less, to the text."""
    opened: float
    """From the key, or the start, to the text of the session."""
    keys: Sequence[float]
    """Line and page down."""
    search: float | None
    rss: float
    whole: bool
    """Whether the session can be read from end to end without another page being loaded."""


def write_text(made: Made, path: Path) -> None:
    """The session as coloured text: a heading for each event, then its words."""
    import sqlite3

    query = "SELECT kind, tool, text FROM event WHERE shown AND session_id = 1 ORDER BY position"
    with sqlite3.connect(made.db) as connection, path.open("w", encoding="utf-8") as file:
        for number, (kind, tool, text) in enumerate(connection.execute(query), start=1):
            file.write(f"\x1b[1;32m{kind} {tool or ''}\x1b[0m {number}\n{text}\n")


def measure_less(made: Made, folder: Path, size: str, repeat: int) -> Beside:
    """`less -R` on the session's text."""
    text = folder / f"{made.db.stem}.txt"
    write_text(made, text)
    less = _start(["less", "-R", str(text)], size)
    opened = less.wait_for(b"human", less.begun)
    less.wait(time.perf_counter(), limit=1.0)
    keys = [less.press(key) for key in [b"j", b" "] * repeat]
    less.press(b"g")
    for sign in "/commit":
        less.press(sign.encode())
    search = less.press(b"\r", limit=10.0)
    less.press(b"G", limit=20.0, silence=LONG)
    found = Beside("less -R", opened, opened, keys, search, less.rss(), whole=True)
    os.write(less.master, b"q")
    less.close()
    return found


def measure_other(made: Made, python: Path, size: str, repeat: int) -> Beside:
    """claude-code-log's TUI, as installed beside that Python; its cache is warm."""
    assert made.recording is not None
    command = [str(python.parent / "claude-code-log"), "--tui", str(made.recording.parent)]
    _start_other(command, size, made).close()
    other = _start_other(command, size, made)
    start = (time.perf_counter() - other.begun) * 1_000
    other.wait(time.perf_counter(), limit=2.0, silence=LONG)
    opened = other.first(b"v", b"Page 1/", limit=300.0)
    other.wait(time.perf_counter(), limit=5.0, silence=2.0)
    keys = [other.press(key) for key in [DOWN, PAGE_DOWN] * repeat]
    found = Beside("claude-code-log", start, opened, keys, None, other.rss(), whole=False)
    other.close()
    return found


def _start_other(command: Sequence[str], size: str, made: Made) -> Terminal:
    other = _start(command, size, {"HOME": str(made.db.parent / "other-home")})
    other.wait_for(b"Sessions: 1", other.begun, limit=300.0)
    return other


def _start(command: Sequence[str], size: str, also: dict[str, str] | None = None) -> Terminal:
    width, height = (int(part) for part in size.split("x"))
    return Terminal(command, width, height, also)


def beside_lines(found: Sequence[Beside]) -> list[str]:
    """Lines of a table."""
    lines = [
        "| program | start | text of it | line and page p50/p95 | search | MB | all of it |",
        "|" + "---|" * 7,
    ]
    for one in found:
        search = "–" if one.search is None else f"{one.search:.0f}"
        lines.append(
            f"| {one.name} | {one.start:.0f} | {one.opened:.0f} "
            f"| {p50(one.keys):.0f} / {p95(one.keys):.0f} | {search} | {one.rss:.0f} "
            f"| {'yes' if one.whole else 'a page at a time'} |"
        )
    return lines
