"""Versions that lose what is typed while the agent works are named, and suspected gaps counted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transcripts.formats.claude_code.session import read_stream
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transcripts.conftest import Script

    Read = Callable[[Script], SessionRecord]

OLD = "2.1.96"
SAID = (
    "steering unrecorded: version 2.1.96 may not have written messages typed while the agent "
    "worked; {} suspected gaps"
)


def reply(s: "Script", words: str, version: str = OLD, *, thought: bool = False) -> None:
    """A response of its own by an old version; perhaps with a thought before its words."""
    content = [{"type": "thinking", "thinking": "hm"}] if thought else []
    message = {"id": f"m{len(s.lines)}", "content": [*content, {"type": "text", "text": words}]}
    s.chained("assistant", message=message, version=version)


@pytest.mark.parametrize(
    "words",
    [
        "You're absolutely right, the seed is fixed.", "You’re right.", "Good catch!",
        "That's a great question.", "Great idea - let me try.", "Ah, you mean the other one.",
        "Got it, you want fewer.", "I understand you want a plot.", "You want the mean.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("thought", [True, False], ids=["after a thought", "at once"])
def test_a_reply_to_nobody_is_a_suspected_gap(
    script: "Script", read: "Read", words: str, thought: bool
) -> None:
    script.human("start")
    reply(script, "I begin.")
    reply(script, words, thought=thought)
    assert read(script).warnings == (f"{SAID.format(1)} (lines 3)",)


@pytest.mark.parametrize(
    "words", ["Now I see.", "Your tests pass.", "Ah, the seed!", "Good.", "Got it. One file."]
)
def test_a_response_that_talks_to_itself_is_no_gap(
    script: "Script", read: "Read", words: str
) -> None:
    script.human("start")
    reply(script, "I begin.")
    reply(script, words)
    assert read(script).warnings == (SAID.format(0),)


def test_a_reply_to_somebody_is_no_gap(script: "Script", read: "Read") -> None:
    script.human("start")
    reply(script, "You're right.")
    script.human("no, the other one")
    reply(script, "You're right.")
    assert read(script).warnings == (SAID.format(0),)


def test_only_the_first_words_of_a_response_count(script: "Script", read: "Read") -> None:
    script.human("start")
    reply(script, "I begin.")
    reply(script, "I look.")
    message = {"id": "m2", "content": [{"type": "text", "text": "You're right."}]}
    script.chained("assistant", message=message, version=OLD)
    assert read(script).warnings == (SAID.format(0),)


def test_many_gaps_are_counted_where_they_are_not_all_named(script: "Script", read: "Read") -> None:
    script.human("start")
    for _ in range(8):
        reply(script, "You're right.")
    assert read(script).warnings == (f"{SAID.format(7)} (lines 3, 4, 5, 6, 7, …)",)


@pytest.mark.parametrize("version", ["2.1.97", "2.2.0", "3.0.0", "unknown"])
def test_a_version_that_writes_them_is_not_warned_of(
    script: "Script", read: "Read", version: str
) -> None:
    script.human("start")
    reply(script, "I begin.", version)
    reply(script, "You're right.", version)
    assert read(script).warnings == ()


def test_a_file_with_a_recorded_queue_is_not_warned_of(script: "Script", read: "Read") -> None:
    script.human("start")
    reply(script, "I begin.")
    script.queue("enqueue", "A")
    assert read(script).warnings == ()


def test_gaps_of_recorded_sessions_are_counted(corpus: "Path") -> None:
    found: dict[str, int] = {}
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        with path.open("rb") as stream:
            warnings = read_stream(stream, path.name, path.stem).warnings
        for warning in warnings:
            if warning.startswith("steering unrecorded"):
                found[path.stem[:8]] = int(warning.partition("; ")[2].split()[0])
    assert len(found) >= 10
    assert sum(found.values()) > 0
