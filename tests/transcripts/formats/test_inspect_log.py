"""Inspect logs, as `inspect_ai` itself reads them and as we do: the prefix is the model's input."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from transcripts.cut import Shown, is_visible
from transcripts.errors import UserError
from transcripts.formats.reading import read_record
from transcripts.formats.registry import find_format, open_readings, read_sessions
from transcripts.prefixes import Cuttable, find_candidates
from transcripts.records import ActKind, EventKind, SessionRecord

pytestmark = pytest.mark.needs_package("inspect_ai")

LOGS = {"browser.json": 5, "log_formats.eval": 1, "theory-of-mind.eval": 100}
KINDS = {"system": {"notice"}, "user": {"notice", "human"}, "assistant": {"agent"}}


def prefix(record: SessionRecord, cut: int, thread: str = "main") -> list[Shown]:
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    return [event.content for event in events if is_visible(event, cut, thread)]


def written(message: Any) -> Iterator[tuple[set[str], str, str | None, bool]]:
    """What a prefix has to show of a message, straight from Inspect's own objects."""
    content = message.content
    parts = [content] if isinstance(content, str) else [p.text for p in content if p.type == "text"]
    if message.role == "tool":
        text = message.error.message if message.error else "\n".join(parts)
        yield {"result"}, message.function or "", text, message.error is not None
        return
    for part in filter(str.strip, parts):
        yield KINDS[message.role], "", part, False
    for call in getattr(message, "tool_calls", None) or ():
        yield {"call"}, call.function, None, False


def assert_same(found: list[Shown], messages: Sequence[Any]) -> None:
    expected = [one for message in messages for one in written(message)]
    assert len(found) == len(expected)
    for shown, (kinds, tool, text, is_error) in zip(found, expected, strict=True):
        assert shown.kind in kinds
        assert (shown.tool, shown.is_error) == (tool, is_error)
        assert text is None or shown.text == text


def decisions(sample: Any) -> list[Any]:
    """The model calls of a sample that are no scorer's and that were answered."""
    scored: set[str] = set()
    found = []
    for event in sample.events:
        if event.event == "span_begin" and (event.type == "scorers" or event.parent_id in scored):
            scored.add(event.id)
        if event.event == "model" and event.span_id not in scored and event.output.choices:
            found.append(event)
    return found


def check(path: Path) -> int:
    """Compare the prefix at every response with the input of its model call."""
    from inspect_ai.log import read_eval_log

    form: Any = "json" if path.suffix == ".json" else "eval"
    log = read_eval_log(str(path), resolve_attachments=True, format=form)
    records = {record.external_id: record for record in read_sessions(path)}
    checked = 0
    for sample in log.samples or ():
        record = records[f"{log.eval.eval_id}:{sample.id}:{sample.epoch}"]
        threads = {event.ordinal: event.thread for event in record.events}
        responses = [entry for entry in record.entries if entry.type == "model"]
        for entry, call in zip(responses, decisions(sample), strict=True):
            assert_same(prefix(record, entry.position, threads[entry.ordinal]), call.input)
            checked += 1
    return checked


