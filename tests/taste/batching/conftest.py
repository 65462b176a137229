"""An endpoint with batches, without sockets: the real SDK talks to a function."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from anthropic import AsyncAnthropic
from sqlmodel import select

from taste.asking import Deferred
from taste.batching.sender import BatchOptions, BatchSender
from taste.calls import CallFor, add_call
from taste.client import Client
from taste.lines import Line, Lines
from taste.orders import Order
from taste.replies import Attempt, Outcome
from taste.requests import Request
from taste.seats import Endpoint, ModelSeat, Price
from taste.spending import Budget
from taste.study import Limits
from taste.tables import Call, Run
from transcripts.db import Db
from transcripts.tables import Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEAT = ModelSeat(
    name="m", model="m", endpoint="local", max_tokens=100, price=Price(input=10, output=50)
)
USAGE = {"input_tokens": 1000, "output_tokens": 100}


@dataclass
class Remote:
    """A batch at the fake endpoint."""

    id: str
    requests: list[dict[str, Any]]
    looks: int
    canceled: bool = False
    said: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class FakeEndpoint:
    """Answers the paths of Message Batches; everything that may go wrong can be switched on."""

    remotes: dict[str, Remote] = field(default_factory=dict)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What becomes of the n-th request, in turn, by how it ends in the custom id."""
    count: int = 0
    looked: Callable[[int], Any] = lambda count: None  # noqa: ARG005
    """Told how often somebody has looked."""
    looks: int = 1
    """Looks until a batch has ended."""
    lost_creations: int = 0
    """Batches that are made without an answer that says so."""
    refused: list[int] = field(default_factory=list)
    """Status codes of the next creations, of which nothing is made."""
    cuts: int = 0
    """Readings of results that end in the middle of a line."""
    drop_last: int = 0
    """Readings that end a line early, cleanly."""
    broken: int = 0
    """Readings whose connection breaks after the first line."""
    unreadable: int = 0
    """Readings that the endpoint answers with an error."""
    answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda params: message(
        f"answer to {params['messages'][0]['content'][1]['text']}"
    )
    paths: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """Requests in all batches."""
        return sum(len(remote.requests) for remote in self.remotes.values())

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.paths.append(f"{request.method} {path}")
        parts = path.split("/")[4:]
        if request.method == "POST" and not parts:
            return self._create(request)
        if not parts:
            return _json({"data": [self._show(r) for r in reversed(self.remotes.values())]})
        remote = self.remotes[parts[0]]
        if parts[1:] == ["cancel"]:
            remote.canceled, remote.looks = True, 0
        if parts[1:] == ["results"]:
            return self._results(remote)
        remote.looks -= 1
        self.count += 1
        self.looked(self.count)
        return _json(self._show(remote))

    def _create(self, request: httpx2.Request) -> httpx2.Response:
        if self.refused:
            return self._refuse(self.refused.pop(0))
        assert int(request.headers["content-length"]) == len(request.content)
        asked = json.loads(request.content)["requests"]
        remote = Remote(f"msgbatch_{len(self.remotes)}", asked, self.looks)
        self.remotes[remote.id] = remote
        if self.lost_creations:
            self.lost_creations -= 1
            raise httpx2.ReadError("the connection was lost")
        return _json(self._show(remote))

    def _refuse(self, status: int) -> httpx2.Response:
        if status in (200, 502):
            return httpx2.Response(status, text="<html>a proxy speaks</html>")
        kind = "authentication_error" if status == 401 else "overloaded_error"
        error = {"type": "error", "error": {"type": kind, "message": "no"}}
        return _json(error, status)

    def _show(self, remote: Remote) -> dict[str, Any]:
        ended = remote.looks <= 0
        return {
            "id": remote.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": {"processing": 0, "succeeded": len(remote.requests)},
            "created_at": (NOW + timedelta(seconds=1)).isoformat(),
            "results_url": "http://elsewhere.example/steal-the-key",
        }

    def _results(self, remote: Remote) -> httpx2.Response:
        if self.unreadable:
            self.unreadable -= 1
            return self._refuse(502)
        lines = [self._line(remote, each) for each in reversed(remote.requests)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        if self.cuts:
            self.cuts -= 1
            text = text[: -len(text) // 3]
        elif self.drop_last:
            self.drop_last -= 1
            text = "".join(json.dumps(line) + "\n" for line in lines[:-1])
        if self.broken:
            self.broken -= 1
            return httpx2.Response(200, content=_broken(text.encode()))
        return httpx2.Response(200, content=text.encode())

    def _line(self, remote: Remote, request: dict[str, Any]) -> dict[str, Any]:
        question = request["params"]["messages"][0]["content"][1]["text"]
        name = request["custom_id"]
        if name not in remote.said:
            queue = self.results.get(question, [])
            asked = self.answer(request["params"])
            result = {"type": "canceled"} if remote.canceled else asked
            remote.said[name] = queue.pop(0) if queue else result
        return {"custom_id": name, "result": remote.said[name]}


async def _broken(content: bytes) -> AsyncIterator[bytes]:
    yield content[: content.index(b"\n") + 9]
    raise httpx2.RemoteProtocolError("the connection was lost")


def message(text: str, **changed: Any) -> dict[str, Any]:
    """A result that succeeded."""
    body = {
        "type": "message",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": USAGE,
    }
    return {"type": "succeeded", "message": body | changed}


def _json(value: Any, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, json=value)


@dataclass
class Recorder:
    """Stores attempts as `Asking` does."""

    db: Db
    what: CallFor

    async def __call__(self, attempt: Attempt) -> int:
        number = add_call(self.db, self.what, attempt, NOW)
        self.db.commit()
        return number


@dataclass
class Bench:
    """A run with a batch sender on the fake endpoint; `restart` is another process."""

    db: Db
    endpoint: FakeEndpoint
    run: Run
    budget_usd: float = 10
    told: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    sender: BatchSender = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        limits = Limits(budget_usd=self.budget_usd, attempts=3, max_wait=0.01)
        where = {"local": Endpoint(name="local", base_url="http://127.0.0.1:9")}
        spent = sum(call.cost_usd for call in self.calls())
        client = Client(where, limits, Budget(self.budget_usd, spent), clock=lambda: NOW)
        transport = httpx2.MockTransport(self.endpoint.handle)
        sdk = AsyncAnthropic(
            api_key="sk-very-secret-key",
            base_url="http://127.0.0.1:9",
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=transport),
        )
        client._lines["local"] = Lines(where["local"], 1.0, [Line(sdk)])
        options = BatchOptions(0.001, 0.002, tell=self.told.append, **self.options)
        self.sender = BatchSender(
            client, self.db, self.run, lambda: NOW, frozenset({"local"}), options
        )

    def order(self, question: str) -> tuple[Order, Recorder]:
        session = self.db.exec(select(Session)).first()
        assert session is not None
        assert self.run.id is not None
        request = Request("faithfulness", "the whole context", question, "prompt-hash")
        what = CallFor(self.run.id, f"key of {question}", request, SEAT, None)
        return Order(request, SEAT, session, source=self.source), Recorder(self.db, what)

    def go(self, *questions: str, passes: int = 20) -> None:
        """Ask for all of them, in as many passes as it takes."""

        async def going() -> None:
            await self.sender.open()
            for _ in range(passes):
                for question in questions:
                    await self._ask(question)
                if not await self.sender.between_passes():
                    break
            self.sender.close()
            await self.sender.client.close()

        asyncio.run(going())

    async def _ask(self, question: str) -> None:
        if self.answer(question) is not None:
            return
        try:
            await self.sender.send(*self.order(question))
        except Deferred:
            return

    def answer(self, question: str) -> Call | None:
        """The call that settled a question."""
        settled = [c for c in self.calls(question) if c.outcome not in ("retryable", "fatal")]
        return settled[-1] if settled else None

    def calls(self, question: str | None = None) -> list[Call]:
        query = select(Call).where(Call.mode == "batch")
        return [c for c in self.db.exec(query) if question in (None, c.identity[7:])]


@pytest.fixture
def bench(db: Db) -> Bench:
    """A run whose kind of call has worked once."""
    run = Run(
        study="tried", study_text="", study_hash="h", plan_hash="p", simulated=True, seed=1,
        status="running", started_at=NOW,
    )  # fmt: skip
    db.add(run)
    db.commit()
    made = Bench(db, FakeEndpoint(), run)
    _, recorder = made.order("proof")
    asyncio.run(recorder(Attempt(Outcome.ANSWERED)))
    return made


@pytest.fixture
def foreign(bench: Bench) -> Callable[[int], None]:
    """foreign(looks) has somebody else make a batch of two requests."""

    def make(looks: int) -> None:
        params = {"messages": [{"content": [{}, {"text": "theirs"}]}]}
        asked = [{"custom_id": f"theirs-{number}", "params": params} for number in range(2)]
        bench.endpoint.remotes["msgbatch_0"] = Remote("msgbatch_0", asked, looks)

    return make


@pytest.fixture
def succeeded() -> Callable[..., dict[str, Any]]:
    """succeeded("text", stop_reason="refusal") is a result of a batch."""
    return message
