"""What was asked of a simulator and what was answered: the latest requests, and all by their body.

A benchmark that kills a run reads from it which calls were repeated, and which answers were lost.
"""

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

ROUTE: Final = "/taste/requests"
LOG_SIZE: Final = 10_000
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it was answered; `kind` and `model` are empty where they do not apply."""

    path: str
    model: str
    kind: str
    status: int


@dataclass(slots=True)
class Tally:
    """How often one body was sent, and how often it was answered with HTTP 200."""

    asked: int = 0
    answered: int = 0


@dataclass(slots=True)
class Journal:
    """Notes every request; safe to use from many threads."""

    _latest: deque[Logged] = field(default_factory=lambda: deque(maxlen=LOG_SIZE))
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def latest(self) -> tuple[Logged, ...]:
        """The latest requests, oldest first; at most `LOG_SIZE`."""
        with self._lock:
            return tuple(self._latest)

    @property
    def count(self) -> int:
        """The number of all requests so far."""
        with self._lock:
            return self._count

    @property
    def tallies(self) -> dict[str, Tally]:
        """The sha256 of a body of /v1/messages -> how often it was asked and answered."""
        with self._lock:
            return {key: Tally(each.asked, each.answered) for key, each in self._tallies.items()}

    def next_number(self) -> int:
        """Count one more request."""
        with self._lock:
            self._count += 1
            return self._count

    def note(self, logged: Logged) -> None:
        """Keep a request with its status."""
        with self._lock:
            self._latest.append(logged)

    def tally(self, body: bytes, status: int) -> None:
        """Count a request for an answer by its body."""
        key = hashlib.sha256(body).hexdigest()
        with self._lock:
            found = self._tallies.setdefault(key, Tally())
            found.asked += 1
            found.answered += status == _OK

    def render(self) -> dict[str, Any]:
        """What `GET /taste/requests` says."""
        tallies = self.tallies
        return {
            "asked": sum(each.asked for each in tallies.values()),
            "answered": sum(each.answered for each in tallies.values()),
            "requests": {
                key: {"asked": each.asked, "answered": each.answered}
                for key, each in tallies.items()
            },
        }