class Script:
    """Writes one sample of a log, event by event, with Inspect's own types."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.more: dict[str, Any] = {}
        self.span: str | None = None

    def begin(self, id_: str, kind: str, parent: str | None = None) -> "Script":
        from inspect_ai.event import SpanBeginEvent

        self.events.append(SpanBeginEvent(id=id_, name=id_, type=kind, parent_id=parent))
        self.span = id_
        return self

    def end(self, id_: str) -> "Script":
        from inspect_ai.event import SpanEndEvent

        self.events.append(SpanEndEvent(id=id_))
        return self

    def model(self, messages: Sequence[Any], reply: Any, **more: Any) -> Any:
        """A model call; returns the assistant's message."""
        from inspect_ai.event import ModelEvent
        from inspect_ai.model import ChatCompletionChoice, GenerateConfig, ModelOutput

        message = agent(reply) if isinstance(reply, str) else reply
        choices = [] if message is None else [ChatCompletionChoice(message=message)]
        event = ModelEvent(
            model="mock/model", input=list(messages), tools=[], tool_choice="auto",
            config=GenerateConfig(), output=ModelOutput(model="mock", choices=choices), **more,
        )  # fmt: skip
        event.span_id = more.get("span_id", self.span)
        self.events.append(event)
        return message

    def write(self, path: Path, *others: "Script") -> Path:
        """Write the log, with other scripts as further samples."""
        from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSpec, write_eval_log

        spec = EvalSpec(
            eval_id="eval", created="2026-01-01T00:00:00+00:00", task="task", model="mock/model",
            dataset=EvalDataset(), config=EvalConfig(),
        )  # fmt: skip
        samples = [script.sample(number) for number, script in enumerate((self, *others), start=1)]
        form: Any = path.suffix[1:]
        write_eval_log(EvalLog(eval=spec, samples=samples, status="success"), str(path), form)
        return path

    def sample(self, number: int) -> Any:
        from inspect_ai.log import EvalSample

        fields: dict[str, Any] = {"id": number, "epoch": 1, "input": "task", "target": "TARGET"}
        return EvalSample(**(fields | self.more), events=self.events)

    def read(self, tmp_path: Path) -> SessionRecord:
        """Write the log, check the law on it, and read its sample."""
        path = self.write(tmp_path / "log.eval")
        check(path)
        return next(read_sessions(path))


@pytest.fixture
def script() -> Script:
    return Script()


def user(text: Any, source: Any = None) -> Any:
    from inspect_ai.model import ChatMessageUser

    return ChatMessageUser(content=text, source=source)


def agent(text: str, *calls: str) -> Any:
    from inspect_ai.model import ChatMessageAssistant
    from inspect_ai.tool import ToolCall

    made = [ToolCall(id=call, function="bash", arguments={"cmd": call}) for call in calls]
    return ChatMessageAssistant(content=text, tool_calls=made or None, source="generate")


def tool(call: str, text: str, error: str | None = None) -> Any:
    from inspect_ai.model import ChatMessageTool
    from inspect_ai.tool import ToolCallError

    failed = ToolCallError("unknown", error) if error else None
    return ChatMessageTool(content=text, tool_call_id=call, function="bash", error=failed)


def actors(record: SessionRecord) -> list[str]:
    return [point.actor for point in find_candidates(record)]


@pytest.mark.parametrize("name", LOGS)
def test_every_prefix_of_a_recorded_log_is_the_input_of_its_model_call(
    corpus: Path, name: str
) -> None:
    assert find_format(corpus / "inspect" / name).name == "inspect"
    assert check(corpus / "inspect" / name) == LOGS[name]


@pytest.mark.parametrize("suffix", ["eval", "json"])
def test_a_message_that_returns_in_a_later_input_is_one_event(
    script: Script, tmp_path: Path, suffix: str
) -> None:
    task, call = user("find out", "input"), agent("looking", "c1")
    script.model([task], call)
    script.model([task, call, tool("c1", "found")], "done")
    record = next(read_sessions(script.write(tmp_path / f"log.{suffix}")))
    kinds = [event.kind.value for event in record.events]
    assert kinds == ["human", "agent", "call", "result", "agent"]
    assert actors(record) == ["human", "agent", "agent"]
    assert check(tmp_path / f"log.{suffix}") == 2


def test_what_an_input_leaves_out_is_abandoned_and_a_summary_is_new(
    script: Script, tmp_path: Path
) -> None:
    task = user("find out", "input")
    first = script.model([task], "one")
    second = script.model([task, first, user("go on")], "two")
    script.model([task, user("summary"), second], "three")
    script.model([task, first, user("go on"), second], "again")
    record = script.read(tmp_path)
    assert [event.text for event in record.events] == [
        "find out", "one", "go on", "two", "summary", "two", "three",
        "one", "go on", "two", "again",
    ]  # fmt: skip
    assert actors(record) == ["human", *["agent"] * 4]


def test_a_trimmed_input_that_adds_nothing_has_exactly_what_is_left(
    script: Script, tmp_path: Path
) -> None:
    messages = [user("find out", "input"), user("a"), user("b"), user("c")]
    script.model(messages, "one")
    script.model([messages[0], messages[2]], "two")
    record = script.read(tmp_path)
    last = [entry for entry in record.entries if entry.type == "model"][-1]
    assert [shown.text for shown in prefix(record, last.position)] == ["find out", "b"]


