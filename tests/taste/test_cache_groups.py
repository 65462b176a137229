"""Who of a group of calls goes first, and when the others follow."""

import asyncio

import pytest

from taste.cache_groups import CacheGroups


@pytest.mark.parametrize("raises", [True, False])
@pytest.mark.parametrize("failures", [0, 1, 3])
def test_the_others_of_a_group_wait_until_one_call_was_answered(
    failures: int, raises: bool
) -> None:
    groups, seen = CacheGroups(), list[tuple[int, bool]]()
    under_way = set[int]()

    async def call(number: int) -> None:
        async with groups.turn("group", "5m") as turn:
            assert turn.cached or not under_way
            under_way.add(number)
            seen.append((number, turn.cached))
            await asyncio.sleep(0)
            under_way.remove(number)
            if raises and number < failures:
                raise OSError
            turn.answered = number >= failures

    async def calls() -> None:
        await asyncio.gather(*map(call, range(6)), return_exceptions=True)

    asyncio.run(calls())
    assert seen == [(number, number > failures) for number in range(6)]
