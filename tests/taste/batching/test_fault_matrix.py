"""Every fault that a batch can meet: what is stored, how often is asked, what is paid."""

from typing import Any

import pytest

from taste.spending import StopRun

HALF = (1000 * 10 + 100 * 50) / 1e6 / 2
"""What one answer costs in a batch."""


def _errored(kind: str, text: str = "no") -> dict[str, Any]:
    error = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_1"}
    return {"type": "errored", "error": error}


def _message(**changed: Any) -> dict[str, Any]:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    body = {"type": "message", "model": "m", "content": [], "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": body | {"usage": usage} | changed}


RESULTS: list[tuple[str, dict[str, Any], list[str], int]] = [
    ("overloaded", _errored("overloaded_error"), ["retryable", "answered"], 1),
    ("server error", _errored("api_error"), ["retryable", "answered"], 1),
    ("rate limit", _errored("rate_limit_error"), ["retryable", "answered"], 1),
    ("timeout", _errored("timeout_error"), ["retryable", "answered"], 1),
    ("expired", {"type": "expired"}, ["retryable", "answered"], 1),
    ("refused request", _errored("invalid_request_error"), ["failed"], 0),
    ("too large", _errored("request_too_large"), ["failed"], 0),
    ("refusal", _message(stop_reason="refusal"), ["refused"], 0),
    (
        "refusal midway",
        _message(stop_reason="refusal", content=[{"type": "text", "text": "I"}]),
        ["refused"],
        1,
    ),
    ("no model", _errored("not_found_error"), ["retryable", "answered"], 1),
    ("max_tokens", _message(stop_reason="max_tokens"), ["truncated"], 1),
    ("context full", _message(stop_reason="model_context_window_exceeded"), ["truncated"], 1),
    ("wrong model", _message(model="other"), ["malformed"], 1),
    ("no stop reason", _message(stop_reason=None), ["retryable", "answered"], 2),
    ("no message", {"type": "succeeded", "message": "?"}, ["malformed"], 0),
    ("unknown type", {"type": "vanished"}, ["retryable", "answered"], 1),
]


@pytest.mark.parametrize(
    ("result", "outcomes", "paid"), [row[1:] for row in RESULTS], ids=[row[0] for row in RESULTS]
)
def test_a_fault_of_one_request_is_stored_counted_and_booked(
    bench: Any, result: dict[str, Any], outcomes: list[str], paid: int
) -> None:
    bench.endpoint.results["a"] = [result]
    bench.go("a", "b")
    assert [call.outcome for call in bench.calls("a")] == outcomes
    assert sum(call.cost_usd for call in bench.calls("a")) == pytest.approx(paid * HALF)
    assert [call.outcome for call in bench.calls("b")] == ["answered"]
    assert bench.sender.budget.reserved == pytest.approx(0)


@pytest.mark.parametrize("kind", ["authentication_error", "permission_error", "billing_error"])
def test_a_fault_of_the_account_stops_the_run_and_keeps_every_answer(bench: Any, kind: str) -> None:
    bench.endpoint.results["a"] = [_errored(kind)]
    with pytest.raises(StopRun, match=kind):
        bench.go("a", "b")
    assert [call.outcome for call in bench.calls("a")] == ["fatal"]
    assert [call.outcome for call in bench.calls("b")] == ["answered"]


@pytest.mark.parametrize("status", [200, 408, 429, 500, 502, 529])
def test_no_fault_of_a_creation_makes_a_second_batch(bench: Any, status: int) -> None:
    bench.endpoint.refused = [status]
    bench.go("a", "b")
    assert len(bench.endpoint.remotes) == 1
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]


def test_lost_answers_to_two_creations_cost_nothing(bench: Any) -> None:
    bench.options = {"most_requests": 1}
    bench.restart()
    bench.endpoint.lost_creations = 2
    bench.go("a", "b")
    assert bench.endpoint.asked == 2
    assert sum(call.cost_usd for call in bench.calls()) == pytest.approx(2 * HALF)


def test_results_that_never_come_whole_stop_the_run_with_what_came(bench: Any) -> None:
    bench.endpoint.broken = 99
    with pytest.raises(StopRun, match="ended early each time"):
        bench.go("a", "b")
    assert [call.outcome for call in bench.calls()] == ["answered"]
    bench.endpoint.broken = 0
    bench.restart()
    bench.go("a", "b")
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]
    assert bench.endpoint.asked == 2
