"""What lies on the desk of a person who judges: two moves, and the draft of a verdict on them.

Every choice is stored before its call returns. Knows no widget, and nothing of whose move is whose.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from annotation_tui.clock import View
from annotation_tui.desk import Annotating
from annotation_tui.held import HeldDraft
from taste.assignment_tables import Assignment
from taste.drafts.store import Seen
from taste.pairs import BlindPair, Progress, find_next, find_previous, read_pair, read_progress
from taste.submitting.judging import Given, Hand, find_missing, refuse_judge, submit_verdict
from transcripts.annotators import same_name
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
        """Read the pair, and take the assignment for writing if it is free.

        Raises:
            UserError: if it is not the annotator's, they may not judge it, or it cannot be shown.
        """
        assert task.id is not None
        self.by = by
        with self._db() as db:
            task = db.get_one(Assignment, task.id)
            if not same_name(db.get_one(Annotator, task.annotator_id).name, by.annotator):
                raise UserError("this assignment is another annotator's.")
            self.pair: BlindPair = read_pair(db, task)
            refuse_judge(db, task)
            self.progress: Progress = read_progress(db, task)
            db.expunge_all()
        self.held = HeldDraft(by.engine, task, by.holder, by.now)
        self.held.seen = self._seen

    @property
    def draft(self) -> dict[str, Any]:
        """Choice, confidence and reason, as far as there are any."""
        return dict(self.held.get(VERDICT) or {})

    @property
    def is_handed_in(self) -> bool:
        """Whether the verdict on screen is handed in; another one would be a change of mind."""
        return self.held.assignment.state == "submitted"

    @property
    def is_probed(self) -> bool:
        """Whether the annotator is asked which move is the human's."""
        return is_probed(self.held.assignment.identity)

    @property
    def missing(self) -> str | None:
        """What the verdict still lacks."""
        return find_missing(self.draft.get("choice"), self.draft.get("confidence"))

    @property
    def view(self) -> View | None:
        """What the clock counts: the pair, whose text has no events to be counted."""
        if self.held.read_only:
            return None
        return View(self.held.number, 0, -1, self.held.add_activity)

    def choose(self, field: str, value: str) -> None:
        """Set a field of the verdict, as a step that can be undone."""
        self.held.change(VERDICT, {**self.draft, field: value})

    def type_reason(self, text: str, state: Mapping[str, Any]) -> None:
        """Store the reason as it is typed, and the caret with it."""
        self.held.put(VERDICT, {**self.draft, "reason": text}, state)

    def hand_in(self, guess: str | None) -> int:
        """Store the verdict; the number says the how manieth of this pair it is."""
        self.held.ready()
        draft = self.draft
        given = Given(
            draft["choice"],
            draft.get("confidence"),
            (draft.get("reason") or "").strip() or None,
            guess,  # type: ignore[arg-type]
        )
        hand = Hand(self.held.number, self.by.holder, self.by.guidelines)
        number = submit_verdict(self.by.engine, hand, self.pair, given, self.by.now())
        self.held.assignment.state = "submitted"
        return number

    def find_next(self) -> Assignment | None:
        """The next pair that waits."""
        with self._db() as db:
            return find_next(db, self.held.assignment)

    def find_previous(self) -> Assignment | None:
        """The pair before this one."""
        with self._db() as db:
            return find_previous(db, self.held.assignment)

    def _seen(self) -> Seen:
        return Seen(active_ms=self.held.active_ms())

    def _db(self) -> Db:
        return Db(self.by.engine, expire_on_commit=False)


def is_probed(identity: str) -> bool:
    """A share of all assignments, the same ones on every machine."""
    return hashlib.sha256(f"probe {identity}".encode()).digest()[0] % PROBED == 0
