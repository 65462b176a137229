"""Searching many texts for a regular expression without ever waiting for it in vain.

The expression runs in a process that is ended when it takes too long over one text, or when the
search is given up. Called from a thread; knows neither the database nor the screen.
"""

import os
import re
import select
import struct
import subprocess
import sys
import time
import warnings
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from annotation_tui import matcher
from annotation_tui.wrapping import display_text
from transcripts.errors import UserError

TEXT_SECONDS = 1.0
"""How long one text may take."""

SLOW_TEXTS = 3
"""So many texts may take longer; then the search ends."""

_AHEAD = 262_144
"""Bytes that are handed over before their answers are here."""

_TICK = 0.05

_NUMBER = struct.Struct("=I")


class GivenUp(Exception):
    """Nobody waits for the search any more."""


@dataclass(slots=True)
class Matches:
    """What a search found."""

    spans: "dict[int, array[int]]" = field(default_factory=dict)
    """Event → beginning and end of each match in its displayed text, one after the other."""
    slow: list[int] = field(default_factory=list)
    """Events that took too long."""
    ended: bool = True
    """Whether every text was searched."""


def check_regex(pattern: str) -> None:
    """Refuse what is no regular expression.

    Raises:
        UserError: with what is wrong with it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, matcher.FLAGS)
    except (re.error, OverflowError, RecursionError) as error:
        raise UserError(f"not a regular expression: {error}.") from error


def match_all(
    pattern: str, texts: Iterable[tuple[int, str]], is_wanted: Callable[[], bool]
) -> Matches:
    """Match a checked pattern against the displayed form of each text.

    Args:
        pattern: of the syntax of Python's `re`.
        texts: events with their stored texts.
        is_wanted: asked now and then; the search ends soon after it says no.

    Raises:
        GivenUp: if the search is not wanted any more.
    """
    found = Matches()
    waiting = _Waiting((event, matcher.frame(display_text(text))) for event, text in texts)
    while waiting.has_more():
        with _Process(pattern) as process:
            _run(process, waiting, found, is_wanted)
        if len(found.slow) >= SLOW_TEXTS and waiting.has_more():
            found.ended = False
            break
    return found


def _run(
    process: "_Process", waiting: "_Waiting", found: Matches, is_wanted: Callable[[], bool]
) -> None:
    """Go on until all is answered, or one text has taken too long; that one is left out."""
    waiting.start_again()
    while waiting.has_more():
        for told in waiting.take():
            process.send(told)
        spans = process.receive(is_wanted)
        event = waiting.done()
        if spans is None:
            found.slow.append(event)
            return
        if spans:
            found.spans[event] = spans


class _Waiting:
    """Texts that are yet to be handed over, and those that were and are not answered."""

    def __init__(self, texts: Iterator[tuple[int, bytes]]) -> None:
        self._texts = texts
        self._next: deque[tuple[int, bytes]] = deque()
        self._sent: deque[tuple[int, bytes]] = deque()
        self._ahead = 0

    def has_more(self) -> bool:
        if not self._sent and not self._next:
            self._next.extend(x for x in (next(self._texts, None),) if x is not None)
        return bool(self._sent or self._next)

    def start_again(self) -> None:
        self._next.extendleft(reversed(self._sent))
        self._sent.clear()
        self._ahead = 0

    def take(self) -> Iterator[bytes]:
        """What may be handed over now: so much in all, or one text of any length alone."""
        while True:
            if not self._next:
                told = next(self._texts, None)
                if told is None:
                    return
                self._next.append(told)
            if self._sent and self._ahead + len(self._next[0][1]) > _AHEAD:
                return
            self._sent.append(self._next.popleft())
            self._ahead += len(self._sent[-1][1])
            yield self._sent[-1][1]

    def done(self) -> int:
        event, told = self._sent.popleft()
        self._ahead -= len(told)
        return event


class _Process:
    """The process that matches."""

    def __init__(self, pattern: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", matcher.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._into, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._into, False)
        self._unsent = bytearray(matcher.frame(pattern))
        self._buffer = b""

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def send(self, told: bytes) -> None:
        """Have a text sent while answers are waited for: both pipes are of no known size."""
        self._unsent += told

    def receive(self, is_wanted: Callable[[], bool]) -> "array[int] | None":
        """The matches of the next text; None where it took too long."""
        until = time.monotonic() + TEXT_SECONDS
        while (size := self._answer_size()) is None:
            if not is_wanted():
                raise GivenUp
            if not self._pump() and time.monotonic() > until:
                return None
        spans = array("I", self._buffer[_NUMBER.size : size])
        self._buffer = self._buffer[size:]
        return spans

    def _answer_size(self) -> int | None:
        """Bytes of the next answer; none while it is not here in full."""
        if len(self._buffer) < _NUMBER.size:
            return None
        size = _NUMBER.size * (1 + 2 * int(_NUMBER.unpack_from(self._buffer)[0]))
        return size if len(self._buffer) >= size else None

    def _pump(self) -> bool:
        """Send and receive what can be at once; whether anything was."""
        wanting = [self._into] if self._unsent else []
        ready, free, _ = select.select([self._out], wanting, [], _TICK)
        if free:
            del self._unsent[: os.write(self._into, self._unsent[:_AHEAD])]
        if not ready:
            return bool(free)
        told = os.read(self._out, 65_536)
        if not told:
            raise UserError("the search's own process has ended; try again.")
        self._buffer += told
        return True
