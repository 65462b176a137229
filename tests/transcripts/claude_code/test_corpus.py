"""On recorded sessions: every subagent is linked to the call that spawned it."""

from pathlib import Path

import pytest

from transcripts.formats.registry import read_session
from transcripts.records import MAIN, EventKind, SessionRecord, ThreadRole

SPAWNED = {
    "a36efb2a1231c41e2", "a4ca7529859c158c2", "a52886dc180afb356", "a6aa8ad077d9ea083",
    "ab1e6e141221a29ab", "aef063ba534d73153", "a881341", "c8d9b115",
}  # fmt: skip


@pytest.fixture(scope="module")
def records(corpus: Path) -> list[SessionRecord]:
    return [read_session(path) for path in sorted((corpus / "claude-code").rglob("*.jsonl"))]


def test_every_subagent_s_file_is_linked_by_the_file_of_its_session(
    records: list[SessionRecord],
) -> None:
    calls = {
        f"{record.external_id}/{thread.name}": thread.call
        for record in records
        if record.thread == MAIN
        for thread in record.threads
    }
    own = {r.external_id: r.threads[-1] for r in records if r.thread != MAIN}
    subagents = {name for name, thread in own.items() if thread.role is ThreadRole.SUBAGENT}
    assert {name.partition("/")[2] for name in subagents} == SPAWNED
    assert all(calls[name] for name in subagents)


def test_every_link_leads_to_a_call_that_spawns(records: list[SessionRecord]) -> None:
    links = 0
    for record in records:
        events = {event.id: event for event in record.events}
        for thread in record.threads:
            if thread.call is not None:
                call = events[thread.call]
                assert (call.kind, call.tool in {"Task", "Agent"}) == (EventKind.CALL, True)
                links += 1
    assert links >= len(SPAWNED)


def test_every_inline_sidechain_is_linked(records: list[SessionRecord]) -> None:
    inline = [t for r in records for t in r.threads if t.name.startswith("sidechain:")]
    assert len(inline) == 6
    assert all(thread.call for thread in inline)


def test_the_summariser_of_a_compaction_is_told_from_subagents(
    records: list[SessionRecord],
) -> None:
    summarisers = [t.name for r in records for t in r.threads if t.role is ThreadRole.SUMMARISER]
    assert summarisers == ["acompact-fffbd0"]


def test_only_known_types_stand_in_the_corpus(records: list[SessionRecord]) -> None:
    assert [w for r in records for w in r.warnings if "unknown type" in w] == []
    assert [w for r in records for w in r.warnings if "person's decision" in w] == []
