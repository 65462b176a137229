"""A session that no human directs after its first words: the agent's decisions are marked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage, Told


def on_its_own(stage: Stage) -> Told:
    """A task, then three responses, the second of them with hidden thinking first."""
    return (
        stage.tell()
        .event("human", "find out why the loss spikes")
        .event("agent", "I will look at the data")
        .event("thinking", "", response="r3", shown=False)
        .event("call", "{}", tool="Bash", response="r3")
        .event("result", "boom", tool="Bash", is_error=True)
        .event("agent", "it was the learning rate")
    )


def test_a_decision_of_the_agent_is_marked_before_its_response(stage: Stage) -> None:
    stage.store(on_its_own(stage))

    async def script(drive: Driver) -> None:
        await drive.press("h", "h", "d")
        assert drive.mark(2) == {"before": "e2", "kind": "detour"}
        assert "D@3" in drive.status

    asyncio.run(stage.read(script))


def test_where_there_is_no_decision_the_message_names_whose(stage: Stage) -> None:
    stage.store(on_its_own(stage))

    async def script(drive: Driver) -> None:
        await drive.press("d")
        assert "no decision of the agent here or above" in drive.status

    asyncio.run(stage.read(script))
