"""Checks what is stored against itself, from the rows outwards; names all that differs.

Rows that an earlier version wrote have no hash; they are counted and not held to one.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from taste.auditing.answers import check_answers
from taste.auditing.calls import check_calls
from taste.auditing.found import UNREADABLE, Audit, say_fault
from taste.auditing.identities import check_control_identities
from taste.auditing.links import check_links
from taste.auditing.named import check_manifests
from taste.auditing.rows import check_rows
from taste.auditing.sessions import check_sessions
from taste.auditing.sets import check_labels, check_sets
from transcripts.db import Db


class Step(NamedTuple):
    """How far an audit has got."""

    name: str
    """What is being checked."""
    done: int = 0
    total: int | None = None


Report = Callable[[Step], None]


def audit(db: Db, run_id: int | None, report: Report) -> Audit:
    """Check everything, or with a run's number the calls of that run besides all else."""
    found = Audit()
    found.differences += find_differences(db, found, run_id, report)
    return found


def find_differences(db: Db, found: Audit, run_id: int | None, report: Report) -> Iterator[str]:
    """Yield all that differs, and count in `found` what was checked."""
    for name, differences in _checks(db, found, run_id, report):
        report(Step(name))
        try:
            yield from differences
        except UNREADABLE as error:
            yield f"{name} cannot be checked: {say_fault(error)}"
        db.rollback()


def _checks(
    db: Db, found: Audit, run_id: int | None, report: Report
) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each check with its name, the rows themselves first."""

    def each(name: str) -> Callable[[], None]:
        done = iter(range(1, 1 << 62))
        return lambda: report(Step(name, next(done)))

    yield "rows", check_rows(db, found, each("rows"))
    yield "links", check_links(db, found)
    yield "manifests", check_manifests(db, found, each("manifests"))
    yield "sessions", check_sessions(db, found, each("sessions"))
    yield "labels", check_labels(db, found)
    yield "sets", check_sets(db, found)
    yield "answers", check_answers(db, found, each("answers"))
    yield "identities", check_control_identities(db, found)
    yield (
        "calls",
        check_calls(db, found, run_id, lambda done, total: report(Step("calls", done, total))),
    )
