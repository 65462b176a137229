"""An assignment's draft as a screen holds it: in memory, and written through at once.

What cannot be written stays in memory and on screen, and goes out before the next write that
succeeds. One process may write; another sees the same and may take over.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from annotation_tui.waiting import Waiting
from taste.assigning.states import note_change
from taste.assignment_tables import Assignment
from taste.drafts.history import Step
from taste.drafts.interface import Drafts
from taste.drafts.leases import leave_lease, take_lease, tell_lost
from taste.drafts.opening import open_drafts
from taste.drafts.store import LostLease, Seen, Stretch, Withdrawn
from transcripts.errors import UserError

PRIVATE = ("note:", "bookmark:")
"""Beginnings of the names of parts that are never handed in: they reopen no submission."""


class ReadOnly(UserError):
    """Another terminal has the assignment; nothing may be changed here."""


class HeldDraft:
    """The named values of one assignment's draft.

    Every call that changes something raises `ReadOnly` where another process has the assignment,
    and `NotSaved` where the value is kept but could not be written yet.
    """

    def __init__(
        self,
        engine: Engine,
        assignment: Assignment,
        holder: str,
        now: Callable[[], datetime],
        base: Mapping[str, Any] | None = None,
    ) -> None:
        """Take the assignment for writing, if it is free, and read its draft.

        Args:
            engine: of the database.
            assignment: a row with its number.
            holder: name of this process.
            now: the clock.
            base: values that stand where the draft has never said anything of a name, such as
                labels that were handed in without this tool.
        """
        assert assignment.id is not None
        self.assignment = assignment
        self.number = assignment.id
        self.seen: Callable[[], Seen] = Seen
        """What the annotator has seen by now; the screen that holds the draft says it."""
        self._engine, self._holder, self._now = engine, holder, now
        self._base = dict(base or {})
        self._typed: dict[str, Any] = {}
        """Names that are being typed at -> their values before that."""
        self._waiting = Waiting()
        self._state: dict[str, Any] = {}
        self.read_only = not take_lease(engine, self.number, holder, now())
        self._store: Drafts = open_drafts(engine, self.number, holder, now)
        self.read()

    def read(self) -> None:
        """Take over what the database holds."""
        stored, last = self._store.read(), {}
        for step in self._store.history():
            last[step.name] = step.after
        base = {name: value for name, value in self._base.items() if name not in last}
        self.values: dict[str, Any] = {**base, **stored}
        # What a killed process was typing has no step yet; leaving it makes one.
        self._typed = {
            name: last.get(name, base.get(name))
            for name, value in stored.items()
            if value != last.get(name)
        }
        self._state = self._store.read_state()

    @property
    def state(self) -> dict[str, Any]:
        """Where the annotator stands in the session; see `ReadingState`."""
        return self._state

    @property
    def elsewhere(self) -> str:
        """Why it is read only here."""
        return tell_lost(self._engine, self.number)

    @property
    def saving(self) -> str:
        """How far what was typed has got; empty where it is all in the database."""
        if self._waiting:
            return "not saved"
        told = str(self._store.saving())
        return "" if told == "saved" else told

    def ready(self) -> None:
        """See that the database has all of the draft, as handing in needs."""
        self.settle()
        self._waiting.flush()
        self._store.flush()

    def get(self, name: str) -> Any:
        """A value as it now stands; none where there is none."""
        return self.values.get(name)

    def named(self, beginning: str) -> dict[str, Any]:
        """The values whose names begin so, without that beginning, in the order of names."""
        found = (name for name in sorted(self.values) if name.startswith(beginning))
        return {name.removeprefix(beginning): self.values[name] for name in found}

    def put(self, name: str, value: Any, state: Mapping[str, Any] | None = None) -> None:
        """Save a keystroke in a text, and the caret with it; `settle` makes one step of all."""
        self._refuse_reading()
        self._state = {**self._state, **(state or {})}
        whole = dict(self._state) if state else None
        self._typed.setdefault(name, self.values.get(name))
        self._set(name, value)
        self._write(f"put {name}", lambda: self._store.put(name, value, whole), latest=True)

    def settle(self) -> None:
        """Make one step that can be undone of what was typed since the last one."""
        typed, self._typed = self._typed, {}
        for name, before in typed.items():
            if not self.read_only and self.values.get(name) != before:
                self._change(name, before, self.values.get(name))

    def change(self, name: str, value: Any) -> None:
        """Give a part another value, as a step that can be undone; none takes it away."""
        self._refuse_reading()
        before = self._typed.pop(name, self.values.get(name))
        self.settle()
        if value != before:
            self._set(name, value)
            self._change(name, before, value)

    def undo(self) -> Step | None:
        """Take back the latest step that stands; None where there is none."""
        return self._turn(self._store.undo, lambda step: step.before)

    def redo(self) -> Step | None:
        """Do again what was undone last; None where something was changed since."""
        return self._turn(self._store.redo, lambda step: step.after)

    def history(self) -> tuple[Step, ...]:
        """Every step in the order in which it was taken."""
        return self._store.history()

    def add_activity(self, stretch: Stretch) -> None:
        """Store a stretch of active time."""
        self._store.add_activity(stretch)

    def active_ms(self, cut: int | None = None) -> int:
        """Active time on the assignment, or on one point of it."""
        return self._store.active_ms(cut)

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Save where the annotator stands; without a word where it cannot be saved now."""
        before, self._state = self._state, {**self._state, **state}
        if self.read_only or (self._state == before and not self._waiting):
            return
        whole = dict(self._state)
        try:
            self._write("state", lambda: self._store.put_state(whole), latest=True)
        except UserError:
            # The text that is being typed says so; where one stands is not worth a message.
            return

    def renew(self) -> bool:
        """Keep the assignment; False where another process has taken it meanwhile."""
        if not self.read_only:
            try:
                mine = self._store.renew()
            except SQLAlchemyError:
                return True
            self.read_only = not mine
        return not self.read_only

    def take_over(self) -> None:
        """Take the assignment from whichever process has it, and read what that one saved."""
        if not take_lease(self._engine, self.number, self._holder, self._now(), over=True):
            raise ReadOnly(self.elsewhere)
        self.read_only = False
        self._waiting.forget()
        self._store.close()
        self._store = open_drafts(self._engine, self.number, self._holder, self._now)
        self.read()

    def leave(self) -> None:
        """Give the assignment back; what still waits is tried once more."""
        if self.read_only:
            return
        try:
            self.settle()
            self._waiting.flush()
            self._store.close()
            leave_lease(self._engine, self.number, self._holder)
        except (UserError, SQLAlchemyError):
            # The lease ends by itself, and there is nobody left to tell.
            return

    def _refuse_reading(self) -> None:
        if self.read_only:
            raise ReadOnly(self.elsewhere)

    def _set(self, name: str, value: Any) -> None:
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def _change(self, name: str, before: Any, value: Any) -> None:
        seen = self.seen()
        self._write(f"change {name}", lambda: self._store.change(name, before, value, seen))
        self._note_change(name)

    def _note_change(self, name: str) -> None:
        if name.startswith(PRIVATE) and self.assignment.state != "todo":
            return
        if self.assignment.state not in {"draft", "returned"}:
            # What was changed is safe; the state follows with a later change where it must.
            with suppress(SQLAlchemyError):
                self.assignment.state = note_change(self._engine, self.number)

    def _turn(
        self, turn: Callable[[Seen], Step | None], value: Callable[[Step], Any]
    ) -> Step | None:
        self._refuse_reading()
        self.settle()
        found: list[Step | None] = []
        with self._losing():
            self._waiting.once(lambda: found.append(turn(self.seen())))
        step = found[0]
        if step is not None:
            self._set(step.name, value(step))
            self._note_change(step.name)
        return step

    def _write(self, name: str, write: Callable[[], None], *, latest: bool = False) -> None:
        with self._losing():
            self._waiting.write(name, write, latest=latest)

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Read only from the moment at which another process is found to have the assignment."""
        try:
            yield
        except LostLease as error:
            self.read_only = True
            self._waiting.forget()
            if isinstance(error, Withdrawn):
                raise ReadOnly(str(error)) from error
            self._refuse_reading()
