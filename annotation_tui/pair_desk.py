"""What lies on the desk of a person who judges: two moves, and the draft of a verdict on them.

Every choice is stored before its call returns. Knows no widget, and nothing of whose move is whose.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from taste.assignment_tables import Assignment
from taste.drafts.leases import leave_lease, take_lease
from taste.drafts.store import DraftStore, Seen
from taste.pairs import BlindPair, Progress, find_next, find_previous, read_pair, read_progress
from taste.submitting.judging import Given, Hand, begin, find_missing, submit_verdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotator

VERDICT = "verdict"
"""Name of the draft."""
PROBED = 4
"""One pair in so many is followed by the question which move is the human's."""


class PairDesk:
    """One assignment to judge, opened."""

    def __init__(self, by: Annotating, task: Assignment) -> None:
        assert task.id is not None
        self.by = by
        self._id: int = task.id
        with self._db() as db:
            self._task = db.get_one(Assignment, self._id)
            self.pair: BlindPair = read_pair(db, self._task)
            self.progress: Progress = read_progress(db, self._task)
        self._store = DraftStore(by.engine, self._id, by.holder, by.now)
        self.writable = self._take(over=False)
        self.draft: dict[str, Any] = self._store.read().get(VERDICT) or {}
        self.state: dict[str, Any] = self._store.read_state()
        self._before_typing: dict[str, Any] | None = None

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.by.engine

    @property
    def is_handed_in(self) -> bool:
        """Whether a verdict stands already; another one would be a change of mind."""
        return self._task.state == "submitted"

    @property
    def is_probed(self) -> bool:
        """Whether the annotator is asked which move is the human's: the same pair, the same."""
        drawn = hashlib.sha256(f"probe {self._task.identity}".encode()).digest()
        return drawn[0] % PROBED == 0

    @property
    def missing(self) -> str | None:
        """What the verdict still lacks."""
        return find_missing(self.draft.get("choice"), self.draft.get("confidence"))

    @property
    def view(self) -> View:
        """What is in view, for the clock."""
        return View(self._id, 0, -1, self._store.add_activity)

    def take_over(self) -> None:
        """Take the assignment from another terminal, with what was done there."""
        self.writable = self._take(over=True)
        self.draft = self._store.read().get(VERDICT) or {}

    def leave(self) -> None:
        """Give the assignment back; the draft stays."""
        if self.writable:
            leave_lease(self.engine, self._id, self.by.holder)

    def choose(self, field: str, value: str) -> None:
        """Set a field of the verdict, as a step that can be undone."""
        self._finish_typing()
        self._change({**self.draft, field: value})

    def type_reason(self, text: str) -> None:
        """Store the reason as it is typed; it becomes one step when the typing ends."""
        if text == self.draft.get("reason", ""):
            return
        if self._before_typing is None:
            self._before_typing = dict(self.draft)
        draft = {**self.draft, "reason": text}
        self._store.put(VERDICT, draft)
        self.draft = draft

    def end_typing(self) -> None:
        """The reason is written for now."""
        self._finish_typing()

    def turn(self, *, back: bool) -> bool:
        """Undo the last step, or do again what was undone; False where there is none."""
        self._finish_typing()
        step = self._store.undo(self._seen()) if back else self._store.redo(self._seen())
        self.draft = self._store.read().get(VERDICT) or {}
        return step is not None

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Say where the annotator stands."""
        if self.writable and state != self.state:
            self._store.put_state(state)
            self.state = dict(state)

    def hand_in(self, guess: str | None) -> int:
        """Store the verdict; the number says the how manieth of this pair it is."""
        self._finish_typing()
        given = Given(
            self.draft["choice"],
            self.draft.get("confidence"),
            (self.draft.get("reason") or "").strip() or None,
            guess,  # type: ignore[arg-type]
        )
        with self._db() as db:
            number = submit_verdict(db, self._hand(), self.pair, given, self.by.now())
            self._task = db.get_one(Assignment, self._id)
            return number

    def find_next(self) -> Assignment | None:
        """The next pair that waits."""
        with self._db() as db:
            return find_next(db, self._task)

    def find_previous(self) -> Assignment | None:
        """The pair before this one."""
        with self._db() as db:
            return find_previous(db, self._task)

    def _change(self, draft: dict[str, Any]) -> None:
        self._store.change(VERDICT, self.draft or None, draft, self._seen())
        self.draft = draft
        if self._task.state == "todo":
            with self._db() as db:
                begin(db, self._hand())
                self._task = db.get_one(Assignment, self._id)

    def _finish_typing(self) -> None:
        before, self._before_typing = self._before_typing, None
        if before is not None and before != self.draft:
            draft, self.draft = self.draft, before
            self._change(draft)

    def _hand(self) -> Hand:
        active = self._store.active_ms()
        return Hand(self._id, self.by.holder, self.by.codebook.version, active)

    def _seen(self) -> Seen:
        return Seen(active_ms=self._store.active_ms())

    def _take(self, *, over: bool) -> bool:
        return take_lease(self.engine, self._id, self.by.holder, self.by.now(), over=over)

    def _db(self) -> Db:
        return Db(self.engine, expire_on_commit=False)


def check_own(by: Annotating, task: Assignment) -> None:
    """Refuse what is not this annotator's to judge.

    Raises:
        UserError: if it is somebody else's.
    """
    with Db(by.engine) as db:
        owner = db.get(Annotator, task.annotator_id)
        if owner is None or owner.name != by.annotator:
            raise UserError("this assignment is another annotator's.")
