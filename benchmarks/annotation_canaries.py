"""Press every key of every mode on a database of canaries, and search all that comes out.

Bytes painted, everything the process wrote (settings, reports of errors), an annotator's work
package, and what the draft and the reading state of the annotator hold.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotation_keys import bytes_of
from annotation_made import TASTE, make_told, told_event
from canaries import VISIBLE, Planted, found_in, plant
from terminals import ENTER, Terminal

SCREENS = {
    "hindsight": ("Reader", "HistoryScreen"),
    "foresight": ("ForesightScreen",),
    "judge": ("Judging",),
    "adjudicate": ("Adjudication",),
}
PACKED = ("assignment.", "event.timestamp", "place_name.", "session.redactor", "thread.")
"""Columns that a work package has by right: the session as it was recorded, the own assignment."""
LEAVING = {"tool.quit", "reader.quit", "judging.quit", "foresight.quit", "adjudication.quit"}


@dataclass(frozen=True, slots=True)
class Hunt:
    """What was searched in one mode."""

    mode: str
    planted: int
    keys: int
    bytes: int
    leaks: set[str]


def hunt(mode: str, folder: Path, rounds: int) -> Hunt:
    """Work in one mode with every key, then search everything."""
    db = folder / f"{mode}.db"
    planted = _prepare(db, mode)
    home = folder / f"home-{mode}"
    painted, keys, size = _press_all(db, home, mode, rounds)
    leaks = found_in(planted, [painted, *_files(home), *_own_rows(db)])
    packed = found_in(planted, [_package(db, folder / f"{mode}.pack")])
    leaks |= {column for column in packed if not column.startswith(PACKED)}
    return Hunt(mode, len(planted.columns), keys, size, leaks)


def _prepare(db: Path, mode: str) -> Planted:
    from taste.database import open_database
    from taste.demo.setup import study_text

    kinds = ("human", "agent", "call", "result", "human", "agent", "result", "human", "agent")
    make_told(db, [told_event(n, kind, f"text {n} of {kind}") for n, kind in enumerate(kinds)])
    engine = open_database(str(db))
    planted = plant(engine, study_text("http://127.0.0.1:1"), mode)
    engine.dispose()
    return planted


def _press_all(db: Path, home: Path, mode: str, rounds: int) -> tuple[str, int, int]:
    command = [TASTE, "annotate", "--annotator", "ann", "--db", str(db)]
    tool = Terminal(command, 120, 40, {"XDG_CONFIG_HOME": str(home)})
    tool.wait_for(b"queue", tool.begun)
    tool.wait(time.perf_counter(), limit=1.0, silence=0.5)
    count = 0
    for _ in range(rounds):
        for keys in (ENTER, *_keys(mode)):
            os.write(tool.master, keys)
            tool.wait(time.perf_counter(), limit=0.2)
            count += 1
    painted, size = tool.text().decode(errors="replace"), tool.bytes
    tool.close()
    return painted, count, size


def _keys(mode: str) -> Iterator[bytes]:
    """Every key of the mode's screens and of the tool; then a text, and back to the text."""
    from annotation_tui.app import AnnotationApp
    from annotation_tui.key_table import find_bindings

    table = find_bindings(AnnotationApp)
    for screen in ("everywhere", *SCREENS[mode]):
        for binding in table[screen]:
            if binding.id in LEAVING or binding.id == "tool.palette":
                continue
            for key in binding.key.split(","):
                try:
                    yield bytes_of(key)
                except ValueError:
                    continue
                yield from (b"qzx", b"1", b"\x1b")
    yield from (b"\x10", b"show", b"\r", b"\x1b")


def _files(home: Path) -> list[str]:
    return [
        path.read_text(encoding="utf-8", errors="replace")
        for path in home.rglob("*")
        if path.is_file()
    ]


def _own_rows(db: Path) -> list[str]:
    """The annotator's own drafts and where they stood, as stored."""
    query = (
        "SELECT value FROM draft WHERE assignment_id = ? UNION ALL "
        "SELECT state FROM reading_state WHERE assignment_id = ?"
    )
    with sqlite3.connect(db) as connection:
        (own,) = connection.execute("SELECT max(id) FROM assignment").fetchone()
        return [str(value) for (value,) in connection.execute(query, (own, own))]


def _package(db: Path, path: Path) -> str:
    """The bytes of the annotator's work package."""
    command = [TASTE, "workpack", "export", "--annotator", "ann", "--db", str(db), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not path.exists():
        sys.stdout.write(f"no work package: {done.stderr.strip()}\n")
        return done.stdout + done.stderr
    return path.read_bytes().decode(errors="replace")


def main() -> None:
    """Hunt in every mode and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for mode in VISIBLE:
            found = hunt(mode, Path(folder), options.rounds)
            leaks = ", ".join(sorted(found.leaks)) or "none"
            sys.stdout.write(
                f"{mode:<11} {found.planted} strings planted, {found.keys} keys, "
                f"{found.bytes:,} bytes painted; seen: {leaks}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
