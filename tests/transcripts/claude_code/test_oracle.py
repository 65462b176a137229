"""The official reader as a second opinion: what is on the live branch since the last compaction.

`claude-agent-sdk` walks the chain of parents back from the last message; we go by file order and
leave behind what rewinds abandon. Where the chain is unbroken the two must agree. The official
reader places parallel calls and their results by their times, we leave them where they were
written: so the order compared is that of responses and of what people said.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from transcripts.decoding import parse_object
from transcripts.formats.registry import read_session
from transcripts.records import MAIN, SessionRecord
from transcripts.shipped import list_examples

pytestmark = pytest.mark.needs_package("claude_agent_sdk")

Oracle = Callable[[Path], list[str]]
EXAMPLES = [example.path for example in list_examples()]


@pytest.fixture
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Oracle:
    """The official reader on one file, in a home of its own."""
    import claude_agent_sdk as sdk

    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    folder = tmp_path / "projects" / "p"
    folder.mkdir(parents=True)

    def read(path: Path) -> list[str]:
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, path.stem))
        shutil.copy(path, folder / f"{name}.jsonl")
        return [message.uuid for message in sdk.get_session_messages(name)]

    return read


def since_the_last_compaction(record: SessionRecord) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry with what was stored of it, from the latest boundary (or summary) on."""
    values = [parse_object(entry.raw) for entry in record.entries]
    bounds = [i for i, v in enumerate(values) if v.get("subtype") == "compact_boundary"]
    bounds = bounds or [i for i, v in enumerate(values) if v.get("isCompactSummary")] or [0]
    gone = record.abandoned_from()
    for entry, value in list(zip(record.entries, values, strict=True))[bounds[-1] :]:
        if entry.position not in gone:
            yield str(entry.uuid), value


def live(record: SessionRecord) -> dict[str, str | None]:
    """Spoken lines of the main thread by uuid, in order, each with what it is a part of.

    That is its response, or the line itself if a person said it, or nothing for results.
    """
    found: dict[str, str | None] = {}
    for name, value in since_the_last_compaction(record):
        if value.get("type") not in {"user", "assistant"}:
            continue
        if not value.get("isSidechain") and not value.get("isMeta"):
            message = value["message"]
            is_result = "tool_result" in str(message.get("content"))[:400]
            found[name] = None if is_result else str(message.get("id") or name)
    return found


def check(path: Path, oracle: Oracle) -> int:
    """Compare one file; returns how many messages were compared."""
    record = read_session(path)
    if record.thread != MAIN or any("never written" in warning for warning in record.warnings):
        return 0
    ours, theirs = live(record), oracle(path)
    assert set(theirs) == set(ours)
    assert list(dict.fromkeys(ours[name] for name in theirs if ours[name])) == list(
        dict.fromkeys(part for part in ours.values() if part)
    )
    return len(theirs)


def test_the_official_reader_agrees_on_recorded_sessions(corpus: Path, oracle: Oracle) -> None:
    paths = sorted((corpus / "claude-code").rglob("*.jsonl"))
    compared = [check(path, oracle) for path in paths]
    assert sum(count > 0 for count in compared) >= 16
    assert sum(compared) > 1_500


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem[:8] for path in EXAMPLES])
def test_the_official_reader_agrees_on_the_examples(path: Path, oracle: Oracle) -> None:
    check(path, oracle)
