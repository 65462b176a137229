"""Each fault that the simulator can make, for calls sent whole and streamed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from taste.client import Client
from taste.orders import Order
from taste.replies import Attempt, Outcome
from taste.requests import build_request
from taste.seats import Endpoint, ModelSeat, Price
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


def attempts(url: str, *, stream: bool, variations: int = 1) -> tuple[list[Attempt], Client]:
    """Every attempt that orders led to, in the order in which they were recorded."""
    endpoint = Endpoint(name="local", base_url=url)
    client = Client({"local": endpoint}, Limits(budget_usd=10, max_wait=0.01), Budget(10))
    seat = ModelSeat(
        name="j", model="simulated-judge", endpoint="local", price=PRICE, stream=stream
    )
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


MATRIX = [
    # fault, outcomes of whole calls, whether the first attempt is paid for
    ("retryable", ["retryable", "answered"], False),
    ("rate_limited", ["retryable"], False),
    ("fatal", ["fatal"], False),
    ("spend_limit", ["fatal"], False),
    ("dropped", ["retryable", "answered"], False),
    ("malformed", ["answered"], True),
    ("off_schema", ["answered"], True),
    ("refusal", ["refused"], True),
    ("max_tokens", ["truncated"], True),
    ("wrong_model", ["malformed"], True),
    ("cut_stream", ["retryable", "answered"], None),
    ("stream_error", ["retryable", "answered"], None),
]


@pytest.mark.parametrize("stream", [False, True], ids=["create", "stream"])
@pytest.mark.parametrize(("fault", "outcomes", "paid"), MATRIX, ids=[row[0] for row in MATRIX])
def test_a_fault_has_its_outcome_its_calls_and_its_cost(
    simulate: Callable[..., Simulator],
    fault: str,
    outcomes: list[str],
    paid: bool | None,
    stream: bool,
) -> None:
    with simulate(f"{fault}:1") as server:
        found, client = attempts(server.base_url, stream=stream)
        assert server.count == len(found)
    assert [a.outcome.value for a in found] == outcomes
    assert (found[0].cost_usd > 0) == (stream if paid is None else paid)
    assert client.budget.spent == pytest.approx(sum(a.cost_usd for a in found))
    assert client.budget.reserved == pytest.approx(0)
    assert all(a.mode == ("stream" if stream else "create") and a.body_hash for a in found)


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
