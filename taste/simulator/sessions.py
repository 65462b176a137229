"""The sessions of a simulated study as rows: short turns, and a decision point before each act."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

import orjson
from sqlalchemy import func, insert
from sqlmodel import col, select

from taste.hashes import with_hash
from taste.probe_tables import TrialProbe
from taste.simulator.bank import BANK
from taste.simulator.designs import ENDPOINT
from taste.simulator.draws import SimulatedTrial
from taste.tables import TrialVerdict
from transcripts.cut import cut_prefix, prefix_hash
from transcripts.db import Db
from transcripts.records import MAIN
from transcripts.rendering.text import render_shown
from transcripts.tables import DecisionPoint, Entry, Event, Session, Table

_TURN: Final = ("agent", "call", "result", "human")


@dataclass(frozen=True, slots=True)
class SimulatedPoint:
    """A decision point of the simulated study with what its rows need to know."""

    id: int
    set: str
    number: int
    session: int
    """Index of its session, from 0."""
    cut: int
    prefix_hash: str
    shown_hash: str


class RowWriter:
    """Collects rows and numbers them above what the database already holds."""

    def __init__(self, db: Db, now: datetime) -> None:
        self.now = now
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._db = db
        self._numbers: dict[type, Iterator[int]] = {}

    def next_id(self, table: Any) -> int:
        """Return the next free number of a table."""
        if table not in self._numbers:
            highest = self._db.exec(select(func.max(col(table.id)))).one()
            self._numbers[table] = count((highest or 0) + 1)
        return next(self._numbers[table])

    def add(self, table: Any, **values: Any) -> int:
        """Collect a row; return the number that it will have."""
        number = self.next_id(table)
        self._rows.setdefault(table.__tablename__, []).append({"id": number, **values})
        return number

    def link_verdict(self, trial: int, verdict: int) -> None:
        """Say that a trial uses a verdict."""
        row = {"trial_id": trial, "verdict_id": verdict}
        self._rows.setdefault(TrialVerdict.__tablename__, []).append(row)

    def link_probe(self, trial: int, probe: int) -> None:
        """Say that a trial uses a probe."""
        row = {"trial_id": trial, "probe_id": probe}
        self._rows.setdefault(TrialProbe.__tablename__, []).append(row)

    def flush(self) -> None:
        """Insert what was collected, a table before those that refer to it."""
        for table in Table.metadata.sorted_tables:
            if rows := self._rows.pop(table.name, []):
                self._db.connection().execute(
                    insert(table), [with_hash(table, row) for row in rows]
                )


def add_sessions(
    writer: RowWriter, seed: int, trials: Sequence[SimulatedTrial], sessions: int
) -> dict[tuple[str, int], SimulatedPoint]:
    """Add sessions of one short turn per item; return the points by (set, item)."""
    held: dict[int, dict[tuple[str, int], None]] = {number: {} for number in range(sessions)}
    for trial in trials:
        held[trial.session][trial.set, trial.item] = None
    points: dict[tuple[str, int], SimulatedPoint] = {}
    for number, keys in held.items():
        events = _events(seed, number, len(keys))
        session = writer.add(Session, **_session(writer.now, seed, number, len(events)))
        for event in events:
            _add_event(writer, session, event)
        for turn, key in enumerate(keys):
            points[key] = _add_point(writer, session, events, (*key, number, turn))
    return points


def _session(now: datetime, seed: int, number: int, events: int) -> dict[str, Any]:
    name = f"simulated-{seed}-{number + 1:02d}"
    return {
        "external_id": name,
        "part": 1,
        "lineage": name,
        "format": "simulated",
        "thread": MAIN,
        "researcher": f"simulated-{number % 7}",
        "project": f"simulated-{number % 5}",
        "agent_models": ["simulated-agent"],
        "warnings": [],
        "cuts_reliable": True,
        "may_send": ENDPOINT,
        "entry_count": events,
        "event_count": events,
        "imported_at": now,
    }


@dataclass(frozen=True, slots=True)
class _Turned:
    """An event before it is a row, as far as the cut needs it."""

    position: int
    event_id: str
    kind: str
    tool: str
    text: str
    thread: str = MAIN
    shown: bool = True
    is_error: bool = False
    abandoned_from: int | None = None
    timestamp: str | None = None

    @property
    def visible_from(self) -> int:
        return self.position


def _events(seed: int, number: int, turns: int) -> list[_Turned]:
    """Return the events of a session: a request, a turn for each point, a last reply."""
    kinds = ["human", *(_TURN * turns), "agent"]
    return [
        _Turned(
            position=position,
            event_id=f"simulated-{seed}-{number}-{position}",
            kind=kind,
            tool="Bash" if kind in ("call", "result") else "",
            text=f"Simulated {kind} of world {seed}: {BANK[(number + position) % len(BANK)].text}",
        )
        for position, kind in enumerate(kinds, start=1)
    ]


def _add_event(writer: RowWriter, session: int, event: _Turned) -> None:
    raw = orjson.dumps({"type": event.kind, "uuid": event.event_id, "text": event.text})
    writer.add(
        Entry, session_id=session, ordinal=event.position, position=event.position,
        line=event.position, offset=0, uuid=event.event_id, type=event.kind,
        raw=zlib.compress(raw, 1), digest=hashlib.sha256(raw).hexdigest(),
    )  # fmt: skip
    is_act = event.kind == "human"
    writer.add(
        Event, session_id=session, position=event.position, event_id=event.event_id,
        ordinal=event.position, kind=event.kind, thread=MAIN, tool=event.tool, is_error=False,
        shown=True, visible_from=event.position, act=event.position if is_act else None,
        act_kind="typed" if is_act else None, text=event.text, n_lines=1, n_chars=len(event.text),
    )  # fmt: skip


def _add_point(
    writer: RowWriter, session: int, events: Sequence[_Turned], key: tuple[str, int, int, int]
) -> SimulatedPoint:
    name, item, number, turn = key
    act = events[(turn + 1) * len(_TURN)]
    prefix = cut_prefix(events, act.position, MAIN)
    hashed = prefix_hash(prefix)
    point = writer.add(
        DecisionPoint, session_id=session, thread=MAIN, cut=act.position,
        before=act.event_id, actor="human", prefix_hash=hashed,
    )  # fmt: skip
    shown_hash = render_shown(prefix).shown_hash
    return SimulatedPoint(point, name, item + 1, number, act.position, hashed, shown_hash)
