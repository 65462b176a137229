"""Connections lie in pools of a few; the first that has room is used."""

import asyncio
from contextlib import ExitStack

from taste.lines import Lines
from taste.seats import Endpoint

LOCAL = Endpoint(name="local", base_url="http://127.0.0.1:9")


def test_a_pool_is_opened_when_those_before_it_are_full_and_used_again_when_they_are() -> None:
    lines = Lines(LOCAL, 1.0)
    with ExitStack() as many:
        used = [many.enter_context(lines.free()) for _ in range(9)]
        assert [sdk is used[0] for sdk in used] == [True] * 8 + [False]
    with lines.free() as sdk:
        assert sdk is used[0] is lines.first
    asyncio.run(lines.close())
    assert all(sdk.is_closed() for sdk in used)


def test_a_call_that_fails_gives_its_place_back() -> None:
    lines = Lines(LOCAL, 1.0)
    for _ in range(9):
        try:
            with lines.free() as sdk:
                raise ConnectionError
        except ConnectionError:
            assert sdk is lines.first
    asyncio.run(lines.close())
