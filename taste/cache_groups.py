"""The first call of a cache group goes alone; the others follow when it is answered.

Where it is not, the next one takes its place: the others would all pay to write the same cache.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_KEPT = 4096
_SECONDS = {"5m": 270.0, "1h": 3500.0}
"""A cache is taken for cold a little before it is."""


@dataclass(slots=True)
class Turn:
    """A call's turn in its group."""

    cached: bool
    """Whether the cache should be there."""
    answered: bool = False
    """To be set by the caller: whether the cache is there now."""


@dataclass(slots=True)
class CacheGroups:
    """Groups that are warm, and those whose first call is under way."""

    _warm: OrderedDict[Hashable, float] = field(default_factory=OrderedDict)
    """Group -> when its cache was last used."""
    _led: dict[Hashable, asyncio.Event] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, key: Hashable, ttl: str | None) -> AsyncIterator[Turn]:
        """Wait until the group's cache is there, or be the call that is to write it."""
        if ttl is None:
            yield Turn(cached=False)
            return
        while not (warm := self._is_warm(key, ttl)) and key in self._led:
            await self._led[key].wait()
        if warm:
            yield Turn(cached=True)
            return
        self._led[key] = done = asyncio.Event()
        turn = Turn(cached=False)
        try:
            yield turn
        finally:
            self._led.pop(key, None)
            done.set()
            if turn.answered:
                self._mark(key)

    def _is_warm(self, key: Hashable, ttl: str) -> bool:
        used = self._warm.get(key)
        if used is None or _now() - used > _SECONDS[ttl]:
            return False
        self._mark(key)
        return True

    def _mark(self, key: Hashable) -> None:
        self._warm[key] = _now()
        self._warm.move_to_end(key)
        while len(self._warm) > _KEPT:
            self._warm.popitem(last=False)


def _now() -> float:
    return asyncio.get_running_loop().time()
