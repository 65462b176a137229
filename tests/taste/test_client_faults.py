"""Each fault that the simulator can make, for calls sent whole, streamed and in a batch."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from taste.batch_client import BatchClient, Body, CutShortError, InDoubtError
from taste.batching.results import Line, attempt_of, parse_line
from taste.client import Client
from taste.orders import Order
from taste.replies import Attempt, Outcome
from taste.requests import build_request
from taste.seats import Endpoint, ModelSeat, Price
from taste.simulator.faults import KINDS
from taste.simulator.server import Simulator
from taste.spending import Budget, StopRun
from taste.study import Limits
from transcripts.tables import Session

REQUEST = build_request(
    "judge", shown="p", aftermath="a", digest=None, taken=None, labels=None, first="Do x.",
    second="Do y.",
)  # fmt: skip
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SESSION = Session(external_id="s", lineage="s", format="f", thread="main", imported_at=NOW)
PRICE = Price(input=1, output=5)


LIMITS = Limits(budget_usd=10, max_wait=0.01)
LATE = {"slow@1": 0.05, "trickled@1": 0.5}
"""Faults that end by the clock, and the time that their answers are given."""


def client_of(url: str, limits: Limits = LIMITS) -> tuple[Client, ModelSeat]:
    """A client of a simulator, and a judge's seat there."""
    endpoint = Endpoint(name="local", base_url=url)
    seat = ModelSeat(name="j", model="simulated-judge", endpoint="local", price=PRICE)
    return Client({"local": endpoint}, limits, Budget(10)), seat


def attempts(
    url: str, *, stream: bool, variations: int = 1, limits: Limits = LIMITS
) -> tuple[list[Attempt], Client]:
    """Every attempt that orders led to, in the order in which they were recorded."""
    client, seat = client_of(url, limits)
    seat = seat.model_copy(update={"stream": stream})
    found: list[Attempt] = []

    async def record(attempt: Attempt) -> int:
        found.append(attempt)
        return len(found)

    async def sending() -> None:
        orders = [Order(REQUEST, seat, SESSION, variation=n + 1) for n in range(variations)]
        try:
            await asyncio.gather(*(client.send(each, record) for each in orders))
        except StopRun:
            assert found[-1].outcome is Outcome.FATAL
        finally:
            await client.close()

    asyncio.run(sending())
    return found, client


AGAIN = ["retryable", "answered"]
NEVER, STREAM, ALWAYS = frozenset[str](), frozenset({"stream"}), frozenset({"create", "stream"})
Expected = tuple[list[str], frozenset[str]]
"""Outcomes of one order's attempts, and the ways in which the first is paid for."""
CALLS: dict[str, Expected] = {
    **dict.fromkeys(["retryable", "rate_limited_silently", "server_error", "bad_gateway",
                     "dropped", "not_json"], (AGAIN, NEVER)),
    **dict.fromkeys(["aborted", "truncated", "cut_stream", "stream_error"],
                    (AGAIN, STREAM)),
    "trickled@1": (["retryable"], STREAM),
    **dict.fromkeys(["slow@1", "rate_limited", "missing_model"], (["retryable"], NEVER)),
    **dict.fromkeys(["fatal", "billing", "spend_limit", "usage_limit"], (["fatal"], NEVER)),
    **dict.fromkeys(["refusal", "refusal_cyber", "refusal_bio", "refusal_reasoning",
                     "refusal_harm"], (["refused"], NEVER)),
    "refusal_midway": (["refused"], ALWAYS),
    "context_exceeded": (["failed"], NEVER),
    **dict.fromkeys(["malformed", "off_schema"], (["answered"], ALWAYS)),
    **dict.fromkeys(["max_tokens", "window_exceeded"], (["truncated"], ALWAYS)),
    "wrong_model": (["malformed"], ALWAYS),
}  # fmt: skip
SILENT = {"dropped", "slow@1", "not_json"}
CUT = {"aborted", "trickled@1", "truncated", "cut_stream", "stream_error"}
"""What ends without an answer and without a word on its price, in every way or in one."""
ITEMS = {
    **{fault: (outcomes[0], bool(paid - STREAM)) for fault, (outcomes, paid) in CALLS.items()},
    **dict.fromkeys(LATE, ("answered", True)),
    **dict.fromkeys(["expired", "canceled"], ("retryable", False)),
}
"""Outcome of a request in a batch, and whether it is paid for: half of each price."""
BATCHES: dict[str, type[Exception] | int] = {
    "batch_refused": 1, "poll_error": 1, "results_cut": 0, "results_dropped": CutShortError,
    "batch_lost": InDoubtError,
}  # fmt: skip
"""Whole results that a batch of one is read with in the end, or why it is not."""


