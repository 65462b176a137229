"""The real SDK does not notice: everything here goes through AsyncAnthropic over loopback."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from anthropic import APITimeoutError, AsyncAnthropic

from taste.simulator.script import Script
from taste.simulator.server import Simulator
from taste.simulator.world import World
from transcripts.errors import UserError

Bodies = Callable[..., dict[str, Any]]
Client = Callable[..., Any]
PREFIX = "<prefix>\nUnheard of.\n</prefix>"


def streamed(body: dict[str, Any]) -> Callable[[AsyncAnthropic], Any]:
    async def ask(client: AsyncAnthropic) -> Any:
        async with client.messages.stream(**body) as stream:
            return await stream.get_final_message()

    return ask


def test_a_message_is_created_and_marked_simulated(make_body: Bodies, with_client: Client) -> None:
    with Simulator(World()) as simulator:
        body = make_body("propose", PREFIX)
        raw = with_client(simulator, lambda c: c.messages.with_raw_response.create(**body))
        assert raw.headers["taste-simulated"] == "1"
        assert raw.headers["request-id"].startswith("req_simulated_")
        assert raw.headers["anthropic-ratelimit-requests-limit"] == "4000"


def test_the_message_has_the_shape_of_the_schema(make_body: Bodies, with_client: Client) -> None:
    with Simulator(World()) as simulator:
        body = make_body("propose", PREFIX)
        message = with_client(simulator, lambda c: c.messages.create(**body))
    assert message.id.startswith("msg_simulated_")
    assert (message.model, message.stop_reason) == ("simulated-late", "end_turn")
    assert list(orjson.loads(message.content[0].text)) == ["move", "why", "wrong_if"]
    assert message.usage.output_tokens > 10


@pytest.mark.parametrize("thinking", [None, {"type": "adaptive"}], ids=["plain", "thinking"])
def test_a_stream_ends_in_the_same_message(
    thinking: dict[str, str] | None, make_body: Bodies, with_client: Client
) -> None:
    body = make_body("judge", PREFIX, **({"thinking": thinking} if thinking else {}))
    with Simulator(World()) as simulator:
        whole = with_client(simulator, lambda c: c.messages.create(**body))
        pieced = with_client(simulator, streamed(body))
    names = ("content", "stop_reason", "model")
    assert pieced.to_dict(mode="json").keys() >= whole.to_dict(mode="json").keys() - {"diagnostics"}
    assert [getattr(pieced, n) for n in names[1:]] == [getattr(whole, n) for n in names[1:]]
    assert [block.type for block in pieced.content] == [block.type for block in whole.content]
    assert pieced.content[-1].text == whole.content[-1].text
    assert pieced.usage.output_tokens == whole.usage.output_tokens


def test_tokens_are_counted(make_body: Bodies, with_client: Client) -> None:
    body = make_body("propose", "x" * 3500)
    del body["max_tokens"]
    with Simulator(World()) as simulator:
        counted = with_client(simulator, lambda c: c.messages.count_tokens(**body))
    assert 1000 <= counted.input_tokens < 1200


def test_the_models_are_listed(with_client: Client) -> None:
    with Simulator(World()) as simulator:
        page = with_client(simulator, lambda c: c.models.list())
    assert [model.id for model in page.data][:3] == [
        "simulated-early",
        "simulated-middle",
        "simulated-late",
    ]
    released = [model.created_at for model in page.data[:3]]
    assert released == sorted(released)
    assert all("simulated" in model.display_name.lower() for model in page.data)


def test_one_model_is_described(with_client: Client) -> None:
    with Simulator(World()) as simulator:
        model = with_client(simulator, lambda c: c.models.retrieve("claude-opus-5-5"))
    assert model.capabilities.structured_outputs.supported
    assert model.capabilities.thinking.types.adaptive.supported
    assert model.max_input_tokens == 1_000_000


def test_two_servers_give_the_same_answers(
    make_body: Bodies, with_client: Client, script: Script
) -> None:
    bodies = [make_body("judge", f"<first>\n{k}\n</first><second>\nb\n</second>") for k in "abcd"]

    async def ask(client: AsyncAnthropic) -> list[str]:
        return [(await client.messages.create(**body)).to_json() for body in bodies]

    answers = []
    for _ in range(2):
        with Simulator(World(), script) as simulator:
            answers.append(with_client(simulator, ask))
            assert with_client(simulator, ask) == answers[-1]
    assert answers[0] == answers[1]


def test_requests_are_logged_with_their_kind(make_body: Bodies, with_client: Client) -> None:
    with Simulator(World()) as simulator:
        for kind in ("propose", "restate", "judge"):
            body = make_body(kind, "<move>\nRun it.\n</move>")
            with_client(simulator, lambda c, body=body: c.messages.create(**body))
        assert [logged.kind for logged in simulator.requests] == ["propose", "restate", "judge"]
        assert {logged.path for logged in simulator.requests} == {"/v1/messages"}
        assert simulator.count == 3


def test_an_answer_longer_than_max_tokens_is_cut(make_body: Bodies, with_client: Client) -> None:
    with Simulator(World()) as simulator:
        body = make_body("propose", PREFIX, max_tokens=5)
        message = with_client(simulator, lambda c: c.messages.create(**body))
    assert message.stop_reason == "max_tokens"
    assert (message.usage.output_tokens, len(message.content[0].text)) == (5, 17)


def test_leaving_the_simulator_closes_the_port() -> None:
    with Simulator(World()) as simulator:
        port = int(simulator.base_url.rpartition(":")[2])
        with pytest.raises(UserError, match="choose another"), Simulator(World(), port=port):
            pass
    with pytest.raises(OSError, match=r".*"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with pytest.raises(RuntimeError, match="not running"):
        _ = simulator.base_url


def test_the_command_serves_until_it_is_interrupted() -> None:
    code = (
        "from taste.simulator.server import Simulator, serve\n"
        "from taste.simulator.world import World\n"
        "serve(Simulator(World()), lambda url: print(url, flush=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("http://127.0.0.1:")
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=30) == 0


def test_a_call_takes_as_long_as_the_latency(make_body: Bodies, with_client: Client) -> None:
    slow = make_body("propose", PREFIX, timeout=0.05)
    with Simulator(World(), latency=0.4) as simulator, pytest.raises(APITimeoutError):
        with_client(simulator, lambda c: c.messages.create(**slow))


def test_neither_world_nor_server_imports_anything_heavy() -> None:
    code = "import sys, taste.simulator.world, taste.simulator.server; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "anthropic", "sqlalchemy", "pydantic"} & set(found.stdout.split())
