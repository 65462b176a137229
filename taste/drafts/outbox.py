"""Drafts on a server, of which typing never waits for the network.

What is typed is committed to a private file on this machine before the call returns; a thread
brings it to the server. What could not be brought is pushed at the next start. A server's version
that somebody else changed meanwhile is never overwritten: ours is set aside in a file of its own.
"""

import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from taste.drafts.history import Step
from taste.drafts.leases import is_withdrawn, take_lease
from taste.drafts.local import Local, outbox_folder
from taste.drafts.pushing import pull, push, sum_up
from taste.drafts.saving import Saving
from taste.drafts.store import DraftStore, LostLease, Seen, Stretch, Withdrawn
from transcripts.errors import UserError

_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while the server does not answer; the last one from then on."""
_AT_ONCE: Final = 200
_PATIENCE: Final = 3.0
"""Seconds that leaving waits for the last push; what is pending then is pushed another time."""
Result = TypeVar("Result")


class Outbox:
    """The draft of one assignment, written here and brought to the server."""

    def __init__(
        self, server: Engine, local: Engine, assignment_id: int, holder: str,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        """Begin with what was left pending, or else with what the server has.

        The caller holds the lease.
        """
        self._server = server
        self._local = Local(local, assignment_id)
        self._holder = holder
        self._now = now
        self._store = DraftStore(local, assignment_id, holder, now)
        self._fault: str | None = None
        self._kept: Path | None = None
        self._is_lost = self._is_withdrawn = False
        self._changed, self._ended = threading.Event(), threading.Event()
        self._renewing = threading.Event()
        self._pushing, self._writing = threading.Lock(), threading.Lock()
        self._begin()
        self._thread = threading.Thread(target=self._keep_pushing, name="outbox", daemon=True)
        self._thread.start()

    def read(self) -> dict[str, Any]:
        """Every named value that is not none."""
        return self._store.read()

    def put(self, name: str, value: Any, state: Mapping[str, Any] | None = None) -> None:
        """Replace a value without a step of its own; where one stands, if told, with it."""
        self._write(lambda: self._store.put(name, value, state))

    def change(self, name: str, before: Any, after: Any, seen: Seen) -> None:
        """Give a part another value, as a step that can be undone."""
        self._write(lambda: self._store.change(name, before, after, seen))

    def undo(self, seen: Seen) -> Step | None:
        """Take back the latest step that stands."""
        return self._write(lambda: self._store.undo(seen))

    def redo(self, seen: Seen) -> Step | None:
        """Do again what was undone last."""
        return self._write(lambda: self._store.redo(seen))

    def history(self) -> tuple[Step, ...]:
        """Every step in the order in which it was taken."""
        return self._store.history()

    def read_state(self) -> dict[str, Any]:
        """Where the annotator stood last."""
        return self._store.read_state()

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Say where the annotator stands."""
        self._write(lambda: self._store.put_state(state))

    def add_activity(self, stretch: Stretch) -> None:
        """Append a stretch of active time."""
        self._write(lambda: self._store.add_activity(stretch))

    def active_ms(self, cut: int | None = None) -> int:
        """Active time on the assignment, or on one point of it."""
        return self._store.active_ms(cut)

    def saving(self) -> Saving:
        """How far what was typed has got."""
        return Saving(self._local.count_pending(), self._fault, self._kept)

    def flush(self) -> None:
        """See that the server has all of it.

        Raises:
            UserError: if it has not; nothing is lost.
        """
        try:
            while self._push_some():
                pass
        except SQLAlchemyError as error:
            self._fault = _say(error)
            raise UserError(
                f"the server does not answer ({self._fault}); what you wrote is safe on this "
                "machine and is pushed when it does. Then hand in again."
            ) from error
        if self._is_lost:
            raise self._lost()

    def renew(self) -> bool:
        """Have the thread keep the lease; False once it knows that another process has it."""
        self._renewing.set()
        self._changed.set()
        return not self._is_lost

    def close(self) -> None:
        """Leave; what is pending is pushed at the next start."""
        self._ended.set()
        self._changed.set()
        self._thread.join(_PATIENCE)
        self._local.engine.dispose()

    def _begin(self) -> None:
        """Go on with what is pending if nobody wrote on the server since; else begin anew."""
        if self._local.count_pending():
            with self._server.connect() as connection:
                there = sum_up(connection, self._local.id)
            if there in self._local.base():
                self._local.hold(self._holder)
                self._changed.set()
                return
            self._set_aside()
        pull(self._server, self._local)

    def _write(self, write: Callable[[], Result]) -> Result:
        with self._writing:
            if self._is_lost:
                raise self._lost()
            try:
                result = write()
            except LostLease as error:
                raise self._lost() from error
        self._changed.set()
        return result

    def _keep_pushing(self) -> None:
        failures = 0
        ended = False
        while not ended:
            self._changed.wait(_PAUSES[min(failures, len(_PAUSES)) - 1] if failures else None)
            self._changed.clear()
            if failures:  # keys that are pressed meanwhile are no reason to try more often
                self._ended.wait(_PAUSES[min(failures, len(_PAUSES)) - 1])
            ended = self._ended.is_set()
            try:
                self._keep_lease()
                while self._push_some():
                    pass
                failures = 0
            except SQLAlchemyError as error:
                failures, self._fault = failures + 1, _say(error)

    def _keep_lease(self) -> None:
        if not self._renewing.is_set() or self._is_lost:
            return
        mine = take_lease(self._server, self._local.id, self._holder, self._now())
        self._renewing.clear()
        self._fault = None
        if not mine:
            with self._pushing:
                self._give_up()

    def _push_some(self) -> bool:
        """Push some of what is pending; whether there was any."""
        with self._pushing:
            if self._is_lost or not (changes := self._local.pending()[:_AT_ONCE]):
                return False
            try:
                push(self._server, self._local, self._holder, changes)
            except LostLease:
                self._give_up()
            self._fault = None
            return True

    def _give_up(self) -> None:
        """Stop, since another process has the lease; one on this machine has our rows already.

        Of a withdrawn session nothing is set aside: what was written of it here goes as well.
        """
        with self._server.connect() as connection:
            self._is_withdrawn = is_withdrawn(connection, self._local.id)
        with self._writing:  # what is set aside is all that was ever written here
            self._is_lost = True
            is_ours = self._local.is_held_by(self._holder)
            if is_ours and self._local.count_pending() and not self._is_withdrawn:
                self._set_aside()
        if is_ours:
            pull(self._server, self._local, self._holder)

    def _set_aside(self) -> None:
        """Keep this machine's version in a file, since the server's goes on without it."""
        at = self._now()
        name = f"kept-{self._local.id}-{at:%Y%m%dT%H%M%S}.json"
        steps = [[step.name, step.before, step.after, step.way] for step in self.history()]
        kept = {"values": self.read(), "state": self.read_state(), "steps": steps}
        path = outbox_folder() / name
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        self._kept = path

    def _lost(self) -> LostLease:
        if self._is_withdrawn:
            return Withdrawn()
        where = (
            f" What was written here since is kept in {str(self._kept)!r}." if self._kept else ""
        )
        return LostLease(f"this assignment is open in another terminal by now.{where}")


def _say(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split("\n")[0].split())
