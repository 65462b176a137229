"""What was asked can be read from outside, by the hash of each body."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx2
import orjson

from taste.simulator.faults import Fault
from taste.simulator.server import Simulator
from taste.simulator.world import World

HEADERS = {"x-api-key": "k", "anthropic-version": "v"}


def test_each_body_is_counted_as_asked_and_as_answered(
    make_body: Callable[..., dict[str, Any]],
) -> None:
    bodies = [orjson.dumps(make_body("judge", text)) for text in ("one", "two")]
    with Simulator(World(), faults=[Fault("retryable", nth=2)]) as simulator:
        with httpx2.Client(base_url=simulator.base_url, trust_env=False) as client:
            for body in (*bodies, bodies[1]):
                client.post("/v1/messages", content=body, headers=HEADERS)
            told = client.get("/taste/requests").json()
        assert simulator.count == 3
    keys = [hashlib.sha256(body).hexdigest() for body in bodies]
    assert told["requests"][keys[0]] == {"asked": 1, "answered": 1}
    assert told["requests"][keys[1]] == {"asked": 2, "answered": 1}
    assert (told["asked"], told["answered"]) == (3, 2)
