"""Which events a reader lets through: by what they are, by tool, by whether they were seen. Pure.

Knows signs in the transcript and the annotator's own marks; never a model's score.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation_tui.index import Index
from transcripts.queries import IndexRow

LONG_LINES = 100
"""Lines from which on an output is long."""

LONG_CHARS = 10_000
"""Characters from which on an output is long."""

HUMAN = frozenset({"human", "steering", "answer", "interrupt", "rejection"})
_CORRECTING = frozenset({"steering", "answer", "interrupt", "rejection"})

SHOWS = (
    ("h", "human", "what the human wrote or did"),
    ("a", "agent", "text of the agent"),
    ("k", "thinking", "thinking"),
    ("c", "calls", "tool calls"),
    ("r", "results", "results of tools"),
    ("m", "other", "summaries and notices"),
    ("e", "errors", "results marked as errors"),
    ("l", "long", f"outputs of {LONG_LINES}+ lines or {LONG_CHARS:,}+ characters"),
    ("x", "corrections", "interrupts, rejections, answers, after errors"),
    ("d", "marks", "my marks and bookmarks"),
)
"""Key, name and words of everything that can be let through."""

_OF_KIND = {"agent": "agent", "thinking": "thinking", "call": "calls", "result": "results"}


@dataclass(frozen=True, slots=True)
class Filter:
    """What is let through: any of what is to be shown, of one tool, not yet seen."""

    show: frozenset[str] = frozenset()
    """Names of `SHOWS`; none lets everything through."""
    tool: str = ""
    """Of calls and results only those of this tool; alone, only those."""
    unseen: bool = False

    def __bool__(self) -> bool:
        """Whether anything is held back."""
        return bool(self.show or self.tool or self.unseen)

    def describe(self) -> str:
        """The filter in words, in the order of the menu."""
        words = [name for _, name, _ in SHOWS if name in self.show]
        parts = [" + ".join(words), f"tool {self.tool}" if self.tool else ""]
        return ", ".join(part for part in (*parts, "unseen" if self.unseen else "") if part)

    def capture(self) -> dict[str, Any]:
        """The filter as plain values."""
        return {"show": sorted(self.show), "tool": self.tool, "unseen": self.unseen}

    @classmethod
    def restore(cls, told: Mapping[str, Any]) -> "Filter":
        """The filter that was captured; names that are not known are left out."""
        known = {name for _, name, _ in SHOWS}
        show = frozenset(name for name in told.get("show") or () if name in known)
        return cls(show, str(told.get("tool") or ""), bool(told.get("unseen")))


@dataclass(frozen=True, slots=True)
class Own:
    """What the annotator has done so far, as far as a filter asks."""

    marked: Collection[int] = ()
    """Numbers of the events that bear a mark or bookmark."""
    is_seen: Callable[[int], bool] = field(default=lambda _position: False)
    """Whether a position was in view."""


def pass_filter(index: Index, chosen: Filter, own: Own) -> list[int]:
    """Numbers of the events that a filter lets through."""
    rows = index.rows
    shown: Collection[int] = range(len(rows))
    if chosen.show:
        shown = sorted(set().union(*(_named(index, name, own) for name in chosen.show)))
    if chosen.tool:
        alone = not chosen.show
        shown = [n for n in shown if rows[n].tool == chosen.tool or not (rows[n].tool or alone)]
    if chosen.unseen:
        shown = [n for n in shown if not own.is_seen(rows[n].position)]
    return list(shown)


def count_shows(index: Index, own: Own) -> dict[str, int]:
    """How many events each name of `SHOWS` would let through."""
    return {name: len(_named(index, name, own)) for _, name, _ in SHOWS}


def count_tools(index: Index) -> list[tuple[str, int]]:
    """The tools of a session, the most used first."""
    counted = Counter(row.tool for row in index.rows if row.tool)
    return sorted(counted.items(), key=lambda found: (-found[1], found[0]))


def _named(index: Index, name: str, own: Own) -> Collection[int]:
    if name == "errors":
        return index.errors
    if name == "corrections":
        return find_corrections(index)
    if name == "marks":
        return [number for number in own.marked if 0 <= number < len(index.rows)]
    if name == "long":
        return [n for n, row in enumerate(index.rows) if _is_long(row)]
    return [n for n, row in enumerate(index.rows) if _sort(row) == name]


def _sort(row: IndexRow) -> str:
    return "human" if row.kind in HUMAN else _OF_KIND.get(row.kind, "other")


def _is_long(row: IndexRow) -> bool:
    return row.kind == "result" and (row.n_lines >= LONG_LINES or row.n_chars >= LONG_CHARS)


def find_corrections(index: Index) -> list[int]:
    """Events by which a human may have corrected the agent, by outer signs alone.

    Steering, interrupts, rejections and answers; and acts before which the latest result of a
    tool was an error.
    """
    found: list[int] = []
    failed = False
    for number, row in enumerate(index.rows):
        if row.kind == "result":
            failed = row.is_error
        if row.kind in _CORRECTING or (row.kind in HUMAN and failed):
            found.append(number)
    return found