def test_every_fault_that_the_simulator_can_make_has_an_expectation() -> None:
    assert {fault.partition("@")[0] for fault in (*ITEMS, *BATCHES)} == set(KINDS)


@pytest.mark.parametrize("stream", [False, True], ids=["create", "stream"])
@pytest.mark.parametrize("fault", CALLS)
def test_a_fault_has_its_outcome_its_calls_and_its_cost(
    simulate: Callable[..., Simulator], fault: str, stream: bool
) -> None:
    (outcomes, paid), mode = CALLS[fault], "stream" if stream else "create"
    late = {"total_timeout": LATE[fault], "attempts": 1} if fault in LATE else {}
    with simulate(f"{fault}:1") as server:
        limits = LIMITS.model_copy(update=late)
        found, client = attempts(server.base_url, stream=stream, limits=limits)
        assert server.count == len(found)
    assert [a.outcome.value for a in found] == outcomes
    assert (found[0].cost_usd > 0) == (mode in paid)
    assert client.budget.spent == pytest.approx(sum(a.cost_usd for a in found))
    assert client.budget.reserved == pytest.approx(0)
    assert all(a.mode == mode and a.body_hash for a in found)
    doubtful = fault in SILENT or (fault in CUT and not stream)
    assert (client.budget.doubtful > 0, found[0].doubtful_usd > 0) == (doubtful, doubtful)


async def results(url: str, requests: int) -> list[Attempt]:
    """The attempts of a batch of one and the same request, in their order."""
    client, seat = client_of(url)
    batches = BatchClient(client)
    try:
        params = client.prepare(Order(REQUEST, seat, SESSION), batch=True).body
        wanted = [{"custom_id": f"n{n:03}", "params": params} for n in range(requests)]
        content = json.dumps({"requests": wanted}).encode()
        made = await batches.create("local", Body(len(content), lambda: pieces(content)))
        while not (await batches.retrieve("local", made.id)).is_ended:
            pass
        raw = [line async for line in batches.read_lines("local", made.id)]
    finally:
        await client.close()
    lines = sorted((parse_line(each) for each in raw if each[-1:] == b"}"), key=_name)
    return [attempt_of(line, seat, simulated=True) for line in lines]


def _name(line: Line) -> str:
    return line.custom_id


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


def test_a_fault_within_a_batch_has_its_outcome_and_its_cost(
    simulate: Callable[..., Simulator],
) -> None:
    struck = [f"{f}:{'' if f in ('expired', 'canceled') else 'item'}{n + 1}"
              for n, f in enumerate(ITEMS)]  # fmt: skip
    with simulate(*struck) as server:
        found = asyncio.run(results(server.base_url, len(ITEMS)))
    told = [(attempt.outcome.value, attempt.cost_usd > 0) for attempt in found]
    assert dict(zip(ITEMS, told, strict=True)) == ITEMS


@pytest.mark.parametrize("fault", BATCHES)
def test_a_fault_of_a_batch_loses_no_answer_in_silence(
    simulate: Callable[..., Simulator], fault: str
) -> None:
    expected = BATCHES[fault]
    with simulate(f"{fault}:1") as server:
        if isinstance(expected, int):
            assert len(asyncio.run(results(server.base_url, 1))) == expected
        else:
            with pytest.raises(expected):
                asyncio.run(results(server.base_url, 1))


def test_a_streamed_answer_is_the_same_as_a_whole_one(simulate: Callable[..., Simulator]) -> None:
    with simulate() as server:
        texts = {attempts(server.base_url, stream=s)[0][0].text for s in (False, True)}
    assert len(texts) == 1


def test_the_first_call_of_a_group_goes_alone(simulate: Callable[..., Simulator]) -> None:
    with simulate(latency=0.05) as server:
        found, _ = attempts(server.base_url, stream=False, variations=6)
    written = [a.usage["cache_creation_input_tokens"] for a in found]
    assert written[0] > 0
    assert written[1:] == [0] * 5
