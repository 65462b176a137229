"""Message Batches through the real SDK: taken at once, answered later, in no order."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from anthropic import (
    Anthropic,
    APIConnectionError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    OverloadedError,
)  # fmt: skip

from taste.simulator.faults import parse_fault
from taste.simulator.server import Simulator
from taste.simulator.world import World

PARAMS: dict[str, Any] = {
    "model": "simulated-late",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Say something."}],
}
Open = Callable[..., Anthropic]


@pytest.fixture
def opened() -> Iterator[Open]:
    """opened("dropped:1", looks=2) is the SDK before a simulator with that fault."""
    running: list[tuple[Simulator, Anthropic]] = []

    def make(*faults: str, looks: int = 1) -> Anthropic:
        server = Simulator(World(), faults=[parse_fault(f) for f in faults], batch_looks=looks)
        server.__enter__()
        sdk = Anthropic(api_key="none", base_url=server.base_url, max_retries=0)
        running.append((server, sdk))
        return sdk

    yield make
    for server, sdk in running:
        sdk.close()
        server.__exit__(None, None, None)


def hand_over(sdk: Anthropic, *params: dict[str, Any]) -> str:
    requests: Any = [{"custom_id": f"r-{n}", "params": each} for n, each in enumerate(params)]
    return sdk.messages.batches.create(requests=requests).id


def result_types(sdk: Anthropic, batch: str) -> dict[str, str]:
    sdk.messages.batches.retrieve(batch)
    return {each.custom_id: each.result.type for each in sdk.messages.batches.results(batch)}


def read_lines(sdk: Anthropic, batch: str) -> list[Any]:
    return list(sdk.messages.batches.results(batch))


def test_a_batch_ends_at_the_look_that_was_asked_for(opened: Open) -> None:
    sdk = opened(looks=2)
    batch = hand_over(sdk, PARAMS)
    states = [sdk.messages.batches.retrieve(batch) for _ in range(2)]
    assert [state.processing_status for state in states] == ["in_progress", "ended"]
    assert [state.request_counts.succeeded for state in states] == [0, 1]


def test_each_result_bears_the_name_of_its_request(opened: Open) -> None:
    sdk = opened()
    batch = hand_over(sdk, *[PARAMS] * 5)
    assert result_types(sdk, batch) == dict.fromkeys([f"r-{n}" for n in range(5)], "succeeded")


def test_an_answer_in_a_batch_says_that_it_is_one(opened: Open) -> None:
    sdk = opened()
    batch = hand_over(sdk, PARAMS)
    sdk.messages.batches.retrieve(batch)
    [line] = read_lines(sdk, batch)
    assert line.result.message.usage.service_tier == "batch"


def test_a_faulty_request_shows_in_its_own_result_alone(opened: Open) -> None:
    sdk = opened()
    batch = hand_over(sdk, PARAMS, {**PARAMS, "temperature": 0})
    assert result_types(sdk, batch) == {"r-0": "succeeded", "r-1": "errored"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("dropped", "errored"),
        ("bad_gateway", "errored"),
        ("retryable", "errored"),
        ("refusal", "succeeded"),
        ("slow", "succeeded"),
        ("expired", "expired"),
        ("canceled", "canceled"),
    ],
)
def test_a_fault_strikes_one_request_of_a_batch(opened: Open, fault: str, kind: str) -> None:
    sdk = opened(fault)
    batch = hand_over(sdk, PARAMS, PARAMS)
    assert sorted(result_types(sdk, batch).values()) == sorted([kind, "succeeded"])


def test_a_fault_may_count_the_requests_of_batches_alone(opened: Open) -> None:
    sdk = opened("refusal:item2")
    batch = hand_over(sdk, PARAMS, PARAMS)
    result_types(sdk, batch)
    lines = read_lines(sdk, batch)
    reasons = {line.custom_id: line.result.message.stop_reason for line in lines}
    assert reasons == {"r-0": "end_turn", "r-1": "refusal"}


def test_a_look_a_creation_and_the_results_have_faults_of_their_own(opened: Open) -> None:
    sdk = opened("batch_refused", "poll_error", "results_cut")
    with pytest.raises(OverloadedError):
        hand_over(sdk, PARAMS)
    batch = hand_over(sdk, PARAMS, PARAMS)
    with pytest.raises(InternalServerError):
        sdk.messages.batches.retrieve(batch)
    sdk.messages.batches.retrieve(batch)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        read_lines(sdk, batch)
    assert len(read_lines(sdk, batch)) == 2


def test_a_lost_creation_has_made_a_batch(opened: Open) -> None:
    sdk = opened("batch_lost", "results_dropped")
    with pytest.raises(APIConnectionError):
        hand_over(sdk, PARAMS)
    [made] = sdk.messages.batches.list().data
    assert sdk.messages.batches.retrieve(made.id).processing_status == "ended"
    with pytest.raises(httpx2.HTTPError):
        read_lines(sdk, made.id)
    assert len(read_lines(sdk, made.id)) == 1


def test_what_is_canceled_is_not_answered(opened: Open) -> None:
    sdk = opened(looks=1)
    batch = hand_over(sdk, PARAMS)
    assert sdk.messages.batches.cancel(batch).processing_status == "canceling"
    assert result_types(sdk, batch) == {"r-0": "canceled"}


def test_results_are_not_there_before_the_end(opened: Open) -> None:
    sdk = opened(looks=3)
    batch = hand_over(sdk, PARAMS)
    with pytest.raises(NotFoundError):
        sdk.get(f"/v1/messages/batches/{batch}/results", cast_to=object)


def test_batches_are_listed_newest_first_page_by_page(opened: Open) -> None:
    sdk = opened()
    made = [hand_over(sdk, PARAMS) for _ in range(3)]
    assert [each.id for each in sdk.messages.batches.list(limit=2)] == made[::-1]


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "é"])
def test_a_request_needs_a_plain_name(opened: Open, name: str) -> None:
    requests: Any = [{"custom_id": name, "params": PARAMS}]
    with pytest.raises(BadRequestError, match="custom_id"):
        opened().messages.batches.create(requests=requests)


def test_two_requests_of_one_name_are_refused(opened: Open) -> None:
    requests: Any = [{"custom_id": "a", "params": PARAMS}] * 2
    with pytest.raises(BadRequestError, match="custom_id"):
        opened().messages.batches.create(requests=requests)
