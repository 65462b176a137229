"""Messages typed while the agent works: pairs what was queued with how it was delivered.

Decides from what stands earlier in the file only, so that a cut file tells the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from transcripts.formats.claude_code.classify import is_notification

_SEVERAL = 2


class _State(Enum):
    WAITING = auto()
    TAKEN = auto()
    """Taken from the queue to become a user line."""
    DELIVERED = auto()


@dataclass(slots=True)
class Queued:
    """One queued text: where it was typed, and what has become of it."""

    text: str
    position: int
    ordinal: int
    notification: bool
    state: _State = _State.WAITING
    removed: bool = False
    response_at_delivery: str | None = None
    echoed: bool = False


class MessageQueue:
    """The queue as the recorded operations leave it."""

    def __init__(self) -> None:
        """Start with nothing queued."""
        self._messages: list[Queued] = []

    def enqueue(self, text: str, position: int, ordinal: int) -> None:
        """Note a text that was typed (or announced) at `position`."""
        self._messages.append(Queued(text, position, ordinal, is_notification(text)))

    def remove(self, text: str | None, response: str | None) -> Queued | None:
        """Take a text out because it was delivered while the agent worked.

        Returns the message if this is its delivery, None if an attachment had delivered
        it already or nothing was waiting.
        """
        done = self._first(
            lambda m: m.state is _State.DELIVERED and not m.removed and text in (None, m.text)
        )
        if done is not None:
            done.removed = True
            return None
        message = self._waiting(text)
        if message is None:
            return None
        message.state = _State.DELIVERED
        message.removed = True
        message.response_at_delivery = response
        return message

    def dequeue(self, text: str | None) -> None:
        """Take the next text out of the queue; a user line will carry it."""
        message = self._waiting(text)
        if message is not None:
            message.state = _State.TAKEN
            message.removed = True

    def pop_all(self) -> None:
        """The person pulled the waiting texts back into the editor: never delivered."""
        self._messages = [
            m for m in self._messages if m.notification or m.state is not _State.WAITING
        ]

    def deliver(self, text: str, *, attached: bool) -> Queued | None:
        """Match a user line or an attachment with the queued text that it delivers.

        An attachment may stand before the `remove` that belongs to it.
        """
        if (first := self._deliver_joined(text)) is not None:
            return first
        for state in (_State.TAKEN, _State.WAITING):
            message = self._in_state(state, text)
            if message is not None:
                message.removed = message.removed or not (attached and not message.notification)
                message.state = _State.DELIVERED
                message.echoed = True
                return message
        return None

    def _deliver_joined(self, text: str) -> Queued | None:
        """Several texts that were taken out one after the other may come as one user line."""
        taken = [message for message in self._messages if message.state is _State.TAKEN]
        if len(taken) < _SEVERAL or text != "\n".join(message.text for message in taken):
            return None
        for message in taken:
            message.state = _State.DELIVERED
            message.echoed = True
        return taken[0]

    def is_echo(self, text: str, response: str | None, *, anywhere: bool) -> bool:
        """Whether a line repeats a message that `remove` had delivered already.

        Args:
            text: the line's text.
            response: the agent's latest response so far.
            anywhere: an attachment may come late; a user line with the same words after
                another response is a new message.
        """
        message = self._first(
            lambda m: (
                m.state is _State.DELIVERED
                and not m.echoed
                and m.text == text
                and (anywhere or m.response_at_delivery == response)
            )
        )
        if message is None:
            return False
        message.echoed = True
        return True

    def _in_state(self, state: _State, text: str) -> Queued | None:
        return self._first(lambda m: m.state is state and m.text == text)

    def _waiting(self, text: str | None) -> Queued | None:
        if text is not None:
            return self._first(lambda m: m.state is _State.WAITING and m.text == text)
        return self._first(lambda m: m.state is _State.WAITING and not m.notification) or (
            self._first(lambda m: m.state is _State.WAITING)
        )

    def _first(self, wanted: Callable[[Queued], bool]) -> Queued | None:
        return next((message for message in self._messages if wanted(message)), None)
