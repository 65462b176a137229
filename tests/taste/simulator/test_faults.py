"""Each class of fault reaches the SDK's caller as the real one would."""

import json
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import orjson
import pytest

from taste.simulator.faults import KINDS, Fault, FaultKind, FaultPlan, parse_fault
from taste.simulator.server import Simulator
from taste.simulator.world import World
from transcripts.errors import UserError

Bodies = Callable[..., dict[str, Any]]
Client = Callable[..., Any]
TEXT = "<prefix>\nUnheard of.\n</prefix>"


@pytest.fixture
def ask_with(make_body: Bodies, with_client: Client) -> Callable[[FaultKind], Any]:
    """ask_with(kind) sends one request to a simulator whose first call has that fault."""

    def ask(kind: FaultKind) -> Any:
        body = make_body("judge", TEXT)
        with Simulator(World(), faults=[Fault(kind)]) as simulator:
            return with_client(simulator, lambda c: c.messages.create(**body))

    return ask


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("retryable", anthropic.OverloadedError),
        ("rate_limited", anthropic.RateLimitError),
        ("fatal", anthropic.AuthenticationError),
        ("rate_limited_silently", anthropic.RateLimitError),
        ("server_error", anthropic.InternalServerError),
        ("bad_gateway", anthropic.InternalServerError),
        ("usage_limit", anthropic.BadRequestError),
        ("billing", anthropic.PaymentRequiredError),
        ("context_exceeded", anthropic.BadRequestError),
        ("truncated", json.JSONDecodeError),
        ("dropped", anthropic.APIConnectionError),
        ("aborted", anthropic.APIConnectionError),
        ("cut_stream", anthropic.APIConnectionError),
    ],
)
def test_a_failed_call_raises_the_error_of_its_class(
    kind: FaultKind, error: type[Exception], ask_with: Callable[[FaultKind], Any]
) -> None:
    with pytest.raises(error):
        ask_with(kind)


def test_a_rate_limit_says_when_to_come_back(ask_with: Callable[[FaultKind], Any]) -> None:
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask_with("rate_limited")
    assert caught.value.response.headers["retry-after"] == "1"


def test_a_spend_limit_names_its_code(ask_with: Callable[[FaultKind], Any]) -> None:
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask_with("spend_limit")
    assert caught.value.error_code == "enforced_spend_limit_reached"
    assert type(caught.value) is not anthropic.RateLimitError
    assert "retry-after" not in caught.value.response.headers


def test_a_refusal_is_a_successful_reply(ask_with: Callable[[FaultKind], Any]) -> None:
    message = ask_with("refusal")
    assert (message.stop_reason, message.content) == ("refusal", [])
    assert message.stop_details.category == "frontier_llm"
    assert message.stop_details.explanation


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("refusal_cyber", "cyber"),
        ("refusal_bio", "bio"),
        ("refusal_reasoning", "reasoning_extraction"),
        ("refusal_harm", "general_harms"),
        ("refusal_midway", "frontier_llm"),
    ],
)
def test_a_refusal_has_its_category(
    kind: FaultKind, category: str, ask_with: Callable[[FaultKind], Any]
) -> None:
    message = ask_with(kind)
    assert (message.stop_reason, message.stop_details.category) == ("refusal", category)
    assert bool(message.content) == (kind == "refusal_midway")


def test_a_page_of_html_comes_with_a_good_status(ask_with: Callable[[FaultKind], Any]) -> None:
    assert "<html>" in ask_with("not_json")


def test_seconds_are_written_behind_the_kind(make_body: Bodies, with_client: Client) -> None:
    fault = parse_fault("rate_limited@86400:2")
    assert (fault.nth, fault.seconds) == (2, 86400)
    plan = Simulator(World(), faults=[Fault("rate_limited", seconds=86400)])
    with plan as simulator, pytest.raises(anthropic.RateLimitError) as caught:
        with_client(simulator, lambda c: c.messages.create(**make_body("judge", TEXT)))
    assert caught.value.response.headers["retry-after"] == "86400"


def test_a_slow_answer_outlasts_a_short_timeout(make_body: Bodies, with_client: Client) -> None:
    body = make_body("judge", TEXT, timeout=0.05)
    with Simulator(World(), faults=[Fault("slow", seconds=0.3)]) as simulator:
        with pytest.raises(anthropic.APITimeoutError):
            with_client(simulator, lambda c: c.messages.create(**body))
        assert with_client(simulator, lambda c: c.messages.create(**body)).content


def test_a_cut_answer_is_not_json(ask_with: Callable[[FaultKind], Any]) -> None:
    for kind, reason in (("malformed", "end_turn"), ("max_tokens", "max_tokens")):
        message = ask_with(kind)  # type: ignore[arg-type]
        assert message.stop_reason == reason
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(message.content[0].text)


def test_an_answer_may_miss_the_schema_or_the_model(ask_with: Callable[[FaultKind], Any]) -> None:
    assert "verdict" not in orjson.loads(ask_with("off_schema").content[0].text)
    assert ask_with("wrong_model").model == "simulated-other"


def stream_with(kind: FaultKind, body: dict[str, Any], with_client: Client) -> Any:
    async def ask(client: anthropic.AsyncAnthropic) -> Any:
        async with client.messages.stream(**body) as stream:
            return await stream.get_final_message()

    with Simulator(World(), faults=[Fault(kind)]) as simulator:
        return with_client(simulator, ask)


def test_a_stream_may_end_early(make_body: Bodies, with_client: Client) -> None:
    message = stream_with("cut_stream", make_body("judge", TEXT), with_client)
    assert message.stop_reason is None


def test_a_stream_may_fail_after_its_first_bytes(make_body: Bodies, with_client: Client) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        stream_with("stream_error", make_body("judge", TEXT), with_client)
    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")


def test_only_the_calls_that_are_due_are_struck(make_body: Bodies) -> None:
    headers = {"x-api-key": "k", "anthropic-version": "v"}
    with Simulator(World(), faults=[Fault("retryable", nth=2, times=2)]) as simulator:
        with httpx2.Client(base_url=simulator.base_url, trust_env=False, headers=headers) as client:
            body = make_body("judge", TEXT)
            codes = [client.post("/v1/messages", json=body).status_code for _ in range(4)]
        assert codes == [200, 529, 529, 200]
        assert [logged.status for logged in simulator.requests] == codes


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("dropped", [1]),
        ("dropped:3", [3]),
        ("dropped:3x2", [3, 4]),
        ("dropped:every3", [3, 6, 9]),
        ("dropped:every3x2", [3, 6]),
        ("dropped:8x0", [8, 9, 10]),
    ],
)
def test_a_written_fault_strikes_the_calls_it_names(text: str, struck: list[int]) -> None:
    plan = FaultPlan([parse_fault(text)])
    assert [call for call in range(1, 11) if plan.strike()] == struck


def test_two_faults_of_one_call_strike_one_after_the_other() -> None:
    plan = FaultPlan([Fault("dropped"), Fault("refusal")])
    struck = [plan.strike() for _ in range(3)]
    assert [fault and fault.kind for fault in struck] == ["dropped", "refusal", None]


@pytest.mark.parametrize("text", ["", "lightning", "dropped:", "dropped:0", "dropped:x"])
def test_what_is_no_fault_is_explained(text: str) -> None:
    with pytest.raises(UserError, match="is not a fault"):
        parse_fault(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_and_is_switched_on_once(kind: str) -> None:
    fault = parse_fault(kind)
    with pytest.raises(UserError, match="twice"):
        FaultPlan([fault, parse_fault(f"{kind}:2")])
