"""Who descends from whom: finds rewinds (two sibling human prompts) and what they left behind."""

from dataclasses import dataclass
from typing import Any

from transcripts.records import Abandonment


@dataclass(frozen=True, slots=True)
class Node:
    """One chain entry: its parent, its positions and whether it only passes a parent on."""

    uuid: str
    parent: str | None
    first: int
    last: int
    transparent: bool
    prompt: bool


class Branches:
    """The chain so far, in file order."""

    def __init__(self) -> None:
        """Start with an empty chain."""
        self._nodes: dict[str, Node] = {}
        self._prompts: dict[str, list[str]] = {}
        self._last: str | None = None

    def __contains__(self, uuid: str) -> bool:
        """Whether an entry with this uuid was read before."""
        return uuid in self._nodes

    def add(self, node: Node) -> Abandonment | None:
        """Add an entry; returns what it abandons if it is the later prompt of a rewind."""
        self._nodes[node.uuid] = node
        self._last = node.uuid
        if not node.prompt:
            return None
        origin = self._origin(node.parent)
        if origin is None:
            return None
        earlier = self._prompts.setdefault(origin, [])
        found = self._subtrees(set(earlier), node.first) if earlier else None
        earlier.append(node.uuid)
        return found

    def add_unchained(self, position: int) -> None:
        """Add an event whose entry has no place in the chain: it belongs where it stands."""
        uuid = f"L{position}"
        self._nodes[uuid] = Node(uuid, self._last, position, position, True, False)

    def retract(self, uuids: list[Any], at: int) -> Abandonment | None:
        """Abandon the named entries from position `at` on (a retraction by the model)."""
        named = [uuid for uuid in uuids if isinstance(uuid, str)]
        nodes = [self._nodes[uuid] for uuid in named if uuid in self._nodes]
        positions = tuple(p for node in nodes for p in range(node.first, node.last + 1))
        return Abandonment(positions, at) if positions else None

    def _origin(self, uuid: str | None) -> str | None:
        """The nearest ancestor that is more than a link."""
        seen: set[str] = set()
        while uuid is not None and uuid not in seen:
            node = self._nodes.get(uuid)
            if node is None:
                return None
            if not node.transparent:
                return uuid
            seen.add(uuid)
            uuid = node.parent
        return None

    def _subtrees(self, roots: set[str], at: int) -> Abandonment | None:
        inside = set(roots)
        positions: list[int] = []
        for node in self._nodes.values():
            if node.first >= at:
                continue
            if node.uuid in inside or node.parent in inside:
                inside.add(node.uuid)
                positions.extend(range(node.first, node.last + 1))
        return Abandonment(tuple(positions), at) if positions else None
