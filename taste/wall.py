"""The last check before a prefix-bound request leaves: is it the template over the real prefix?

The prefix is rebuilt from the stored lines before the cut, not from the rows that the request
was built from, so that a fault in either shows.
"""

import io
from dataclasses import dataclass
from functools import cached_property

from taste.points import TAIL_CHARS, PointText, mask_names, response_text
from taste.requests import ACTORS, Request, build_request
from taste.study import StudyDisplay
from transcripts.acts import find_acts
from transcripts.cut import Prefix
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.formats.registry import replay
from transcripts.prefixes import END, record_prefix
from transcripts.queries import read_stored_lines
from transcripts.records import SessionRecord
from transcripts.rendering.text import ShownText, render_shown

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
    display: StudyDisplay
    span: str | None
    """The annotated span of the act, if it is not the whole act."""
    quoted: str | None = None
    """Id of the event that quotes the act, where the act itself was not recorded."""

    @classmethod
    def of(cls, db: Db, text: PointText) -> "Wall":
        """The wall at a point."""
        point = text.point
        return cls(
            db, point.session_id, text.session.format,
            point.thread, point.cut, point.actor, text.display, text.span, text.quoted,
        )  # fmt: skip

    def _replay(self, before: int) -> SessionRecord:
        lines = b"\n".join(read_stored_lines(self.db, self.session_id, before))
        return replay(self.format, io.BytesIO(lines))

    @cached_property
    def shown(self) -> ShownText:
        """The shown text, rebuilt from the lines before the cut alone."""
        return render_shown(self._prefix, self.display)

    @cached_property
    def _prefix(self) -> Prefix:
        return record_prefix(self._replay(self.cut), END, self.thread)

    @cached_property
    def act(self) -> str:
        """The act (or response) that begins at the cut, rebuilt from all stored lines."""
        every = self._replay(END).events
        if self.quoted is not None:
            return "\n".join(e.text for e in every if e.id == self.quoted)
        events = [e for e in every if e.thread == self.thread]
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
                "give; it was not sent. If an earlier version imported the session, delete it and "
                "import it again; else please report this as a bug."
            )

    def _expected(self, request: Request) -> Request:
        if request.purpose == "propose":
            return build_request("propose", shown=self.shown.text)
        said = self.span if self.span and self.span in self.act else self.act
        act = mask_names(said, self._prefix, self.display)
        return build_request("placebo", shown=self.shown.text, act=act, actor=ACTORS[self.actor])

    def check_tail(self, tail: str) -> None:
        """Check that a restater is shown nothing but the end of the prefix.

        Raises:
            WallError: if it differs.
        """
        if tail != self.shown.text[-TAIL_CHARS:]:
            raise WallError(
                f"the tail shown to the restater at position {self.cut} is not the prefix's."
            )


def check_wall(request: Request, wall: Wall | None) -> None:
    """Check that a request may leave: by any way, and whatever its purpose.

    Raises:
        WallError: if a prefix-bound request is not the prompt over its prefix.
    """
    if request.purpose not in PREFIX_BOUND:
        return
    if wall is None:
        raise WallError(f"a {request.purpose!r} request came without its wall; it may not leave.")
    wall.check(request)
