"""A run is worked on by one process at a time, which says again and again that it lives."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import Update, or_, update
from sqlmodel import col

from taste.tables import Run
from transcripts.db import Db
from transcripts.errors import UserError

BEAT = 15.0
"""Seconds between two signs of life."""
STALE = timedelta(seconds=60)
"""After so long without one the run is anybody's."""


@asynccontextmanager
async def held(db: Db, run: Run, now: Callable[[], datetime]) -> AsyncIterator[None]:
    """Hold a run; the transaction under way is committed.

    Raises:
        UserError: if another process holds it.
    """
    me = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"
    take_hold(db, run, me, now())
    beating = asyncio.create_task(_beat(db, run, me, now))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        let_go(db, run, me)


def take_hold(db: Db, run: Run, me: str, now: datetime) -> None:
    """Write a process into the run's row if no other that lives stands there.

    Raises:
        UserError: if one does.
    """
    held_by = run.holder
    free = [col(Run.holder).is_(None), col(Run.beat_at) < now - STALE, col(Run.beat_at).is_(None)]
    if held_by is not None and _is_dead(held_by):
        free.append(col(Run.holder) == held_by)
    query = update(Run).where(col(Run.id) == run.id, or_(*free))
    taken = _matched(db, query.values(holder=me, beat_at=now))
    db.commit()
    db.refresh(run)
    if taken == 0:
        host, pid, *_ = (run.holder or "another-host ? ").split()
        raise UserError(
            f"run {run.id} is being worked on by process {pid} on {host}; wait until it ends, "
            "then run the same command again."
        )


def let_go(db: Db, run: Run, me: str) -> None:
    """Leave the run to whoever comes next."""
    _matched(db, _mine(run, me).values(holder=None, beat_at=None))
    db.commit()


async def _beat(db: Db, run: Run, me: str, now: Callable[[], datetime]) -> None:
    while True:
        await asyncio.sleep(BEAT)
        _matched(db, _mine(run, me).values(beat_at=now()))
        db.commit()


def _mine(run: Run, me: str) -> Update:
    return update(Run).where(col(Run.id) == run.id, col(Run.holder) == me)


def _matched(db: Db, query: Update) -> int:
    return db.connection().execute(query).rowcount


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more."""
    host, pid, *_ = holder.split()
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
