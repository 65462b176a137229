"""How directing events group into human acts, and what a rewind leaves behind."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transcripts.acts import find_acts
from transcripts.cut import is_visible
from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import Cuttable, find_candidates
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

END = 1 << 60
INTERRUPT = "[Request interrupted by user]"
REJECTED = "The user doesn't want to proceed with this tool use."
COMMAND = "<command-name>/{}</command-name>"
SHELL = "<bash-input>ls</bash-input>"


def read(script: "Script") -> SessionRecord:
    return read_stream(io.BytesIO(script.data), "file", "stem")


def visible(record: SessionRecord, cut: int) -> list[str]:
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    return [e.content.text for e in events if is_visible(e, cut, record.thread)]


def acts(script: "Script") -> list[str]:
    """Every act but the first, as its kind and the texts of its events."""
    record = read(script)
    texts = {event.position: event.text for event in record.events}
    found = find_acts(record.events, record.thread)[1:]
    return [f"{act.kind}: {' + '.join(texts[p] for p in act.positions)}" for act in found]


def interrupt_and_text(s: "Script") -> None:
    s.human(INTERRUPT)
    s.human("B")


def two_steerings_with_work_between(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.says("work")
    s.queue("enqueue", "B")
    s.queue("remove")
    s.queue("remove")


def two_steerings_at_once(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("enqueue", "B")
    s.says("work")
    s.queue("remove")
    s.queue("remove")


def rejection_and_text(s: "Script") -> None:
    s.gets(s.does("Edit", {}), REJECTED + " the user said: A", error=True)
    s.human(INTERRUPT)
    s.human("B")


def two_rejections_of_one_response(s: "Script") -> None:
    one, two = s.does("Edit", {}), s.does("Edit", {}, s.response)
    s.gets(one, REJECTED, error=True)
    s.gets(two, REJECTED, error=True)


def rejection_inside_a_response(s: "Script") -> None:
    s.gets(s.does("Edit", {}), REJECTED, error=True)
    s.says("the same response", s.response)
    s.human("B")


def shell_after_text(s: "Script") -> None:
    s.human("A")
    s.human(SHELL)
    s.human("<bash-stdout>x</bash-stdout>")
    s.human("B")


def shell_before_text(s: "Script") -> None:
    s.human(SHELL)
    s.human("B")


def shell_alone(s: "Script") -> None:
    s.human(SHELL)
    s.human("<bash-stdout>x</bash-stdout>")


def result_between(s: "Script") -> None:
    call = s.does("Bash", {})
    s.human(INTERRUPT)
    s.gets(call, "late")
    s.human("B")


def local_commands(s: "Script") -> None:
    s.human(COMMAND.format("model"))
    s.human("<local-command-stdout>x</local-command-stdout>")
    s.human("B")


def notification(s: "Script") -> None:
    s.human("<task-notification>x</task-notification>")


def custom_command(s: "Script") -> None:
    s.human(COMMAND.format("deploy"))
    s.human("the body of the command", isMeta=True)


def compaction(s: "Script") -> None:
    s.compacts("This session is being continued")


def answer_then_work(s: "Script") -> None:
    s.gets(s.does("AskUserQuestion", {}), "User has answered your questions: A")
    s.says("work")
    s.gets(s.does("ExitPlanMode", {}), "User has approved your plan.")


def a_subagent_s_prompt(s: "Script") -> None:
    message = {"role": "user", "content": "you are a subagent"}
    s.chained("user", isSidechain=True, agentId="a1", message=message)


NO_WORDS = "(rejected the call)"


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (interrupt_and_text, [f"interrupt: {INTERRUPT} + B"]),
        (two_steerings_with_work_between, ["steering: A", "steering: B"]),
        (two_steerings_at_once, ["steering: A + B"]),
        (rejection_and_text, [f"rejection: A + {INTERRUPT} + B"]),
        (two_rejections_of_one_response, [f"rejection: {NO_WORDS} + {NO_WORDS}"]),
        (rejection_inside_a_response, [f"rejection: {NO_WORDS} + B"]),
        (shell_after_text, [f"typed: A + {SHELL} + B"]),
        (shell_before_text, ["typed: B"]),
        (shell_alone, []),
        (result_between, [f"interrupt: {INTERRUPT} + B"]),
        (local_commands, ["typed: B"]),
        (notification, []),
        (custom_command, ["command: /deploy"]),
        (compaction, []),
        (answer_then_work, ["answer: A", "plan_approved: (approved the plan)"]),
        (a_subagent_s_prompt, []),
    ],
)
def test_an_act_is_what_a_person_does_without_work_of_the_agent_in_between(
    script: "Script", write: "Callable[[Script], None]", expected: list[str]
) -> None:
    script.human("start")
    script.says("first")
    write(script)
    assert acts(script) == expected


def test_a_rejection_inside_a_response_keeps_its_cut_while_the_agent_s_points_snap(
    script: "Script",
) -> None:
    script.human("start")
    script.thinks("hm")
    one = script.does("Edit", {"n": 1}, script.response)
    script.gets(one, REJECTED, error=True)
    script.does("Edit", {"n": 2}, "msg-2")
    record = read(script)
    lines = {entry.position: entry.line for entry in record.entries}
    points = [(point.actor, lines[point.cut]) for point in find_candidates(record)]
    assert points == [("human", 1), ("agent", 2), ("human", 4)]


def test_the_words_of_a_rejection_are_an_event_and_not_repeated_in_the_result(
    script: "Script",
) -> None:
    script.human("start")
    script.gets(script.does("Edit", {}), REJECTED + " the user said: ZEBRA", error=True)
    *_, words, result = read(script).events
    assert (words.kind, words.text) == ("rejection", "ZEBRA")
    assert (result.kind, result.text) == ("result", REJECTED + " the user said:")


def test_words_that_come_with_a_result_are_cut_before_the_line(script: "Script") -> None:
    script.human("start")
    call = script.does("Bash", {})
    script.gets(call, "output", more=[{"type": "text", "text": "B"}])
    record = read(script)
    act = find_candidates(record)[-1]
    assert act.cut == record.entries[-1].position
    assert visible(record, act.cut) == ["start", "{}"]


def test_a_rewind_leaves_the_earlier_prompt_s_branch_behind_from_the_later_prompt_on(
    script: "Script",
) -> None:
    script.human("start")
    script.says("first")
    script.human("I like it")
    script.says("liked")
    script.rewind(1, "I do not like it")
    script.says("disliked")
    record = read(script)
    point = find_candidates(record)[-2]
    assert point.act_kind == "rewind"
    assert visible(record, point.cut) == ["start", "first", "I like it", "liked"]
    assert visible(record, END) == ["start", "first", "I do not like it", "disliked"]


def test_a_second_rewind_leaves_the_second_branch_behind_too(script: "Script") -> None:
    script.human("start")
    script.says("first")
    for word in ("A", "B", "C"):
        script.parent = "session-1-e2"
        script.human(word)
        script.says(f"re {word}")
    record = read(script)
    assert visible(record, END) == ["start", "first", "C", "re C"]
    assert visible(record, find_candidates(record)[-2].cut)[2:] == ["B", "re B"]


def test_a_rewind_takes_the_branch_s_results_and_steering_with_it(script: "Script") -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    call = script.does("Bash", {})
    script.queue("enqueue", "steer")
    script.gets(call, "output")
    script.queue("remove")
    script.says("then")
    script.rewind(1, "B")
    assert visible(read(script), END) == ["start", "first", "B"]


def exit_before(s: "Script") -> None:
    origin = s.parent
    s.human(COMMAND.format("exit"))
    s.human("<local-command-stdout>Bye</local-command-stdout>")
    s.parent = origin
    s.human("B")


def clear_after(s: "Script") -> None:
    origin = s.parent
    s.human("A")
    s.parent = origin
    s.human(COMMAND.format("clear"))


def shell_beside(s: "Script") -> None:
    origin = s.parent
    s.human("A")
    s.parent = origin
    s.human(SHELL)


def result_siblings(s: "Script") -> None:
    origin = s.parent
    call = s.does("Bash", {})
    s.parent = origin
    s.gets(call, "output")


def no_parent(s: "Script") -> None:
    for word in ("A", "B"):
        s.parent = None
        s.human(word)


def unknown_parent(s: "Script") -> None:
    for word in ("A", "B"):
        s.parent = "never-written"
        s.human(word)


def steering_beside_a_prompt(s: "Script") -> None:
    origin = s.parent
    s.human("A")
    s.parent = origin
    s.attached("B")


def after_a_synthetic_reply(s: "Script") -> None:
    s.human("A")
    s.chained("assistant", message={"model": "<synthetic>", "content": "No response requested."})
    s.human("B")


FALSE_FRIENDS = [
    exit_before, clear_after, shell_beside, result_siblings, no_parent, unknown_parent,
    steering_beside_a_prompt, after_a_synthetic_reply,
]  # fmt: skip


@pytest.mark.parametrize("write", FALSE_FRIENDS)
def test_what_only_looks_like_a_rewind_abandons_nothing(
    script: "Script", write: "Callable[[Script], None]"
) -> None:
    script.human("start")
    script.says("first")
    write(script)
    record = read(script)
    assert record.abandonments == ()
    assert "rewind" not in {point.act_kind for point in find_candidates(record)}


def test_a_rewind_is_found_through_progress_and_local_commands(script: "Script") -> None:
    script.human("start")
    answer = script.says("first")
    script.chained("progress", data={})
    script.human("A")
    script.says("re A")
    script.parent = answer
    script.human(COMMAND.format("rewind"))
    script.human("B")
    assert visible(read(script), END) == ["start", "first", "B"]


def test_a_retracted_reply_is_gone_from_the_retraction_on(script: "Script") -> None:
    script.human("start")
    reply = script.says("retracted")
    script.says("in between")
    script.chained("system", subtype="model_refusal_fallback", retractedMessageUuids=[reply, "x"])
    script.says("instead")
    record = read(script)
    before = find_candidates(record)[2].cut
    assert visible(record, before) == ["start", "retracted"]
    assert visible(record, END) == ["start", "in between", "instead"]


def test_a_message_about_a_failed_request_is_no_response(script: "Script") -> None:
    script.human("start")
    message = {"id": "m", "model": "model-x", "content": "API Error: 529"}
    script.chained("assistant", isApiErrorMessage=True, message=message)
    record = read(script)
    assert [event.shown for event in record.events] == [True, False]
    assert len(find_candidates(record)) == 1


def test_a_rejection_inside_a_subagent_s_file_is_no_act(script: "Script") -> None:
    call = {"type": "tool_use", "id": "c", "name": "Edit", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "c", "content": REJECTED, "is_error": True}
    side = {"isSidechain": True, "agentId": "a1"}
    script.chained("assistant", message={"id": "m", "content": [call]}, **side)
    script.chained("user", message={"content": [result]}, **side)
    assert [point.actor for point in find_candidates(read(script))] == ["agent"]


def test_a_file_of_sidechain_lines_is_a_thread_of_its_own(script: "Script") -> None:
    message = {"role": "user", "content": "look into it"}
    script.chained("user", isSidechain=True, agentId="a1", message=message)
    script.sidechain("found it")
    record = read(script)
    assert (record.external_id, record.thread) == ("session-1/a1", "a1")
    assert [point.actor for point in find_candidates(record)] == ["agent"]
