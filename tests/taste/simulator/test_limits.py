"""Rate limits are kept, told in the headers, and agree with one another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.simulator.limits import Buckets, RateLimits
from taste.simulator.models import ModelFacts
from taste.simulator.server import Simulator
from taste.simulator.service import Service
from taste.simulator.world import World

HEADERS = {"x-api-key": "k", "anthropic-version": "v"}
SMALL = RateLimits(requests=60, input_tokens=6_000, output_tokens=600, burst=10)
NAMES = ("requests", "input-tokens", "output-tokens", "tokens")


@contextmanager
def opened(service: Service) -> Iterator[httpx2.Client]:
    """A plain client before a simulator that is set up so."""
    with (
        Simulator(World(), service=service) as simulator,
        httpx2.Client(base_url=simulator.base_url, trust_env=False, headers=HEADERS) as client,
    ):
        yield client


def told(buckets: Buckets, now: float, what: str) -> list[int]:
    headers = buckets.headers(now)
    return [int(headers[f"anthropic-ratelimit-{name}-{what}"]) for name in NAMES]


def test_a_bucket_holds_what_fills_it_and_fills_evenly() -> None:
    buckets = Buckets(SMALL, 0)
    assert [buckets.enter(0, 1) for _ in range(11)] == [None] * 10 + [1]
    assert buckets.enter(0.5, 1) == 1
    assert buckets.enter(1, 1) is None


def test_the_headers_tell_limit_rest_and_reset() -> None:
    buckets = Buckets(SMALL, 0)
    buckets.enter(0, 400)
    buckets.pay(0, 30)
    assert told(buckets, 0, "limit") == [60, 6000, 600, 6600]
    assert told(buckets, 0, "remaining") == [9, 600, 70, 670]
    assert buckets.headers(0)["anthropic-ratelimit-requests-reset"] == "1970-01-01T00:00:01Z"
    assert buckets.headers(0)["anthropic-ratelimit-input-tokens-reset"] == "1970-01-01T00:00:04Z"


def test_each_kind_of_token_can_be_what_binds() -> None:
    by_input, by_output = Buckets(SMALL, 0), Buckets(SMALL, 0)
    assert [by_input.enter(0, 900), by_input.enter(0, 900)] == [None, 8]
    by_output.pay(0, 150)
    assert by_output.enter(0, 1) == 6
    assert by_output.enter(6, 1) is None


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 2_000), st.integers(0, 200))))
def test_who_waits_as_told_is_let_in_and_no_limit_is_passed(
    calls: list[tuple[float, int, int]],
) -> None:
    buckets, now = Buckets(SMALL, 0), 0.0
    for entered, (gap, tokens, output) in enumerate(calls, start=1):
        now += gap
        wait = buckets.enter(now, tokens)
        if wait is not None:
            now += wait
            assert buckets.enter(now, tokens) is None
        buckets.pay(now, output)
        assert entered <= 10 + now + 1e-6
        assert all(rest >= 0 for rest in told(buckets, now, "remaining"))


@pytest.mark.parametrize("bad", [{"requests": 0}, {"burst": 0}, {"requests": 1, "burst": 1}])
def test_limits_that_let_nothing_through_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"would let nothing|never holds"):
        RateLimits(**bad)


def test_the_server_refuses_what_is_too_much_for_each_model_by_itself(
    make_body: Callable[..., dict[str, Any]],
) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    service = Service(limits=RateLimits(requests=2), clock=lambda: at)
    with opened(service) as client:
        body = make_body("judge", "x")
        got = [client.post("/v1/messages", json=body) for _ in range(3)]
        other = client.post("/v1/messages", json={**body, "model": "simulated-early"})
    assert [each.status_code for each in (*got, other)] == [200, 200, 429, 200]
    assert got[2].headers["retry-after"] == "30"
    assert [each.headers["anthropic-ratelimit-requests-remaining"] for each in got] == list("100")
    assert other.headers["anthropic-ratelimit-requests-remaining"] == "1"


def test_a_model_is_listed_and_held_to_what_is_said_of_it(
    make_body: Callable[..., dict[str, Any]],
) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    small = ModelFacts(max_input_tokens=300, max_tokens=1000, retires_at=at.replace(day=30))
    models = {"small": small, "gone": ModelFacts(retires_at=at), "plain": ModelFacts(efforts=())}
    with opened(Service(models=models, clock=lambda: at)) as client:
        listed = {each["id"]: each for each in client.get("/v1/models").json()["data"]}
        bodies = [make_body("judge", "x" * n, model="small") for n in (10, 2000)]
        bodies += [make_body("judge", "x", model=model) for model in ("gone", "plain")]
        codes = [client.post("/v1/messages", json=body).status_code for body in bodies]
    assert codes == [200, 400, 404, 400]
    assert listed["small"]["retires_at"] == "2026-11-30T00:00:00Z"
    assert (listed["small"]["max_input_tokens"], listed["small"]["max_tokens"]) == (300, 1000)
    assert not listed["plain"]["capabilities"]["effort"]["supported"]
    assert "simulated-late" in listed
