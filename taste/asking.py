"""Asking for one row: finds it by identity, else sends, and stores call and row together.

What every seat (proposer, restater, judge) shares; knows nothing of what is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from taste.answers import AnswerType, parse_answer
from taste.calls import CallFor, add_call
from taste.client import Client, Order
from taste.probe_tables import AttackVerdict, Probe
from taste.replies import Attempt, Outcome
from taste.tables import Call, Digest, Proposal, Restatement, Run, Verdict
from transcripts.db import Db

Row = TypeVar("Row", AttackVerdict, Call, Digest, Probe, Proposal, Restatement, Verdict)


class Unanswered(Exception):
    """No attempt got an answer; only the attempts are stored, and a later start tries again."""


@dataclass
class Asking:
    """What it takes to ask, for one run."""

    db: Db
    run: Run
    client: Client
    now: Callable[[], datetime]
    answered: int = 0
    """Answers that this start paid for."""
    _under_way: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def once(
        self, key: str, find: Callable[[], Row | None], make: Callable[[], Awaitable[Row]]
    ) -> Row:
        """Find a row by identity or make it, never twice at a time."""
        lock = self._under_way.setdefault(key, asyncio.Lock())
        async with lock:
            found = find()
            row = found if found is not None else await make()
        self._under_way.pop(key, None)
        return row

    async def send(self, order: Order, key: str, shown_hash: str) -> tuple[Attempt, int]:
        """Send an order; its final attempt is added, and committed with the row that it is for.

        Raises:
            Unanswered: if no attempt got an answer.
            StopRun: if the run cannot go on.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        assert self.run.id is not None
        what = CallFor(self.run.id, key, order.request, order.seat, shown_hash)

        def record(attempt: Attempt) -> None:
            add_call(self.db, what, attempt, self.now())
            self.db.commit()

        attempt = await self.client.send(order, record)
        if attempt.outcome is Outcome.RETRYABLE:
            raise Unanswered(attempt.error or "no answer")
        self.answered += 1
        call = add_call(self.db, what, attempt, self.now())
        assert call.id is not None
        return attempt, call.id


def read_answer(kind: type[AnswerType], attempt: Attempt) -> AnswerType | str:
    """The validated answer, or the reason why there is none."""
    if attempt.outcome is not Outcome.ANSWERED:
        return attempt.error or attempt.outcome.value
    return parse_answer(kind, attempt.text)
