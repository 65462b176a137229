"""Many annotators on one database: eight that write as people do, and claims that are unique."""

import multiprocessing
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

WRITERS = 8
PER_SECOND = 20
ASSIGNMENTS = 1_250
"""Each is claimed by every writer: 10,000 claims."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the writers met."""

    edits: int
    times: Sequence[float]
    """Milliseconds of each edit, until it was committed."""
    errors: Sequence[str]
    claims: int
    doubles: int


def measure_writers(folder: Path, seconds: float) -> Written:
    """Let eight processes type into their drafts, then claim the same assignments."""
    db = folder / "writers.db"
    ids = _make(db)
    context = multiprocessing.get_context("spawn")
    with context.Pool(WRITERS) as pool:
        typed = pool.starmap(
            _type, [(str(db), ids[n], seconds, n) for n in range(WRITERS)], chunksize=1
        )
        claimed = pool.starmap(
            _claim, [(str(db), ids[WRITERS:], n) for n in range(WRITERS)], chunksize=1
        )
    times = [one for taken, _ in typed for one in taken]
    errors = [one for _, failed in (*typed, *claimed) for one in failed]
    won = [one for mine, _ in claimed for one in mine]
    doubles = len(won) - len(set(won))
    return Written(len(times), times, errors, WRITERS * ASSIGNMENTS, doubles)


def _make(db: Path) -> list[int]:
    """A database with an assignment for each writer, and those that are claimed."""
    from annotation_made import make_hostile

    from taste.assignment_tables import Assignment
    from taste.database import open_database
    from transcripts.annotations import find_or_add_annotator
    from transcripts.db import Db

    make_hostile(db, "text")
    engine = open_database(str(db))
    with Db(engine) as handle:
        who = find_or_add_annotator(handle, "many")
        assert who.id is not None
        made = [
            Assignment(
                identity=f"made-{number}",
                batch="made",
                annotator_id=who.id,
                mode="hindsight",
                session_id=1,
                thread="main",
                number=number,
                seed=1,
                created_at=datetime.now(UTC),
            )
            for number in range(WRITERS + ASSIGNMENTS)
        ]
        handle.add_all(made)
        handle.commit()
        ids = [one.id or 0 for one in made]
    engine.dispose()
    return ids


def _type(db: str, assignment: int, seconds: float, writer: int) -> tuple[list[float], list[str]]:
    """Type into a draft, a keystroke a commit."""
    from taste.database import open_database
    from taste.drafts.leases import take_lease
    from taste.drafts.store import DraftStore

    engine = open_database(db)
    holder, rng = f"writer-{writer}", random.Random(writer)
    take_lease(engine, assignment, holder, datetime.now(UTC))
    store = DraftStore(engine, assignment, holder, lambda: datetime.now(UTC))
    times: list[float] = []
    errors: list[str] = []
    text, end = "", time.perf_counter() + seconds
    while time.perf_counter() < end:
        text += rng.choice("abcdefgh ")
        begun = time.perf_counter()
        try:
            store.put("mark:1", {"rationale": text})
        except Exception as error:  # each kind is counted
            errors.append(repr(error))
        times.append((time.perf_counter() - begun) * 1_000)
        time.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - begun)))
    engine.dispose()
    return times, errors


def _claim(db: str, assignments: list[int], writer: int) -> tuple[list[int], list[str]]:
    """Claim every assignment; those that were won."""
    from taste.database import open_database
    from taste.drafts.leases import take_lease

    engine = open_database(db)
    won: list[int] = []
    errors: list[str] = []
    for assignment in assignments:
        try:
            if take_lease(engine, assignment, f"claimer-{writer}", datetime.now(UTC)):
                won.append(assignment)
        except Exception as error:  # each kind is counted
            errors.append(repr(error))
    engine.dispose()
    return won, errors
