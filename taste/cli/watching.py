"""What a person or a program sees of a run while it goes on: a display, lines, or JSON events."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from taste.cli.shared import safe, say, write_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from taste.progress import Progress

LINE_SECONDS = 30.0
"""Seconds between two lines where no terminal shows a display."""
Tell = Callable[["Progress"], None]


@contextmanager
def watching(*, events: bool = False) -> Iterator[Tell]:
    """Show how far a start has got: on stderr, or as `events` on stdout."""
    if events:
        yield _write_event
    elif sys.stderr.isatty():
        with _display() as tell:
            yield tell
    else:
        yield _Lines().tell


def progress_lines(progress: "Progress") -> list[str]:
    """How far a start has got, in words: jobs; calls; money."""
    simulated = " (simulated)" if progress.simulated else ""
    busy = progress.under_way or progress.waiting
    return [
        _joined(
            f"{progress.done} of {progress.total} {progress.name}{simulated}",
            f"{progress.running} running" if progress.running else "",
            _counted("without a result", progress.excluded),
            f"{progress.unanswered} unanswered" if progress.unanswered else "",
            time_left(progress.seconds_left),
        ),
        _joined(
            f"{progress.answered} answers",
            f"{progress.under_way} under way" if progress.under_way else "",
            f"{progress.waiting} wait in batches" if progress.waiting else "",
            _counted("calls failed", progress.failed),
        ),
        _joined(
            f"${progress.spent_usd:.2f} of ${progress.budget_usd:.2f} spent",
            f"${progress.reserved_usd:.2f} more at most under way" if busy else "",
            "" if progress.cached is None else f"{progress.cached:.0%} of prompts from a cache",
        ),
        _joined(*_rates(progress)),
    ]


class _Lines:
    """A line now and then, and none where nothing has changed."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._said: str | None = None
        self._stopping: str | None = None

    def tell(self, progress: "Progress") -> None:
        if progress.stopping and progress.stopping != self._stopping:
            self._stopping = progress.stopping
            say(progress.stopping)
        line = "; ".join(filter(None, progress_lines(progress)))
        now = time.monotonic()
        if now - self._at >= LINE_SECONDS and line != self._said:
            self._at, self._said = now, line
            say(safe(line))


@contextmanager
def _display() -> Iterator[Tell]:
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), auto_refresh=False) as live:
        yield lambda progress: live.update(_panel(progress), refresh=True)


def _panel(progress: "Progress") -> "RenderableType":
    """A bar and a few lines, folded where the terminal is narrow; the texts are no markup."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    lines = filter(None, [*progress_lines(progress), progress.stopping])
    texts = [Text(safe(line)) for line in lines]
    bar = Table.grid(expand=True)  # in a row of its own: a bar ends with no new line
    bar.add_row(ProgressBar(total=max(progress.total, 1), completed=progress.done))
    return Group(bar, *texts)


def _write_event(progress: "Progress") -> None:
    write_json({"event": "progress", **as_plain(progress)})


def as_plain(progress: "Progress") -> dict[str, Any]:
    """A progress as what JSON can hold."""
    return asdict(progress)


def _rates(progress: "Progress") -> Iterator[str]:
    """Calls a minute, against the limit where the server tells one."""
    for name, rate in progress.rates.items():
        limit = rate.limits.get("requests")
        against = f" of {limit:.0f}" if limit else ""
        refused = f", {rate.refused} refused for load" if rate.refused else ""
        model = name.split(" ", 1)[-1]
        yield f"{model} {rate.sent_per_minute:.0f}{against} a minute{refused}"


def _counted(what: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return ""
    each = ", ".join(f"{reason} {number}" for reason, number in sorted(counts.items()))
    return f"{sum(counts.values())} {what} ({each})"


def time_left(seconds: float | None) -> str:
    """How long it will take yet, in words; nothing where that is not known."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute left"
    return f"about {minutes // 60} h {minutes % 60:02d} min left"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
