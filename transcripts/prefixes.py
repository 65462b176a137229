"""Lists a file's decision points with the hashes of their prefixes, without a database.

It exists so that anyone can check the wall: cut the file at a point's offset and compare.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transcripts.acts import find_acts
from transcripts.cut import Shown, chain, chain_hash, is_visible, shown
from transcripts.records import EventRecord, SessionRecord
from transcripts.text import DEFAULT_SHORTENING, join_shown, render_event

END = 1 << 62
"""A cut after everything."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where what to do next was open: before a human act or a response."""

    cut: int
    before: str | None
    actor: str
    act_kind: str | None


@dataclass(frozen=True, slots=True)
class PrefixLine:
    """One line of `taste prefixes`."""

    file: str
    before: str | None
    actor: str
    act_kind: str | None
    line: int | None
    offset: int
    prefix_hash: str
    shown_hash: str
    chars: int


def find_candidates(record: SessionRecord) -> list[Candidate]:
    """Every human act and every response of the session's thread, ordered by position."""
    found = [
        Candidate(act.cut, act.before, "human", act.kind.value)
        for act in find_acts(record.events, record.thread)
    ]
    begun: set[str] = set()
    for event in record.events:
        if event.thread == record.thread and event.response and event.response not in begun:
            begun.add(event.response)
            found.append(Candidate(event.position, event.id, "agent", None))
    return sorted(found, key=lambda point: (point.cut, point.actor))


def list_prefixes(record: SessionRecord, file: str) -> Iterator[PrefixLine]:
    """Yield one line per candidate in order, then one for the whole file."""
    walk = _Walk(record)
    starts = [entry.position for entry in record.entries]
    end = Candidate(END, None, "end", None)
    for point in [*find_candidates(record), end]:
        entry = record.entries[bisect_right(starts, point.cut) - 1] if point is not end else None
        yield PrefixLine(
            file=file,
            before=point.before,
            actor=point.actor,
            act_kind=point.act_kind,
            line=entry.line if entry else None,
            offset=entry.offset if entry else record.size,
            **walk.at(point.cut),
        )


class _Walk:
    """Prefixes at rising cuts, keeping what earlier cuts had computed."""

    def __init__(self, record: SessionRecord) -> None:
        self._thread = record.thread
        self._events = [Cuttable.of(event, gone) for event, gone in _with_abandonment(record)]
        self._restart()

    def _restart(self) -> None:
        """Forget what was computed: a rewind has taken events out of the middle."""
        self._next = 0
        self._expires = END
        self._hashes = list(chain(()))
        self._pieces: list[str] = []

    def at(self, cut: int) -> dict[str, Any]:
        """Hashes and length of the prefix at a cut that is not before the last one."""
        if self._expires < cut:
            self._restart()
        while self._next < len(self._events) and self._events[self._next].visible_from < cut:
            event = self._events[self._next]
            self._next += 1
            if is_visible(event, cut, self._thread):
                self._append(event)
        text = join_shown(self._pieces)
        return {
            "prefix_hash": self._hashes[-1].hex(),
            "shown_hash": text.shown_hash,
            "chars": len(text.text),
        }

    def _append(self, event: "Cuttable") -> None:
        if event.abandoned_from is not None:
            self._expires = min(self._expires, event.abandoned_from)
        self._hashes.append(chain_hash(self._hashes[-1], event.content))
        self._pieces.append(render_event(event.content, DEFAULT_SHORTENING.event_chars))


@dataclass(frozen=True, slots=True)
class Cuttable:
    """An event as the cut sees it, with its content made once."""

    visible_from: int
    abandoned_from: int | None
    thread: str
    shown: bool
    content: Shown

    @classmethod
    def of(cls, event: EventRecord, abandoned_from: int | None) -> "Cuttable":
        """Join an event with the position from which it is abandoned."""
        return cls(event.position, abandoned_from, event.thread, event.shown, shown(event))


def _with_abandonment(record: SessionRecord) -> Iterator[tuple[EventRecord, int | None]]:
    gone = record.abandoned_from()
    for event in record.events:
        yield event, gone.get(event.position)
