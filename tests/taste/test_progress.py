import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import func, select

from taste.progress import Progress, Speed, Tally
from taste.rate_limits import Pace
from taste.replies import Attempt, Outcome
from taste.runs import open_run, run_study
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Call
from transcripts.db import Db


def usage(read: int, own: int) -> dict[str, Any]:
    return {"input_tokens": own, "cache_read_input_tokens": read, "output_tokens": 5}


def test_a_tally_counts_what_failed_and_what_came_from_a_cache() -> None:
    tally = Tally()
    assert tally.cached is None
    tally.count(Attempt(Outcome.ANSWERED, usage=usage(300, 100)))
    tally.count(Attempt(Outcome.REFUSED, usage=usage(0, 100)))
    tally.count(Attempt.failed(Outcome.RETRYABLE, "HTTP 529"))
    assert tally.cached == 300 / 500
    assert dict(tally.failed) == {Outcome.REFUSED.value: 1, Outcome.RETRYABLE.value: 1}


def test_an_exclusion_is_counted_without_its_details() -> None:
    tally = Tally()
    for reason in ("proposal refused: bio", "proposal refused: cyber", "cuts unreliable"):
        tally.exclude(reason)
    assert dict(tally.excluded) == {"proposal refused": 2, "cuts unreliable": 1}


@given(st.integers(1, 50), st.integers(5, 1000))
def test_at_a_steady_pace_the_time_left_is_that_of_the_rest(each: int, rest: int) -> None:
    speed = Speed()
    told = [speed.seconds_left(float(each * n), n, rest + 200) for n in range(201)]
    assert told[0] is None
    assert told[200] is None or abs(told[200] - each * rest) < 1e-6 * each * rest
    assert (told[200] is None) == (each > 24)


def test_what_no_longer_moves_has_no_time_left() -> None:
    speed = Speed()
    for second in range(300):
        told = speed.seconds_left(float(second), min(second, 100), 200)
    assert told is None


def test_the_latest_minute_alone_counts_for_the_rate() -> None:
    pace = Pace(most=10)
    for second in range(100):
        pace.take(float(second), 1.0)
    assert pace.state(100.0).sent_per_minute == 59


async def _watched(db: Db, text: str, now: Any, told: list[Progress]) -> None:
    study = parse_study(text, "study.toml")
    run = await open_run(db, study, text, now)
    await run_study(db, study, run, lambda: now, None, told.append)


def test_a_run_tells_how_it_begins_and_how_it_ends(
    db: Db, simulator: Simulator, study_text: Callable[..., str], now: datetime
) -> None:
    told = list[Progress]()
    asyncio.run(_watched(db, study_text(simulator.base_url), now, told))
    first, last = told[0], told[-1]
    assert (first.done, first.answered, last.done, last.total) == (0, 0, 7, 7)
    assert (last.running, last.under_way, last.simulated) == (0, 0, True)
    assert last.spent_usd == db.exec(select(func.sum(Call.cost_usd))).one()
