"""What of an entry's content is shown, and what is stored and counted only."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from transcripts.prefixes import find_candidates
from transcripts.records import EventKind, SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

    Read = Callable[[Script], SessionRecord]
    Visible = Callable[..., list[str]]

PNG = {"type": "base64", "media_type": "image/png", "data": "QUJDRA=="}


def test_thinking_is_part_of_the_prefix_unless_it_is_empty_or_redacted(
    script: "Script", read: "Read"
) -> None:
    script.thinks("hm")
    script.thinks("", script.response)
    script.block({"type": "redacted_thinking", "data": "x"}, script.response)
    events = read(script).events
    assert [(e.kind, e.text, e.shown) for e in events] == [
        (EventKind.THINKING, "hm", True),
        (EventKind.THINKING, "", False),
        (EventKind.THINKING, "", False),
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (PNG, "[image image/png, 4 bytes]"),
        ({"type": "url", "url": "https://example.org/p.png"}, "[image by its address]"),
        ({"type": "file", "file_id": "file-1"}, "[image by the number of a file]"),
        ({"type": "text", "media_type": "text/plain", "data": "ü"}, "[image text/plain, 2 bytes]"),
        (None, "[image unknown type]"),
    ],
    ids=["bytes", "address", "number", "text", "nothing"],
)
@pytest.mark.parametrize("said", [True, False], ids=["said", "result"])
def test_a_picture_is_a_placeholder_with_its_size(
    script: "Script", read: "Read", source: Any, text: str, said: bool
) -> None:
    block = {"type": "image", "source": source}
    if said:
        script.human([block])
    else:
        script.gets("call", [block])
    assert read(script).events[-1].text == text


def test_the_recorder_s_own_mark_beside_a_picture_is_no_word_of_a_person(
    script: "Script", read: "Read"
) -> None:
    script.human([{"type": "text", "text": "[Image #1]"}, {"type": "image", "source": PNG}])
    assert read(script).events[0].text == "[image image/png, 4 bytes]"


def test_a_persisted_output_is_shown_as_the_model_saw_it(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    preview = (
        "<persisted-output>\nFull output saved to: /home/x/o.txt\nPreview\n</persisted-output>"
    )
    block = {"type": "tool_result", "tool_use_id": "c", "content": preview}
    extra = {"stdout": "ZEBRA", "persistedOutputPath": "/home/x/o.txt"}
    script.chained("user", message={"content": [block]}, toolUseResult=extra)
    assert visible(read(script)) == [preview]


def unknown_reply(s: "Script") -> None:
    s.block({"type": "hologram", "text": "ZEBRA"})


def unknown_words(s: "Script") -> None:
    s.human([{"type": "hologram", "text": "ZEBRA"}])


def unknown_part_of_a_result(s: "Script") -> None:
    s.gets("call", [{"type": "hologram", "text": "ZEBRA"}])


@pytest.mark.parametrize("write", [unknown_reply, unknown_words, unknown_part_of_a_result])
def test_a_block_of_an_unknown_type_is_counted_and_never_shown(
    script: "Script", read: "Read", visible: "Visible", write: "Callable[[Script], None]"
) -> None:
    write(script)
    record = read(script)
    assert record.warnings == ("1 blocks of unknown type 'hologram'; stored, never shown",)
    assert "".join(visible(record)) == ""


def test_what_a_server_s_own_tool_gave_back_is_a_result_of_the_response(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    use = {"type": "server_tool_use", "id": "c", "name": "web_search", "input": {}}
    script.block(use, "m")
    found = [{"type": "web_search_result", "title": "t", "encrypted_content": "ZEBRA"}]
    script.block({"type": "web_search_tool_result", "tool_use_id": "c", "content": found}, "m")
    result = read(script).events[-1]
    assert (result.kind, result.tool, result.response) == (EventKind.RESULT, "web_search", "m")
    assert visible(read(script)) == ["{}", "[web_search_result]"]


def test_a_search_result_is_shown_with_its_title_and_words(script: "Script", read: "Read") -> None:
    words = [{"type": "text", "text": "words"}]
    script.gets("call", [{"type": "search_result", "title": "T", "content": words}])
    assert read(script).events[-1].text == "[search result T]\nwords"


def test_an_attachment_of_an_unknown_type_is_counted_and_never_shown(
    script: "Script", read: "Read"
) -> None:
    for kind in ("hologram", "hologram", "hook_success", None):
        script.chained("attachment", attachment={"type": kind, "content": "ZEBRA"})
    record = read(script)
    assert record.events == ()
    assert record.warnings == (
        "1 attachments of unknown type 'None'; stored, never shown",
        "2 attachments of unknown type 'hologram'; stored, never shown",
    )


@pytest.mark.parametrize(
    "text",
    [
        "<user-prompt-submit-hook>blocked",
        "Stop hook feedback:\nrun the tests",
        "<system-reminder>x",
    ],
)
def test_what_a_hook_or_the_program_says_is_nobody_s_act(
    script: "Script", read: "Read", visible: "Visible", text: str
) -> None:
    script.human(text)
    record = read(script)
    assert (visible(record), find_candidates(record)) == ([], [])


def test_messages_of_the_program_itself_are_notices_that_are_not_shown(
    script: "Script", read: "Read"
) -> None:
    script.chained("system", subtype="api_error", content="overloaded")
    script.chained("system", subtype="model_refusal_fallback", content="refused")
    script.chained("system", subtype="turn_duration", content="90 s")
    synthetic = {"model": "<synthetic>", "content": "No response requested."}
    script.chained("assistant", message=synthetic)
    assert [(e.kind, e.shown) for e in read(script).events] == [(EventKind.NOTICE, False)] * 3


def test_shell_input_on_a_system_line_is_as_good_as_on_a_user_line(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    script.human("A")
    line = {"subtype": "local_command"}
    script.chained("system", content="<bash-input>ls</bash-input>", **line)
    script.chained("system", content="<bash-stdout>x</bash-stdout>", **line)
    script.chained("system", content="<command-name>/cost</command-name>", **line)
    record = read(script)
    assert visible(record) == ["A", "<bash-input>ls</bash-input>", "<bash-stdout>x</bash-stdout>"]
    assert [event.joins_act for event in record.events] == [False, True, False]


def test_a_new_version_s_words_for_a_decision_are_counted(script: "Script", read: "Read") -> None:
    for text in ("The user has denied this.", "Exit code 1", "! [rejected] main -> main"):
        script.gets(script.does("Bash", {}), text, error=True)
    script.gets(script.does("AskUserQuestion", {}), "They said yes")
    assert read(script).warnings == (
        "2 results look like a person's decision in words that this version does not know",
    )
