"""The pace of calls: pure, with time as an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.rate_limits import Pace


def headers(left: float, limit: float = 1200, kind: str = "requests") -> dict[str, str]:
    name = f"anthropic-ratelimit-{kind}"
    return {f"{name}-limit": str(limit), f"{name}-remaining": str(left)}


def told(left: float, limit: float = 1200, kind: str = "requests") -> Pace:
    pace = Pace(200, allowed=200)
    pace.hear(0.0, headers(left, limit, kind))
    return pace


def sent_in(pace: Pace, seconds: float) -> int:
    """How many calls go in some seconds, each answered at once."""
    now, sent = 0.0, 0
    while now <= seconds:
        wait = pace.wait(now, 0)
        assert wait is not None
        if wait == 0:
            pace.settle(now, pace.take(now, 0), (0, 0))
            sent += 1
        now += max(wait, 0.001)
    return sent


@given(st.integers(60, 6000), st.integers(0, 50))
def test_no_more_goes_than_was_left_and_has_come_in_since(limit: int, left: int) -> None:
    sent = sent_in(told(left, limit=limit), 3.0)
    assert sent <= left + 3.0 * limit / 60 + 1


@given(st.integers(60, 6000))
def test_the_stated_rate_is_made_use_of(limit: int) -> None:
    assert sent_in(told(5, limit=limit), 10.0) >= 10.0 * limit / 60 * 0.9


def test_an_endpoint_that_states_no_limit_is_bounded_by_calls_in_flight_alone() -> None:
    pace = Pace(3)
    pace.hear(0.0, {"date": "today"})
    for _ in range(3):
        assert pace.wait(0.0, 1e9) == 0
        pace.take(0.0, 1e9)
    assert pace.wait(0.0, 0) is None


def test_a_refusal_for_load_halves_the_calls_in_flight_once_and_waits_as_told() -> None:
    pace = Pace(100, allowed=100)
    pace.hear(0.0, {"date": "today"})
    tickets = [pace.take(0.0, 0) for _ in range(40)]
    for _ in range(5):
        pace.slow(1.0, 2.0)
    assert pace.state(1.0).allowed == 20
    assert pace.state(1.0).refused == 5
    for ticket in tickets:
        pace.settle(1.0, ticket, None)
    assert pace.wait(1.0, 0) == pytest.approx(2.0)


def test_answers_let_more_calls_be_in_flight_up_to_the_most() -> None:
    pace = Pace(20, allowed=1)
    for _ in range(40):
        pace.settle(0.0, pace.take(0.0, 0), (1, 1))
    assert pace.state(0.0).allowed == 20


def test_input_tokens_are_charged_before_and_corrected_after_the_answer() -> None:
    pace = told(60_000, limit=60_000, kind="input-tokens")
    ticket = pace.take(1.0, 40_000)
    assert (pace.wait(1.0, 20_000) or 0) > 0
    pace.settle(1.0, ticket, (39_000, 10))
    assert pace.wait(1.0, 10_000) == 0


def test_nothing_is_given_back_that_the_server_has_left_out_of_what_it_told_since() -> None:
    pace = told(60_000, limit=60_000, kind="input-tokens")
    ticket = pace.take(1.0, 10_000)
    pace.hear(2.0, headers(10_000, 60_000, "input-tokens"))
    pace.settle(2.0, ticket, (1_000, 10))
    assert pace.state(2.0).left["input-tokens"] == pytest.approx(10_000, abs=1)


@given(st.lists(st.booleans(), min_size=1), st.floats(0.01, 2.0), st.floats(0.01, 2.0))
def test_what_calls_with_and_without_a_cache_use_is_learned_apart(
    cached: list[bool], found: float, not_found: float
) -> None:
    pace = told(1e9, limit=1e9, kind="input-tokens")
    uses = {True: found, False: not_found}
    for each in cached:
        pace.settle(0.0, pace.take(0.0, 1000, cached=each), (1000 * uses[each], 1))
    for each in set(cached):
        assert pace.take(0.0, 500, cached=each).input == pytest.approx(500 * uses[each])


def test_one_call_goes_first_and_alone_to_find_out_what_the_limits_are() -> None:
    pace = Pace(50)
    pace.take(0.0, 1)
    assert pace.wait(0.0, 1) is None
    pace.hear(1.0, headers(10))
    assert pace.wait(1.0, 1) == 0


def test_more_tokens_than_the_limit_wait_for_a_full_bucket_and_then_go() -> None:
    pace = told(60_000, limit=60_000, kind="input-tokens")
    assert pace.wait(0.0, 1e6) == 0
    pace.take(0.0, 1e6)
    assert 0 < (pace.wait(0.0, 1.0) or 0) < 1200


@pytest.mark.parametrize("odd", ["", "nan", "inf", "-3", "many"])
def test_a_header_that_is_no_number_is_passed_over(odd: str) -> None:
    pace = Pace(5)
    pace.hear(0.0, headers(1) | {"anthropic-ratelimit-requests-limit": odd})
    assert pace.state(0.0).limits == {}
