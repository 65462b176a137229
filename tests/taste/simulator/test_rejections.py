"""The simulator refuses what the real service refuses, with the errors that the SDK knows."""

from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest

from taste.simulator.server import Simulator
from taste.simulator.world import World

Bodies = Callable[..., dict[str, Any]]
Client = Callable[..., Any]
HEADERS = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
ASSISTANT_LAST = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def post(body: Any, headers: dict[str, str] = HEADERS, path: str = "/v1/messages") -> Any:
    with Simulator(World()) as simulator, httpx2.Client(trust_env=False) as client:
        reply = client.post(simulator.base_url + path, json=body, headers=headers)
        return reply.status_code, reply.json()


def object_schema(**extra: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}, "additionalProperties": False, **extra}
    return {"format": {"type": "json_schema", "schema": schema}}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"extra_body": {"temperature": 0}}, id="temperature"),
        pytest.param({"extra_body": {"top_k": 5}}, id="top_k"),
        pytest.param({"messages": ASSISTANT_LAST}, id="prefill"),
        pytest.param({"messages": []}, id="no-messages"),
        pytest.param({"messages": [{"role": "judge", "content": "a"}]}, id="role"),
        pytest.param({"messages": [{"role": "system", "content": "a"}]}, id="lone-system"),
        pytest.param({"messages": [{"role": "user", "content": ""}]}, id="empty"),
        pytest.param({"tool_choice": {"type": "any"}}, id="forced-tool"),
        pytest.param({"max_tokens": 200_000, "timeout": 60}, id="max-tokens"),
        pytest.param({"output_config": {"effort": "extreme"}}, id="effort"),
        pytest.param(
            {"output_config": object_schema(additionalProperties=True)}, id="additional-properties"
        ),
        pytest.param({"output_config": object_schema(maxItems=3)}, id="array-bounds"),
    ],
)
def test_a_wrong_request_is_a_bad_request(
    wrong: dict[str, Any], make_body: Bodies, with_client: Client
) -> None:
    body = make_body("propose", "x") | wrong
    with Simulator(World()) as simulator, pytest.raises(anthropic.BadRequestError) as caught:
        with_client(simulator, lambda c: c.messages.create(**body))
    assert caught.value.type == "invalid_request_error"
    assert caught.value.request_id is not None


def test_a_model_that_does_not_exist_is_not_found(make_body: Bodies, with_client: Client) -> None:
    body = make_body("propose", "x", model="unknown-1")
    with Simulator(World()) as simulator:
        with pytest.raises(anthropic.NotFoundError):
            with_client(simulator, lambda c: c.messages.create(**body))
        with pytest.raises(anthropic.NotFoundError):
            with_client(simulator, lambda c: c.models.retrieve("unknown-1"))


def test_a_prompt_beyond_the_window_is_too_long(make_body: Bodies, with_client: Client) -> None:
    body = make_body("propose", "x" * 3_600_000)
    with (
        Simulator(World()) as simulator,
        pytest.raises(anthropic.BadRequestError, match="prompt is too long"),
    ):
        with_client(simulator, lambda c: c.messages.create(**body))


def test_a_body_beyond_32_megabytes_is_too_large(make_body: Bodies, with_client: Client) -> None:
    body = make_body("propose", "x" * (32 * 1024 * 1024 + 1))
    with Simulator(World()) as simulator, pytest.raises(anthropic.ContentTooLargeError):
        with_client(simulator, lambda c: c.messages.create(**body))


@pytest.mark.parametrize("missing", ["max_tokens", "messages", "model"])
def test_a_missing_field_is_named(missing: str, make_body: Bodies) -> None:
    body = make_body("propose", "x")
    del body[missing]
    status, answer = post(body)
    assert (status, answer["error"]["message"]) == (400, f"{missing}: Field required")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"anthropic-version": "2026-10-21"}, 401, id="no-key"),
        pytest.param({"x-api-key": "k"}, 400, id="no-version"),
        pytest.param({"authorization": "Bearer k", "anthropic-version": "x"}, 200, id="bearer"),
    ],
)
def test_credentials_and_version_are_required(
    headers: dict[str, str], status: int, make_body: Bodies
) -> None:
    assert post(make_body("propose", "x"), headers)[0] == status


def test_broken_json_and_unknown_paths_have_error_bodies(make_body: Bodies) -> None:
    status, answer = post([1])
    assert (status, answer["type"]) == (400, "error")
    status, answer = post(make_body("propose", "x"), path="/v1/complete")
    assert (status, answer["error"]["type"]) == (404, "not_found_error")
    assert answer["request_id"].startswith("req_simulated_")
