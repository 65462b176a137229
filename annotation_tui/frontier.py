"""What the reader is given in foresight: the shown text as rows and texts, and nothing else. Pure.

Whatever is counted, listed, searched or scrolled through is made of this, so that none of it can
tell of anything beyond the frontier.
"""

from collections.abc import Iterator, Mapping, Sequence

from annotation_tui.index import Index
from transcripts.queries import IndexRow
from transcripts.records import EventKind
from transcripts.rendering.blocks import Block

_HUMAN = frozenset({
    EventKind.HUMAN, EventKind.STEERING, EventKind.INTERRUPT, EventKind.REJECTION, EventKind.ANSWER,
})  # fmt: skip
_WORK = frozenset({EventKind.AGENT, EventKind.CALL, EventKind.COMPACTION})


class ShownTexts:
    """The texts of blocks, by their numbers."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._texts = [block.text for block in blocks]

    def read(self, positions: Sequence[int]) -> dict[int, str]:
        """Texts of the blocks with these numbers."""
        return {position: self._texts[position] for position in positions}

    def read_shown(self, open_ones: Sequence[int], folded: Sequence[int]) -> dict[int, str]:
        """The same, however much of them is laid out."""
        return self.read([*open_ones, *folded])

    def stream(
        self,
        folded_kinds: Sequence[str] = (),  # noqa: ARG002
        *,
        folded: bool = False,  # noqa: ARG002
    ) -> Iterator[tuple[int, str]]:
        """Every block in order, however much of it is laid out."""
        return self.stream_whole()

    def stream_whole(self) -> Iterator[tuple[int, str]]:
        """Every block in order."""
        return iter(enumerate(self._texts))

    def find(self, needle: str) -> list[int]:
        """Numbers of the blocks whose text holds the needle, whatever its case."""
        wanted = needle.casefold()
        return [number for number, text in enumerate(self._texts) if wanted in text.casefold()]


def index_of(blocks: Sequence[Block]) -> Index:
    """The index of blocks; human acts are where a person speaks after work of the agent."""
    act: int | None = None
    rows = []
    for number, block in enumerate(blocks):
        if block.kind in _WORK:
            act = None
        elif act is None and block.kind in _HUMAN:
            act = number
        rows.append(_row(number, block, act if block.kind in _HUMAN else None))
    return Index.of(rows)


def _row(number: int, block: Block, act: int | None) -> IndexRow:
    return IndexRow(
        position=number,
        event_id=f"b{number}",
        kind=block.kind,
        tool=block.title,
        is_error=block.is_error,
        shown=True,
        n_lines=block.text.count("\n") + 1,
        n_chars=len(block.text),
        act=act,
        act_kind=None,
        response=None,
    )


def words_of(blocks: Sequence[Block], index: Index, length: int) -> Mapping[int, str]:
    """First words of the acts, for the outline."""
    return {act: blocks[act].text[:length] for act in index.acts}
