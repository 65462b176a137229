"""The invariants that make cuts exact: checked while reading, reported as warnings.

I1 parents precede children; I2 responses do not overlap; I3 no result comes after the
next response began. Two writers in one file break them.
"""

_NAMED = 5
"""How many places are named one by one."""


class OrderCheck:
    """What has been seen so far on each thread."""

    def __init__(self) -> None:
        """Start before the first line."""
        self.problems = 0
        self._named: list[str] = []
        self._current: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._unborn: dict[str, str] = {}

    def current(self, thread: str) -> str | None:
        """The thread's latest response."""
        return self._current.get(thread)

    def note(self, what: str, line: int) -> None:
        """Note a place at which the order is broken."""
        self.problems += 1
        if self.problems <= _NAMED:
            self._named.append(f"{what}; cuts unreliable near line {line}")

    def response(self, thread: str, response: str, line: int) -> bool:
        """A line of `response`: it must be the latest one, or new (I2).

        Returns:
            Whether the response begins here.
        """
        if self._current.get(thread) == response:
            return False
        seen = self._seen.setdefault(thread, set())
        if response in seen:
            self.note("interleaved writers: a response goes on after the next began", line)
            return False
        seen.add(response)
        self._current[thread] = response
        return True

    def result(self, thread: str, owner: str | None, line: int) -> None:
        """A result of a call by `owner` must arrive before the next response begins (I3)."""
        if owner is not None and owner != self._current.get(thread):
            self.note("a tool result comes after the next response began", line)

    def chain(self, uuid: str, kind: str, line: int) -> None:
        """An entry appears: nobody may have named it as parent before (I1)."""
        if not self._unborn:
            return
        child = self._unborn.pop(uuid, None)
        if child is not None and "attachment" not in (kind, child):
            self.note("an entry stands before its parent", line)

    def missing_parent(self, parent: str, kind: str) -> None:
        """An entry names a parent that has not been written so far."""
        self._unborn.setdefault(parent, kind)

    def warnings(self) -> list[str]:
        """What was noted, the first places by their lines."""
        found = list(self._named)
        if self._unborn:
            found.insert(0, f"{len(self._unborn)} parents are named and never written")
        if self.problems > _NAMED:
            found.append(f"{self.problems - _NAMED} more places where the order is broken")
        return found
