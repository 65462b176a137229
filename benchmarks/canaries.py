"""Canary strings in every hidden column of a database that is worked on, and the hunt for them.

One row of every table by somebody else, about the very session and point that is worked on. What
an annotator may see in a mode is named in `VISIBLE`; any other string that is found is a leak.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
)

CANARY = re.compile(r"QZX-?([a-z_.]*)")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SKIPPED = {"event", "alembic_version", "session", "decision_point"}
"""Tables whose rows are the session that is read."""

VALID: Mapping[str, Any] = {
    "annotation.kind": "detour",
    "annotation.type": "stuck",
    "annotation.attribution": "human",
    "annotation.knowable": "yes",
    "annotation.recognised": None,
    "annotation.recognised_by": "human",
    "annotation.recovered": None,
    "annotation.recovery": "full",
    "annotation.initiator": "human",
    "annotation.basis": "this_session",
    "annotation.human_move_source": "recorded",
    "annotation.quoted": None,
    "annotation.codebook": "1.0",
    "evidence.role": "knowable",
    "evidence.event_id": "e1",
    "assignment.mode": "hindsight",
    "assignment.condition": "blind",
    "assignment.state": "submitted",
    "assignment.thread": "main",
    "comparison.order": "proposal",
    "draft.name": "mark:7",
    "draft_event.name": "mark:7",
    "draft_event.way": "do",
    "draw.source": "candidate",
    "draw.stratum": "unscreened",
    "item_set.kind": "strong",
    "item.thread": "main",
    "proposal.outcome": "proposed",
    "restatement.outcome": "restated",
    "run.status": "done",
    "verdict.judge_kind": "model",
    "verdict.view": "full",
    "verdict.form": "verbatim",
    "verdict.provenance": "blind",
    "verdict.verdict": "second",
    "verdict.annotator_id": None,
    "proposal.annotator_id": None,
    "digest.outcome": "written",
    "annotation.replaces_id": None,
    "adjudication.replaces_id": None,
    "adjudication.decision": "take",
    "item_set.parent_id": None,
    "thread.name": "sub",
    "thread.role": "subagent",
    "thread.call": "e2",
    "place_name.kind": "branch",
}
"""Column → a value that the code around it can read, where a canary would not be one."""

VISIBLE: Mapping[str, frozenset[str]] = {
    "hindsight": frozenset(),
    "foresight": frozenset(),
    "judge": frozenset({"restatement.move"}),
    "adjudicate": frozenset({"annotation.rationale", "annotation.better_move", "annotation.span"}),
}
"""Mode → columns that are shown in it by right."""
_FILLERS: Mapping[Any, Any] = {
    Boolean: False,
    Integer: 1,
    Float: 0.5,
    DateTime: NOW,
    Date: NOW.date(),
}
ALWAYS = frozenset({"thread.agent_type"})
"""What subagents are called is part of the session."""


@dataclass(slots=True)
class Planted:
    """The strings that were planted, and the mode in which they are looked for."""

    columns: list[str]
    mode: str

    def leaks(self, text: str) -> set[str]:
        """Columns whose strings stand in a text and may not."""
        allowed = VISIBLE[self.mode] | ALWAYS
        # A screen breaks and shortens: the beginning of one that may be seen may be seen.
        return {
            found
            for found in CANARY.findall(text)
            if not any(column.startswith(found) for column in allowed)
        }


def plant(engine: Engine, study_text: str, mode: str) -> Planted:
    """Fill every table, then give `ann` an assignment in this mode.

    The session has the number 1, and an act before the event `e7` at position 7.
    """
    from transcripts.tables import Table as Row

    planted = _Planting(engine, study_text)
    for table in Row.metadata.sorted_tables:
        if table.name not in SKIPPED:
            planted.fill(table)
    if mode == "adjudicate":
        planted.suffix = "-b"
        for name in ("annotator", "annotation", "assignment", "submission", "label_record"):
            planted.fill(Row.metadata.tables[name])
    planted.assign(Row.metadata.tables, mode)
    return Planted(sorted(set(planted.columns)), mode)


class _Planting:
    """Rows by table, each pointing at those before it."""

    def __init__(self, engine: Engine, study_text: str) -> None:
        self._engine = engine
        self._study_text = study_text
        self.suffix = ""
        """Behind the strings of a second person."""
        self._ids: dict[str, int] = {"session": 1}
        self.columns: list[str] = []
        self._mark_session()

    def _mark_session(self) -> None:
        """Canaries in what the session's own rows hide, and the point that is worked on."""
        from sqlalchemy import update

        from transcripts.tables import DecisionPoint, Event, Session

        hidden = ("project", "researcher", "version", "started", "redactor")
        values: dict[str, Any] = {name: self._canary("session", name) for name in hidden}
        listed = ("origins", "agent_models")
        values |= {name: [self._canary("session", name)] for name in listed}
        point = {"session_id": 1, "thread": "main", "cut": 7, "before": "e7", "actor": "human"}
        with self._engine.begin() as connection:
            connection.execute(update(Session).values(values))
            connection.execute(update(Event).values(timestamp=self._canary("event", "timestamp")))
            done = connection.execute(insert(DecisionPoint).values(**point, prefix_hash="p"))
            self._ids["decision_point"] = int(done.inserted_primary_key[0])  # type: ignore[index]

    def fill(self, table: Table) -> None:
        """One row by somebody else."""
        values = {
            column.name: self._value(table.name, column)
            for column in table.columns
            if not (column.primary_key and not column.foreign_keys)
        }
        with self._engine.begin() as connection:
            done = connection.execute(insert(table).values(**values))
            self._ids[table.name] = int(done.inserted_primary_key[0])  # type: ignore[index]

    def _value(self, table: str, column: Column[Any]) -> Any:
        name = f"{table}.{column.name}"
        if name == "run.study_text":
            return self._study_text
        if name in VALID:
            return VALID[name]
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table.name
            return self._ids.get(target)
        return self._filler(table, column)

    def _filler(self, table: str, column: Column[Any]) -> Any:
        # A type of our own is one of these with another way in.
        told = getattr(column.type, "impl_instance", column.type)
        if isinstance(told, JSON):
            return {"canary": self._canary(table, column.name)}
        if isinstance(told, LargeBinary):
            return self._canary(table, column.name).encode()
        for kind, value in _FILLERS.items():
            if isinstance(told, kind):
                return value
        return self._canary(table, column.name)

    def _canary(self, table: str, column: str) -> str:
        self.columns.append(f"{table}.{column}")
        return f"QZX-{table}.{column}{self.suffix}!"

    def assign(self, tables: Mapping[str, Table], mode: str) -> None:
        """The assignment that is worked on."""
        values = {
            "identity": self._canary("assignment", "identity") + "own",
            "batch": self._canary("assignment", "batch"),
            "mode": mode,
            "session_id": 1,
            "thread": "main",
            "number": 1,
            "seed": 1,
            "created_at": NOW,
            "state": "todo",
            "condition": "blind",
            "repeat": 1,
        }
        if mode == "judge":
            values |= {"comparison_id": self._ids["comparison"], "view": "full", "gold": "first"}
        with self._engine.begin() as connection:
            who = connection.execute(insert(tables["annotator"]).values(name="ann"))
            values["annotator_id"] = who.inserted_primary_key[0]  # type: ignore[index]
            connection.execute(insert(tables["assignment"]).values(**values))


def found_in(planted: Planted, texts: Iterable[str]) -> set[str]:
    """Columns of canaries in any of these texts that may not be there."""
    return {column for text in texts for column in planted.leaks(text)}
