"""Lists a file's decision points with the hashes of their prefixes, without a database.

It exists so that anyone can check the wall: cut the file at a point's offset and compare.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transcripts.acts import find_acts
from transcripts.cut import (
    Name,
    Prefix,
    Shown,
    chain,
    chain_hash,
    cut_names,
    is_visible,
    shown,
)
from transcripts.formats.documents import HEAD_LINE
from transcripts.records import EventRecord, SessionRecord
from transcripts.rendering.display import DEFAULT_DISPLAY, Display, Masks
from transcripts.rendering.pieces import Piece
from transcripts.rendering.text import Rendering, ShownText, TurnsOf, first_time, fit_shown

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
    offset: int | None
    """Byte before which the file can be cut; none in a file that is one document."""
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


def record_prefix(record: SessionRecord, cut: int = END, thread: str | None = None) -> Prefix:
    """The prefix of a thread (the record's own, if none is named) at a cut."""
    thread = record.thread if thread is None else thread
    placed = (Cuttable.of(event, gone) for event, gone in _with_abandonment(record))
    known = tuple(event.content for event in placed if is_visible(event, cut, thread))
    return Prefix(known, cut_names(record.places, cut))


def list_prefixes(
    record: SessionRecord, file: str, display: Display = DEFAULT_DISPLAY
) -> Iterator[PrefixLine]:
    """Yield one line per candidate in order, then one for the whole file."""
    walk = _Walk(record, display)
    starts = [entry.position for entry in record.entries]
    whole = is_document(record)
    end = Candidate(END, None, "end", None)
    for point in [*find_candidates(record), end]:
        entry = record.entries[bisect_right(starts, point.cut) - 1] if point is not end else None
        yield PrefixLine(
            file=file,
            before=point.before,
            actor=point.actor,
            act_kind=point.act_kind,
            line=entry.line if entry else None,
            offset=None if whole else entry.offset if entry else record.size,
            **walk.at(point.cut),
        )


def is_document(record: SessionRecord) -> bool:
    """Whether the file is one document: its lines were made of it, and it cannot be cut at one."""
    return bool(record.entries) and record.entries[0].line == HEAD_LINE


class _Walk:
    """Prefixes at rising cuts, keeping what earlier cuts had computed."""

    def __init__(self, record: SessionRecord, display: Display) -> None:
        self._display = display
        self._thread = record.thread
        self._events = [Cuttable.of(event, gone) for event, gone in _with_abandonment(record)]
        self._places = sorted(record.places, key=lambda place: place.position)
        self._restart()

    def _restart(self) -> None:
        """Forget what was computed: a rewind has taken events out of the middle."""
        self._next = 0
        self._expires = END
        self._hashes = list(chain(()))
        self._shown: list[int] = []
        self._text = _Text(self._display)

    def at(self, cut: int) -> dict[str, Any]:
        """Hashes and length of the prefix at a cut that is not before the last one."""
        if self._expires < cut:
            self._restart()
        while self._next < len(self._events) and self._events[self._next].visible_from < cut:
            event = self._events[self._next]
            self._next += 1
            if is_visible(event, cut, self._thread):
                self._append(event)
        text = self._text.at(cut_names(self._places, cut))
        return {
            "prefix_hash": self._hashes[-1].hex(),
            "shown_hash": text.shown_hash,
            "chars": len(text.text),
        }

    def _append(self, event: "Cuttable") -> None:
        if event.abandoned_from is not None:
            self._expires = min(self._expires, event.abandoned_from)
        self._hashes.append(chain_hash(self._hashes[-1], event.content))
        self._text.add(event.content)


class _Text:
    """The shown text of a growing prefix; a new name renders again only what holds it."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._names: tuple[Name, ...] = ()
        self._first: str | None = None
        self._rendering = Rendering.of(display, ())
        self._events: list[Shown] = []
        self._pieces: list[Piece] = []
        self._built = TurnsOf()

    def add(self, event: Shown) -> None:
        if self._first is None and (first := first_time((event,))):
            self._first = first
            self._rendering = Rendering.of(self._display, self._names, first)
        if not self._rendering.hides(event):
            self._events.append(event)
            self._pieces.append(self._rendering.piece(event))
            self._built.add(event, self._pieces[-1])

    def at(self, names: tuple[Name, ...]) -> ShownText:
        """The shown text with these names masked; they are never fewer than before."""
        if names != self._names:
            self._rename(names)
        return fit_shown(self._built.turns, self._display)

    def _rename(self, names: tuple[Name, ...]) -> None:
        known = set(self._names)
        new = Masks(name for name in names if name not in known)
        self._names = names
        self._rendering = Rendering.of(self._display, names, self._first)
        concerned = [n for n, e in enumerate(self._events) if new.concern(f"{e.tool} {e.text}")]
        for number in concerned:
            self._pieces[number] = self._rendering.piece(self._events[number])
        if concerned:
            self._built = TurnsOf()
            for event, piece in zip(self._events, self._pieces, strict=True):
                self._built.add(event, piece)


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
