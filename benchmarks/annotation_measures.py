"""One session in the annotation tool, measured from outside: keys in, bytes out, memory."""

import os
import re
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from annotation_keys import has_key, key_of
from annotation_made import TASTE, Made
from terminals import ENTER, LONG, Terminal

MOVES = (
    "reader.down",
    "reader.page_down",
    "reader.half_down",
    "reader.event",
    "reader.human",
    "reader.error",
)
EVENT = re.compile(rb"event ([\d,]+)")


@dataclass(slots=True)
class Measured:
    """Figures of one session at one size; times in milliseconds, memory in MB."""

    made: Made
    size: str
    queue: float = 0.0
    first: float = 0.0
    ready: float = 0.0
    keys: dict[str, list[float]] = field(default_factory=dict)
    page_bytes: float = 0.0
    backlog: float = 0.0
    resize: float = 0.0
    anchored: bool = False
    idle: float = 0.0
    """MB with the queue on screen."""
    opened: float = 0.0
    scrolled: float = 0.0
    pages: int = 0
    search: float = 0.0
    regex: float | None = None
    filter: float | None = None
    fold_all: float = 0.0
    typing: list[float] = field(default_factory=list)
    key_cpu: float = 0.0
    """Processor time of a moving key."""
    typing_cpu: float = 0.0
    start_cpu: float = 0.0

    @property
    def moves(self) -> list[float]:
        """All times of moving keys."""
        return [time_ for times in self.keys.values() for time_ in times]


def p50(times: Sequence[float]) -> float:
    """The median."""
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(times)
    return ordered[max(0, round(0.95 * len(ordered)) - 1)]


def open_tool(made: Made, width: int, height: int) -> Terminal:
    """Start the tool on a database, as `benchmark`."""
    home = made.db.parent / "home"
    command = [TASTE, "annotate", "--annotator", "benchmark", "--db", str(made.db)]
    return Terminal(command, width, height, {"XDG_CONFIG_HOME": str(home)})


def open_session(tool: Terminal, found: Measured) -> None:
    """From the start of the process to the queue, and from Enter to the text."""
    found.queue = tool.wait_for(b"queue", tool.begun)
    found.start_cpu = tool.cpu()
    tool.wait(time.perf_counter(), limit=2.0, silence=LONG)
    tool.seen.clear()
    found.idle = tool.rss()
    begun = time.perf_counter()
    os.write(tool.master, ENTER)
    found.first = tool.wait_for(b"event ", begun)
    found.ready = max(found.first, tool.wait(begun, limit=LONG, silence=LONG))
    found.opened = tool.rss()


def measure(made: Made, size: str, repeat: int, *, whole: bool) -> Measured:
    """Everything that is measured of a session at one size; `whole` also scrolls through it."""
    width, height = (int(part) for part in size.split("x"))
    found = Measured(made, size)
    tool = open_tool(made, width, height)
    try:
        open_session(tool, found)
        _press_moves(tool, found, repeat)
        _hold(tool, found)
        _resize(tool, found, width, height)
        _seek(tool, found)
        _filter(tool, found)
        _fold(tool, found)
        _type(tool, found, repeat)
        if whole:
            _scroll_through(tool, found)
        found.scrolled = tool.rss()
    finally:
        tool.close()
    return found


def _press_moves(tool: Terminal, found: Measured, repeat: int) -> None:
    tool.press(key_of("reader.down"), LONG)
    spent = tool.cpu()
    for action in MOVES:
        before = tool.bytes
        found.keys[action] = [tool.press(key_of(action)) for _ in range(repeat)]
        if action == "reader.page_down":
            found.page_bytes = (tool.bytes - before) / repeat / 1024
    found.key_cpu = (tool.cpu() - spent) / len(MOVES) / repeat
    found.keys["ends"] = [
        tool.press(key) for key in [key_of("reader.last"), key_of("reader.first")] * 5
    ]


def _hold(tool: Terminal, found: Measured) -> None:
    """Hold a key at 30 Hz for three seconds, and see how long it goes on after that."""
    for _ in range(90):
        due = time.perf_counter() + 1 / 30
        os.write(tool.master, key_of("reader.down"))
        while (left := due - time.perf_counter()) > 0:
            tool.wait(time.perf_counter(), limit=left, silence=left)
    found.backlog = tool.wait(time.perf_counter(), limit=0.3)


