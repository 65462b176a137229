"""Codex rollouts: who says what, where responses end, and what is never shown."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.acts import find_acts
from transcripts.formats.codex.people import Wrapped, find_wrapper
from transcripts.formats.registry import find_format, read_session, replay
from transcripts.prefixes import END, Cuttable, find_candidates
from transcripts.records import MAIN, EventKind, PlaceKind, SessionRecord, ThreadRole

if TYPE_CHECKING:
    from tests.transcripts.formats.conftest import Build, Rollout

RELAXED = settings(max_examples=60, suppress_health_check=list(HealthCheck))
NAMES = ("92ff332928", "771ece9d37", "6eaddfe2f9")
COUNTS = {
    "92ff332928": (92, 11, {"typed": 2}),
    "771ece9d37": (1368, 184, {"typed": 8, "interrupt": 1, "steering": 1}),
    "6eaddfe2f9": (2302, 327, {"typed": 4, "steering": 5}),
}
TURN_ABORTED = "<turn_aborted>\nThe user interrupted.\n</turn_aborted>"


def acts(record: SessionRecord) -> list[str]:
    return [act.kind.value for act in find_acts(record.events, record.thread)]


def texts(record: SessionRecord, kind: EventKind) -> list[str]:
    return [event.text for event in record.events if event.kind is kind and event.shown]


def prefix(record: SessionRecord, cut: int) -> str:
    gone = record.abandoned_from()
    seen = [Cuttable.of(e, gone.get(e.position)) for e in record.events if e.shown]
    return "\n".join(
        e.content.text
        for e in seen
        if e.visible_from < cut and (e.abandoned_from is None or cut <= e.abandoned_from)
    )


def beside(line: Any) -> Any:
    """Poison a line that is bookkeeping; a person's message as an event is a message."""
    payload = line["payload"]
    kept = line["type"] in {"response_item", "compacted"} or payload.get("type") == "user_message"
    if kept:
        return line
    spoilt = {k: "CANARY" if isinstance(v, str) else v for k, v in payload.items() if k != "type"}
    return line | {"payload": payload | spoilt, "timestamp": "CANARY"}


@RELAXED
@given(st.data())
def test_no_cut_of_any_rollout_depends_on_what_comes_later(
    rollouts: "st.SearchStrategy[Rollout]",
    check_truncation: Callable[..., int],
    build_rollout: "Build",
    data: st.DataObject,
) -> None:
    check_truncation(data.draw(rollouts).lines, build_rollout)


@RELAXED
@given(st.data())
def test_poison_reaches_no_prefix_of_any_rollout(
    rollouts: "st.SearchStrategy[Rollout]",
    check_poison: Callable[..., int],
    build_rollout: "Build",
    data: st.DataObject,
) -> None:
    check_poison(data.draw(rollouts).lines, build_rollout, beside)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", NAMES)
def test_both_laws_hold_on_recorded_rollouts(
    corpus: Path,
    name: str,
    check_truncation: Callable[..., int],
    check_poison: Callable[..., int],
    build_rollout: "Build",
) -> None:
    path = corpus / "codex" / "agentv" / f"{name}.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    every = max(1, len(lines) // 60)
    assert check_truncation(lines, build_rollout, every) > 5
    assert check_poison(lines, build_rollout, beside, every) > 5


@pytest.mark.parametrize("name", NAMES)
def test_recorded_rollouts_are_read_whole(corpus: Path, name: str) -> None:
    record = read_session(corpus / "codex" / "agentv" / f"{name}.jsonl")
    points = find_candidates(record)
    human: dict[str, int] = {}
    for point in points:
        if point.act_kind is not None:
            human[point.act_kind] = human.get(point.act_kind, 0) + 1
    responses = sum(point.actor == "agent" for point in points)
    assert (len(record.entries), responses, human) == COUNTS[name]
    assert not any("unknown" in warning for warning in record.warnings)


def test_stored_lines_replay_to_the_same_events(corpus: Path) -> None:
    for name in NAMES:
        record = read_session(corpus / "codex" / "agentv" / f"{name}.jsonl")
        stored = BytesIO(b"\n".join(entry.raw for entry in record.entries))
        assert replay("codex", stored).events == record.events


