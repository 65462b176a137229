"""Names of branches and directories, and of other sessions, from the lines that first say them."""

from typing import Any

from transcripts.decoding import clean
from transcripts.formats.entries import SHORTEST_NAME, tells_of_the_work
from transcripts.records import Place, PlaceKind

_MOST = 10_000
"""A file that names more places or sessions than this is not a session's."""


class Places:
    """Where the session took place, as far as it was recorded."""

    def __init__(self) -> None:
        """Start nowhere."""
        self.found: list[Place] = []
        self._branch: Any = None
        self._directory: Any = None
        self._seen: set[tuple[PlaceKind, str]] = set()

    def note(self, value: dict[str, Any], position: int) -> None:
        """Note an entry's branch and directory."""
        branch = value.get("gitBranch")
        if branch != self._branch:
            self._branch = branch
            if isinstance(branch, str) and tells_of_the_work(branch):
                self._add(PlaceKind.BRANCH, branch, position)
        directory = value.get("cwd")
        if directory != self._directory:
            self._directory = directory
            self._add(PlaceKind.DIRECTORY, directory, position)

    def _add(self, kind: PlaceKind, given: Any, position: int) -> None:
        if not isinstance(given, str) or len(given) < SHORTEST_NAME:
            return
        name = clean(given)
        if (kind, name) not in self._seen and len(self._seen) < _MOST:
            self._seen.add((kind, name))
            self.found.append(Place(position, kind, name))


class Origins:
    """Which session a file is, and which others it goes on from or copies."""

    def __init__(self) -> None:
        """Start before the first line."""
        self._latest: Any = None
        self._named: dict[str, None] = {}

    def note(self, value: dict[str, Any]) -> None:
        """Note the sessions that an entry names."""
        session = value.get("sessionId")
        if session != self._latest:
            self._latest = session
            self._add(session)
        if "session_id" in value:
            self._add(value["session_id"])
        forked = value.get("forkedFrom")
        if isinstance(forked, dict):
            self._add(forked.get("sessionId"))

    def _add(self, given: Any) -> None:
        if isinstance(given, str) and given and len(self._named) < _MOST:
            self._named[clean(given)] = None

    @property
    def first(self) -> str | None:
        """The first session that any entry names."""
        return next(iter(self._named), None)

    def others(self, own: str) -> tuple[str, ...]:
        """The named sessions other than `own`, in order of appearance."""
        return tuple(name for name in self._named if name != own)
