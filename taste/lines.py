"""The connections to one endpoint, in pools of a few: for each call a pool looks at all it has.

With a hundred calls under way that took a fifth of a run's time. A pool is asked only when those
before it are full, so that no more connections are opened than calls are under way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anthropic import AsyncAnthropic

from taste.connections import open_sdk
from taste.seats import Endpoint

_FULL = 8
"""Calls under way in one pool."""


@dataclass(slots=True)
class Line:
    """One SDK client, with a pool of its own."""

    sdk: AsyncAnthropic
    busy: int = 0


@dataclass(slots=True)
class Lines:
    """All SDK clients of an endpoint."""

    endpoint: Endpoint
    timeout: float
    _lines: list[Line] = field(default_factory=list)

    @property
    def first(self) -> AsyncAnthropic:
        """For what is asked now and then."""
        return (self._lines[0] if self._lines else self._opened()).sdk

    @contextmanager
    def free(self) -> Iterator[AsyncAnthropic]:
        """One that has room, for one call."""
        line = next((line for line in self._lines if line.busy < _FULL), None) or self._opened()
        line.busy += 1
        try:
            yield line.sdk
        finally:
            line.busy -= 1

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines:
            await line.sdk.close()
        self._lines.clear()

    def _opened(self) -> Line:
        self._lines.append(Line(open_sdk(self.endpoint, self.timeout)))
        return self._lines[-1]
