"""A file that is one document and has grown: the same session with more of it, not another part."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from transcripts.db import Db
from transcripts.formats.registry import read_session
from transcripts.queries import list_sessions, read_events
from transcripts.storing.store import ImportOptions, import_file

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(kind: str, number: int) -> dict[str, Any]:
    said = [(("user", "agent")[n % 2], f"say {n}") for n in range(number)]
    if kind == "atif":
        steps = [{"step_id": n, "source": s, "message": m} for n, (s, m) in enumerate(said, 1)]
        return {"schema_version": "ATIF-v1.6", "session_id": "a", "agent": {"name": "x"},
                "steps": steps, "final_metrics": {"total_steps": number}}  # fmt: skip
    roles = {"user": "user", "agent": "assistant"}
    messages = [{"role": roles[s], "content": m} for s, m in said]
    return {"id": "m", "messages": messages, "usage": {"total": number}}


def store(db: Db, path: Path, kind: str, number: int) -> str:
    path.write_text(json.dumps(document(kind, number)))
    return import_file(db, path, ImportOptions("r", "p"), NOW)[0].outcome


@pytest.mark.parametrize("kind", ["atif", "messages"])
def test_a_document_that_has_grown_is_the_same_session_with_the_same_events(
    db: Db, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "one.json"
    assert [store(db, path, kind, number) for number in (4, 6, 6, 8)] == [
        "new", "grown", "unchanged", "grown",
    ]  # fmt: skip
    (session,) = list_sessions(db)
    stored = read_events(db, session.id or 0, "main")
    fresh = read_session(path)
    assert [(e.event_id, e.position) for e in stored] == [(e.id, e.position) for e in fresh.events]
    assert session.entry_count == len(fresh.entries)
