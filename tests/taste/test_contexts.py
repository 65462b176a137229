"""A run keeps in a cache what its plan says: contexts that one call alone sends are not written."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from taste.audit import audit
from taste.contexts import context_key
from taste.jobs import open_jobs
from taste.planning.counting import planned_calls
from taste.planning.estimate import plan_start
from taste.run_costs import run_cost
from taste.runs import open_run, run_study
from taste.seats import ModelSeat
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Call, Run
from transcripts.db import Db

pytestmark = pytest.mark.no_cover

EVERYTHING: dict[str, Any] = {"judging": {}, "probes": {}, "controls": {"share": 1}}


def run_planned(
    db: Db, text: str, now: datetime, *, planned: bool
) -> tuple[Run, Counter[Any], dict[Any, str | None]]:
    """A run as its plan says: the run, its planned contexts, and for how long each is kept."""
    study = parse_study(text, "s.toml")

    async def go() -> tuple[Run, Counter[Any], dict[Any, str | None]]:
        run = await open_run(db, study, text, now)
        calls = planned_calls(db, run, study, open_jobs(db, run))
        counted = Counter(call.context for call in calls)
        _, ttls = plan_start(db, run, study, None)
        kept = ttls if planned else {}
        await run_study(db, study, run, lambda: now, None, lambda _: None, ttls=kept)
        return run, counted, dict(ttls)

    return asyncio.run(go())


def key_of(call: Call) -> Any:
    seat = ModelSeat(
        name="x", model=call.model, endpoint=call.endpoint, effort=call.settings["effort"]
    )
    view = call.source.get("view")
    return context_key(call.decision_point_id, seat, call.purpose, view)  # type: ignore[arg-type]


def test_a_run_sends_the_contexts_of_its_plan_and_keeps_them_as_planned(
    db: Db, simulator: Simulator, study_text: Callable[..., str], now: datetime
) -> None:
    text = study_text(simulator.base_url, **EVERYTHING)
    run, counted, ttls = run_planned(db, text, now, planned=True)
    calls = db.exec(select(Call).where(col(Call.run_id) == run.id)).all()
    made = Counter(map(key_of, calls))
    assert set(made) <= set(counted)
    assert {key for key, number in made.items() if number > 1} <= {
        key for key, number in counted.items() if number > 1
    } | {key for key in made if key[5] in {"restate", "digest", "leak"}}
    assert {call.source["how"]["ttl"] for call in calls} == {None, "5m"}
    assert all(call.source["how"]["ttl"] == ttls[key_of(call)] for call in calls)
    assert audit(db, run.id, lambda _: None).differences == []


@pytest.mark.parametrize("planned", [True, False])
def test_a_lone_call_writes_nothing(
    db: Db, simulator: Simulator, study_text: Callable[..., str], now: datetime, planned: bool
) -> None:
    text = study_text(simulator.base_url, controls={"arms": []})
    run, *_ = run_planned(db, text, now, planned=planned)
    proposals = db.exec(select(Call).where(Call.purpose == "propose")).all()
    written = [call.usage["cache_creation_input_tokens"] for call in proposals]
    assert any(written) is not planned
    assert run_cost(db, run.id or 0).spent > 0
