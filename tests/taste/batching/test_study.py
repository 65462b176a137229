"""A whole study by batches, answered by the simulator: the same verdicts at a lower price."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from anthropic import AsyncAnthropic
from sqlmodel import select

from taste.batching.sender import BatchOptions, BatchSender
from taste.client import Client
from taste.lines import Line, Lines
from taste.run_tables import BatchItem
from taste.runs import open_run, run_study
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Call, Verdict
from taste.workers import RunResult
from transcripts.db import Db

HEADERS = {"authorization": "Bearer none", "anthropic-version": "2026-10-21"}


def _answer(server: Simulator, params: dict[str, Any]) -> dict[str, Any]:
    """A batch's result for a request, as the simulator answers it."""
    reply = server._api.reply("POST", "/v1/messages", HEADERS, orjson.dumps(params))
    body = orjson.loads(reply.body)
    if reply.status == 200:
        return {"type": "succeeded", "message": body}
    return {"type": "errored", "error": body}


@pytest.fixture
def by_batches(
    db: Db, simulator: Simulator, study_text: Callable[..., str], bench: Any, now: Any
) -> Callable[..., RunResult]:
    """by_batches(looks=1, sets=["few"]) runs the study with batches of the fake endpoint."""
    remotes = bench.endpoint

    def handle(request: httpx2.Request) -> httpx2.Response:
        if "/batches" in request.url.path:
            batch: httpx2.Response = remotes.handle(request)
            return batch
        path, headers = request.url.path, dict(request.headers)
        reply = simulator._api.reply(request.method, path, headers, request.content)
        kept = {"content-type": reply.content_type} | dict(reply.headers or {})
        return httpx2.Response(reply.status, content=reply.body, headers=kept)

    def run(limit: int | None = None, **replaced: Any) -> RunResult:
        text = study_text(simulator.base_url, **replaced)
        study = parse_study(text, "study.toml")
        remotes.answer = lambda params: _answer(simulator, params)

        async def starting() -> RunResult:
            opened = await open_run(db, study, text, now)

            def make(client: Client) -> BatchSender:
                sdk = AsyncAnthropic(
                    api_key="none",
                    base_url=simulator.base_url,
                    max_retries=0,
                    http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(handle)),
                )
                client._lines["local"] = Lines(client.endpoints["local"], 1.0, [Line(sdk)])
                options = BatchOptions(0.001, 0.002, tell=bench.told.append)
                return BatchSender(
                    client, db, opened, lambda: now, frozenset(), options, study=study
                )

            return await run_study(
                db, study, opened, lambda: now, limit, lambda _: None, make_sender=make
            )

        return asyncio.run(starting())

    return run


def _verdicts(db: Db) -> list[tuple[str, str]]:
    return sorted((row.identity, row.verdict) for row in db.exec(select(Verdict)))


def _calls(db: Db, mode: str) -> list[Call]:
    return [call for call in db.exec(select(Call).where(Call.mode == mode)) if call.cost_usd]


def test_a_study_by_batches_comes_to_the_verdicts_of_a_study_by_calls(
    db: Db, examples: Db, by_batches: Any, simulator: Simulator, study_text: Any, start: Any
) -> None:
    assert by_batches().stopped is None
    by_calls = start(examples, study_text(simulator.base_url, sets=["suboptimal"]))
    assert by_calls.stopped is None
    shared = set(_verdicts(db)) & set(_verdicts(examples))
    assert len(shared) == len(_verdicts(db)) > 0


def test_only_the_first_of_each_kind_is_a_normal_call(db: Db, by_batches: Any) -> None:
    result = by_batches()
    assert result.stopped is None
    normal = [call.purpose for call in _calls(db, "create")]
    assert sorted(normal) == ["judge", "placebo", "propose", "restate"]
    assert len(_calls(db, "batch")) > len(normal)
    assert result.answered == len(_calls(db, "batch")) + len(normal)


def test_a_study_that_is_stopped_midway_goes_on_in_another_start(
    db: Db, by_batches: Any, bench: Any
) -> None:
    bench.endpoint.broken = 99
    assert "ended early" in by_batches().stopped
    bench.endpoint.broken = 0
    assert by_batches().stopped is None
    keys = [(call.identity, call.purpose, call.request_hash) for call in _calls(db, "batch")]
    assert len(keys) == len(set(keys))


def test_a_study_by_batches_costs_about_half(db: Db, by_batches: Any) -> None:
    by_batches()
    (call, *_) = _calls(db, "batch")
    assert call.unit_prices == {"input": 0.5, "output": 2.5}


def _interrupt(looks: int) -> None:
    if looks == 5:
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_leaves_the_batch_at_its_endpoint_and_says_how_to_go_on(
    db: Db, by_batches: Any, bench: Any
) -> None:
    bench.endpoint.looks = 10**6
    bench.endpoint.looked = _interrupt
    assert "interrupted" in by_batches().stopped
    assert any("1 batches go on at the endpoint" in line for line in bench.told)
    bench.endpoint.looks = 1
    for remote in bench.endpoint.remotes.values():
        remote.looks = 0
    assert by_batches().stopped is None
    asked = [each["custom_id"] for r in bench.endpoint.remotes.values() for each in r.requests]
    assert len(asked) == len(set(asked)) == len(_calls(db, "batch"))


def test_what_a_batch_will_bring_is_not_paid_for_by_another_run_without_batches(
    by_batches: Any, bench: Any, simulator: Simulator, study_text: Any, start: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    bench.endpoint.looks, bench.endpoint.looked = 10**6, _interrupt
    by_batches()
    waiting = {item.identity for item in bench.db.exec(select(BatchItem))}
    monkeypatch.setattr("taste.workers.MOST_UNANSWERED", 2)
    text = study_text(simulator.base_url).replace('name = "tried"', 'name = "another"', 1)
    told = start(bench.db, text)
    asked = bench.db.exec(select(Call).where(Call.run_id == told.run_id)).all()
    why = r"got no answer \(last: a batch of run 2 will bring the same answer: go on with that run"
    assert re.match(rf"{told.total} trials {why}", told.stopped)
    assert waiting
    assert not waiting & {call.identity for call in asked}


def test_what_was_collected_when_a_run_is_stopped_was_not_paid_for(
    db: Db, by_batches: Any, bench: Any
) -> None:
    assert by_batches(limits={"budget_usd": 0.0001}).stopped is not None
    assert bench.endpoint.remotes == {}
    assert _calls(db, "batch") == []
