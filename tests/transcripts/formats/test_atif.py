"""ATIF trajectories: steps, copies, continuations, embedded trajectories, and what is withheld."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from transcripts.acts import find_acts
from transcripts.errors import BrokenFile
from transcripts.formats.documents import read_document
from transcripts.formats.registry import find_format, read_session, read_sessions, replay
from transcripts.prefixes import find_candidates
from transcripts.records import EventKind, SessionRecord, ThreadRole

if TYPE_CHECKING:
    from tests.transcripts.formats.conftest import Build

Read = Callable[..., SessionRecord]
NAMES = (
    "openhands_hello-world.trajectory.json",
    "terminus_2_hello-world-context-summarization-linear-history.trajectory.json",
    "terminus_2_hello-world-context-summarization-linear-history.trajectory.cont-1.json",
)
COUNTS = {NAMES[0]: (8, 2, 1), NAMES[1]: (7, 3, 1), NAMES[2]: (10, 4, 0)}


def user(text: Any, **more: Any) -> dict[str, Any]:
    return {"source": "user", "message": text, **more}


def agent(text: Any, **more: Any) -> dict[str, Any]:
    return {"source": "agent", "message": text, "metrics": {"note": "secret"}, **more}


def calling(tool: str, result: dict[str, Any]) -> dict[str, Any]:
    call = {"tool_call_id": "c1", "function_name": tool, "arguments": {"x": 1}}
    results = [{"source_call_id": "c1", **result}]
    return agent("I call", tool_calls=[call], observation={"results": results})


def document(*steps: Any, **more: Any) -> dict[str, Any]:
    about = {"name": "tester", "version": "1", "model_name": "m", "extra": {"note": "secret"}}
    return {
        "schema_version": "ATIF-v1.7",
        "session_id": "s1",
        "agent": about,
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, start=1)],
        "final_metrics": {"note": "secret"},
        **more,
    }


def texts(record: SessionRecord, kind: EventKind) -> list[str]:
    return [event.text for event in record.events if event.kind is kind and event.shown]


def built(about: dict[str, Any], read: Read) -> "Build":
    return lambda steps: read(about | {"steps": list(steps)})


def beside(step: Any) -> Any:
    """Poison what a step carries beside its content."""
    fields = {"metrics", "step_id", "timestamp"}
    return {k: {"a": "CANARY"} if k in fields else v for k, v in step.items()} | {"notes": "CANARY"}


@pytest.mark.parametrize("name", NAMES)
def test_both_laws_hold_on_recorded_trajectories(
    corpus: Path,
    name: str,
    read_json: Read,
    check_truncation: Callable[..., int],
    check_poison: Callable[..., int],
) -> None:
    about = json.loads((corpus / "atif" / name).read_text())
    build = built(about, read_json)
    assert check_truncation(about["steps"], build) == sum(COUNTS[name][1:])
    assert check_poison(about["steps"], build, beside) == sum(COUNTS[name][1:])


def test_the_laws_hold_on_a_trajectory_with_everything(
    read_json: Read, check_truncation: Callable[..., int], check_poison: Callable[..., int]
) -> None:
    about = document(
        user("go"),
        agent("think", reasoning_content="hm"),
        {"source": "system", "message": "tidied up"},
        calling("run", {"content": "done"}),
        user("now the other"),
        agent("copied", is_copied_context=True),
        agent("made by rule", llm_call_count=0),
        agent("yes"),
    )
    build = built(about, read_json)
    assert check_truncation(about["steps"], build) == check_poison(about["steps"], build, beside)


@pytest.mark.parametrize("name", NAMES)
def test_recorded_trajectories_are_read_whole(corpus: Path, name: str) -> None:
    record = read_session(corpus / "atif" / name)
    points = find_candidates(record)
    human = sum(point.actor == "human" for point in points)
    assert (len(record.entries), len(points) - human, human) == COUNTS[name]
    stored = BytesIO(b"\n".join(entry.raw for entry in record.entries))
    assert replay("atif", stored).events == record.events


def test_a_step_is_one_response_with_what_it_observed(read_json: Read) -> None:
    record = read_json(document(user("go"), calling("run", {"content": "done"})))
    found = [(e.kind, e.text, e.tool, e.response) for e in record.events[1:]]
    assert found == [
        (EventKind.AGENT, "I call", "", "L3"),
        (EventKind.CALL, '{\n "x": 1\n}', "run", "L3"),
        (EventKind.RESULT, "done", "run", None),
    ]


def test_user_steps_are_human_acts(read_json: Read) -> None:
    record = read_json(document(user("go"), agent("done"), user("now the other")))
    assert [act.kind.value for act in find_acts(record.events, record.thread)] == ["typed"] * 2


def test_reasoning_is_thinking(read_json: Read) -> None:
    record = read_json(document(user("go"), agent("done", reasoning_content="hm")))
    assert texts(record, EventKind.THINKING) == ["hm"]


def test_copied_steps_are_shown_and_are_no_decision_points(read_json: Read) -> None:
    copies = [user("go", is_copied_context=True), agent("earlier", is_copied_context=True)]
    record = read_json(document(*copies, agent("new")))
    assert texts(record, EventKind.AGENT) == ["earlier", "new"]
    assert [(point.actor, point.before) for point in find_candidates(record)] == [("agent", "L4")]
    assert "2 of 3 steps are copied from another session" in record.warnings


def test_a_step_made_without_a_model_is_no_decision(read_json: Read) -> None:
    record = read_json(document(user("go"), agent("by rule", llm_call_count=0)))
    assert all(event.response is None for event in record.events)


def test_system_steps_and_totals_are_stored_and_never_shown(read_json: Read) -> None:
    steps = [{"source": "system", "message": "secret"}, user("go"), agent("done")]
    record = read_json(document(*steps, notes="secret-1", extra={"note": "secret-2"}))
    assert all("secret" not in event.text for event in record.events if event.shown)
    assert {b"secret-1", b"secret-2"} <= set(re.findall(rb"secret-\d", record.entries[-1].raw))
    assert record.entries[-1].type == "withheld"


def test_a_compaction_is_shown_in_place_with_its_summarisers_as_threads(read_json: Read) -> None:
    compaction = {"context_management": {"type": "compaction"}}
    refs = {"results": [{"subagent_trajectory_ref": [{"session_id": "s1-summary"}]}]}
    step = {"source": "system", "message": "summed up", "extra": compaction, "observation": refs}
    record = read_json(document(user("go"), agent("a"), step))
    assert texts(record, EventKind.COMPACTION) == ["summed up"]
    assert [(one.name, one.role) for one in record.threads] == [
        ("s1-summary", ThreadRole.SUMMARISER)
    ]


def test_an_embedded_trajectory_is_a_thread_tied_to_its_call(
    read_json: Read, tmp_path: Path
) -> None:
    inner = document(user("your part"), agent("mine"), trajectory_id="t2")
    ref = {"subagent_trajectory_ref": [{"trajectory_id": "t2"}]}
    outer = document(user("go"), calling("delegate", ref), subagent_trajectories=[inner])
    main = read_json(outer)
    child = list(read_sessions(tmp_path / "file.json"))[1]
    call = next(event.id for event in main.events if event.kind is EventKind.CALL)
    assert [(one.name, one.call) for one in main.threads] == [("t2", call)]
    assert (child.external_id, child.thread) == ("s1/t2", "t2")
    assert [(one.role, one.call_id) for one in child.threads] == [(ThreadRole.SUBAGENT, "c1")]


def test_what_is_embedded_at_any_depth_is_a_session_of_its_own(
    read_json: Read, tmp_path: Path
) -> None:
    inner = document(agent("deepest"), trajectory_id="t0")
    for number in range(1, 60):
        inner = document(agent("a"), trajectory_id=f"t{number}", subagent_trajectories=[inner])
    read_json(inner)
    found = [record.external_id for record in read_sessions(tmp_path / "file.json")]
    assert (len(found), len(set(found))) == (60, 60)
    assert {name.partition("/")[0] for name in found} == {"s1"}


def test_nobody_directs_an_embedded_trajectory(read_json: Read, tmp_path: Path) -> None:
    inner = document(user("your part"), agent("mine"), trajectory_id="t2")
    read_json(document(user("go"), subagent_trajectories=[inner]))
    child = list(read_sessions(tmp_path / "file.json"))[1]
    assert [point.actor for point in find_candidates(child)] == ["agent"]


def test_a_continuation_is_tied_to_what_it_goes_on_from(read_json: Read) -> None:
    read_json(document(agent("more"), session_id="other"), "next.json")
    first = read_json(document(user("go"), continued_trajectory_ref="next.json"))
    named = read_json(document(agent("more"), session_id="s1-cont-2"), "b.json")
    assert first.origins == ("other",)
    assert named.origins == ("s1",)


@pytest.mark.parametrize("reference", ["../next.json", "/etc/hosts", "absent.json", "a\0b", 7])
def test_a_reference_out_of_the_folder_is_not_followed(read_json: Read, reference: Any) -> None:
    record = read_json(document(user("go"), continued_trajectory_ref=reference))
    assert record.origins == ()


def test_a_longer_recording_has_the_same_entries_first(read_json: Read) -> None:
    steps = [user("go"), agent("a"), user("on"), agent("b")]
    short, long = (read_json(document(*steps[:n], notes=f"{n}")) for n in (2, 4))
    assert [e.raw for e in long.entries[:3]] == [e.raw for e in short.entries[:3]]


def test_images_become_placeholders(read_json: Read) -> None:
    image = {"type": "image", "source": {"media_type": "image/png", "path": "secret.png"}}
    record = read_json(document(user([{"type": "text", "text": "why?"}, image])))
    assert texts(record, EventKind.HUMAN) == ["why?\n[image image/png]"]


def test_an_unknown_source_or_version_is_said_and_never_shown(read_json: Read) -> None:
    steps = [user("go"), {"source": "oracle", "message": "secret"}]
    record = read_json(document(*steps, schema_version="ATIF-v9.0"))
    assert [event.text for event in record.events] == ["go"]
    assert any("'step of oracle'" in warning for warning in record.warnings)
    assert any("'ATIF-v9.0' is not known" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"schema_version": "ATIF-v1.7", "steps": 3}', "list of steps"),
        ('{"schema_version": "ATIF-v1.7", "steps": [1]}', "item 1 is not"),
        ('{"schema_version": "ATIF-v1.7", "steps": [', "not valid JSON"),
        ('{"schema_version": "ATIF-v1.7", "steps": ' + "[" * 100_000, "too deeply"),
    ],
    ids=["no-list", "no-object", "torn", "deep"],
)
def test_a_broken_document_ends_in_a_sentence(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(BrokenFile, match=reason):
        read_session(path)


@pytest.mark.parametrize("field", ["message", "tool_calls", "observation", "extra", "timestamp"])
@pytest.mark.parametrize("value", [None, 3, "x", [3], {"results": 3}, [{"arguments": None}]])
@pytest.mark.parametrize("source", ["agent", "user", "system"])
def test_a_field_of_the_wrong_shape_ends_in_a_session(
    read_json: Read, source: str, field: str, value: Any
) -> None:
    assert len(read_json(document({"source": source, field: value})).entries) == 3


def test_values_that_json_does_not_know_replay_the_same(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    step = calling("run", {"content": "\ud800"})
    step["tool_calls"][0]["arguments"] = {"x": float("nan"), "n": 1 << 80}
    path.write_text(json.dumps(document(step)))
    record = read_session(path)
    stored = BytesIO(b"\n".join(entry.raw for entry in record.entries))
    assert replay("atif", stored).events == record.events


def test_a_document_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(document(user("go"))))
    with pytest.raises(BrokenFile, match="larger than 10 bytes"):
        read_document(path, limit=10)


def test_only_trajectories_of_the_corpus_are_taken_for_trajectories(corpus: Path) -> None:
    for path in [*corpus.rglob("*.jsonl"), *(corpus / "atif").iterdir()]:
        assert (find_format(path).name == "atif") == (path.parent.name == "atif")
