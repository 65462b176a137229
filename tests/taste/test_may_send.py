"""Every way in which a session's text could leave for a place that its owner did not allow."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from taste.batch_client import BatchClient, Body, InDoubtError
from taste.client import Client
from taste.connections import open_sdk
from taste.endpoints import host_of, is_loopback, leave_for, may_use_proxy, refusal
from taste.orders import Order
from taste.requests import Purpose, Request
from taste.seats import Endpoint, ModelSeat, Price
from taste.simulator.server import Simulator
from taste.spending import Budget, StopRun
from taste.study import Limits
from taste.tables import Call, Run
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ELSEWHERE = "https://models.invalid"
SEAT = ModelSeat(name="m", model="m", endpoint="lab", price=Price(input=1, output=1))
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def session(may_send: str = "none", **values: Any) -> Session:
    return Session(
        external_id="s1", lineage="s1", format="f", thread="main", may_send=may_send,
        imported_at=NOW, **values,
    )  # fmt: skip


def endpoint(base_url: str | None, name: str = "lab") -> Endpoint:
    return Endpoint(name=name, base_url=base_url, api_key_env="LAB_KEY")


def client(base_url: str) -> Client:
    limits = Limits(budget_usd=10, max_wait=0.01)
    return Client({"lab": endpoint(base_url)}, limits, Budget(10), clock=lambda: NOW)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that anything in this test connected to, or tried to: nothing leaves."""
    hosts: list[str] = []

    async def connect(_: Any, request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        raise httpx2.ConnectError("cut off by the test")

    monkeypatch.setenv("LAB_KEY", "secret-key-5c21")
    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", connect)
    return hosts


async def _nothing(*_: Any) -> int:
    return 1


Way = Callable[[Client, Order], Coroutine[Any, Any, Any]]
WAYS: dict[str, Way] = {
    "send": lambda made, order: made.send(order, _nothing),  # type: ignore[arg-type,unused-ignore]
    "stream": lambda made, order: made.send(_streamed(order), _nothing),  # type: ignore[arg-type,unused-ignore]
    "batch": lambda made, order: _batched(made, order),  # noqa: PLW0108 - it stands below
    "count_tokens": lambda made, order: made.count_tokens(order),
}

HOSTILE = {
    "ANTHROPIC_BASE_URL": "https://elsewhere.invalid",
    "ANTHROPIC_PROFILE": "elsewhere",
    "ANTHROPIC_AUTH_TOKEN": "elsewhere",
    "ANTHROPIC_CUSTOM_HEADERS": "Host: elsewhere.invalid\nAnthropic-Beta: elsewhere",
}
"""What the SDK would read."""


def _streamed(order: Order) -> Order:
    return replace(order, seat=order.seat.model_copy(update={"stream": True}))


async def _batched(made: Client, order: Order) -> Any:
    content = json.dumps(made.prepare(order, batch=True).body).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return await BatchClient(made).create("lab", Body(len(content), pieces))


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("way", WAYS)
def test_no_purpose_leaves_by_any_way_out(line: list[str], way: str, purpose: Purpose) -> None:
    order = Order(Request(purpose, "private", "?", "h"), SEAT, session("other"))
    with pytest.raises(StopRun, match="may not be sent to 'lab'"):
        asyncio.run(_trying(WAYS[way], order))
    assert line == []


async def _trying(way: Way, order: Order) -> None:
    made = client(ELSEWHERE)
    try:
        await way(made, order)
    finally:
        await made.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("way", WAYS)
def test_no_answer_of_an_endpoint_sends_a_text_on(
    line: list[str], monkeypatch: pytest.MonkeyPatch, way: str, status: int
) -> None:
    async def send_on(_: Any, request: httpx2.Request) -> httpx2.Response:
        line.append(request.url.host)
        return httpx2.Response(status, headers={"location": "https://elsewhere.invalid/"})

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", send_on)
    order = Order(Request("judge", "x", "?", "h"), SEAT, session("lab@models.invalid"))
    with suppress(StopRun, InDoubtError):
        asyncio.run(_trying(WAYS[way], order))
    assert line == ["models.invalid"]


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize("url", [None, ELSEWHERE])
def test_no_variable_of_the_environment_sends_a_text_elsewhere(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    seen: list[httpx2.Request] = []

    async def keep(_: Any, request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"input_tokens": 1})

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", keep)
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    asyncio.run(open_sdk(endpoint(url), 1.0).post("/v1/messages", cast_to=httpx2.Response))
    assert seen[0].headers["host"] == seen[0].url.host == host_of(endpoint(url))
    assert "elsewhere" not in str(seen[0].headers.raw)


def test_the_same_order_leaves_where_it_may(line: list[str]) -> None:
    order = Order(Request("judge", "x", "?", "h"), SEAT, session("lab@models.invalid"))
    asyncio.run(_trying(WAYS["count_tokens"], order))
    assert set(line) == {"models.invalid"}


@pytest.mark.parametrize(
    "fault",
    [{"withdrawn_at": NOW}, {"usable_until": date(2026, 11, 19)}],
    ids=["withdrawn", "expired"],
)
@pytest.mark.parametrize("base_url", [ELSEWHERE, "http://127.0.0.1:9"])
def test_what_was_withdrawn_or_is_past_its_day_goes_nowhere(
    line: list[str], fault: dict[str, Any], base_url: str
) -> None:
    one = session("lab@models.invalid", **fault)
    assert refusal(one, endpoint(base_url), NOW.date()) is not None
    order = Order(Request("judge", "x", "?", "h"), SEAT, one)
    with pytest.raises(StopRun):
        asyncio.run(WAYS["send"](client(base_url), order))
    assert line == []


@pytest.mark.parametrize(
    ("name", "base_url"),
    [
        ("anthropic", "https://models.invalid"),
        ("anthropic", "https://api.anthropic.com.models.invalid"),
        ("anthropic", "https://models.invalid/api.anthropic.com"),
        ("openrouter", None),
        ("lab", "https://lab.invalid"),
        ("anthropic@models.invalid", "https://api.anthropic.com"),
    ],
)
def test_a_name_is_no_leave_for_a_host_that_a_study_gives_it(
    name: str, base_url: str | None
) -> None:
    named = endpoint(base_url, name.partition("@")[0])
    assert refusal(session(name), named, NOW.date()) is not None
    assert refusal(session(leave_for(named)), named, NOW.date()) is None


@pytest.mark.parametrize(
    "base_url", [None, "https://api.anthropic.com", "https://API.anthropic.com/"]
)
def test_a_providers_name_is_leave_for_its_own_host(base_url: str | None) -> None:
    assert refusal(session("x, anthropic"), endpoint(base_url, "anthropic"), NOW.date()) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@models.invalid", "http://127.0.0.1:80@models.invalid",
        "http://models.invalid\\@127.0.0.1", "http://127.0.0.1\\.models.invalid",
        "http://127.0.0.1%2f.models.invalid", "http://[::1", "http://127。0。0。1",
        "http:127.0.0.1", "ftp://127.0.0.1", "http://", "http://localhost .models.invalid",
    ],
)  # fmt: skip
def test_a_url_that_could_be_read_in_two_ways_is_no_endpoint(url: str) -> None:
    with pytest.raises(ValidationError):
        endpoint(url)


