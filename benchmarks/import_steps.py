"""The steps that `importing.py` measures, each as a process: files in, seconds and memory out.

Run by `importing.py`, which says on standard input with which files and in which folder.
"""

import os
import resource
import sqlite3
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.records import SessionRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PREFIX_CHARS = 1_100_000
"""Before names of places are masked, which shortens a prefix a little."""
NO_LIMIT = 1 << 40
INNER = 10
"""Runs of a short step inside one process, of which the fastest counts."""

Found = dict[str, Any]


def time_bare(files: list[Path], folder: Path) -> Found:
    """Parse every line and insert the lines as they are: what an import cannot beat.

    A transaction for each file and the settings of our own connections, as the import has them.
    Like the import it ends when the database is closed: nothing is left in the log.
    """
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in _our_pragmas(folder):
        connection.execute(pragma)
    connection.execute("CREATE TABLE line (number INTEGER PRIMARY KEY, raw BLOB NOT NULL)")
    with Clock() as clock:
        for path in files:
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO line (raw) VALUES (?)", _parsed_lines(path))
            connection.execute("COMMIT")
        connection.close()
    return clock.found()


def _our_pragmas(folder: Path) -> list[str]:
    """What our own connections are set to, as the product opens them."""
    from transcripts.db import open_engine

    engine = open_engine(str(folder / "pragmas.db"))
    names = (
        "page_size", "journal_mode", "synchronous", "temp_store", "cache_size",
        "wal_autocheckpoint",
    )  # fmt: skip
    with engine.connect() as connection:
        asked = [(name, connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in names]
    engine.dispose()
    return [f"PRAGMA {name}={value}" for name, value in asked]


def _parsed_lines(path: Path) -> Iterator[tuple[bytes]]:
    with path.open("rb") as stream:
        for raw in stream:
            orjson.loads(raw)
            yield (raw,)


def time_read(files: list[Path], _folder: Path) -> Found:
    """Read every file into records, without storing any."""
    from transcripts.formats.registry import open_readings

    entries = events = 0
    with Clock() as clock:
        for path in files:
            with open_readings(path) as readings:
                for reading in readings:
                    for _entry, found in reading:
                        entries += 1
                        events += len(found)
    return clock.found() | {"note": f"{entries:,} entries, {events:,} events"}


def time_import(files: list[Path], folder: Path, *, redact: bool = False) -> Found:
    """Import into a fresh file; then, with a time of its own, the full-text index."""
    from taste.database import open_database
    from transcripts.db import Db
    from transcripts.search import update_index

    run = _importer(redact=redact)
    engine = open_database(str(folder / "taste.db"))
    with Clock() as clock:
        with Db(engine) as db:
            run(db, files)
        engine.dispose()
    found = clock.found()
    with Db(engine) as db:
        with Clock() as index:
            found["note"] = f"{update_index(db):,} events indexed afterwards"
        found["index_seconds"] = index.seconds
    engine.dispose()
    return found


def time_redacted(files: list[Path], folder: Path) -> Found:
    """Import with redaction."""
    return time_import(files, folder, redact=True)


def _importer(*, redact: bool) -> "Callable[[Db, list[Path]], None]":
    """What imports files; modules and mappers are made ready here, before any clock runs."""
    from sqlalchemy.orm import configure_mappers

    from transcripts.redaction.redactor import NoRedaction, make_redactor
    from transcripts.storing.sources import read_known
    from transcripts.storing.store import ImportOptions, import_file

    configure_mappers()
    options = ImportOptions(redactor=make_redactor if redact else NoRedaction)
    if redact:
        options.redactor()

    def run(db: "Db", files: list[Path]) -> None:
        known = read_known(db)
        for path in files:
            import_file(db, path, options, NOW, known=known, named=False)

    return run


def time_again(files: list[Path], folder: Path) -> Found:
    """Import a folder, once more unchanged (the time), and once more with other times of change."""
    from taste.database import open_database
    from transcripts.db import Db

    run = _importer(redact=False)
    engine = open_database(str(folder / "taste.db"))
    with Db(engine) as db, Clock() as first:
        run(db, files)
    with Db(engine) as db, Clock() as again:
        run(db, files)
    for path in files:
        os.utime(path)
    with Db(engine) as db, Clock() as touched:
        _importer(redact=False)(db, files)
    engine.dispose()
    return again.found() | {"first_seconds": first.seconds, "touched_seconds": touched.seconds}


def time_prefix(files: list[Path], folder: Path) -> Found:
    """Cut and render a prefix of 1 MB: from the record in memory, and from stored rows."""
    from taste.database import open_database
    from transcripts.db import Db
    from transcripts.formats.registry import read_session
    from transcripts.prefixes import record_prefix
    from transcripts.queries import list_sessions, read_prefix
    from transcripts.rendering.display import Display
    from transcripts.rendering.text import render_shown

    record, display = read_session(files[0]), Display(thinking=True, chars=NO_LIMIT)
    cut = _cut_after(record, PREFIX_CHARS)
    engine = open_database(str(folder / "taste.db"))
    with Db(engine) as db:
        _importer(redact=False)(db, files)
        session = list_sessions(db)[0].id or 0
        read = partial(read_prefix, db, session, record.thread, cut)
        memory = _fastest(lambda: render_shown(record_prefix(record, cut), display))
        rows = _fastest(lambda: render_shown(read(), display))
        standard = _fastest(lambda: render_shown(read()))
        chars = len(render_shown(read(), display).text)
    engine.dispose()
    return memory.found() | {
        "rows_seconds": rows.seconds,
        "standard_seconds": standard.seconds,
        "note": f"{chars:,} characters; thinking shown, nothing shortened",
    }


def _cut_after(record: "SessionRecord", chars: int) -> int:
    """The first position at which the events of the thread come to so many characters."""
    shown = [event for event in record.events if event.shown and event.thread == record.thread]
    sums = list(accumulate(len(event.text) for event in shown))
    return shown[bisect_left(sums, chars) + 1].position


def time_hashes(files: list[Path], _folder: Path) -> Found:
    """The prefix hash at every decision point of a session that is in memory."""
    from transcripts.formats.registry import read_session
    from transcripts.prefixes import list_prefixes

    record = read_session(files[0])
    points = 0
    with Clock() as clock:
        for _ in list_prefixes(record, files[0].name):
            points += 1
    return clock.found() | {"points": points, "note": f"{points:,} points, with the shown text's"}


def time_chain(files: list[Path], _folder: Path) -> Found:
    """The hash after every visible event of a session, without any text being rendered."""
    from transcripts.cut import chain, shown
    from transcripts.formats.registry import read_session

    record = read_session(files[0])
    with Clock() as clock:
        count = sum(1 for _ in chain(shown(event) for event in record.events if event.shown))
    return clock.found() | {"note": f"{count:,} hashes"}


TASKS: dict[str, Callable[[list[Path], Path], Found]] = {
    "bare": time_bare,
    "read": time_read,
    "import": time_import,
    "redacted": time_redacted,
    "again": time_again,
    "prefix": time_prefix,
    "hashes": time_hashes,
    "chain": time_chain,
}


class Clock:
    """Seconds and processor seconds between entering and leaving."""

    def __enter__(self) -> "Clock":
        """Start."""
        self._at, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.seconds = time.perf_counter() - self._at
        self.cpu = time.process_time() - self._cpu

    def found(self) -> Found:
        """The times, and the most memory that the process has had so far."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"seconds": self.seconds, "cpu": self.cpu, "peak_mb": peak}


def _fastest(step: Callable[[], object]) -> Clock:
    clocks = []
    for _ in range(INNER):
        with Clock() as clock:
            step()
        clocks.append(clock)
    return min(clocks, key=lambda clock: clock.seconds)


def main() -> None:
    """Do the step that the first argument names."""
    paths, scratch = orjson.loads(sys.stdin.buffer.read())
    found = TASKS[sys.argv[1]]([Path(path) for path in paths], Path(scratch))
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    main()
