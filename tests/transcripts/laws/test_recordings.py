"""The laws of the wall on the examples that ship and on recorded sessions of every format.

Here a sample of the points; `benchmarks/laws.py FOLDER` checks every one.
"""

from pathlib import Path

import pytest

from transcripts.errors import UserError
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
from transcripts.shipped import list_examples

EXAMPLES = [example.path for example in list_examples()]


def check_all(path: Path, played: Played, every: int) -> list[Checked]:
    cut, data = as_lines(path, played)
    return [
        check_truncation(played, every),
        check_files(cut, data, 2 * every),
        check_snapshots(cut, data, number=2),
        check_poison(played, every),
        check_fields(played),
        check_abandoned(played),
        check_timestamps(played),
        check_copy(played),
        check_responses(played),
    ]


def failures(path: Path, every: int) -> tuple[int, list[str]]:
    """Points of a file, and what failed at any of them."""
    found = [(played, check_all(path, played, every)) for played in read_played(path)]
    failed = [
        f"{c.law}: {failure}" for _, checked in found for c in checked for failure in c.failures
    ]
    return sum(len(played.points) for played, _ in found), failed


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem[:8] for path in EXAMPLES])
def test_every_law_holds_on_the_examples_that_ship(path: Path) -> None:
    points, failed = failures(path, every=4)
    assert points > 0
    assert failed == []


@pytest.mark.no_cover
@pytest.mark.parametrize("format_name", ["claude-code", "codex", "atif", "inspect"])
def test_every_law_holds_on_recorded_sessions(corpus: Path, format_name: str) -> None:
    checked = 0
    for path in sorted((corpus / format_name).rglob("*.*")):
        try:
            points, failed = failures(path, every=80)
        except UserError:  # Not a transcript, or a program that reads it is not installed.
            continue
        assert failed == []
        checked += points
    assert checked > 0 or format_name == "inspect"
