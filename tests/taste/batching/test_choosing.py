"""An endpoint without batches is refused by name, or asked call by call next to one that has."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from taste.batching.choosing import choose_endpoints
from transcripts.errors import UserError

STUDY: Any = SimpleNamespace(
    used_endpoints=[SimpleNamespace(name="local", can=lambda _: True)],
    seats=[SimpleNamespace(name="m", endpoint="local")],
)


def test_an_endpoint_that_lists_its_batches_has_them(bench: Any) -> None:
    found = asyncio.run(choose_endpoints(bench.sender.client, STUDY, bench.told.append))
    assert found == {"local"}


def test_an_endpoint_that_knows_no_batches_is_refused_by_name(bench: Any) -> None:
    bench.endpoint.handle = lambda _: httpx2.Response(404, json={"type": "error"})
    bench.restart()
    with pytest.raises(UserError, match="'local' has no Message Batches; run without --batch"):
        asyncio.run(choose_endpoints(bench.sender.client, STUDY, bench.told.append))