def _resize(tool: Terminal, found: Measured, width: int, height: int) -> None:
    tool.press(key_of("reader.human"), LONG)
    before = _event(tool)
    tool.seen.clear()
    begun = time.perf_counter()
    tool.resize(width + 20, height)
    found.resize = tool.wait(begun, limit=3.0, silence=LONG)
    found.anchored = before is not None and _event(tool) == before
    tool.resize(width, height)
    tool.wait(time.perf_counter(), limit=3.0, silence=LONG)


def _event(tool: Terminal) -> bytes | None:
    """The event that the status line names last."""
    named = EVENT.findall(tool.text())
    return named[-1] if named else None


def _seek(tool: Terminal, found: Measured) -> None:
    tool.press(key_of("reader.first"), LONG)
    found.search = _search(tool, "reader.search", "commit")
    tool.press(key_of("reader.first"), LONG)
    found.regex = _search(tool, "reader.search", r"\vloss \d+\.\d{3}7")


def _search(tool: Terminal, action: str, text: str) -> float:
    tool.press(key_of(action), LONG)
    for sign in text:
        tool.press(sign.encode())
    return tool.press(ENTER, silence=0.3, limit=5.0)


def _filter(tool: Terminal, found: Measured) -> None:
    """Show what people and the agent said, and then all again."""
    if not has_key("reader.filter"):
        return
    tool.press(key_of("reader.filter"), LONG)
    tool.press(b"h")
    tool.press(b"a")
    found.filter = tool.press(ENTER, limit=3.0)
    tool.press(key_of("reader.filter_clear"), LONG)


def _fold(tool: Terminal, found: Measured) -> None:
    found.fold_all = tool.press(key_of("reader.fold_all"), LONG, limit=5.0)
    tool.press(key_of("reader.fold_all"), LONG, limit=5.0)


def _type(tool: Terminal, found: Measured, repeat: int) -> None:
    """Make a mark, go to its rationale, type."""
    tool.press(key_of("reader.human"), LONG)
    tool.press(key_of("reader.detour"), LONG)
    tool.press(key_of("reader.edit"), LONG)
    tool.press(b"R", LONG)
    spent = tool.cpu()
    found.typing = [tool.press(b"a") for _ in range(repeat)]
    found.typing_cpu = (tool.cpu() - spent) / repeat
    for _ in range(3):  # the text, the form's keys, the form
        tool.press(b"\x1b", LONG)


def _scroll_through(tool: Terminal, found: Measured) -> None:
    """From act to act through all of it, as fast as the tool paints."""
    tool.press(key_of("reader.first"), LONG)
    while b"no human act below" not in tool.text():
        tool.seen.clear()
        for _ in range(_BATCH):
            os.write(tool.master, key_of("reader.human"))
            tool.wait(time.perf_counter(), limit=0.05, silence=0.001)
        tool.wait(time.perf_counter(), limit=1.0)
        found.pages += _BATCH


_BATCH = 50


def spread(found: Iterable[Measured]) -> Iterator[str]:
    """Lines of a table: one a session and size, the figures behind the verdicts."""
    yield (
        "| session | terminal | queue | first | ready | key p50/p95/max | typing p50/p95 | page kB "
        "| 30 Hz backlog | resize | search | regex | filter | fold all | MB opened/scrolled "
        "| CPU ms: start, key, typing |"
    )
    yield "|" + "---|" * 16
    for one in found:
        moves = one.moves
        yield (
            f"| {one.made.name} ({one.made.chars / 1e6:.0f} M) | {one.size} | {one.queue:.0f} "
            f"| {one.first:.0f} | {one.ready:.0f} "
            f"| {p50(moves):.0f} / {p95(moves):.0f} / {max(moves):.0f} "
            f"| {p50(one.typing):.0f} / {p95(one.typing):.0f} | {one.page_bytes:.1f} "
            f"| {one.backlog:.0f} | {one.resize:.0f} | {one.search:.0f} | {_or_none(one.regex)} "
            f"| {_or_none(one.filter)} | {one.fold_all:.0f} "
            f"| {one.opened:.0f} / {one.scrolled:.0f} "
            f"| {one.start_cpu:.0f}, {one.key_cpu:.1f}, {one.typing_cpu:.1f} |"
        )


def _or_none(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
