"""Where a rollout stands: the response under way, the turn, and what rollbacks left behind."""

from dataclasses import dataclass, field

from transcripts.records import Abandonment


@dataclass(slots=True)
class Turns:
    """Groups agent work into responses; every count of tokens ends one."""

    uncounted: int = 0
    """Turns that ended without a count, so that their responses could not be told apart."""
    in_turn: bool = False
    _worked: bool = False
    _response: str | None = None
    _answered: bool = False
    _coarse: bool = False

    @property
    def working(self) -> bool:
        """Whether the agent has begun to work on a turn that has not ended."""
        return self.in_turn and self._worked

    def work(self, ordinal: int) -> str:
        """The response that an item of the agent's belongs to; it may be the first of one."""
        if self._response is None:
            self._response = f"L{ordinal}"
        self._coarse = self._coarse or self._answered
        self._worked = True
        return self._response

    def answered(self) -> None:
        """A call has its output: what the agent does next may be another response."""
        self._answered = self._response is not None

    def close(self) -> None:
        """The response is over."""
        self._response = None
        self._answered = self._coarse = False

    def begin(self) -> None:
        """A turn begins."""
        self.close()
        self.in_turn, self._worked = True, False

    def end(self) -> None:
        """The turn is over."""
        self.uncounted += self._coarse
        self.close()
        self.in_turn = self._worked = False


@dataclass(slots=True)
class Rollbacks:
    """People's messages that still stand, and what rollbacks took out of the context."""

    abandonments: list[Abandonment] = field(default_factory=list)
    at: int | None = None
    """Position of a rollback after which nobody has said anything yet."""
    _messages: list[int] = field(default_factory=list)
    _gone: list[tuple[int, int]] = field(default_factory=list)

    def say(self, position: int) -> int | None:
        """Note a person's message; returns the position of the rollback that it comes after."""
        self._messages.append(position)
        at, self.at = self.at, None
        return at

    def roll_back(self, turns: int, position: int) -> None:
        """Abandon the last `turns` messages of people and everything after them."""
        if turns < 1 or not self._messages:
            return
        start = self._messages[-min(turns, len(self._messages))]
        del self._messages[-turns:]
        positions = self._live(start, position)
        self._gone.append((start, position))
        self.abandonments.append(Abandonment(tuple(positions), position))
        if self.at is None:
            self.at = position

    def _live(self, start: int, end: int) -> list[int]:
        """Positions between the two that no earlier rollback took; those it took are merged."""
        swallowed: list[tuple[int, int]] = []
        while self._gone and self._gone[-1][0] >= start:
            swallowed.append(self._gone.pop())
        found: list[int] = []
        for first, last in reversed(swallowed):
            found.extend(range(start, first))
            start = last
        found.extend(range(start, end))
        return found
