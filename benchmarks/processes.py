"""What benchmarks of whole runs share: processes of `taste`, a database, a table in a document.

The simulator and every run are processes of their own that talk over loopback, as a user's would.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from taste.database import open_database
from taste.demo.setup import prepare
from transcripts.db import Db

PROGRAM: Final = "from taste.cli.main import main; main()"
COMMAND: Final = (sys.executable, "-c", PROGRAM)


def say(name: str, value: object) -> None:
    """Write one measurement."""
    sys.stdout.write(f"{name:52} {value}\n")
    sys.stdout.flush()


def load() -> str:
    """The load averages, which say how far to believe a time."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


@dataclass(frozen=True, slots=True)
class Served:
    """A simulator in a process of its own."""

    base_url: str

    def read(self) -> dict[str, Any]:
        """What it was asked and what it answered so far, by the hash of each body."""
        with urllib.request.urlopen(f"{self.base_url}/taste/requests") as got:
            read: dict[str, Any] = json.load(got)
        return read

    def tallies(self, word: str) -> dict[str, int]:
        """Body -> how often it was `asked` or `answered`."""
        return {body: each[word] for body, each in self.read()["requests"].items()}


@contextmanager
def simulated(*options: str) -> Iterator[Served]:
    """Serve simulated models from another process until the block ends."""
    command = [*COMMAND, "simulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        words = server.stdout.readline().split()
        try:
            yield Served(next(word for word in words if word.startswith("http")))
        finally:
            server.terminate()


def begin(*words: str) -> subprocess.Popen[bytes]:
    """Start a command of `taste` that nobody listens to."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*COMMAND, *words], stdout=quiet, stderr=quiet)


def tell(*words: str) -> bytes:
    """What a command of `taste` writes."""
    return subprocess.run([*COMMAND, *words], check=True, capture_output=True).stdout


def prepared(path: Path) -> Path:
    """Make a database of the example sessions with both sets frozen."""
    engine = open_database(str(path))
    with Db(engine) as db:
        prepare(db, datetime.now(UTC))
    engine.dispose()
    return path


def tabulate(rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown; the first row is its head."""
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def put(file: Path, name: str, table: str) -> None:
    """Replace what stands between the two marks of that name in a file."""
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = file.read_text(encoding="utf-8")
    before, _, rest = text.partition(first)
    _, _, after = rest.partition(last)
    if not after:
        raise SystemExit(f"{file} has no lines {first} and {last}")
    file.write_text(f"{before}{first}\n{table}\n{last}{after}", encoding="utf-8")
