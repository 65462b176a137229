"""Reading the results of ended batches: line by line, each into a row, cut ones again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from taste.batch_client import BatchClient, CutShortError, Remote
from taste.batching.notes import Note
from taste.batching.results import Line, attempt_of, parse_line
from taste.batching.rows import COLLECTED, ENDED, book_item, find_items, find_unanswered
from taste.replies import Attempt, Outcome
from taste.run_tables import Batch, BatchItem
from taste.spending import StopRun
from transcripts.db import Db

_GROUP = 200
"""Results to a commit."""
_UNANSWERED = "the batch ended without a result for this request"


@dataclass(slots=True)
class Read:
    """What one reading of the results came to."""

    lines: int = 0
    booked: int = 0
    foreign: int = 0
    """Lines about requests that are not this batch's."""
    unreadable: int = 0
    fatal: str | None = None


@dataclass(slots=True)
class Reading:
    """Reads the results of one run's batches."""

    batches: BatchClient
    db: Db
    now: Callable[[], datetime]
    tell: Callable[[str], None]
    settled: Callable[[str, float, float], None]
    """Told of each item's wish, what was set aside for it, and what it cost."""
    heard: Callable[[Attempt], None]
    """Told of each result."""
    pause: float = 2.0
    _canceled: set[str] = field(default_factory=set)

    @property
    def canceled(self) -> set[str]:
        """Wishes that were canceled at the endpoint: this start asks for them no more."""
        return self._canceled

    async def read(self, batch: Batch, remote: Remote) -> None:
        """Book every result of an ended batch.

        Raises:
            StopRun: if they cannot be read whole, or one says that the run cannot go on.
        """
        read, cut = Read(), None
        for number in range(self.batches.client.limits.attempts):
            if number and await self.batches.rest(self.pause):
                raise StopRun("the run was stopped")
            read, cut = Read(fatal=read.fatal), None
            try:
                await self._read_once(batch, remote, read)
            except CutShortError as error:
                cut = str(error)
            if cut is None and read.lines >= remote.requests and not read.unreadable:
                break
        if cut is not None:
            raise StopRun(
                f"the results of batch {batch.id} ended early each time ({cut}); what came is "
                "kept. Run the same command again to read the rest."
            )
        self._close(batch, read)

    async def _read_once(self, batch: Batch, remote: Remote, read: Read) -> None:
        assert batch.remote_id is not None
        group: dict[str, Line] = {}
        try:
            async for raw in self.batches.read_lines(batch.endpoint, batch.remote_id):
                if not raw.strip():
                    continue
                try:
                    line = parse_line(raw)
                except ValueError:
                    read.unreadable += 1
                    continue
                read.lines += 1
                group[line.custom_id] = line
                if len(group) >= _GROUP:
                    self._book(batch, group, read, simulated=remote.simulated)
        finally:
            self._book(batch, group, read, simulated=remote.simulated)

    def _book(self, batch: Batch, group: dict[str, Line], read: Read, *, simulated: bool) -> None:
        """Store a group of results in one commit, and forget it."""
        items = find_items(self.db, batch, list(group))
        booked: list[tuple[BatchItem, float]] = []
        for name, line in group.items():
            item = items.get(name)
            if item is None:
                read.foreign += 1
            elif item.outcome is None:
                seat = Note.from_dict(item.about).read_seat()
                attempt = attempt_of(line, seat, simulated=simulated)
                booked.append((item, self._store(batch, item, line.kind, attempt)))
                if attempt.outcome is Outcome.FATAL:
                    read.fatal = attempt.error
        group.clear()
        self.db.commit()
        read.booked += len(booked)
        for item, cost in booked:
            self._settle(item, cost)

    def _store(self, batch: Batch, item: BatchItem, kind: str, attempt: Attempt) -> float:
        labelled = self.batches.client.labelled(attempt, batch.endpoint)
        book_item(self.db, batch, item, kind, labelled, self.now())
        self.heard(labelled)
        return labelled.cost_usd

    def _settle(self, item: BatchItem, cost: float) -> None:
        wish = Note.from_dict(item.about).wish
        if item.outcome == "canceled":
            self._canceled.add(wish)
        self.settled(wish, item.reserved_usd, cost)

    def _close(self, batch: Batch, read: Read) -> None:
        """The batch is read; what it has no result for is asked again."""
        left = find_unanswered(self.db, batch)
        if read.foreign and len(left) == batch.requests:
            self._give_back(batch)
            return
        for item in left:
            self._store(batch, item, "errored", Attempt.failed(Outcome.RETRYABLE, _UNANSWERED))
        batch.status, batch.ended_at = ENDED, self.now()
        self.db.add(batch)
        self.db.commit()
        for item in left:
            self._settle(item, 0.0)
        if read.fatal is not None:
            raise StopRun(f"{batch.endpoint!r} cannot go on: {read.fatal}")

    def _give_back(self, batch: Batch) -> None:
        """Another's batch was taken for this one, which has to be looked for again."""
        self.tell(
            f"batch {batch.id}: {batch.remote_id} holds somebody else's requests; "
            "looking for its own"
        )
        batch.status, batch.remote_id = COLLECTED, None
        self.db.add(batch)
        self.db.commit()
