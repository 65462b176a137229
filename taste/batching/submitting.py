"""Handing batches over so that no crash and no lost answer pays for one twice.

The row is committed before the request goes out. Where the endpoint's answer is missing, its own
list of batches says whether it has taken this one. Whose a batch is only the names in its results
prove: one that has not ended is waited for, and given back by `Reading` if it is another's.
"""

from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from taste.batch_client import BatchClient, CutShortError, InDoubtError, Remote
from taste.batching.results import parse_line
from taste.batching.rows import (
    COLLECTED,
    LOST,
    SUBMITTED,
    add_batch,
    find_items,
    find_remote_ids,
)
from taste.batching.spool import Spool
from taste.run_tables import Batch
from taste.spending import StopRun
from transcripts.db import Db

_CLOCKS_DIFFER = timedelta(minutes=10)
"""By so much the endpoint's clock may be behind ours."""
_LOOKS = 2
"""How often the list is read before a batch counts as never taken; it may come late."""


@dataclass(frozen=True, slots=True)
class Submitting:
    """Hands batches of one run over."""

    batches: BatchClient
    db: Db
    run_id: int
    now: Callable[[], datetime]
    tell: Callable[[str], None]
    pause: float = 2.0
    """Seconds before the endpoint's list is read again."""

    async def hand_over(self, endpoint: str, spool: Spool) -> Batch:
        """Make a batch of all that a spool holds.

        Raises:
            StopRun: if the endpoint takes none, or nobody can find out whether it has.
        """
        batch = add_batch(self.db, self.run_id, endpoint, spool, self.now())
        self.db.commit()
        for _ in range(self.batches.client.limits.attempts):
            try:
                remote = await self.batches.create(endpoint, spool.body())
            except InDoubtError as error:
                self.tell(f"batch {batch.id}: no answer to its creation ({error}); looking for it")
                found = await self._find(batch)
                if found is None:
                    continue
                remote = found
            except StopRun:
                self._set_lost(batch)
                raise
            self._take(batch, remote)
            return batch
        self._set_lost(batch)
        raise StopRun(f"{endpoint!r} answers no attempt to make a batch; nothing was taken.")

    async def settle(self, batch: Batch) -> bool:
        """Find out what became of a batch whose handing over was cut off; whether it is there."""
        remote = await self._find(batch)
        if remote is None:
            self._set_lost(batch)
            self.tell(
                f"batch {batch.id} never reached {batch.endpoint!r}: its {batch.requests} "
                "requests are made again"
            )
            return False
        self._take(batch, remote)
        return True

    async def _find(self, batch: Batch) -> Remote | None:
        """The endpoint's batch that is this one, or may be until it has ended.

        Raises:
            StopRun: if the results of one that may be this one cannot be read.
        """
        for look in range(_LOOKS):
            if look and await self.batches.rest(self.pause):
                raise StopRun("the run was stopped")
            if found := await self._look_through(batch):
                return found
        return None

    async def _look_through(self, batch: Batch) -> Remote | None:
        """Look once at all that were made since, are as large, and nobody's yet."""
        sent = batch.submitted_at
        assert sent is not None
        known = find_remote_ids(self.db, batch.endpoint)
        under_way: list[Remote] = []
        unclear: Remote | None = None
        for remote in await self.batches.made_since(batch.endpoint, sent - _CLOCKS_DIFFER):
            if remote.requests != batch.requests or remote.id in known:
                continue
            if not remote.is_ended:
                under_way.append(remote)
                continue
            is_ours = await self._holds_ours(batch, remote)
            if is_ours:
                return remote
            unclear = remote if is_ours is None else unclear
        if under_way:
            return min(under_way, key=lambda each: abs(each.created_at - sent))
        if unclear is not None:
            raise StopRun(
                f"{unclear.id} at {batch.endpoint!r} may be batch {batch.id}, but no result of it "
                "can be read. Run the same command again later; `taste batches abandon "
                f"{batch.id}` lets the requests be made, and perhaps paid for, again."
            )
        return None

    async def _holds_ours(self, batch: Batch, remote: Remote) -> bool | None:
        """Whether the first result of an ended batch is ours; None if none can be read."""
        for number in range(self.batches.client.limits.attempts):
            if number and await self.batches.rest(self.pause):
                raise StopRun("the run was stopped")
            with suppress(CutShortError):
                async with aclosing(self.batches.read_lines(batch.endpoint, remote.id)) as lines:
                    async for raw in lines:
                        with suppress(ValueError):
                            return bool(find_items(self.db, batch, [parse_line(raw).custom_id]))
        return None

    def _take(self, batch: Batch, remote: Remote) -> None:
        batch.remote_id, batch.status = remote.id, SUBMITTED
        batch.simulated = remote.simulated
        self.db.add(batch)
        self.db.commit()
        size = batch.bytes / 1e6
        self.tell(
            f"batch {batch.id}: {batch.requests} requests ({size:.1f} MB) handed over to "
            f"{batch.endpoint!r}{' (simulated)' if batch.simulated else ''}"
        )

    def _set_lost(self, batch: Batch) -> None:
        assert batch.status == COLLECTED
        batch.status = LOST
        self.db.add(batch)
        self.db.commit()
