"""One assignment's draft in the database: every call is committed when it returns.

The screens write through this and nothing else until an assignment is handed in. A draft is a set
of named values; a change of one is undoable, a keystroke in a text only replaces it.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Final, NoReturn, cast

from sqlalchemy import Connection, Engine, Table, bindparam, delete, func, insert, select, update

from taste.appending import table_of
from taste.assignment_tables import Activity, Assignment, Draft, DraftEvent, ReadingState
from taste.drafts.history import History, Step, Way, read_history
from taste.drafts.leases import is_withdrawn, take_lease
from taste.drafts.saving import Saving
from transcripts.errors import UserError

_DRAFT, _EVENT, _STATE = table_of(Draft), table_of(DraftEvent), table_of(ReadingState)
_ASSIGNMENT, _ACTIVITY = table_of(Assignment), table_of(Activity)
_KEYS: Final = {_DRAFT: ("assignment_id", "name"), _STATE: ("assignment_id",)}
# An update and not a look: it takes the write lock, so that no two can both hold it.
_HOLD: Final = (
    update(_ASSIGNMENT)
    .where(_ASSIGNMENT.c.id == bindparam("of"), _ASSIGNMENT.c.holder == bindparam("mine"))
    .values(holder=_ASSIGNMENT.c.holder)
)


class LostLease(UserError):
    """Another process has taken the assignment over; nothing was written."""


class Withdrawn(LostLease):
    """The session was withdrawn while the assignment was open; nothing was written."""

    def __init__(self) -> None:
        """Build the sentence."""
        super().__init__("the session was withdrawn: nothing more is written about it.")


def refuse_lost(connection: Connection, assignment_id: int) -> NoReturn:
    """Say why an assignment is not this process's any more.

    Raises:
        Withdrawn: if its session was withdrawn.
        LostLease: if another process has taken it over.
    """
    if is_withdrawn(connection, assignment_id):
        raise Withdrawn
    raise LostLease("this assignment is open in another terminal by now.")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the annotator had seen of the session when a change was made."""

    furthest: int = -1
    outcome: bool = False
    active_ms: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Active time with what was in view."""

    at: datetime
    active_ms: int
    first: int
    last: int
    cut: int | None = None


class DraftStore:
    """The draft of one assignment, written by the process that holds its lease."""

    def __init__(
        self, engine: Engine, assignment_id: int, holder: str, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._id = assignment_id
        self._holder = holder
        self._now = now

    def read(self) -> dict[str, Any]:
        """Every named value that is not none."""
        query = select(_DRAFT.c.name, _DRAFT.c.value).where(_DRAFT.c.assignment_id == self._id)
        with self._engine.connect() as connection:
            return {name: value for name, value in connection.execute(query) if value is not None}

    def put(self, name: str, value: Any, state: Mapping[str, Any] | None = None) -> None:
        """Replace a value without a step of its own: a keystroke in a text that is being typed.

        Args:
            name: of the part.
            value: its value from now on.
            state: where the annotator stands; stored with the value or not at all, since a caret
                that is a sign behind its text would be in another place after a kill.

        Raises:
            LostLease: if the assignment is another process's by now.
        """
        with self._writing() as connection:
            self._put(connection, name, value)
            if state is not None:
                self._put_state(connection, state)

    def change(self, name: str, before: Any, after: Any, seen: Seen) -> None:
        """Give a part another value, as a step that can be undone; none takes the part away.

        Args:
            name: of the part.
            before: its value before the change; of a text, before it was begun to be typed.
            after: its value from now on.
            seen: what had been seen by then.

        Raises:
            LostLease: if the assignment is another process's by now.
        """
        with self._writing() as connection:
            self._step(connection, name, before, after, seen)

    def undo(self, seen: Seen) -> Step | None:
        """Take back the latest step that stands; None where there is none."""
        return self._turn("undo", seen)

    def redo(self, seen: Seen) -> Step | None:
        """Do again what was undone last; None where something was changed since."""
        return self._turn("redo", seen)

    def history(self) -> tuple[Step, ...]:
        """Every step in the order in which it was taken."""
        with self._engine.connect() as connection:
            return self._steps(connection)

    def read_state(self) -> dict[str, Any]:
        """Where the annotator stood last; empty at first."""
        query = select(_STATE.c.state).where(_STATE.c.assignment_id == self._id)
        with self._engine.connect() as connection:
            return dict(connection.execute(query).scalar_one_or_none() or {})

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Say where the annotator stands.

        Raises:
            LostLease: if the assignment is another process's by now.
        """
        with self._writing() as connection:
            self._put_state(connection, state)

    def add_activity(self, stretch: Stretch) -> None:
        """Append a stretch of active time; it was spent, whoever holds the assignment by now."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(_ACTIVITY).values(
                    identity=uuid.uuid4().hex,
                    assignment_id=self._id,
                    at=stretch.at,
                    active_ms=stretch.active_ms,
                    cut=stretch.cut,
                    first=stretch.first,
                    last=stretch.last,
                )
            )

    def active_ms(self, cut: int | None = None) -> int:
        """Active time on the assignment, or on one point of it."""
        query = select(func.coalesce(func.sum(_ACTIVITY.c.active_ms), 0)).where(
            _ACTIVITY.c.assignment_id == self._id
        )
        if cut is not None:
            query = query.where(_ACTIVITY.c.cut == cut)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def saving(self) -> Saving:
        """Every call is committed when it returns."""
        return Saving()

    def flush(self) -> None:
        """Nothing is left to be done."""

    def renew(self) -> bool:
        """Keep the lease; False where another process has it."""
        return take_lease(self._engine, self._id, self._holder, self._now())

    def close(self) -> None:
        """Nothing is left to be done."""

    def _turn(self, way: Way, seen: Seen) -> Step | None:
        with self._writing() as connection:
            history: History = read_history(self._steps(connection))
            steps = history.undoable if way == "undo" else history.redoable
            if not steps:
                return None
            step = steps[-1]
            turned = (step.after, step.before) if way == "undo" else (step.before, step.after)
            self._step(connection, step.name, *turned, seen, (way, step.number))
            return step

    def _step(
        self,
        connection: Connection,
        name: str,
        before: Any,
        after: Any,
        seen: Seen,
        turn: tuple[Way, int | None] = ("do", None),
    ) -> None:
        mine = _EVENT.c.assignment_id == self._id
        latest = connection.execute(select(func.max(_EVENT.c.number)).where(mine)).scalar_one()
        connection.execute(
            insert(_EVENT).values(
                identity=uuid.uuid4().hex,
                assignment_id=self._id,
                number=(latest or 0) + 1,
                name=name,
                before=before,
                after=after,
                way=turn[0],
                turned=turn[1],
                furthest=seen.furthest,
                outcome_seen=seen.outcome,
                active_ms=seen.active_ms,
                at=self._now(),
            )
        )
        self._put(connection, name, after)

    def _steps(self, connection: Connection) -> tuple[Step, ...]:
        names = ("number", "name", "before", "after", "way", "turned")
        query = select(*(_EVENT.c[name] for name in names))
        query = query.where(_EVENT.c.assignment_id == self._id).order_by(_EVENT.c.number)
        return tuple(Step(*row) for row in connection.execute(query))

    def _put_state(self, connection: Connection, state: Mapping[str, Any]) -> None:
        values = {"assignment_id": self._id, "state": dict(state), "changed_at": self._now()}
        connection.execute(_upsert(_STATE, connection.dialect.name), values)

    def _put(self, connection: Connection, name: str, value: Any) -> None:
        if value is None:
            where = (_DRAFT.c.assignment_id == self._id) & (_DRAFT.c.name == name)
            connection.execute(delete(_DRAFT).where(where))
            return
        named = {"assignment_id": self._id, "name": name, "value": value}
        values = named | {"changed_at": self._now()}
        connection.execute(_upsert(_DRAFT, connection.dialect.name), values)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that only the holder of the lease may have."""
        with self._engine.begin() as connection:
            held = connection.execute(_HOLD, {"of": self._id, "mine": self._holder})
            if held.rowcount != 1:
                refuse_lost(connection, self._id)
            yield connection


@cache
def _upsert(table: Table, dialect: str) -> Any:
    """Write a row or replace what it says; kept, since a statement is costly to make."""
    # By its name: the one that is not used would take a fifth of a second at every start.
    into = cast("Any", import_module(f"sqlalchemy.dialects.{dialect}")).insert(table)
    said = {one.name: into.excluded[one.name] for one in table.c if not one.primary_key}
    return into.on_conflict_do_update(index_elements=_KEYS[table], set_=said)
