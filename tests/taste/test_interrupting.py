"""The first signal finishes what is under way, the second leaves it, an ignored one is nothing."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlmodel import select

from taste.asking import Asking
from taste.client import Client
from taste.interrupting import interruptible
from taste.progress import Progress
from taste.spending import Budget
from taste.study import Limits
from taste.tables import Run
from taste.workers import RunResult, Work, work_off
from transcripts.db import Db

Go = Callable[..., RunResult]
HEARD = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[dict[signal.Signals, Any]]:
    """The handlers as they were, which stand again afterwards."""
    before = {number: signal.getsignal(number) for number in HEARD}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def heard(*numbers: signal.Signals) -> list[str]:
    """What comes of these signals, one after the other."""
    came: list[str] = []

    async def hearing() -> None:
        with interruptible(came.append, lambda: came.append("leave")):
            for number in numbers:
                os.kill(os.getpid(), number)
                await asyncio.sleep(0.001)

    asyncio.run(hearing())
    return came


@pytest.mark.parametrize("number", HEARD)
def test_the_first_signal_finishes_what_is_under_way(number: signal.Signals) -> None:
    (came,) = heard(number)
    assert came.endswith("every answer is kept.")


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_leaves_it(first: signal.Signals, second: signal.Signals) -> None:
    assert "leave" in heard(first, second)


def test_a_terminal_that_goes_away_twice_asks_for_nothing_more() -> None:
    assert "leave" not in heard(signal.SIGHUP, signal.SIGHUP)
    assert "leave" not in heard(signal.SIGTERM, signal.SIGHUP)


def test_what_the_process_was_started_to_ignore_stays_ignored(handlers: dict[Any, Any]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert heard(signal.SIGHUP) == []
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) == handlers[signal.SIGTERM]


@pytest.fixture
def asking(db: Db, go: Go, now: Any) -> Asking:
    go(limit=1)
    client = Client({}, Limits(budget_usd=1), Budget(1))
    return Asking(db, db.exec(select(Run)).one(), client, lambda: now)


def worked_off(asking: Asking, do: Callable[[int], Awaitable[None]]) -> RunResult:
    told = list[Progress]()
    work = Work([1, 2, 3], do, 3)
    return asyncio.run(work_off(asking, work, 2, told.append))


def test_one_ctrl_c_waits_for_what_is_under_way_and_begins_nothing(asking: Asking) -> None:
    async def do(job: int) -> None:
        if job == 1:
            os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.01)

    result = worked_off(asking, do)
    assert (result.done, result.total) == (2, 3)
    assert str(result.stopped).startswith("interrupted; every answer is kept.")
    assert asking.run.status == "stopped"


def test_two_of_them_wait_for_nothing(asking: Asking) -> None:
    async def do(_: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    result = worked_off(asking, do)
    assert (result.done, result.total) == (0, 3)
    assert (asking.run.status, asking.run.holder) == ("stopped", None)


def test_a_display_that_cannot_be_written_stops_nothing(asking: Asking) -> None:
    async def do(_: int) -> None:
        await asyncio.sleep(0)

    def refuse(_: Progress) -> None:
        raise OSError(5, "Input/output error")

    result = asyncio.run(work_off(asking, Work([1, 2, 3], do, 3), 2, refuse))
    assert (result.done, result.stopped) == (3, None)
