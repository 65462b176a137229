"""A run is worked on by one process at a time, which says again and again that it lives.

The signs of life go over a connection of their own: they must not commit what somebody else has
half written, and a database that is locked for a while must not end them.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Update, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from taste.spending import StopRun
from taste.tables import Run
from transcripts.db import Db
from transcripts.errors import UserError

BEAT = timedelta(seconds=15)
"""Between two signs of life."""
STALE = timedelta(seconds=60)
"""After so long without one the run is anybody's."""
LOOK = 1.0
"""Seconds between two looks at the clock, which goes on while a machine sleeps."""


@dataclass
class Hold:
    """A process's claim on a run, kept up by signs of life."""

    engine: Engine | Connection
    run_id: int
    me: str
    now: Callable[[], datetime]
    lose: Callable[[str], None]
    """Told once that another process has the run, with a sentence."""
    heard: datetime
    """When the last sign of life was written."""
    lost: str | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> None:
        """To be awaited before anything is sent: after a silence, see whether the run is ours.

        Raises:
            StopRun: if another process has it.
        """
        if self._silent_for() >= STALE / 2:
            await self.renew(STALE / 2)
        if self.lost is not None:
            raise StopRun(self.lost)

    async def renew(self, after: timedelta = timedelta(0)) -> None:
        """Give a sign of life if the last one is so old, and learn whether the run is ours."""
        async with self._turn:
            if self.lost is not None or self._silent_for() < after:
                return
            at = self.now()
            try:
                # In a thread: whoever has the database locked may be a task of this very loop.
                lost = await asyncio.to_thread(self._beat, at)
            except SQLAlchemyError:
                return  # the next one may get through; who stores calls says what is wrong
            self.heard = at
            if lost is not None:
                self.lost = lost
                self.lose(lost)

    async def keep_up(self, ended: asyncio.Event) -> None:
        """Give signs of life until the end, or until another process has the run."""
        while not ended.is_set() and self.lost is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), LOOK)
            if not ended.is_set():
                await self.renew(BEAT)

    def _silent_for(self) -> timedelta:
        """Since the last sign; a clock that was set back counts like one that went on."""
        return abs(self.now() - self.heard)

    def _beat(self, at: datetime) -> str | None:
        """Write a sign of life; what to say if the run is no longer ours."""
        with self.engine.engine.begin() as connection:
            mine = connection.execute(_mine(self.run_id, self.me).values(beat_at=at)).rowcount
            if mine:
                return None
            holder = connection.execute(
                select(col(Run.holder)).where(col(Run.id) == self.run_id)
            ).scalar()
        host, pid, *_ = (holder or " ").split(" ")
        by = f"process {pid} on {host}, which works on it now" if holder else "another process"
        return (
            f"run {self.run_id} was taken over by {by}, since this one had given no sign of life "
            "for more than a minute; it sends no more. Every answer is kept: wait until the other "
            "ends, then run the same command again."
        )


@asynccontextmanager
async def held(
    db: Db, run: Run, now: Callable[[], datetime], lose: Callable[[str], None]
) -> AsyncIterator[Hold]:
    """Hold a run; the transaction under way is committed, and at the end it is rolled back.

    Raises:
        UserError: if another process holds it.
    """
    assert run.id is not None
    me = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"
    begun = now()
    take_hold(db, run, me, begun)
    hold, ended = Hold(db.get_bind(), run.id, me, now, lose, begun), asyncio.Event()
    living = asyncio.create_task(hold.keep_up(ended))
    try:
        yield hold
    finally:
        db.rollback()  # a sign of life may be waiting for this transaction
        ended.set()
        await living
        with suppress(SQLAlchemyError):  # a holder that is dead needs no letting go
            let_go(db, run, me)


def take_hold(db: Db, run: Run, me: str, now: datetime) -> None:
    """Write a process into the run's row if no other that lives stands there.

    Raises:
        UserError: if one does.
    """
    held_by = run.holder
    free = [col(Run.holder).is_(None), col(Run.beat_at) < now - STALE, col(Run.beat_at).is_(None)]
    if held_by is not None and is_dead(held_by):
        free.append(col(Run.holder) == held_by)
    query = update(Run).where(col(Run.id) == run.id, or_(*free))
    taken = _matched(db, query.values(holder=me, beat_at=now))
    db.commit()
    db.refresh(run)
    if taken == 0:
        raise _worked_on(run)


def refuse_held(run: Run, now: datetime) -> None:
    """Refuse what would write into a run beside a process that works on it.

    Raises:
        UserError: if one does.
    """
    if is_held(run, now):
        raise _worked_on(run)


def _worked_on(run: Run) -> UserError:
    host, pid, *_ = (run.holder or "another-host ? ").split()
    return UserError(
        f"run {run.id} is being worked on by process {pid} on {host}; wait until it ends, "
        "then run the same command again."
    )


def let_go(db: Db, run: Run, me: str) -> None:
    """Leave the run to whoever comes next."""
    assert run.id is not None
    _matched(db, _mine(run.id, me).values(holder=None, beat_at=None))
    db.commit()
    db.refresh(run)


def _mine(run_id: int, me: str) -> Update:
    return update(Run).where(col(Run.id) == run_id, col(Run.holder) == me)


def _matched(db: Db, query: Update) -> int:
    return db.connection().execute(query).rowcount


def is_held(run: Run, now: datetime) -> bool:
    """Whether a process that lives, as far as can be told from here, holds a run."""
    if run.holder is None or run.beat_at is None or is_dead(run.holder):
        return False
    return run.beat_at >= now - STALE


def is_dead(holder: str) -> bool:
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