def test_a_message_and_the_event_that_repeats_it_are_one_human_event(rollout: "Rollout") -> None:
    record = rollout.turn("measure it").record
    assert texts(record, EventKind.HUMAN) == ["measure it"]
    assert acts(record) == ["typed"]


def test_a_message_that_exists_only_as_an_event_is_a_human_event(rollout: "Rollout") -> None:
    record = rollout.event("user_message", message="measure it").record
    assert texts(record, EventKind.HUMAN) == ["measure it"]


def test_an_item_that_follows_its_event_is_the_copy(rollout: "Rollout") -> None:
    rollout.event("user_message", message="measure it").message("user", "measure it")
    assert texts(rollout.record, EventKind.HUMAN) == ["measure it"]


def test_the_same_words_after_work_are_said_again(rollout: "Rollout") -> None:
    rollout.turn("continue").agent("yes").count().done()
    record = rollout.event("user_message", message="continue").record
    assert texts(record, EventKind.HUMAN) == ["continue", "continue"]


def test_an_unmarked_message_does_not_swallow_a_later_one(rollout: "Rollout") -> None:
    rollout.message("user", "continue").agent("yes").count()
    record = rollout.event("user_message", message="continue").record
    assert texts(record, EventKind.HUMAN) == ["continue", "continue"]
    assert any(warning.startswith("1 messages of the user") for warning in record.warnings)


