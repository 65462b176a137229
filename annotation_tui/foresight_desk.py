"""What lies on the desk in foresight: the shown text at the frontier, and a move being written.

Knows no widget, and of the session nothing but what `taste.foresight` gives out.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from annotation_tui.clock import View
from annotation_tui.desk import BEGINNING, Annotating
from annotation_tui.document import Document
from annotation_tui.frontier import ShownTexts, index_of, words_of
from annotation_tui.layout import Spot
from taste.assignment_tables import Assignment
from taste.drafts.leases import ELSEWHERE, leave_lease, take_lease, tell_lost
from taste.drafts.opening import open_drafts
from taste.foresight import Foresight, Stage, Standing
from transcripts.errors import UserError
from transcripts.rendering.blocks import Block, split_shown

WORDS = {
    Stage.READING: "f goes on",
    Stage.ASKED: "what next? e writes",
    Stage.REVEALED: "otherwise? d or s",
    Stage.ANSWERED: "f goes on",
    Stage.OVER: "ctrl+s hands in",
}
"""What there is to do."""


class ForesightDesk:
    """One assignment of foresight, opened."""

    standing: Standing
    """All that may be known by now."""
    said: dict[str, Any]
    """The move as it is being written."""
    unsaved = False
    """Whether some of that is here only, since the database could not be written."""

    def __init__(self, by: Annotating, assignment: Assignment) -> None:
        """Open it where it was left.

        Raises:
            UserError: if the annotator may not propose here, or there is nothing to foresee.
        """
        assert assignment.id is not None
        self.by = by
        self.number = assignment.id
        self._open(over=False)

    def _open(self, *, over: bool) -> None:
        """Take the assignment, if it is free or is to be taken over, and read where it stands."""
        by = self.by
        self.writable = self._take(over=over)
        self._store = open_drafts(by.engine, self.number, by.holder, by.now)
        self._foresight = Foresight(by.engine, self.number, by.holder, self._store, by.now)
        self.state: dict[str, Any] = self._store.read_state()
        try:
            self._go(self._foresight.begin)
        except UserError:
            self.leave()
            raise

    def _lay_out(self) -> None:
        """Make a document of what is shown by now, and of nothing else."""
        blocks = split_shown(self.standing.shown.text)
        if self.standing.act is not None:
            blocks.append(_revealed(self.standing.act))
        index = index_of(blocks)
        self.document = Document(index, ShownTexts(blocks))
        self.words = words_of(blocks, index, BEGINNING)

    @property
    def stage(self) -> Stage:
        """What there is to do."""
        return self.standing.stage

    @property
    def start(self) -> Spot:
        """Where reading goes on: where it was left, else at what is new."""
        last = len(self.document.index.rows) - 1
        if self.place:
            event, row = int(self.place["event"]), int(self.place.get("row", 0))
            return Spot(min(event, last), row)
        if self.standing.act is not None:
            return Spot(last, 0)
        acts = self.document.index.acts
        return Spot(acts[-1] if acts else 0, 0)

    @property
    def place(self) -> Mapping[str, Any]:
        """Where one stood in the text that is shown; empty where that is new."""
        known = (self.state.get("cut"), self.state.get("stage")) == self._text
        return self.state if known else {}

    @property
    def _text(self) -> tuple[int, str]:
        """Which text it is that a stored place belongs to."""
        return self.standing.cut, "shown" if self.standing.act is not None else "before"

    @property
    def warnings(self) -> Sequence[str]:
        """None: what the import warned of may tell of what is to come."""
        return ()

    @property
    def view(self) -> View:
        """What is in view, for the clock: what stands last before the frontier."""
        cut = self.standing.cut
        asked = cut if self.stage is Stage.ASKED else None
        return View(self.number, cut - 1, cut - 1, self._store.add_activity, asked)

    def describe(self, event: int, mark: str, saved: str) -> str:
        """Where one stands in what is shown; nothing counts what is not."""
        index = self.document.index
        parts = (
            "foresight",
            f"event {event + 1:,}/{len(index.rows):,}",
            f"act {index.act_number(event):,}/{len(index.acts):,}",
            "so far",
            mark,
            WORDS[self.stage] if self.writable else "read-only; ctrl+t takes over",
            "not saved" if self.unsaved else saved,
        )
        return "  ".join(part for part in parts if part)

    # Changing

    def write(self, field: str, value: Any, state: Mapping[str, Any]) -> None:
        """Save a part of the move as it is typed, and the caret with it.

        What fails to be saved goes with the next one.
        """
        self.said = {**self.said, field: value}
        self._save(state)

    def _save(self, state: Mapping[str, Any]) -> None:
        told = self._told(state)
        try:
            self._foresight.write(self.standing, self.said, told)
        except SQLAlchemyError:
            self.unsaved = True
            raise
        self.unsaved, self.state = False, told

    def commit(self) -> None:
        """Store the move; what the human did is shown from then on."""
        if self.unsaved:
            self._save(self.state)
        self._go(self._foresight.commit)

    def answer(self, *, otherwise: bool) -> None:
        """Say whether they would have done otherwise."""
        self._go(lambda: self._foresight.answer(otherwise=otherwise))

    def forward(self) -> None:
        """Go on to the next act."""
        self._go(self._foresight.forward)

    def hand_in(self) -> None:
        """Hand in what was foreseen."""
        self._store.flush()
        self._go(lambda: self._foresight.hand_in(self.by.guidelines))

    def _go(self, step: Callable[[], Standing]) -> None:
        self.standing = step()
        self.said, self.unsaved = dict(self.standing.said), False
        self._lay_out()

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Say where the annotator stands."""
        told = self._told(state)
        if self.writable and told != self.state:
            self._store.put_state(told)
            self.state = told

    def _told(self, state: Mapping[str, Any]) -> dict[str, Any]:
        cut, stage = self._text
        return {**state, "cut": cut, "stage": stage}

    # Holding

    @property
    def elsewhere(self) -> str:
        """Why it is read only here."""
        return tell_lost(self.by.engine, self.number)

    def renew(self) -> None:
        """Keep the assignment, unless another terminal has taken it."""
        if self.writable:
            with suppress(SQLAlchemyError):  # the lease holds for a while; the next key says more
                self.writable = self._store.renew()

    def take_over(self) -> None:
        """Take the assignment from another terminal, as it stands there.

        Raises:
            UserError: if its session was removed or withdrawn.
        """
        if (told := self.elsewhere) != ELSEWHERE:
            raise UserError(told)
        self._store.close()
        self._open(over=True)

    def leave(self) -> None:
        """Give the assignment back; what could not be saved is tried once more."""
        # Nobody is left to be told, and the lease ends by itself.
        with suppress(UserError, SQLAlchemyError):
            if self.writable and self.unsaved:
                self._save(self.state)
        with suppress(UserError, SQLAlchemyError):
            self._store.close()
            if self.writable:
                leave_lease(self.by.engine, self.number, self.by.holder)

    def _take(self, *, over: bool) -> bool:
        return take_lease(self.by.engine, self.number, self.by.holder, self.by.now(), over=over)


def _revealed(act: str) -> Block:
    """What the human did, below the text that their words are not part of."""
    title = "· what they did here"
    return Block("human", title, is_error=False, text=act or "(their words arrived later)")
