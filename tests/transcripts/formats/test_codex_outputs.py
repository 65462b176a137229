"""What calls of a rollout are answered with, and whose rollout it is."""

from typing import TYPE_CHECKING, Any

import pytest

from transcripts.formats.codex.outputs import find_decision
from transcripts.records import ActKind, EventKind, ThreadRole

if TYPE_CHECKING:
    from tests.transcripts.formats.conftest import Rollout

PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}


@pytest.mark.parametrize(
    ("output", "text", "is_error"),
    [
        pytest.param("plain", "plain", False, id="text"),
        pytest.param({"content": "boom", "success": False}, "boom", True, id="failed"),
        pytest.param({"content": "fine", "success": True}, "fine", False, id="succeeded"),
        pytest.param({"content_items": [PICTURE]}, "[image image/png, 3 bytes]", False, id="items"),
        pytest.param([{"type": "input_text", "text": "a"}, PICTURE],
                     "a\n[image image/png, 3 bytes]", False, id="parts"),
        pytest.param(None, "", False, id="nothing"),
    ],
)  # fmt: skip
def test_outputs_are_read_as_the_model_was_given_them(
    rollout: "Rollout", output: Any, text: str, is_error: bool
) -> None:
    rollout.call(output=None).item("function_call_output", call_id="call-1", output=output)
    event = rollout.record.events[-1]
    assert (event.kind, event.text, event.tool) == (EventKind.RESULT, text, "exec")
    assert event.is_error == is_error


def test_tools_that_were_found_are_a_result(rollout: "Rollout") -> None:
    event = rollout.item("tool_search_output", call_id="c", tools=[{"name": "get"}]).record.events[
        -1
    ]
    assert (event.kind, event.shown) == (EventKind.RESULT, True)
    assert '"name": "get"' in event.text


@pytest.mark.parametrize(
    ("tool", "text", "expected"),
    [
        ("exec", "patch rejected by user\n", ActKind.REJECTION),
        ("exec", "aborted", ActKind.INTERRUPT),
        ("exec", "Wall time: 1.5 seconds\naborted by user", ActKind.INTERRUPT),
        ("request_user_input", '{"answers": {"q": "yes"}}', ActKind.ANSWER),
        ("request_user_input", '{"answers": {}}', None),
        ("request_user_input", "[]", None),
        ("exec", '{"answers": {"q": "yes"}}', None),
        ("exec", "the transaction was aborted by user 3", None),
        ("exec", "exec command rejected by user, it said in the file", None),
    ],
)
def test_a_decision_is_told_from_output_that_speaks_of_one(
    tool: str, text: str, expected: ActKind | None
) -> None:
    found = find_decision(tool, text)
    assert (found.act_kind if found else None) is expected


def test_an_answer_stands_for_its_output_which_is_kept(rollout: "Rollout") -> None:
    rollout.call("request_user_input", output='{"answers": {"q": {"answers": ["a", "b"]}}}')
    answer, result = rollout.record.events[-2:]
    assert (answer.text, answer.shown) == ("q: a, b", True)
    assert (result.kind, result.shown) == (EventKind.RESULT, False)


def test_a_summariser_is_told_by_its_source(rollout: "Rollout") -> None:
    rollout.lines.clear()
    meta = {"id": "child", "session_id": "root", "source": {"subagent": "compact"}}
    record = rollout.meta(**meta).record
    assert record.external_id == "root/child"
    assert [one.role for one in record.threads] == [ThreadRole.SUMMARISER]


def test_a_rollout_without_an_id_is_named_by_its_file(rollout: "Rollout") -> None:
    rollout.lines.clear()
    assert rollout.turn("go").record.external_id == "stored"


def test_an_interrupted_subagent_was_interrupted_by_no_person(rollout: "Rollout") -> None:
    rollout.lines.clear()
    record = rollout.meta(source={"subagent": "review"}).agent("a").interrupt().record
    assert all(event.act_kind is None for event in record.events)


def test_a_turn_without_a_count_is_said(rollout: "Rollout") -> None:
    record = rollout.turn("go").agent("a").call().agent("b").done().record
    assert len({event.response for event in record.events if event.response}) == 1
    assert any(warning.startswith("1 turns end without a count") for warning in record.warnings)
