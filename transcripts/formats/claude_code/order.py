"""The invariants that make cuts exact: checked while reading, reported as warnings.

I1 parents precede children; I2 responses do not overlap; I3 no result comes after the
next response began. Two writers in one file break them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class OrderCheck:
    """What has been seen so far on each thread."""

    problems: list[str] = field(default_factory=list)
    _responses: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _owner: dict[str, str] = field(default_factory=dict)
    _unborn: dict[str, tuple[int, str]] = field(default_factory=dict)

    def current(self, thread: str) -> str | None:
        """The thread's latest response."""
        begun = self._responses.get(thread)
        return begun[-1] if begun else None

    def response(self, thread: str, response: str, line: int) -> None:
        """A line of `response`: it must be the latest one, or new (I2)."""
        if response == self.current(thread):
            return
        if (thread, response) in self._seen:
            self.problems.append(
                f"interleaved writers: a response goes on after the next began; "
                f"cuts unreliable near line {line}"
            )
            return
        self._seen.add((thread, response))
        self._responses.setdefault(thread, []).append(response)

    def calls(self, response: str, call_ids: Iterable[str]) -> None:
        """Note which response made which calls."""
        for call_id in call_ids:
            self._owner.setdefault(call_id, response)

    def result(self, thread: str, call_id: str | None, line: int) -> None:
        """A result must arrive before the response after its own begins (I3)."""
        owner = self._owner.get(call_id or "")
        if owner is not None and owner != self.current(thread):
            self.problems.append(
                f"a tool result comes after the next response began; "
                f"cuts unreliable near line {line}"
            )

    def chain(self, uuid: str, kind: str, line: int) -> None:
        """An entry appears: nobody may have named it as parent before (I1)."""
        child = self._unborn.pop(uuid, None)
        if child is not None and "attachment" not in (kind, child[1]):
            self.problems.append(
                f"an entry stands before its parent; cuts unreliable near line {line}"
            )

    def missing_parent(self, parent: str, kind: str, line: int) -> None:
        """An entry names a parent that has not been written so far."""
        self._unborn.setdefault(parent, (line, kind))

    def broken_chains(self) -> int:
        """How many parents were named and never written."""
        return len(self._unborn)
