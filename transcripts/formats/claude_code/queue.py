"""Messages typed while the agent works: pairs what was queued with how it was delivered.

Decides from what stands earlier in the file only, so that a cut file tells the same.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.formats.claude_code.classify import is_notification

_SEVERAL = 2


@dataclass(slots=True)
class Queued:
    """One queued text, and where it was typed."""

    text: str
    position: int
    ordinal: int
    notification: bool
    response: str | None = None
    """The agent's latest response when it was delivered."""


class _Shelf:
    """Messages in the order in which they came, found by text without looking through all."""

    __slots__ = ("_all", "_texts")

    def __init__(self) -> None:
        self._all: OrderedDict[int, Queued] = OrderedDict()
        self._texts: dict[str, OrderedDict[int, Queued]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Queued]:
        return iter(self._all.values())

    def put(self, message: Queued) -> None:
        self._all[message.ordinal] = message
        self._texts.setdefault(message.text, OrderedDict())[message.ordinal] = message

    def first(self, text: str | None = None) -> Queued | None:
        found = self._all if text is None else self._texts.get(text)
        return next(iter(found.values())) if found else None

    def last(self, text: str) -> Queued | None:
        found = self._texts.get(text)
        return next(reversed(found.values())) if found else None

    def drop(self, message: Queued) -> None:
        del self._all[message.ordinal]
        same = self._texts[message.text]
        del same[message.ordinal]
        if not same:
            del self._texts[message.text]

    def take(self, text: str | None = None) -> Queued | None:
        message = self.first(text)
        if message is not None:
            self.drop(message)
        return message

    def take_all(self) -> list[Queued]:
        messages = list(self._all.values())
        self._all.clear()
        self._texts.clear()
        return messages


class MessageQueue:
    """The queue as the recorded operations leave it."""

    def __init__(self) -> None:
        """Start with nothing queued."""
        self.used = False
        """Whether any operation was recorded."""
        self._words = _Shelf()
        """A person's texts that wait."""
        self._notices = _Shelf()
        """Notifications that wait."""
        self._taken = _Shelf()
        """Taken out to become a user line before the next response."""
        self._unremoved = _Shelf()
        """Delivered by an attachment; the `remove` that belongs to it may still come."""
        self._unechoed = _Shelf()
        """Delivered by a `remove`; a line that repeats the text may still come."""

    def enqueue(self, text: str, position: int, ordinal: int) -> None:
        """Note a text that was typed (or announced) at `position`."""
        message = Queued(text, position, ordinal, is_notification(text))
        (self._notices if message.notification else self._words).put(message)

    def remove(self, text: str | None, response: str | None) -> Queued | None:
        """Take a text out because it was delivered while the agent worked.

        Returns the message if this is its delivery, None if an attachment had delivered
        it already or nothing was waiting.
        """
        if self._unremoved.take(text) is not None:
            return None
        message = self._waiting(text)
        if message is not None:
            message.response = response
            self._unechoed.put(message)
        return message

    def dequeue(self, text: str | None) -> None:
        """Take the next text out of the queue; a user line will carry it."""
        message = self._waiting(text)
        if message is not None:
            self._taken.put(message)

    def pop_all(self) -> None:
        """The person pulled the waiting texts back into the editor: never delivered."""
        self._words.take_all()

    def begin_response(self) -> None:
        """A response begins: what was taken out for it has come, or never will."""
        if len(self._taken):
            self._taken.take_all()

    def deliver(self, text: str, *, attached: bool) -> Queued | None:
        """Match a user line or an attachment with the queued text that it delivers.

        An attachment may stand before the `remove` that belongs to it.
        """
        if (first := self._deliver_joined(text)) is not None:
            return first
        taken = self._taken.take(text)
        if taken is not None:
            return taken
        message = self._waiting(text)
        if message is not None and attached and not message.notification:
            self._unremoved.put(message)
        return message

    def _deliver_joined(self, text: str) -> Queued | None:
        """Several texts that were taken out one after the other may come as one user line."""
        if len(self._taken) < _SEVERAL:
            return None
        end = 0
        for message in self._taken:
            part = message.text.strip()
            end = _skip_space(text, end)
            if not part or not text.startswith(part, end):
                return None
            end += len(part)
        return None if text[end:].strip() else self._taken.take_all()[0]

    def is_echo(self, text: str, response: str | None, *, anywhere: bool) -> bool:
        """Whether a line repeats a message that `remove` had delivered already.

        Args:
            text: the line's text.
            response: the agent's latest response so far.
            anywhere: an attachment may come late; a user line with the same words after
                another response is a new message.
        """
        message = self._unechoed.first(text) if anywhere else self._unechoed.last(text)
        if message is None or not (anywhere or message.response == response):
            return False
        self._unechoed.drop(message)
        return True

    def _waiting(self, text: str | None) -> Queued | None:
        return self._words.take(text) or self._notices.take(text)


def _skip_space(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start
