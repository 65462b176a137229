"""What Ctrl-C does to a run: the first finishes what is under way, a second leaves it."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_REASONS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "told to end",
    signal.SIGHUP: "the terminal went away",
}


@contextmanager
def interruptible(finish: Callable[[str], None], leave: Callable[[], None]) -> Iterator[None]:
    """Have signals end what the running loop does, for as long as this is entered.

    Args:
        finish: called for the first signal, with what it means.
        leave: called for a second one by which somebody asks again. A terminal that goes away says
            so more than once, and asks for nothing.

    A signal that the process was started to ignore (`nohup`) stays ignored.
    """
    loop = asyncio.get_running_loop()
    asked: list[signal.Signals] = []

    def hear(number: signal.Signals) -> None:
        if number != signal.SIGHUP and asked:
            leave()
        if number != signal.SIGHUP:
            asked.append(number)
        finish(f"{_REASONS[number]}; every answer is kept.")

    before = {number: signal.getsignal(number) for number in _REASONS}
    heard = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    for number in heard:
        loop.add_signal_handler(number, hear, number)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
