"""Answers that a batch of some run will bring: nobody else asks, and pays, for them meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass

from taste.asking import Promised, Recorder, Sender
from taste.batching.notes import wish_of
from taste.batching.rows import find_waiting
from taste.client import Client
from taste.orders import Order
from taste.replies import Attempt
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class AroundBatches:
    """Sends one by one what no batch will answer."""

    client: Client
    owners: Mapping[str, int]
    """Wishes that wait for a batch -> the run whose batch it is."""

    async def send(self, order: Order, record: Recorder) -> tuple[Attempt, int]:
        """Send an order as the client does.

        Raises:
            Promised: if a batch will bring its answer.
        """
        wish = wish_of(record.what.identity, order.request.purpose, order.variation)
        if wish in self.owners:
            raise promised_by(self.owners[wish])
        return await self.client.send(order, record)

    def stop(self) -> None:
        """Send no more; let what is under way finish."""
        self.client.stop()


def around_batches(db: Db, client: Client) -> Sender | None:
    """What stands in the client's place while batches wait; None where none does."""
    owners = {each.wish: each.run_id for each in find_waiting(db)}
    return AroundBatches(client, owners) if owners else None


def promised_by(owner: int) -> Promised:
    """What to raise for an answer that a run's batch will bring."""
    return Promised(f"a batch of run {owner} will bring the same answer: go on with that run first")
