"""A small script of two items, and ways to ask the simulator: as bytes, and by the real SDK."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from anthropic import AsyncAnthropic

from taste.requests import SCHEMAS, Purpose, build_request
from taste.simulator.request import Request, parse_request
from taste.simulator.script import Move, Script, ScriptedItem, fence_key
from taste.simulator.server import Simulator


def output_config(kind: Purpose) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": SCHEMAS[kind]}, "effort": "low"}


def body(kind: Purpose, text: str, **more: Any) -> dict[str, Any]:
    return {
        "model": "simulated-late",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": text}],
        "output_config": output_config(kind),
        **more,
    }


def written(name: str, quality: float) -> Move:
    return Move(
        text=f"I would {name} now, since it is quick.",
        why=f"{name} is quick.",
        wrong_if=f"{name} shows nothing.",
        restated=f"{name.capitalize()} before anything else.",
        quality=quality,
        pro=f"To {name} would have found the leak on day one.",
        con=f"To {name} would have cost a day for nothing.",
    )


def scripted(prefix: str, name: str) -> ScriptedItem:
    return ScriptedItem(
        prefix_key=fence_key(prefix),
        human_verbatim=f"go on with {name}",
        human=written(f"tune {name}", -0.8),
        placebo=written(f"adjust {name}", -0.8),
        moves={
            "simulated-early": written(f"plot {name}", -0.5),
            "simulated-late": written(f"audit {name}", 1.2),
        },
        kind="detour",
        further={"recovery": written(f"weigh {name}", 2.5)},
    )


@pytest.fixture
def script() -> Script:
    return Script([scripted("A prefix.", "the loss"), scripted("Another.", "the split")])


@pytest.fixture
def make_body() -> Callable[..., dict[str, Any]]:
    """make_body(kind, text, **more) gives the body of a request as the SDK would send it."""
    return body


@pytest.fixture
def make_request() -> Callable[..., Request]:
    """make_request(kind, text, **more) gives the parsed request."""
    return lambda kind, text, **more: parse_request(orjson.dumps(body(kind, text, **more)))


@pytest.fixture
def make_asked() -> Callable[..., Request]:
    """make_asked(purpose, model, mark, **texts) gives the request as the prompt file words it."""

    def made(purpose: Purpose, model: str, mark: int, **texts: Any) -> Request:
        asked = build_request(purpose, **texts)
        text = asked.context + asked.question
        more = {"model": model, "metadata": {"user_id": str(mark)}}
        return parse_request(orjson.dumps(body(purpose, text, **more)))

    return made


@pytest.fixture
def views() -> dict[str, dict[str, str | None]]:
    """What the first item's judge is shown under each view, by the names in a prompt."""
    none: dict[str, str | None] = dict.fromkeys(("shown", "aftermath", "digest", "taken"))
    prefix = {**none, "shown": "A prefix."}
    return {
        "full": {**prefix, "aftermath": "It leaked."},
        "digest": {**prefix, "digest": "It leaked."},
        "digest_open": {**prefix, "digest": "It leaked.", "taken": "go on with the loss"},
        "prefix": prefix,
        "wording": none,
    }


@pytest.fixture
def with_client() -> Callable[..., Any]:
    """with_client(simulator, ask) runs `await ask(client)` with the real SDK."""

    def run(simulator: Simulator, ask: Callable[[AsyncAnthropic], Any]) -> Any:
        async def asking() -> Any:
            client = AsyncAnthropic(api_key="simulated", base_url=simulator.base_url, max_retries=0)
            async with client:
                return await ask(client)

        return asyncio.run(asking())

    return run
