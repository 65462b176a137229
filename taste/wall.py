"""The last check before a prefix-bound request leaves: is it the template over the real prefix?

The prefix is rebuilt from the stored lines before the cut, not from the rows that the request
was built from, so that a fault in either shows.
"""

import io
from dataclasses import dataclass
from functools import cached_property

from taste.points import TAIL_CHARS, PointText, response_text
from taste.requests import Request, build_request
from transcripts.acts import find_acts
from transcripts.cut import is_visible
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.formats.registry import replay
from transcripts.prefixes import END, Cuttable
from transcripts.queries import read_stored_lines
from transcripts.records import SessionRecord
from transcripts.text import ShownText, render_shown

PREFIX_BOUND = frozenset({"propose", "placebo"})


class WallError(UserError):
    """A prefix-bound request does not match the prefix that the stored lines give."""


@dataclass(frozen=True)
class Wall:
    """One decision point, seen through its session's stored lines."""

    db: Db
    session_id: int
    format: str
    thread: str
    cut: int
    actor: str
    move: str
    """The human move as the builder has it: the act, or the annotated span of it."""

    @classmethod
    def of(cls, db: Db, text: PointText) -> "Wall":
        """The wall at a point."""
        point = text.point
        return cls(
            db, point.session_id, text.session.format,
            point.thread, point.cut, point.actor, text.act,
        )  # fmt: skip

    def _replay(self, before: int) -> SessionRecord:
        lines = b"\n".join(read_stored_lines(self.db, self.session_id, before))
        return replay(self.format, io.BytesIO(lines))

    @cached_property
    def shown(self) -> ShownText:
        """The shown text, rebuilt from the lines before the cut alone."""
        record = self._replay(self.cut)
        gone = record.abandoned_from()
        events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
        return render_shown(e.content for e in events if is_visible(e, END, self.thread))

    @cached_property
    def act(self) -> str:
        """The act (or response) that begins at the cut, rebuilt from all stored lines."""
        events = [e for e in self._replay(END).events if e.thread == self.thread]
        if self.actor == "agent":
            return response_text(events, self.cut)
        acts = find_acts(events, self.thread)
        positions = {p for act in acts if act.cut == self.cut for p in act.positions}
        return "\n".join(e.text for e in events if e.position in positions).strip()

    def check(self, request: Request) -> None:
        """Compare a prefix-bound request with what it has to be.

        Raises:
            WallError: if a byte differs.
        """
        if request != self._expected(request):
            raise WallError(
                f"a {request.purpose!r} request at position {self.cut} of session "
                f"{self.session_id} is not the prompt over the prefix that the stored lines "
                "give; it was not sent. Please report this as a bug."
            )

    def _expected(self, request: Request) -> Request:
        if request.purpose == "propose":
            return build_request("propose", shown=self.shown.text)
        act = self.move if self.move in self.act else self.act
        return build_request("placebo", shown=self.shown.text, act=act)

    def check_tail(self, tail: str) -> None:
        """Check that a restater is shown nothing but the end of the prefix.

        Raises:
            WallError: if it differs.
        """
        if tail != self.shown.text[-TAIL_CHARS:]:
            raise WallError(
                f"the tail shown to the restater at position {self.cut} is not the prefix's."
            )
