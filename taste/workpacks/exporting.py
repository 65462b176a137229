"""Writes a workpack: what one annotator needs for their assignments, and nothing else.

It holds no label, draft, assignment, move or verdict of anybody else, no source of a draw, no known
answer, and of a session only what happened in it. Foresight and adjudication stay in the database
that is shared: a file cannot hold back what comes after the frontier, nor whose labels they are.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from taste.assignment_tables import Assignment, Draft, Submission
from taste.database import open_database
from taste.pairs import read_pair
from taste.workpacks.copying import Pack
from taste.workpacks.notes import Note, write_note
from taste.workpacks.own import copy_own, copy_shown_draws
from taste.workpacks.pairs import Pairs
from taste.workpacks.sessions import copy_points, copy_sessions
from transcripts.annotators import find_annotator
from transcripts.consent import consent_fault
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotator, Session

PACKED = ("hindsight", "judge")
PACKED_AT = "packed"
"""Name of the part of a draft that says when an assignment was first put into a pack."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What went into a workpack, and what stays."""

    assignments: int
    sessions: int
    stays: Counter[str]
    """Why -> how many assignments stay."""


def export_workpack(db: Db, name: str, file: Path, now: datetime) -> Packed:
    """Write a new private file; an annotator works on it with `taste annotate --db FILE`.

    Raises:
        UserError: if the file is there, or there is nothing to put into it.
    """
    if file.exists():
        raise UserError(f"{str(file)!r} is there already; name a new file.")
    who = _get_annotator(db, name)
    works, stays = _choose(db, who, now)
    if not works:
        why = "".join(f"; {count} {reason}" for reason, count in stays.items())
        raise UserError(f"there is no work of {who.name!r} that can be packed{why}.")
    part = file.with_name(f".{file.name}.part")
    try:
        with _new_database(part) as theirs:
            _fill(db, theirs, who, works, now)
            _verify(db, theirs, works)
            theirs.commit()
        _tidy(part)
        _remember(db, works, now)
        part.replace(file)
    finally:
        for left in part.parent.glob(f"{part.name}*"):
            left.unlink()
    return Packed(len(works), len({one.session_id for one in works}), stays)


def _remember(db: Db, works: Sequence[Assignment], now: datetime) -> None:
    """Whoever has a pack may have read it, which rules out what they must not have read for."""
    query = select(Draft).where(
        col(Draft.assignment_id).in_([work.id for work in works]), col(Draft.name) == PACKED_AT
    )
    known = {row.assignment_id for row in db.execute(query).scalars()}
    db.add_all(
        Draft(assignment_id=work.id, name=PACKED_AT, value=now.isoformat(), changed_at=now)
        for work in works
        if work.id is not None and work.id not in known
    )
    db.commit()


def _get_annotator(db: Db, name: str) -> Annotator:
    found = find_annotator(db, name)
    if found is None:
        raise UserError(f"nothing is assigned to {name!r}; `taste progress` lists who has work.")
    return found


def _choose(db: Db, who: Annotator, now: datetime) -> tuple[list[Assignment], Counter[str]]:
    """The assignments that can be packed, and why the others stay."""
    query = select(Assignment).where(col(Assignment.annotator_id) == who.id)
    query = query.order_by(col(Assignment.number), col(Assignment.id))
    every = db.execute(query).scalars().all()
    sessions = {one.session_id: db.get_one(Session, one.session_id) for one in every}
    waiting = {
        (one.mode, sessions[one.session_id].lineage)
        for one in every
        if one.state not in {"submitted", "skipped"}
    }
    works, stays = [], Counter[str]()
    for one in every:
        if reason := _why_it_stays(one, sessions[one.session_id], waiting, now):
            stays[reason] += 1
        else:
            works.append(one)
    return works, stays


def _why_it_stays(
    one: Assignment, session: Session, waiting: set[tuple[str, str]], now: datetime
) -> str | None:
    if one.mode not in PACKED:
        return f"of the mode {one.mode} stay in the shared database"
    if consent_fault(session, now.date()):
        return "are of sessions that may not be used any more"
    if ("foresight", session.lineage) in waiting:
        return "come after foresight on the same lineage"
    if one.mode == "judge" and ("hindsight", session.lineage) in waiting:
        return "to judge come after the labels on the same lineage"
    return None


@contextmanager
def _new_database(file: Path) -> Iterator[Db]:
    """A private file of SQLite's, wherever our own database is."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA page_size=16384")
        connection.execute("PRAGMA journal_mode=WAL")  # which writes the header
    engine = open_database(str(file))
    try:
        with Db(engine, expire_on_commit=False) as db:
            yield db
    finally:
        engine.dispose()


def _fill(db: Db, theirs: Db, who: Annotator, works: Sequence[Assignment], now: datetime) -> None:
    pack = Pack(db, theirs)
    pack.add(who)
    copy_sessions(pack, works, now)
    copy_points(pack, works, who)
    pairs = Pairs(pack, now)
    for work in works:
        compared = pairs.add(work) if work.mode == "judge" else None
        pack.add(
            work, comparison_id=compared, gold=None, holder=None, held_until=None,
            seed=0,  # from it the sides of a pair could be drawn again
        )  # fmt: skip
    copy_shown_draws(pack, works, _handed_in(db, works))
    copy_own(pack, works, who)
    states = {work.identity: work.state for work in works}
    write_note(theirs, Note(who.name, now, states))


def _handed_in(db: Db, works: Sequence[Assignment]) -> set[int]:
    ids = [one.id for one in works]
    query = select(col(Submission.assignment_id)).where(col(Submission.assignment_id).in_(ids))
    return set(db.execute(query).scalars())


def _verify(db: Db, theirs: Db, works: Sequence[Assignment]) -> None:
    """Hold what will be shown of every pair against what is shown here."""
    for work in works:
        if work.mode != "judge":
            continue
        query = select(Assignment).where(col(Assignment.identity) == work.identity)
        packed = read_pair(theirs, theirs.execute(query).scalars().one())
        here = read_pair(db, work)
        if (packed.shown_hash, packed.first, packed.second) != (
            here.shown_hash, here.first, here.second,
        ):  # fmt: skip
            raise UserError(f"the pair of assignment {work.id} cannot be packed as it is shown.")


def _tidy(file: Path) -> None:
    """One file without a log beside it, in which nothing is left of what was written over."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
