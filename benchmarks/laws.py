"""Checks the laws of the wall on recorded sessions: every decision point of every file.

Prints one line per law with points, seconds and failures; exits with 1 if there is a failure.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from transcripts.errors import NotATranscript, UserError
from transcripts.laws.cutting import (
    Checked,
    Played,
    as_lines,
    check_files,
    check_responses,
    check_snapshots,
    check_truncation,
    read_played,
)
from transcripts.laws.tampering import (
    check_abandoned,
    check_copy,
    check_fields,
    check_poison,
    check_timestamps,
)

SUFFIXES = {".jsonl", ".json", ".eval"}
Result = tuple[str, int, float, tuple[str, ...]]
"""Law, checks, seconds, failures."""


def laws(path: Path, played: Played, options: argparse.Namespace) -> list[Callable[[], Checked]]:
    """What is checked on one session."""
    cut, data = as_lines(path, played)
    return [
        lambda: check_truncation(played),
        lambda: check_files(cut, data, options.files),
        lambda: check_snapshots(cut, data, options.snapshots, options.seed),
        lambda: check_poison(played, options.poison),
        lambda: check_fields(played),
        lambda: check_abandoned(played),
        lambda: check_timestamps(played, options.seed),
        lambda: check_copy(played),
        lambda: check_responses(played),
    ]


def check_file(path: Path, options: argparse.Namespace) -> list[Result]:
    """Every law on every session of a file; a file that is no transcript has none."""
    found: list[Result] = []
    try:
        for played in read_played(path):
            for law in laws(path, played, options):
                start = time.perf_counter()
                done = law()
                spent = time.perf_counter() - start
                where = tuple(f"{path.name}: {failure}" for failure in done.failures)
                found.append((done.law, done.checks, spent, where))
    except NotATranscript:
        return []
    except UserError as error:
        return [("readable", 1, 0.0, (f"{path.name}: {error}",))]
    return found


def results(options: argparse.Namespace) -> Iterator[Result]:
    """Every law on every file, with as many processes as asked for."""
    paths = sorted(
        (path for path in options.folder.rglob("*") if path.suffix in SUFFIXES and path.is_file()),
        key=lambda path: -path.stat().st_size,
    )
    with ProcessPoolExecutor(options.processes) as pool:
        for found in pool.map(check_file, paths, [options] * len(paths)):
            yield from found


def main() -> int:
    """Check, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--poison", type=int, default=1, metavar="N", help="every N-th point")
    parser.add_argument("--files", type=int, default=10, metavar="N", help="every N-th point")
    parser.add_argument("--snapshots", type=int, default=20, help="random cuts of each file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    checks: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    failures: list[str] = []
    for law, number, spent, failed in results(options):
        checks[law] += number
        seconds[law] += spent  # type: ignore[assignment]
        failures += [f"{law}: {failure}" for failure in failed]
    for law, number in checks.items():
        wrong = sum(failure.startswith(f"{law}: ") for failure in failures)
        sys.stdout.write(f"{law:16} {number:7} checks {seconds[law]:8.1f} s {wrong:5} failures\n")
    for failure in failures[:50]:
        sys.stdout.write(f"{failure}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
