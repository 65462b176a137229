"""Lines that repeat a response's earlier blocks, grown: how old versions wrote while streaming.

Compares with the line before only.
"""

from typing import Any, NamedTuple


class Earlier(NamedTuple):
    """A block that the line before held already."""

    position: int
    """Position of the event that it became."""
    grown: bool
    """Whether more of it has come."""


class _Block(NamedTuple):
    kind: str
    text: str
    """What was said, or the number of a call."""
    whole: Any
    position: int


class Snapshots:
    """The blocks of the latest line of a response, and the events made of them."""

    __slots__ = ("_blocks", "_response")

    def __init__(self) -> None:
        """Start before the first response."""
        self._response: str | None = None
        self._blocks: list[tuple[dict[str, Any], int]] = []

    def begin(self, response: str, blocks: list[dict[str, Any]]) -> list[Earlier]:
        """Compare a line's blocks with those of the response's line before.

        Returns:
            For each leading block what it was before; nothing if the line is not a snapshot.
        """
        old, self._blocks = self._blocks, []
        if response != self._response:
            self._response = response
            return []
        if not old or len(blocks) < len(old) or old[0][0].get("type") != blocks[0].get("type"):
            return []
        pairs = [
            (_block(before, position), _block(after, 0))
            for (before, position), after in zip(old, blocks, strict=False)
        ]
        if not all(_goes_on(a, b) for a, b in pairs) or not any(a.text for a, _ in pairs):
            return []
        return [Earlier(a.position, a.whole != b.whole) for a, b in pairs]

    def add(self, block: dict[str, Any], position: int) -> None:
        """Note the event that a block of the current line became."""
        self._blocks.append((block, position))


def _block(block: dict[str, Any], position: int) -> _Block:
    kind = str(block.get("type"))
    if kind.endswith("tool_use"):
        return _Block(kind, str(block.get("id")), block.get("input"), position)
    text = block.get(kind) if kind in ("text", "thinking") else None
    if isinstance(text, str):
        return _Block(kind, text, text, position)
    return _Block(kind, "", block, position)


def _goes_on(before: _Block, after: _Block) -> bool:
    if before.kind != after.kind:
        return False
    if before.kind in {"text", "thinking"}:
        return after.text.startswith(before.text)
    return before.text == after.text if before.text else before.whole == after.whole
