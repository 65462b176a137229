"""What a thread of an Inspect sample knows at a response: which messages, in which order."""

from collections.abc import Sequence


class Context:
    """The messages that a thread knows, as numbers; equal numbers look alike."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self.seen: set[int] = set()
        """All that the thread ever knew."""
        self.task: int | None = None
        """The first message that told it what to do."""
        self._known: list[int] = []

    def kept(self, messages: Sequence[int]) -> list[int]:
        """Places of known messages, in order, that begin an input as they stand.

        The rest of the input has to be told after them, and every other known message left out.
        """
        known = self._known
        if known == messages[: len(known)]:
            return list(range(len(known)))
        places: list[int] = []
        place = 0
        for message in messages:
            try:
                place = known.index(message, place)
            except ValueError:
                break
            places.append(place)
            place += 1
        return places

    def reduce(self, kept: Sequence[int]) -> list[int]:
        """Forget all but the messages at these places; returns the places of the forgotten."""
        if len(kept) == len(self._known):
            return []
        inside = set(kept)
        dropped = [place for place in range(len(self._known)) if place not in inside]
        self._known = [self._known[place] for place in kept]
        return dropped

    def add(self, message: int) -> None:
        """Learn of a message."""
        self._known.append(message)
        self.seen.add(message)


def ranges(places: Sequence[int]) -> list[list[int]]:
    """Rising places as half-open ranges."""
    found: list[list[int]] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1][1] = place + 1
        else:
            found.append([place, place + 1])
    return found
