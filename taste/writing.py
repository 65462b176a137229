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
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

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
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # Not at once: what other tasks add until the loop comes round twice joins the group.
            loop.call_soon(loop.call_soon, self._commit)
        mine = loop.create_future()
        self._waiting.append(mine)
        await mine

    def fail(self, error: SQLAlchemyError) -> StopRun:
        """Write no more: what was added and not committed is taken back, for every task."""
        self.fault = self.fault or fault_of(error)
        self.db.rollback()
        return StopRun(self.fault)

    async def settle(self) -> None:
        """To be awaited when no task adds any more; stores what has no row yet, if it can be."""
        if self._waiting:
            with suppress(StopRun):
                await self.commit()
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

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        fault: Exception | None = None
        try:
            self._check()
            self.db.commit()
        except SQLAlchemyError as error:
            fault = self.fail(error)
        except Exception as error:
            fault = error
        for each in waiting:
            if each.done():  # whoever waited was cancelled
                continue
            if fault is None:
                each.set_result(None)
            else:
                each.set_exception(fault)

    def _check(self) -> None:
        if self.fault is not None:
            raise StopRun(self.fault)
