"""Signals that end the tool: a wish to leave, and a way out where the terminal is gone already.

What is written to a terminal that is gone may wait for ever, and the loop with it: a process that
stays would keep its assignment from the next one.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

ENDINGS = ("SIGTERM", "SIGHUP")
GRACE = 3.0
"""Seconds to leave in; everything is saved before the signal comes."""


class Endings:
    """Takes the signals while the tool runs."""

    def __init__(self, leave: Callable[[int], None], *, last_resort: bool) -> None:
        """Prepare.

        Args:
            leave: ends the tool with this exit code; called on its loop.
            last_resort: whether the process ends by itself where that does not happen.
        """
        self._leave = leave
        self._last_resort = last_resort
        self._former: dict[int, Any] = {}

    def take(self) -> None:
        """Take the signals; neither every system nor every thread has some to handle."""
        self._loop = asyncio.get_running_loop()
        for name in ENDINGS:
            with contextlib.suppress(AttributeError, ValueError):
                number = getattr(signal, name)
                self._former[number] = signal.signal(number, self._told)

    def give_back(self) -> None:
        """Leave the process as it was."""
        for number, former in self._former.items():
            signal.signal(number, former)
        self._former.clear()

    def _told(self, number: int, _frame: Any) -> None:
        # Not by the loop's own handling: a loop that waits for a terminal would never hear of it.
        code = 128 + number
        self._loop.call_soon_threadsafe(self._leave, code)
        if self._last_resort:
            timer = threading.Timer(GRACE, os._exit, [code])
            timer.daemon = True
            timer.start()
