"""A sender that answers nothing at once: it collects orders, and batches bring the answers.

A pass over the trials defers what it can; between two passes batches are handed over, waited for
and read. Endpoints without batches are asked in the normal way.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from taste.asking import Deferred, Unanswered
from taste.batch_client import BatchClient
from taste.batching.choosing import choose_endpoints
from taste.batching.notes import Note, wish_of
from taste.batching.orders import Group, group_of, note_of
from taste.batching.polling import Polling
from taste.batching.promised import promised_by
from taste.batching.reading import Reading
from taste.batching.rows import (
    COLLECTED,
    UNPROVEN,
    count_attempts,
    find_open_batches,
    find_proven,
    find_unanswered,
    find_waiting,
)
from taste.batching.spool import MOST_BYTES, MOST_REQUESTS, Spool
from taste.batching.submitting import Submitting
from taste.calls import CallFor
from taste.client import Client
from taste.orders import Order
from taste.replies import Attempt
from taste.seats import Endpoint
from taste.spending import Budget, StopRun
from taste.study import Study
from taste.tables import Run
from transcripts.db import Db


class Recorder(Protocol):
    """Stores attempts, and knows what they are for."""

    @property
    def what(self) -> CallFor:
        """What the attempts are made for."""

    async def __call__(self, attempt: Attempt) -> int:
        """Store an attempt; the id of its row."""


_NOTHING = 1e-9
"""USD: less is what adding and taking away leaves over."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How batches are made and waited for."""

    first_wait: float = 5.0
    """Seconds before a batch is looked at; each look doubles them."""
    most_wait: float = 300.0
    most_requests: int = MOST_REQUESTS
    most_bytes: int = MOST_BYTES
    folder: Path | None = None
    """Where requests wait; None is the system's folder for temporary files."""
    tell: Callable[[str], None] = lambda _: None


