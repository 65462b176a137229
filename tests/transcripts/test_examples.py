"""The sessions that ship: enough of them, with everything in them, and points that hold."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import orjson
import pytest

from transcripts.codebook import read_codebook
from transcripts.db import Db, open_engine
from transcripts.decoding import parse_object
from transcripts.formats.registry import read_session
from transcripts.points import PointLine, export_points, read_points, store_points
from transcripts.prefixes import END, Cuttable, find_candidates
from transcripts.records import MAIN, EventKind, SessionRecord
from transcripts.rendering.text import render_event
from transcripts.shipped import Example, examples_folder, list_examples
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Table

EXAMPLES = list(list_examples())
TITLES = {
    "summary": "summary", "ai-title": "aiTitle", "custom-title": "customTitle",
    "last-prompt": "lastPrompt", "pr-link": "prUrl",
}  # fmt: skip
POINTS = examples_folder() / "points.jsonl"


@cache
def read(example: Example) -> SessionRecord:
    return read_session(example.path)


def sessions() -> Iterator[tuple[Example, SessionRecord]]:
    """The main files, without those of subagents."""
    for example in EXAMPLES:
        if (record := read(example)).thread == MAIN:
            yield example, record


def point_lines() -> list[PointLine]:
    lines = list(read_points(POINTS, read_codebook()))
    assert all(isinstance(line, PointLine) for line in lines)
    return [line for line in lines if isinstance(line, PointLine)]


@pytest.fixture(scope="module")
def stored() -> Iterator[Db]:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with Db(engine) as db:
        for example in EXAMPLES:
            import_file(db, example.path, ImportOptions(example.researcher, example.project), now)
        lines = read_points(POINTS, read_codebook())
        assert store_points(db, lines, None, now, partial=False).refused == ()
        yield db
    engine.dispose()


def test_there_are_ten_sessions_of_four_researchers_in_three_projects() -> None:
    found = [example for example, _ in sessions()]
    assert len(found) >= 10
    assert len({example.researcher for example in found}) == 4
    assert len({example.project for example in found}) == 3


def test_every_session_has_20_to_120_events() -> None:
    sizes = {e.path.name: sum(v.thread == MAIN for v in r.events) for e, r in sessions()}
    assert {name: size for name, size in sizes.items() if not 20 <= size <= 120} == {}


def test_every_file_can_be_cut_reliably() -> None:
    assert all(read(example).cuts_reliable for example in EXAMPLES)


def test_every_special_event_is_there() -> None:
    records = [record for _, record in sessions()]
    acts = {point.act_kind for record in records for point in find_candidates(record)}
    events = [event for record in records for event in record.events]
    assert {"rewind", "steering", "interrupt", "plan_rejected", "answer", "plan_approved"} <= acts
    assert EventKind.COMPACTION in {event.kind for event in events}
    assert any(event.kind is EventKind.RESULT and event.is_error for event in events)
    assert any("unknown type" in warning for record in records for warning in record.warnings)
    assert any(read(example).thread != MAIN for example in EXAMPLES)


def test_every_subagent_belongs_to_the_researcher_of_its_session() -> None:
    people = {read(e).external_id: e.researcher for e in EXAMPLES}
    for name, researcher in people.items():
        assert researcher == people[name.split("/")[0]]


def test_there_are_enough_detours_and_strong_points() -> None:
    kinds = Counter(line.label.kind for line in point_lines())
    assert kinds["detour"] >= 15
    assert kinds["strong"] >= 15


def test_every_point_resolves_to_a_human_act(stored: Db) -> None:
    exported = list(export_points(stored))
    assert len(exported) == len(point_lines())
    assert {line["actor"] for line in exported} == {"human"}


def test_every_detour_is_one_of_the_suboptimal_set() -> None:
    for line in point_lines():
        if line.label.kind == "detour":
            assert line.label.attribution in {"human", "both"}
            assert line.label.knowable in {"yes", "partly"}
            assert None not in (line.label.recognised, line.label.recovered)


def test_points_are_spread_over_sessions_and_researchers() -> None:
    people = {record.external_id: example.researcher for example, record in sessions()}
    sessions_of = {line.session for line in point_lines()}
    assert len(sessions_of) >= 10
    assert {people[session] for session in sessions_of} == set(people.values())


def leaks(record: SessionRecord) -> set[str]:
    """What titles, summaries and links say of the session as a whole."""
    values = [parse_object(entry.raw) for entry in record.entries]
    found = {value.get(TITLES[value["type"]]) for value in values if value["type"] in TITLES}
    return {text for text in found if text}


def shown_text(record: SessionRecord) -> str:
    events = [Cuttable.of(event, None) for event in record.events if event.shown]
    return "\n".join(render_event(event.content) for event in events if event.visible_from < END)


def test_no_title_summary_or_link_is_in_any_shown_text() -> None:
    found = 0
    for _, record in sessions():
        text, prompts = shown_text(record), {e.text for e in record.events}
        for leak in leaks(record) - prompts:  # a last prompt repeats what a person did say
            assert leak not in text
            found += 1
    assert found > 0


def test_every_line_is_compact_json_with_one_object() -> None:
    for example in EXAMPLES:
        for line in example.path.read_bytes().splitlines():
            assert orjson.loads(line)["type"]
            assert b'": ' not in line[:30]
