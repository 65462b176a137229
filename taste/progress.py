"""How far a start has got: counted in memory while it goes on, for whoever watches it."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from taste.cheapest import read_usage
from taste.rate_limits import Rate
from taste.replies import Attempt, Outcome

_WINDOW = 120.0
"""Seconds by whose pace the time left is told."""
_FEWEST = 5
"""Jobs, and seconds, before anything is said of the time left."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a start has got."""

    name: str
    """What the jobs are called."""
    done: int
    total: int
    running: int
    """Jobs begun and not ended."""
    unanswered: int
    """Jobs of this start that got no answer and stay open."""
    excluded: Mapping[str, int]
    """Reason -> jobs of this start that ended without a result."""
    failed: Mapping[str, int]
    """Outcome -> calls of this start that brought nothing to use; some were made again."""
    answered: int
    """Answers that this start paid for."""
    under_way: int
    """Calls in flight."""
    spent_usd: float
    """By the run so far."""
    reserved_usd: float
    """What the calls under way, and waiting batches, may cost at most."""
    budget_usd: float
    cached: float | None
    """Share of this start's prompt tokens that were read from a cache; None: none came back."""
    rates: Mapping[str, Rate]
    """Endpoint and model -> how fast it is asked, and its limits."""
    seconds_left: float | None
    """At the pace of the last two minutes; None: too little has been seen."""
    simulated: bool
    waiting: int = 0
    """Requests that wait for a batch."""
    stopping: str | None = None
    """What is still waited for, once somebody has asked to stop."""


@dataclass(slots=True)
class Tally:
    """What became of a start's calls and jobs."""

    excluded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    _prompt: float = 0.0
    _read: float = 0.0

    def count(self, attempt: Attempt) -> None:
        """Count a call that has ended."""
        if attempt.outcome is not Outcome.ANSWERED:
            self.failed[attempt.outcome.value] += 1
        used = read_usage(attempt.usage)
        self._prompt += used.prompt
        self._read += used.read

    def exclude(self, reason: str) -> None:
        """Count a job without a result; of its reason what stands before the details."""
        self.excluded[reason.partition(":")[0]] += 1

    @property
    def cached(self) -> float | None:
        """Share of the prompt tokens that were read from a cache."""
        return self._read / self._prompt if self._prompt else None


@dataclass(slots=True)
class Speed:
    """How fast jobs have ended of late."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def seconds_left(self, now: float, done: int, total: int) -> float | None:
        """Seconds for the rest at the pace of late; None while that is not known.

        Args:
            now: seconds of a clock that never goes back.
            done: jobs that have ended so far.
            total: jobs in all.
        """
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        if done - before < _FEWEST or now - since < _FEWEST:
            return None
        return (total - done) * (now - since) / (done - before)