def test_a_failed_call_shows_the_error_that_the_model_was_sent(
    script: Script, tmp_path: Path
) -> None:
    task, call = user("find out", "input"), agent("", "c1")
    script.model([task], call)
    script.model([task, call, tool("c1", "never sent", error="no such file")], "done")
    result = next(e for e in script.read(tmp_path).events if e.kind is EventKind.RESULT)
    assert (result.text, result.is_error, result.tool) == ("no such file", True, "bash")


def test_an_agent_that_a_tool_begins_is_a_thread_of_its_own(script: Script, tmp_path: Path) -> None:
    from inspect_ai.event import ToolEvent

    task, call = user("find out", "input"), agent("", "c1")
    script.begin("root", "agent").model([task], call)
    script.begin("bash", "tool", "root")
    script.events.append(ToolEvent(id="c1", function="bash", arguments={}, span_id="root"))
    script.begin("critic", "agent", "bash").model([user("check", "input")], "wrong")
    script.end("critic").end("bash").span = "root"
    script.model([task, call, tool("c1", "wrong")], "done")
    record = script.read(tmp_path)
    (thread,) = record.threads
    assert (thread.agent_type, thread.call_id, thread.call) == ("critic", "c1", record.events[1].id)
    assert [e.text for e in record.events if e.thread == thread.name] == ["check", "wrong"]
    assert actors(record) == ["human", "agent", "agent"]


def test_agents_that_run_side_by_side_do_not_share_a_context(
    script: Script, tmp_path: Path
) -> None:
    one, two = user("first task", "input"), user("second task", "input")
    script.begin("a", "agent").begin("b", "agent")
    mine = script.model([one], "mine", span_id="a")
    script.model([two], "theirs", span_id="b")
    script.model([one, mine, user("go on")], "more", span_id="a")
    record = script.read(tmp_path)
    assert not record.abandonments
    assert {event.thread for event in record.events} == {"main", "b-1"}


def test_agents_that_follow_each_other_on_one_task_are_one_thread(
    script: Script, tmp_path: Path
) -> None:
    task = user("find out", "input")
    reply = script.begin("plan", "agent").model([task], "a plan")
    script.end("plan").begin("do", "agent").model([task, reply, user("go on")], "done")
    script.end("do").begin("other", "agent").model([user("another matter")], "fine")
    record = script.read(tmp_path)
    assert [event.thread for event in record.events] == ["main"] * 4 + ["other-1"] * 2


def test_targets_scores_and_final_messages_stand_in_no_line_before_the_last(
    script: Script, tmp_path: Path
) -> None:
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Score

    script.model([user("find out", "input")], "done")
    script.begin("scorers", "scorers").begin("judge", "scorer", "scorers")
    script.model([user("is it TARGET?")], "TARGET it is")
    script.more = {
        "messages": [user("TARGET")], "metadata": {"note": "TARGET"}, "store": {"": "TARGET"},
        "output": ModelOutput.from_content("", "TARGET"), "scores": {"": Score(value="TARGET")},
    }  # fmt: skip
    record = script.read(tmp_path)
    assert not any(b"TARGET" in entry.raw for entry in record.entries[:-1])
    assert record.entries[-1].type == "withheld"
    assert not any("TARGET" in event.text for event in record.events)
    assert "scorers" in record.warnings[0]


def test_a_log_that_was_scored_again_has_the_same_lines(script: Script, tmp_path: Path) -> None:
    from inspect_ai.scorer import Score

    script.model([user("find out", "input")], "done")
    script.more = {"uuid": "u"}
    before = script.read(tmp_path).entries
    script.more = {"uuid": "u", "scores": {"s": Score(value=1)}, "store": {"score": 1}}
    assert script.read(tmp_path).entries == before


def test_calls_without_a_reply_are_left_out_and_counted(script: Script, tmp_path: Path) -> None:
    task = user("find out", "input")
    script.model([task], None, error="overloaded")
    script.model([task], None, pending=True)
    script.model([task], "done")
    record = script.read(tmp_path)
    assert actors(record) == ["human", "agent"]
    assert len(record.warnings) == 2