def test_an_agent_message_event_is_a_copy_and_never_shown(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("I look").count().record
    assert texts(record, EventKind.AGENT) == ["I look"]


def test_a_count_of_tokens_ends_a_response(rollout: "Rollout") -> None:
    rollout.turn("go").agent("a").call().call().count().agent("b").count()
    responses = [event.response for event in rollout.record.events if event.response]
    assert len(set(responses)) == 2
    assert responses == sorted(responses, key=responses.index)


def test_results_between_calls_do_not_end_a_response(rollout: "Rollout") -> None:
    rollout.turn("go").agent("a").call(output="one").call(output="two").count()
    record = rollout.record
    assert len({event.response for event in record.events if event.response}) == 1


def test_a_call_without_output_is_shown_as_pending(rollout: "Rollout") -> None:
    record = rollout.turn("go").call(output=None).record
    assert texts(record, EventKind.CALL) == ["{}"]
    assert texts(record, EventKind.RESULT) == []


def test_a_message_while_the_agent_works_is_steering(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").count().human("no, the other").record
    assert acts(record) == ["typed", "steering"]
    assert any("not when they were typed" in warning for warning in record.warnings)


def test_a_message_after_the_turn_is_typed(rollout: "Rollout") -> None:
    assert acts(rollout.turn("go").agent("a").count().done().human("next").record) == [
        "typed",
        "typed",
    ]


def test_an_interrupt_begins_an_act_and_what_follows_joins_it(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").count().interrupt().turn("stop that").record
    assert acts(record) == ["typed", "interrupt"]
    assert texts(record, EventKind.INTERRUPT) == [TURN_ABORTED]


def test_an_aborted_call_is_after_the_cut_of_the_interrupt(rollout: "Rollout") -> None:
    rollout.turn("go").agent("a").call(output="aborted by user after 3.2s").interrupt()
    record = rollout.record
    act = find_acts(record.events, MAIN)[-1]
    assert act.kind.value == "interrupt"
    assert "aborted" not in prefix(record, act.cut)


def test_an_old_interrupt_without_a_message_is_an_act(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").event("turn_aborted", reason="interrupted").record
    assert acts(record) == ["typed", "interrupt"]


def test_the_end_of_a_review_is_no_interrupt(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").event("turn_aborted", reason="review_ended").record
    assert acts(record) == ["typed"]


def test_a_rejected_call_begins_an_act_before_its_result(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").call(output="exec command rejected by user").record
    act = find_acts(record.events, MAIN)[-1]
    assert act.kind.value == "rejection"
    assert "rejected" not in prefix(record, act.cut)


def test_answers_to_a_question_are_an_act(rollout: "Rollout") -> None:
    answer = json.dumps({"answers": {"scope": {"answers": ["all of it"]}}})
    record = rollout.turn("go").agent("a").call("request_user_input", output=answer).record
    assert acts(record)[-1] == "answer"
    assert texts(record, EventKind.ANSWER) == ["scope: all of it"]


def test_a_rollback_abandons_the_last_turns_from_there_on(rollout: "Rollout") -> None:
    rollout.turn("one").agent("first").count().done().turn("two").agent("second").count().done()
    record = rollout.roll_back(1).turn("three").agent("third").count().record
    rewind = find_acts(record.events, MAIN)[-1]
    assert rewind.kind.value == "rewind"
    assert "second" in prefix(record, rewind.cut)
    assert "second" not in prefix(record, END)
    assert "first" in prefix(record, END)


def test_two_rollbacks_abandon_every_event_once(rollout: "Rollout") -> None:
    for number in range(4):
        rollout.turn(f"turn {number}").agent(f"work {number}").count().done()
    record = rollout.roll_back(1).turn("again").agent("more").roll_back(3).record
    positions = [p for one in record.abandonments for p in one.positions]
    assert len(positions) == len(set(positions))
    assert "work 0" in prefix(record, END)
    assert "work 1" not in prefix(record, END)


def test_a_compaction_stands_in_place_and_its_history_is_never_shown(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("before").count().compact().record
    assert len(texts(record, EventKind.COMPACTION)) == 1
    assert "before" in prefix(record, END)
    assert "secret" not in prefix(record, END)


def test_a_readable_summary_is_shown(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("before").count().compact("we measured it").record
    assert texts(record, EventKind.COMPACTION) == ["we measured it"]


def test_nothing_encrypted_or_of_the_application_is_shown(rollout: "Rollout") -> None:
    rollout.message("developer", "secret rules").message("user", "# AGENTS.md instructions\nsecret")
    rollout.message("user", "<environment_context>\nsecret\n</environment_context>")
    record = rollout.turn("go").agent("a").call().count().done().record
    assert "secret" not in prefix(record, END)


def test_a_summary_of_reasoning_is_thinking(rollout: "Rollout") -> None:
    rollout.turn("go").item("reasoning", summary=[{"type": "summary_text", "text": "hm"}])
    assert texts(rollout.record, EventKind.THINKING) == ["hm"]


@pytest.mark.parametrize(
    ("kind", "payload", "tool", "shown"),
    [
        ("custom_tool_call", {"name": "apply_patch", "input": "*** Begin"}, "apply_patch", "Begin"),
        ("local_shell_call", {"action": {"command": ["ls"]}}, "local_shell", "ls"),
        ("web_search_call", {"action": {"query": "taste"}}, "web_search", "taste"),
        ("tool_search_call", {"arguments": {"query": "issues"}}, "tool_search", "issues"),
        ("function_call", {"name": "get", "namespace": "mcp"}, "mcp.get", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_every_kind_of_call_is_read(
    rollout: "Rollout", kind: str, payload: dict[str, Any], tool: str, shown: str
) -> None:
    event = rollout.turn("go").item(kind, call_id="c", **payload).record.events[-1]
    assert (event.kind, event.tool) == (EventKind.CALL, tool)
    assert shown in event.text


def test_a_shell_command_of_the_person_joins_an_act(rollout: "Rollout") -> None:
    shell = "<user_shell_command>\nls\n</user_shell_command>"
    event = rollout.message("user", shell).record.events[-1]
    assert (event.kind, event.shown, event.joins_act) == (EventKind.NOTICE, True, True)


def test_images_become_placeholders_with_their_size(rollout: "Rollout") -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 40}
    marks = [{"type": "input_text", "text": mark} for mark in ("<image name=[1]>", "</image>")]
    text = {"type": "input_text", "text": "why?"}
    rollout.item("message", role="user", content=[text, marks[0], image, marks[1]])
    record = rollout.event("user_message", message="why?", images=["data:image/png"]).record
    assert texts(record, EventKind.HUMAN) == ["why?\n[image image/png, 30 bytes]"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("look at <b>this</b>", None),
        ("<div> is broken here", None),
        ("<skill>\n<name>x</name>\n</skill>", Wrapped.CONTEXT),
        ("<new_wrapper>text</new_wrapper>", Wrapped.CONTEXT),
        (TURN_ABORTED, Wrapped.ABORTED),
        ("<subagent_notification>{}</subagent_notification>", Wrapped.BACKGROUND),
    ],
)
def test_wrappers_are_told_by_their_form(text: str, expected: Wrapped | None) -> None:
    assert find_wrapper(text) is expected


def test_a_person_who_writes_like_the_application_is_still_heard(rollout: "Rollout") -> None:
    assert texts(rollout.human("<p>why?</p>").record, EventKind.HUMAN) == ["<p>why?</p>"]


def test_a_fork_names_its_origin_and_keeps_its_own_id(rollout: "Rollout") -> None:
    rollout.lines.clear()
    rollout.meta(id="fork", forked_from_id="thread-1").meta(id="thread-1")
    assert (rollout.record.external_id, rollout.record.origins) == ("fork", ("thread-1",))


def test_a_subagent_is_a_thread_of_its_own_that_no_person_directs(rollout: "Rollout") -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "root", "agent_role": "worker"}}}
    rollout.lines.clear()
    record = rollout.meta(id="child", source=source).turn("do your part").agent("a").record
    assert (record.external_id, record.thread) == ("root/child", "child")
    assert acts(record) == []
    assert [(one.name, one.role, one.agent_type) for one in record.threads] == [
        ("child", ThreadRole.SUBAGENT, "worker")
    ]


def test_a_spawned_agent_is_tied_to_its_call(rollout: "Rollout") -> None:
    rollout.turn("go").call("spawn_agent", '{"agent_type": "worker"}', '{"agent_id": "child"}')
    record = rollout.record
    calls = [event.id for event in record.events if event.kind is EventKind.CALL]
    assert [(one.name, one.call, one.agent_type) for one in record.threads] == [
        ("child", calls[0], "worker")
    ]


def test_messages_between_agents_are_notices(rollout: "Rollout") -> None:
    record = rollout.line("inter_agent_communication", author="/root/a", content="found it").record
    assert texts(record, EventKind.NOTICE) == ["found it"]
    assert acts(record) == []


@pytest.mark.parametrize("kind", ["line", "event", "item"])
def test_an_unknown_type_is_counted_and_never_shown(rollout: "Rollout", kind: str) -> None:
    getattr(rollout, kind)("from_the_future", text="secret")
    record = rollout.turn("go").record
    assert "secret" not in prefix(record, END)
    assert any("from_the_future" in warning for warning in record.warnings)


def test_models_and_places_are_known_from_where_they_were_recorded(rollout: "Rollout") -> None:
    rollout.lines.clear()
    rollout.meta(git={"branch": "fix-the-leak"}).line("turn_context", model="m", cwd="/else")
    record = rollout.record
    assert record.models == ("m",)
    assert [(p.position, p.kind, p.name) for p in record.places] == [
        (0, PlaceKind.BRANCH, "fix-the-leak"),
        (0, PlaceKind.DIRECTORY, "/work"),
        (1, PlaceKind.DIRECTORY, "/else"),
    ]


@pytest.mark.parametrize("payload", [None, [], "x", 7, {"type": 3}, {"type": "message"}])
@pytest.mark.parametrize("kind", ["response_item", "event_msg", "compacted", "session_meta"])
def test_a_payload_of_the_wrong_shape_ends_in_a_session(kind: str, payload: Any) -> None:
    line = json.dumps({"timestamp": 1, "type": kind, "payload": payload}).encode()
    assert len(replay("codex", BytesIO(line)).entries) == 1


def test_only_rollouts_of_the_corpus_are_taken_for_rollouts(corpus: Path) -> None:
    for path in corpus.rglob("*.jsonl"):
        taken = find_format(path).name == "codex"
        assert taken == (path.parent.parent.name == "codex")
