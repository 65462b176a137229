"""The one writer of a run: what is added is committed in groups.

After the first failure nothing more is written until the calls under way have ended; attempts that
were paid for are kept in memory until then, and stored if the database allows.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from taste.calls import CallFor, add_call
from taste.database import fault_of
from taste.replies import Attempt
from taste.spending import StopRun
from transcripts.db import Db


@dataclass
class Writer:
    """Commits what one run's tasks have added."""

    db: Db
    now: Callable[[], datetime]
    fault: str | None = None
    """Why nothing is written any more."""
    unstored: list[tuple[CallFor, Attempt, datetime]] = field(default_factory=list)
    """Attempts without a row."""
    _commit: asyncio.Task[None] | None = None

    async def store(self, what: CallFor, attempt: Attempt) -> int:
        """Store an attempt; its row is committed when this returns its id.

        Raises:
            StopRun: if the database cannot be written; the attempt is kept.
        """
        ended = self.now()
        try:
            number = self._added(what, attempt, ended)
            await self.commit()
        except StopRun:
            self.unstored.append((what, attempt, ended))
            raise
        return number

    async def commit(self) -> None:
        """Resolve when everything added so far is committed; tasks that wait share one commit.

        Raises:
            StopRun: for every task that waits, if the database cannot be written.
        """
        if self._commit is None:
            self._commit = asyncio.create_task(self._commit_soon())
        await asyncio.shield(self._commit)

    def fail(self, error: SQLAlchemyError) -> StopRun:
        """Write no more: what was added and not committed is taken back, for every task."""
        self.fault = self.fault or fault_of(error)
        self.db.rollback()
        return StopRun(self.fault)

    async def settle(self) -> None:
        """To be awaited when no task adds any more; stores what has no row yet, if it can be."""
        if self._commit is not None:
            with suppress(StopRun):
                await self._commit
        self.db.rollback()
        try:
            for what, attempt, ended in self.unstored:
                add_call(self.db, what, attempt, ended)
            self.db.commit()
        except SQLAlchemyError as error:
            self.fail(error)
            return
        self.unstored.clear()

    def _added(self, what: CallFor, attempt: Attempt, ended: datetime) -> int:
        self._check()
        try:
            return add_call(self.db, what, attempt, ended)
        except SQLAlchemyError as error:
            raise self.fail(error) from error

    async def _commit_soon(self) -> None:
        await asyncio.sleep(0)
        self._commit = None  # what is added from here on waits for the next one
        self._check()
        try:
            self.db.commit()
        except SQLAlchemyError as error:
            raise self.fail(error) from error

    def _check(self) -> None:
        if self.fault is not None:
            raise StopRun(self.fault)
