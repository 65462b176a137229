"""The client, through the real SDK, against the simulator or a server that answers by rote."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from taste.client import Client
from taste.endpoints import is_loopback
from taste.orders import Order
from taste.replies import Attempt, Outcome
from taste.requests import build_request
from taste.seats import Endpoint, ModelSeat, Price
from taste.simulator.server import Simulator
from taste.spending import Budget, StopRun, most_cost
from taste.study import Limits
from taste.wall import WallError
from transcripts.errors import UserError
from transcripts.tables import Session

KEY = "secret-key-5c21"
PRICE = Price(input=1, output=5)
SEAT = ModelSeat(name="judge", model="simulated-judge", endpoint="local", price=PRICE)
REQUEST = build_request(
    "judge", shown="p", aftermath="a", digest=None, taken=None, labels=None, first="Do x.",
    second="Do y.",
)  # fmt: skip
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def order(to: str = "", **values: Any) -> Order:
    session = Session(
        external_id="s1", lineage="s1", format="f", thread="main", may_send=to, imported_at=NOW
    )
    plain = Order(REQUEST, SEAT, session)
    return replace(plain, **values)


def client(base_url: str | None, budget: float = 10, **limits: Any) -> Client:
    endpoint = Endpoint(name="local", base_url=base_url, api_key_env="LOCAL_KEY")
    bounds = Limits(**({"budget_usd": budget, "max_wait": 0.01} | limits))
    return Client({"local": endpoint}, bounds, Budget(budget))


async def forget(_: Attempt) -> int:
    return 0


Sent = tuple[Attempt | StopRun, list[Attempt]]


def send(made: Client, wanted: Order | None = None) -> Sent:
    """What came of an order, and the attempts that were recorded before that."""
    recorded: list[Attempt] = []

    async def record(attempt: Attempt) -> int:
        recorded.append(attempt)
        return len(recorded)

    async def sending() -> Attempt | StopRun:
        try:
            attempt, call_id = await made.send(wanted or order(), record)
            assert recorded.pop(call_id - 1) is attempt
            return attempt
        except StopRun as error:
            return error
        finally:
            await made.close()

    return asyncio.run(sending()), recorded


@pytest.fixture
def sent(simulate: Callable[..., Simulator]) -> Callable[..., Sent]:
    """sent("dropped:1", max_wait=5) sends one order to a simulator with that fault."""

    def sending(*faults: str, **limits: Any) -> Sent:
        with simulate(*faults) as server:
            return send(client(server.base_url, **limits))

    return sending


def test_an_answer_carries_where_it_came_from(sent: Callable[..., Sent]) -> None:
    attempt, recorded = sent()
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.number, attempt.status_code) == (Outcome.ANSWERED, 1, 200)
    assert (attempt.model_returned, attempt.stop_reason) == ("simulated-judge", "end_turn")
    assert (attempt.request_id or "").startswith("req_simulated_")
    assert attempt.simulated
    assert orjson.loads(attempt.raw_reply or "")["usage"] == attempt.usage
    assert recorded == []


@pytest.mark.parametrize("fault", ["retryable", "dropped", "cut_stream", "stream_error"])
def test_a_passing_fault_is_recorded_and_the_order_sent_again(
    sent: Callable[..., Sent], fault: str
) -> None:
    attempt, recorded = sent(f"{fault}:1x2")
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.number) == (Outcome.ANSWERED, 3)
    assert [(a.outcome, a.number) for a in recorded] == [("retryable", 1), ("retryable", 2)]
    assert all(a.error for a in recorded)


def test_attempts_are_bounded(sent: Callable[..., Sent]) -> None:
    attempt, recorded = sent("retryable:1x0", attempts=3)
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.number, len(recorded)) == (Outcome.RETRYABLE, 3, 2)


def test_a_wait_that_the_server_asks_for_is_kept(sent: Callable[..., Sent]) -> None:
    begun = time.monotonic()
    attempt, recorded = sent("rate_limited:1", max_wait=2)
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, len(recorded)) == (Outcome.ANSWERED, 1)
    assert time.monotonic() - begun >= 1


def test_a_longer_wait_than_ours_gives_the_order_up_for_now(sent: Callable[..., Sent]) -> None:
    attempt, recorded = sent("rate_limited:1", max_wait=0.5)
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, len(recorded)) == (Outcome.RETRYABLE, 0)


@pytest.mark.parametrize(
    ("fault", "status"), [("fatal", 401), ("spend_limit", 429)], ids=["key", "spend limit"]
)
def test_a_fatal_answer_stops_the_run_at_once(
    sent: Callable[..., Sent], fault: str, status: int
) -> None:
    stopped, recorded = sent(fault)
    assert isinstance(stopped, StopRun)
    assert [(a.outcome, a.status_code) for a in recorded] == [(Outcome.FATAL, status)]


@pytest.mark.parametrize(
    ("fault", "outcome", "error"),
    [
        pytest.param("refusal", Outcome.REFUSED, "refused (frontier_llm)", id="refusal"),
        pytest.param("max_tokens", Outcome.TRUNCATED, "stopped with 'max_tokens'", id="cut"),
        pytest.param("wrong_model", Outcome.MALFORMED, "answered by 'simulated-other'", id="model"),
        pytest.param("malformed", Outcome.ANSWERED, None, id="malformed"),
        pytest.param("off_schema", Outcome.ANSWERED, None, id="off schema"),
    ],
)
def test_an_unusable_reply_is_kept_and_not_sent_again(
    sent: Callable[..., Sent], fault: str, outcome: Outcome, error: str | None
) -> None:
    attempt, recorded = sent(fault)
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.number, recorded) == (outcome, 1, [])
    assert (attempt.error or "").startswith(error or "")
    assert attempt.raw_reply


@contextmanager
def rote(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives every request the same answer, and the headers that it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            seen.append(dict(self.headers))
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()


@pytest.mark.parametrize("body", [b"<html>502</html>", b'{"type":', b""])
def test_a_body_that_is_not_json_is_kept_and_asked_again(body: bytes) -> None:
    with rote(200, body, content_type="application/json") as (url, seen):
        attempt, recorded = send(client(url, attempts=2))
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, len(recorded), len(seen)) == (Outcome.RETRYABLE, 1, 2)
    assert (attempt.error, attempt.raw_reply) == ("the reply is not JSON", body.decode())


def test_json_that_is_no_message_is_kept_as_malformed() -> None:
    with rote(200, b'{"ok":true}', content_type="application/json") as (url, _):
        attempt, _recorded = send(client(url))
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.raw_reply) == (Outcome.MALFORMED, '{"ok":true}')


def test_a_request_that_would_be_refused_for_every_item_stops_the_run() -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "too odd"}}
    with rote(400, orjson.dumps(error), content_type="application/json") as (url, seen):
        stopped, recorded = send(client(url))
    assert "too odd" in str(stopped)
    assert ([a.outcome for a in recorded], len(seen)) == ([Outcome.FATAL], 1)


def test_a_text_that_is_too_long_is_lost_for_the_item_alone() -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "too long"}}
    with rote(400, orjson.dumps(error), content_type="application/json") as (url, seen):
        attempt, recorded = send(client(url))
    assert isinstance(attempt, Attempt)
    assert (attempt.outcome, attempt.status_code) == (Outcome.FAILED, 400)
    assert "too long" in str(attempt.error)
    assert (recorded, len(seen)) == ([], 1)


def test_no_redirect_takes_a_text_elsewhere() -> None:
    with (
        rote(200, b"{}") as (elsewhere, taken),
        rote(307, b"", location=f"{elsewhere}/v1/messages") as (url, _),
    ):
        stopped, recorded = send(client(url))
    assert isinstance(stopped, StopRun)
    assert [a.status_code for a in recorded] == [307]
    assert taken == []


def test_no_proxy_is_asked_for_a_loopback_server(
    sent: Callable[..., Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    with rote(200, b"{}") as (proxy, seen):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("ALL_PROXY", proxy)
        attempt, _ = sent()
    assert isinstance(attempt, Attempt)
    assert attempt.outcome is Outcome.ANSWERED
    assert seen == []


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_key_that_the_server_echoes_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("LOCAL_KEY", f"{KEY}\n")
    with rote(status, orjson.dumps({"error": {"message": f"bad key {KEY}"}})) as (url, seen):
        attempt, recorded = send(client(url))
    assert KEY in seen[0]["Authorization"]
    kept = [*recorded, attempt] if isinstance(attempt, Attempt) else recorded
    assert KEY not in repr(kept)
    assert "[the key]" in repr(kept)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_only_what_is_meant_is_sent(number: int) -> None:
    effort = SEAT.model_copy(update={"effort": "low"})
    body = client("http://127.0.0.1:1").prepare(order(seat=effort, variation=number)).body
    sent = {"model", "max_tokens", "messages", "output_config", "thinking"}
    assert set(body) - {"metadata"} == sent
    assert ("metadata" in body) == (number > 1)
    assert body["output_config"]["effort"] == "low"
    (message,) = body["messages"]
    assert [part.get("cache_control") for part in message["content"]] == [
        {"type": "ephemeral"},
        None,
    ]


@pytest.mark.parametrize(
    ("to", "base_url"),
    [
        ("none", "https://models.example"),
        ("", "https://models.example"),
        ("remote, other", "https://models.example"),
        ("none", None),
        ("none", "http://127.0.0.1.example"),
        ("none", "http://0.0.0.0:80"),
    ],
)
def test_a_text_that_may_not_be_sent_is_not_and_the_remedy_is_named(
    to: str, base_url: str | None
) -> None:
    stopped, recorded = send(client(base_url), order(to=to))
    assert "taste session allow s1 local" in str(stopped)
    assert recorded == []


def test_a_text_may_go_to_an_endpoint_that_its_session_names() -> None:
    made = client("https://models.invalid", attempts=1)
    with pytest.raises(UserError, match="set LOCAL_KEY in the environment"):
        send(made, order(to="other, local@models.invalid"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8765", "http://localhost", "http://[::1]:80", "http://127.9.9.9"]
)
def test_loopback_is_always_allowed(url: str) -> None:
    assert is_loopback(url)
    assert not is_loopback(url.replace("://", "://models.example/"))
    assert not is_loopback(f"{url}@models.example")


@pytest.mark.parametrize("purpose", ["propose", "placebo"])
def test_a_prefix_bound_order_without_its_wall_is_refused(
    simulator: Simulator, purpose: Any
) -> None:
    texts = {"shown": "p"} | ({"act": "a", "actor": "b"} if purpose == "placebo" else {})
    with pytest.raises(WallError, match="came without its wall"):
        send(client(simulator.base_url), order(request=build_request(purpose, **texts)))
    assert simulator.count == 0


def cost(attempt: Attempt | StopRun) -> float:
    return attempt.cost_usd if isinstance(attempt, Attempt) else 0.0


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("answers", [0.5, 1.0, 2.5, 6.0])
def test_the_budget_is_never_exceeded(
    simulator: Simulator, answers: float, concurrency: int
) -> None:
    made = client(simulator.base_url, budget=answers * most_cost(REQUEST, SEAT))

    async def many() -> list[Attempt | StopRun]:
        async def one(number: int) -> Attempt | StopRun:
            try:
                return (await made.send(order(variation=number), forget))[0]
            except StopRun as error:
                return error

        found: list[Attempt | StopRun] = []
        for start in range(0, 80, concurrency):
            found += await asyncio.gather(*(one(start + n) for n in range(concurrency)))
        await made.close()
        return found

    found = asyncio.run(many())
    assert sum(map(cost, found)) == pytest.approx(made.budget.spent)
    assert made.budget.spent <= made.budget.limit
    assert isinstance(found[-1], StopRun) or answers > 5
    assert isinstance(found[0], Attempt) or answers < 1


def test_calls_under_way_are_waited_for_before_the_budget_is_said_to_be_reached(
    simulate: Callable[..., Simulator],
) -> None:
    with simulate(latency=0.05) as server:
        made = client(server.base_url, budget=1.5 * most_cost(REQUEST, SEAT))

        async def both() -> list[Attempt]:
            sending = [made.send(order(variation=n), forget) for n in (1, 2)]
            found = [attempt for attempt, _ in await asyncio.gather(*sending)]
            await made.close()
            return found

        assert [a.outcome for a in asyncio.run(both())] == [Outcome.ANSWERED] * 2


def test_a_stopped_client_sends_no_more(simulator: Simulator) -> None:
    made = client(simulator.base_url)
    made.stop()
    stopped, recorded = send(made)
    assert (str(stopped), recorded) == ("the run was stopped", [])
    assert simulator.count == 0


def test_stopping_ends_a_wait(simulate: Callable[..., Simulator]) -> None:
    with simulate("rate_limited:1x0") as server:
        made = client(server.base_url, max_wait=3600)

        async def stop(_: Attempt) -> int:
            made.stop()
            return 1

        async def sending() -> None:
            with pytest.raises(StopRun, match="was stopped"):
                await made.send(order(), stop)
            await made.close()

        asyncio.run(sending())
    assert server.count == 1
