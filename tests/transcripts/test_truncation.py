"""The law of the wall: a file cut at a point tells what the whole file tells of that point."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.cut import prefix_hash
from transcripts.errors import NotATranscript
from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import PrefixLine, find_candidates, list_prefixes
from transcripts.records import SessionRecord
from transcripts.shipped import list_examples

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

EXAMPLES = [example.path for example in list_examples()]


def read(data: bytes) -> SessionRecord:
    return read_stream(io.BytesIO(data), "file", "stem")


def lines_of(data: bytes) -> list[PrefixLine]:
    return list(list_prefixes(read(data), "file"))


def content(line: PrefixLine) -> tuple[str, str, int]:
    return line.prefix_hash, line.shown_hash, line.chars


def truncations(data: bytes, offset: int, following: int) -> Iterator[bytes]:
    """The file up to the offset, and with the torn beginning of the object that follows."""
    torn = data[: offset + max(1, following // 2)]
    yield data[:offset]
    yield torn
    yield torn + b"\n"


def check_law(data: bytes, every: int = 1, start: int = 0) -> int:
    """Check every n-th candidate of a file; returns how many were checked."""
    record = read(data)
    points = find_candidates(record)
    lines = list(list_prefixes(record, "file"))
    delivered = {event.id: event.position for event in record.events}
    sizes = {entry.offset: len(entry.raw) for entry in record.entries}
    for point, line in list(zip(points, lines, strict=False))[start::every]:
        earlier = [e for e in lines[:-1] if delivered[str(e.before)] < point.cut]
        for data_before in truncations(data, line.offset, sizes[line.offset]):
            try:
                found = lines_of(data_before)
            except NotATranscript:
                assert line.prefix_hash == prefix_hash(())
                continue
            assert content(found[-1]) == content(line)
            assert found[:-1] == earlier
    return len(points[start::every])


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_cut_of_any_session_depends_on_what_comes_later(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject
) -> None:
    check_law(data.draw(scripts).data)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem[:8] for path in EXAMPLES])
def test_the_law_holds_on_the_examples_that_ship(path: Path) -> None:
    assert check_law(path.read_bytes(), every=3) > 0


def test_the_law_holds_on_recorded_sessions(corpus: Path) -> None:
    checked = [
        check_law(path.read_bytes(), every=40, start=7)
        for path in sorted((corpus / "claude-code").rglob("*.jsonl"))
    ]
    assert sum(checked) > 20
