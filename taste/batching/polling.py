"""Waiting for batches: looks that grow rarer, until one has ended."""

from collections.abc import Callable
from dataclasses import dataclass

from taste.batch_client import BatchClient
from taste.batching.reading import Reading
from taste.run_tables import Batch
from taste.spending import StopRun


@dataclass(frozen=True, slots=True)
class Polling:
    """Looks at batches and has those read that have ended."""

    batches: BatchClient
    reading: Reading
    tell: Callable[[str], None]
    first_wait: float
    """Seconds before the first look; each look doubles them."""
    most_wait: float

    async def wait(self, batches: list[Batch]) -> None:
        """Look until one has ended, and read all that have.

        Raises:
            StopRun: if somebody says stop; the batches go on.
        """
        seconds = self.first_wait
        while not await self._read_ended(batches):
            requests = sum(batch.requests for batch in batches)
            self.tell(
                f"{len(batches)} batches with {requests} requests are under way; "
                f"the next look is in {seconds:.0f} s"
            )
            if await self.batches.rest(seconds):
                reason = (
                    f"interrupted; {len(batches)} batches go on at the endpoint. "
                    "Run the same command again, now or within days, to collect them."
                )
                self.tell(reason)  # the run keeps the first reason, which knows no batches
                raise StopRun(reason)
            seconds = min(seconds * 2, self.most_wait)

    async def _read_ended(self, batches: list[Batch]) -> int:
        """Read every batch that has ended; how many there were."""
        ended = 0
        for batch in batches:
            assert batch.remote_id is not None
            remote = await self.batches.retrieve(batch.endpoint, batch.remote_id)
            if remote.is_ended:
                ended += 1
                await self.reading.read(batch, remote)
        return ended