def test_the_oldest_logs_are_cut_before_each_reply_of_the_final_messages(
    script: Script, tmp_path: Path
) -> None:
    first = agent("one", "c1")
    script.more = {"messages": [user("find out"), first, tool("c1", "x"), agent("two")]}
    record = next(read_sessions(script.write(tmp_path / "log.eval")))
    assert record.warnings == ("no events recorded; prefix from the final messages",)
    assert actors(record) == ["human", "agent", "agent"]


def test_what_a_person_says_while_the_agent_works_is_an_act(script: Script, tmp_path: Path) -> None:
    task, said = user("find out", "input"), user("stop that", "operator")
    reply = script.model([task], "working")
    script.model([task, reply, user("please go on"), said], "stopped")
    record = script.read(tmp_path)
    acts = [event.text for event in record.events if event.act_kind is ActKind.TYPED]
    assert acts == ["find out", "stop that"]
    assert actors(record) == ["human", "agent", "human", "agent"]


def test_what_a_person_types_into_a_screen_begins_an_act_and_is_never_shown_itself(
    script: Script, tmp_path: Path
) -> None:
    from inspect_ai.event import InputEvent

    task = user("find out", "input")
    reply = script.model([task], "working")
    script.events.append(InputEvent(input="left", input_ansi="left"))
    script.model([task, reply, user("go left", "operator")], "going")
    record = script.read(tmp_path)
    point = [point for point in find_candidates(record) if point.actor == "human"][-1]
    assert [shown.text for shown in prefix(record, point.cut)] == ["find out", "working"]
    assert actors(record) == ["human", "agent", "human", "agent"]


@pytest.mark.parametrize(("decision", "acts"), [("approve", 1), ("reject", 2)])
def test_a_call_that_a_person_rejects_is_an_act(
    script: Script, tmp_path: Path, decision: Any, acts: int
) -> None:
    from inspect_ai.event import ApprovalEvent
    from inspect_ai.tool import ToolCall

    task, call = user("find out", "input"), agent("", "c1")
    script.model([task], call)
    made = ToolCall(id="c1", function="bash", arguments={})
    script.events.append(ApprovalEvent(message="", call=made, approver="human", decision=decision))
    script.model([task, call, tool("c1", "", error="rejected")], "done")
    assert actors(script.read(tmp_path)).count("human") == acts


def test_an_image_is_a_placeholder_with_its_size(script: Script, tmp_path: Path) -> None:
    from inspect_ai.model import ContentImage, ContentText

    image = ContentImage(image="data:image/png;base64," + "QUJD" * 4)
    script.model([user([ContentText(text="look"), image], "input")], "seen")
    path = script.write(tmp_path / "log.eval")
    record = next(read_sessions(path))
    assert [event.text for event in record.events][:2] == ["look", "[image image/png, 12 bytes]"]
    assert not any(b"QUJD" in entry.raw for entry in record.entries)


@pytest.mark.parametrize("lost", ["attachment://" + "0" * 32, "", None])
def test_an_unresolved_input_refuses_its_sample_and_no_other(
    script: Script, tmp_path: Path, lost: str | None
) -> None:
    script.model([user("fine", "input")], "done")
    broken, messages = Script(), [user(lost, "input")] if lost else []
    broken.model(messages, "done", input_refs=[(7, 9)] if lost is None else None)
    path = broken.write(tmp_path / "log.eval", script)
    with open_readings(path) as readings:
        with pytest.raises(UserError, match=r"sample '1', epoch 1.*model call 1"):
            read_record(next(readings))
        assert len(read_record(next(readings)).events) == 2


def test_epochs_are_sessions_of_their_own_and_no_sign_in_an_id_makes_a_subagent(
    script: Script, tmp_path: Path
) -> None:
    other = Script()
    for epoch, one in enumerate((script, other), start=1):
        one.model([user("find out", "input")], "done")
        one.more = {"id": "a/b:c", "epoch": epoch}
    found = [r.external_id for r in read_sessions(script.write(tmp_path / "log.eval", other))]
    assert found == ["eval:a%2Fb%3Ac:1", "eval:a%2Fb%3Ac:2"]