@dataclass(slots=True)
class BatchSender:
    """Fulfils the sender's protocol for one run."""

    client: Client
    db: Db
    run: Run
    now: Callable[[], datetime]
    having: frozenset[str]
    """The endpoints that have batches."""
    options: BatchOptions = BatchOptions()
    study: Study | None = None
    """Whose endpoints are asked whether they have batches, in place of `having`."""
    deferred: int = 0
    """Orders of this pass that wait."""
    _batches: BatchClient = field(init=False)
    _submitting: Submitting = field(init=False)
    _reading: Reading = field(init=False)
    _polling: Polling = field(init=False)
    _waiting: dict[str, int] = field(default_factory=dict)
    """Wishes that wait for a batch -> the run whose batch it is."""
    _spools: dict[str, Spool] = field(default_factory=dict)
    _made: dict[str, int] = field(default_factory=dict)
    """Wishes -> requests made for them by this start."""
    _proven: set[Group] = field(default_factory=set)
    _locks: dict[Group, asyncio.Lock] = field(default_factory=dict)
    _handing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Join the parts."""
        assert self.run.id is not None
        tell, now = self.options.tell, self.now
        pause = min(self.options.first_wait, 5.0)
        self._batches = BatchClient(self.client)
        self._submitting = Submitting(self._batches, self.db, self.run.id, now, tell, pause)
        self._reading = Reading(
            self._batches, self.db, now, tell, self._settle, lambda _: None, pause
        )
        self._polling = Polling(
            self._batches, self._reading, tell, self.options.first_wait, self.options.most_wait
        )

    @property
    def budget(self) -> Budget:
        """The run's budget; what batches may yet cost is set aside in it."""
        return self.client.budget

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Every endpoint, as the client knows them."""
        return self.client.endpoints

    @property
    def waiting(self) -> int:
        """Requests of this run that wait for a batch."""
        return sum(owner == self._run_id for owner in self._waiting.values())

    def report_to(self, heard: Callable[[Attempt], None]) -> None:
        """Tell of each result that a batch brings from now on."""
        self._reading.heard = heard

    def stop(self) -> None:
        """Send no more; batches at the endpoint go on."""
        self._batches.stopping.set()
        self.client.stop()

    async def open(self) -> None:
        """Take up what an earlier start left: batches in doubt, batches that wait.

        Raises:
            StopRun: if an endpoint cannot say what became of a batch.
        """
        if self.study is not None:
            self.having = await choose_endpoints(self.client, self.study, self.options.tell)
        for each in find_waiting(self.db):
            self._waiting[each.wish] = each.run_id
            if each.run_id == self._run_id:
                self.budget.reserved += each.reserved_usd
        await self._look_for_lost()
        self._proven |= find_proven(self.db, self._run_id)

    def close(self) -> None:
        """Let go of what was collected and not handed over; it was not paid for."""
        for spool in self._spools.values():
            for note in spool.notes():
                self._settle(note.wish, note.reserved_usd, 0.0)
            spool.close()
        self._spools.clear()

    async def send(self, order: Order, record: Recorder) -> tuple[Attempt, int]:
        """Collect an order for a batch, or send it where none can take it.

        Raises:
            Deferred: when its answer waits for a batch.
            Unanswered: if no attempt of this start brought an answer.
            StopRun: if the run cannot go on.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        if order.seat.endpoint not in self.having:
            return await self.client.send(order, record)
        what = record.what
        wish = wish_of(what.identity, order.request.purpose, order.variation)
        if wish not in self._waiting:
            group = group_of(order)
            if group not in self._proven:
                async with self._locks.setdefault(group, asyncio.Lock()):
                    if group not in self._proven:
                        return await self._prove(group, order, record)
            await self._collect(order, what, wish)
        self._check_owner(wish)
        self.deferred += 1
        raise Deferred("it waits for a batch")

    async def between_passes(self) -> bool:
        """Hand over, wait, read; whether another pass may get further.

        Raises:
            StopRun: if it cannot go on; everything handed over goes on at the endpoint.
        """
        again, self.deferred = self.deferred > 0, 0
        if self._batches.stopping.is_set():
            self.close()
            return False
        for endpoint in list(self._spools):
            await self._hand_over(endpoint)
        if batches := find_open_batches(self.db, self._run_id):
            await self._polling.wait(batches)
            await self._look_for_lost()
            return True
        return again

    @property
    def _run_id(self) -> int:
        assert self.run.id is not None
        return self.run.id

    async def _look_for_lost(self) -> None:
        """Find the batches whose name at the endpoint is unknown; what was never taken is free."""
        for batch in find_open_batches(self.db, self._run_id):
            if batch.status == COLLECTED and not await self._submitting.settle(batch):
                for item in find_unanswered(self.db, batch):
                    self._settle(Note.from_dict(item.about).wish, item.reserved_usd, 0.0)

    async def _prove(self, group: Group, order: Order, record: Recorder) -> tuple[Attempt, int]:
        """The first of its kind goes through a normal call, since batches are checked late."""
        attempt, call_id = await self.client.send(order, record)
        if attempt.outcome.value not in UNPROVEN:
            self._proven.add(group)
        return attempt, call_id

    async def _collect(self, order: Order, what: CallFor, wish: str) -> None:
        """Put an order into its endpoint's spool; a full one is handed over first."""
        if self._made.get(wish, 0) >= self.client.limits.attempts:
            raise Unanswered("no batch brought an answer")
        if wish in self._reading.canceled:
            raise Unanswered("its batch was canceled")
        prepared = self.client.prepare(order, batch=True)
        reserved = prepared.most_usd / 2
        self._reserve(reserved)
        self._waiting[wish] = self._run_id
        number = count_attempts(self.db, what.identity, wish) + 1
        note = note_of(order, what, number, prepared)
        self._made[wish] = self._made.get(wish, 0) + 1
        endpoint = order.seat.endpoint
        while not self._spool(endpoint).add(note, prepared.body):
            await self._hand_over(endpoint)

    def _reserve(self, amount: float) -> None:
        """Set an amount aside; where batches have yet to say what is left over, wait for them."""
        if self._batches.stopping.is_set():
            raise StopRun("the run was stopped")
        if not self.budget.fits(amount) and self.budget.reserved > _NOTHING:
            self.deferred += 1
            raise Deferred("the budget waits for what batches leave over")
        self.budget.reserve(amount)

    def _spool(self, endpoint: str) -> Spool:
        if endpoint not in self._spools:
            options = self.options
            self._spools[endpoint] = Spool(
                options.folder, options.most_requests, options.most_bytes
            )
        return self._spools[endpoint]

    async def _hand_over(self, endpoint: str) -> None:
        """Make a batch of what was collected for an endpoint so far."""
        async with self._handing:
            spool = self._spools.pop(endpoint, None)
            if spool is None:
                return
            try:
                await self._submitting.hand_over(endpoint, spool)
            finally:
                spool.close()

    def _settle(self, wish: str, reserved: float, cost: float) -> None:
        """An item is no longer waited for."""
        self._waiting.pop(wish, None)
        self.budget.settle(reserved, cost)

    def _check_owner(self, wish: str) -> None:
        """What another run's batch will answer is that run's to collect."""
        owner = self._waiting.get(wish, self._run_id)
        if owner != self._run_id:
            raise promised_by(owner)
