"""Reading synthetic Claude Code sessions, as bytes or as files with what stands beside them."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import END
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


def _read(script: "Script") -> SessionRecord:
    return read_stream(io.BytesIO(script.data), "file", "stem")


def _visible(record: SessionRecord, cut: int = END) -> list[str]:
    gone = record.abandoned_from()
    return [
        event.text
        for event in record.events
        if event.shown and event.thread == record.thread
        if event.position < cut <= gone.get(event.position, END)
    ]


@pytest.fixture
def read() -> "Callable[[Script], SessionRecord]":
    return _read


@pytest.fixture
def visible() -> Callable[..., list[str]]:
    """The texts that a prefix holds, at a cut or at the end."""
    return _visible
