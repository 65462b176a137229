"""What an estimate says: calls and cost by part, and what each seat is sent."""

from dataclasses import dataclass, field

from taste.planning.pace import Paced


@dataclass(slots=True)
class Cost:
    """What some calls come to, in USD."""

    calls: int = 0
    expected: float = 0.0
    """In the cheapest order: what calls share is written to a cache once and then read."""
    most: float = 0.0
    """With nothing read from a cache and every answer as long as it may be."""
    cold: float = 0.0
    """With nothing read from a cache, and answers of the usual length."""

    def add(self, other: "Cost") -> None:
        """Count further calls in."""
        self.calls += other.calls
        self.expected += other.expected
        self.most += other.most
        self.cold += other.cold


@dataclass(slots=True)
class Load:
    """What one seat is sent and answers, in tokens."""

    calls: int = 0
    prompt: float = 0.0
    written: float = 0.0
    """Of the prompt, what is not read from a cache in the cheapest order."""
    answer: float = 0.0
    longest: float = 0.0
    """The longest prompt."""
    point: int = 0
    """Decision point of the longest prompt."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a start would send."""

    trials: int
    calls: int
    """Up to so many: what is there already is taken off, but a judge that is called where another
    is unsure is counted in full; a digest or restatement that has to be asked for again is not."""
    expected_usd: float
    most_usd: float
    cold_usd: float = 0.0
    batch_usd: float = 0.0
    """As batches that find everything in a cache that was written for an hour."""
    batch_cold_usd: float = 0.0
    """As batches that find nothing there."""
    parts: dict[str, dict[str, Cost]] = field(default_factory=dict)
    """arm -> name -> its proposals, restatements, verdicts and probes; then the same calls again:
    verdicts -> condition, probes -> kind, other -> proposals, restatements, digests."""
    seats: dict[str, Load] = field(default_factory=dict)
    """Seat -> what it is sent."""
    pace: Paced | None = None
