"""Handing batches over so that no crash and no lost answer pays for one twice.

The row is committed before the request goes out. Where the endpoint's answer is missing, its own
list of batches says whether it has taken this one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from taste.batch_client import BatchClient, InDoubtError, Remote
from taste.batching.rows import COLLECTED, LOST, SUBMITTED, add_batch, find_remote_ids
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
        """The endpoint's batch that must be this one: made since, as large, and nobody's yet.

        Its results carry the names of the requests: `Reading` refuses them if it is another's.
        """
        assert batch.submitted_at is not None
        since = batch.submitted_at - _CLOCKS_DIFFER
        for look in range(_LOOKS):
            known = find_remote_ids(self.db, batch.endpoint)
            for remote in await self.batches.made_since(batch.endpoint, since):
                if remote.requests == batch.requests and remote.id not in known:
                    return remote
            if look + 1 < _LOOKS and await self.batches.rest(self.pause):
                raise StopRun("the run was stopped")
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