@pytest.mark.parametrize(
    "host",
    ["localhost.models.invalid", "127.0.0.1.models.invalid", "0.0.0.0", "2130706433", "127.1",
     "localhost.", "0x7f.0.0.1", "10.0.0.1", "169.254.169.254"],
)  # fmt: skip
def test_a_name_that_only_looks_like_this_machine_is_elsewhere(host: str) -> None:
    assert refusal(session(), endpoint(f"http://{host}:80"), NOW.date()) is not None


@given(st.text(alphabet="ab1.:@/\\[]%#?-_ ", max_size=24))
def test_the_check_and_the_wire_read_one_host(rest: str) -> None:
    try:
        made = endpoint(f"http://{rest}")
        sent_to = httpx2.URL(made.base_url or "").host
    except (ValidationError, ValueError, httpx2.InvalidURL):
        return
    assert leave_for(made) == f"lab@{sent_to}"
    assert is_loopback(made.base_url) == is_loopback(f"http://{sent_to}")


@pytest.mark.parametrize(
    ("url", "may"),
    [(None, True), (ELSEWHERE, True), ("http://models.invalid", False),
     ("http://127.0.0.1", False), ("https://localhost", False)],
)  # fmt: skip
def test_a_proxy_that_could_read_the_text_is_not_used(url: str | None, may: bool) -> None:
    assert may_use_proxy(endpoint(url)) is may


def test_the_environments_proxy_never_sees_a_plain_request(
    line: list[str], monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, simulator.base_url)
    order = Order(Request("judge", "x", "?", "h"), SEAT, session("lab@models.invalid"))
    asyncio.run(_trying_to(order, "http://models.invalid"))
    assert simulator.count == 0
    assert set(line) == {"models.invalid"}


async def _trying_to(order: Order, base_url: str) -> None:
    made = client(base_url)
    try:
        await made.count_tokens(order)
    finally:
        await made.close()


def test_a_file_may_be_carried_anywhere_and_needs_leave_even_for_this_machine() -> None:
    here = endpoint("http://127.0.0.1:8000")
    assert refusal(session(), here, NOW.date()) is None
    assert refusal(session(), here, NOW.date(), by_file=True) is not None
    assert refusal(session("lab@127.0.0.1"), here, NOW.date(), by_file=True) is None


def test_a_run_that_was_begun_where_it_may_does_not_go_on_where_it_may_not(
    db: Db, study_text: Callable[..., str], start: Callable[..., Any],
    line: list[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    for one in db.exec(select(Session)).all():
        one.may_send = "local, anthropic"
    db.commit()
    with pytest.raises(UserError, match="may not be sent to 'local'"):
        start(db, study_text(ELSEWHERE))
    assert line == []
    assert db.exec(select(Call)).all() == []
    assert [run.status for run in db.exec(select(Run)).all()] == ["stopped"]


def test_a_session_that_is_withdrawn_between_two_starts_is_not_asked_about_again(
    db: Db, go: Callable[..., Any], asked: Callable[[], dict[str, int]]
) -> None:
    assert go(limit=1).stopped is None
    asked()
    for one in db.exec(select(Session)).all():
        one.withdrawn_at = NOW
    db.commit()
    with pytest.raises(UserError, match="was withdrawn"):
        go()
    assert asked() == {}
