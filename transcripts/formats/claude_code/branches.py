"""Who descends from whom: finds rewinds (two sibling human prompts) and what they left behind.

Looks backwards only, and holds a few numbers for each entry: a file may have a million.
"""

from array import array
from typing import Any

from transcripts.formats.claude_code.draft import Draft
from transcripts.records import Abandonment

_NOBODY = -1
_SPEAKERS = frozenset({"user", "assistant"})
"""Entries that can be more than a link of the chain."""


class Branches:
    """The chain so far, in file order."""

    def __init__(self) -> None:
        """Start with an empty chain."""
        self.revived = False
        """Whether the latest entry goes on from a branch that had been left behind."""
        self._index: dict[str, int] = {}
        self._parent = array("q")
        self._first = array("q")
        self._last = array("q")
        self._origin = array("q")
        """The nearest ancestor, or the entry itself, that is more than a link."""
        self._after: dict[int, int] = {}
        """For each abandoned entry a later one, before which all are abandoned."""
        self._prompts: dict[int, int] = {}
        """The latest prompt that follows each entry."""
        self._cleared = 0
        self._cleared_at = 0

    def __contains__(self, uuid: str) -> bool:
        """Whether an entry with this uuid was read before."""
        return uuid in self._index

    def add(self, draft: Draft, kind: str, parent: str | None) -> Abandonment | None:
        """Add an entry; returns what it abandons as the later prompt of a rewind.

        An entry that merely trails behind in an abandoned branch abandons itself.
        """
        entry = draft.entry
        first = entry.position
        last = first + (len(draft.events) or 1) - 1
        above = _NOBODY if parent is None else self._index.get(parent, _NOBODY)
        here = self._append(above, first, last, link=draft.is_link or kind not in _SPEAKERS)
        self._index[entry.uuid or ""] = here
        self.revived = False
        if above == _NOBODY:
            return None
        behind = above in self._after
        if behind or above < self._cleared:
            if kind == "assistant" or draft.is_act:
                self.revived = True
            elif behind:
                self._after[here] = here + 1
                return Abandonment(tuple(range(first, last + 1)), first)
        if draft.is_prompt and kind == "user":
            return self._rewind(self._origin[above], here)
        return None

    def _rewind(self, origin: int, here: int) -> Abandonment | None:
        if origin == _NOBODY:
            return None
        earlier = self._prompts.get(origin)
        self._prompts[origin] = here
        return None if earlier is None else self._leave_behind(earlier, here)

    def _append(self, parent: int, first: int, last: int, *, link: bool) -> int:
        here = len(self._parent)
        self._parent.append(parent)
        self._first.append(first)
        self._last.append(last)
        passed = _NOBODY if parent == _NOBODY else self._origin[parent]
        self._origin.append(passed if link else here)
        return here

    def add_unchained(self, position: int) -> None:
        """Add an event whose entry has no place in the chain: it belongs where it stands."""
        self._append(len(self._parent) - 1, position, position, link=True)

    def retract(self, uuids: list[Any], at: int) -> Abandonment | None:
        """Abandon the named entries from position `at` on (a retraction by the model)."""
        known = [self._index[u] for u in uuids if isinstance(u, str) and u in self._index]
        positions = tuple(p for i in known for p in range(self._first[i], self._last[i] + 1))
        return Abandonment(positions, at) if positions else None

    def clear(self, at: int) -> Abandonment | None:
        """Abandon everything earlier from position `at` on: the context was emptied."""
        positions = tuple(range(self._cleared_at, at))
        self._cleared, self._cleared_at = len(self._parent), at
        return Abandonment(positions, at) if positions else None

    def _leave_behind(self, root: int, end: int) -> Abandonment | None:
        """Abandon what descends from `root` and stands before `end`.

        Children stand after their parents, so one pass finds them all; it steps over what was
        abandoned before.
        """
        inside: set[int] = set()
        positions: list[int] = []
        here = self._next_live(root)
        while here < end:
            if here == root or self._parent[here] in inside:
                inside.add(here)
                self._after[here] = here + 1
                positions.extend(range(self._first[here], self._last[here] + 1))
            here = self._next_live(here + 1)
        return Abandonment(tuple(positions), self._first[end]) if positions else None

    def _next_live(self, here: int) -> int:
        """The entry, or the first one after it, that was not abandoned; shortens the way."""
        passed = []
        while (later := self._after.get(here)) is not None:
            passed.append(here)
            here = later
        for index in passed:
            self._after[index] = here
        return here
