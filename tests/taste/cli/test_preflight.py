"""What the models endpoint says of a study before anything is sent, asked of a real server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from taste.simulator.models import ModelFacts
from taste.simulator.server import Simulator
from taste.simulator.service import Service
from taste.simulator.world import World

Taste = Callable[..., Any]
Planned = Callable[..., Any]
JUDGE = "simulated-judge"
SOON = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture
def planned(taste: Taste, database: Path, folder: Path, study_text: Callable[..., str]) -> Planned:
    """planned(ModelFacts()) is what `taste plan` says of a judge of whom these facts are true."""

    def plan(facts: ModelFacts, **replaced: Any) -> Any:
        service = Service(models={JUDGE: facts})
        with Simulator(World(seed=1), service=service) as server:
            text = study_text(server.base_url, **replaced)
            (folder / "study.toml").write_text(text, encoding="utf-8")
            return taste("plan", "study.toml", "--db", database)

    return plan


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        (ModelFacts(max_input_tokens=500), "exceeds the window of 'simulated-judge', 500 tokens"),
        (ModelFacts(max_tokens=1_000), "max_tokens = 4096, but 'simulated-judge' answers with at"),
        (ModelFacts(efforts=("low",)), "does not take effort 'high'; set effort to one of: low,"),
        (ModelFacts(capabilities={"thinking": False}), "does not take thinking 'adaptive'"),
        (ModelFacts(capabilities={"structured_outputs": False}), "has no structured output"),
    ],
)
def test_what_a_model_cannot_do_stops_the_study_by_name(
    planned: Planned, facts: ModelFacts, fault: str
) -> None:
    said = planned(facts)
    assert (said.code, fault in said.err, "would stop it: 'simulated-judge': " in said.out) == (
        1, True, True,
    )  # fmt: skip


def test_a_model_that_retires_soon_is_named_and_stops_nothing(planned: Planned) -> None:
    said = planned(ModelFacts(retires_at=SOON))
    assert f"beware: 'simulated-judge': 'simulated-judge' retires on {SOON:%Y-%m-%d}" in said.out
    assert (said.code, "would stop it" in said.out) == (0, False)


def test_an_endpoint_that_lists_no_models_is_said_to(
    planned: Planned, simulator: Simulator
) -> None:
    local = {"name": "local", "base_url": simulator.base_url, "api_key_env": "LOCAL_KEY"}
    said = planned(ModelFacts(), endpoints=[local | {"capabilities": {"models_api": False}}])
    assert (said.code, "note: the endpoint 'local' does not list its models" in said.out) == (
        0, True,
    )  # fmt: skip


def test_a_model_whose_endpoint_does_not_list_it_is_named(
    planned: Planned, seat: Callable[..., Any]
) -> None:
    said = planned(ModelFacts(), proposers=[seat("simulated-unheard-of")])
    assert "the endpoint 'local' does not list 'simulated-unheard-of'" in said.out
