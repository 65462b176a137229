"""From bytes to objects: what crashed, foreign or hostile writers leave in a file."""

import io
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.acts import find_acts
from transcripts.errors import BrokenFile, UserError
from transcripts.formats.claude_code.session import read_stream
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

LINE = b'{"type":"user","uuid":"u%d","sessionId":"s","message":{"role":"user","content":"%s"}}'


def read(data: bytes) -> SessionRecord:
    return read_stream(io.BytesIO(data), "file.jsonl", "stem")


def texts(data: bytes) -> list[str]:
    return [event.text for event in read(data).events]


def test_a_byte_order_mark_is_skipped_and_counts_as_bytes() -> None:
    record = read(b"\xef\xbb\xbf" + LINE % (1, b"hello") + b"\n")
    assert record.events[0].text == "hello"
    assert record.entries[0].offset == 3


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"a\\ud800b", "a\ufffdb", id="a lone surrogate"),
        pytest.param(b"a\\u0000b", "a\ufffdb", id="NUL"),
        pytest.param(b"a\xffb", "a\ufffdb", id="a byte that is not UTF-8"),
        pytest.param(b"\\ud83d\\ude00", "\U0001f600", id="a surrogate pair"),
    ],
)
def test_characters_that_cannot_be_stored_are_replaced(content: bytes, text: str) -> None:
    assert texts(LINE % (1, content) + b"\n") == [text]


def test_nan_in_a_bookkeeping_field_does_not_stop_the_reading() -> None:
    assert texts(b'{"type":"cost-state","usd":NaN}\n' + LINE % (1, b"hello") + b"\n") == ["hello"]


def test_objects_glued_on_one_line_are_read_with_their_own_offsets() -> None:
    one, two = LINE % (1, b"\xc3\xa9"), LINE % (2, b"two")
    record = read(one + two + b"\n" + LINE % (3, b"three"))
    assert [event.text for event in record.events] == ["\u00e9", "two", "three"]
    assert [(e.line, e.offset) for e in record.entries] == [
        (1, 0), (1, len(one)), (2, len(one) + len(two) + 1),
    ]  # fmt: skip
    assert any("2 objects stood glued" in warning for warning in record.warnings)


def test_a_glued_object_has_the_value_that_it_has_alone() -> None:
    number = b'{"type":"assistant","uuid":"a","message":{"id":"m","content":[{"type":"tool_use",'
    number += b'"id":"c","name":"T","input":{"n":123456789012345678901234567890}}]}}'
    other = number.replace(b'"a"', b'"b"').replace(b'"m"', b'"n"')
    assert texts(number + other) == texts(number) * 2


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"], ids=["no-newline", "newline", "crlf"])
@pytest.mark.parametrize("kept", [1, 20, 70], ids=["brace", "half", "most"])
def test_a_torn_last_line_is_left_out_with_a_warning(end: bytes, kept: int) -> None:
    record = read(LINE % (1, b"one") + b"\n" + (LINE % (2, b"two"))[:kept] + end)
    assert [event.text for event in record.events] == ["one"]
    assert "line 2 is torn" in record.warnings[0]
    assert record.size == len(LINE % (1, b"one"))


def test_the_torn_end_of_a_glued_line_keeps_what_was_complete() -> None:
    record = read(LINE % (1, b"one") + b'{"type":"us')
    assert [event.text for event in record.events] == ["one"]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b'{"type":"us', id="torn"),
        pytest.param(b"[1, 2]", id="not an object"),
        pytest.param(b"\x00\x00\x00", id="NUL bytes"),
        pytest.param(b'{"a":' * 100_000, id="nested too deeply"),
        pytest.param(b'{"a":' * 5000 + b"1" + b"}" * 5000, id="nested beyond reason"),
    ],
)
def test_a_broken_line_in_the_middle_stops_the_reading_with_its_number(broken: bytes) -> None:
    with pytest.raises(BrokenFile, match=r"'file.jsonl', line 3: ") as found:
        read(LINE % (1, b"one") + b"\n\n" + broken + b"\n" + LINE % (2, b"two") + b"\n")
    assert found.value.line == 3


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"role":"user","content":"hi"}\n', id="JSON-lines without types"),
        pytest.param(b'{"type":"message","id":"a1"}\n{"type":"model_change"}', id="other types"),
    ],
)
def test_a_foreign_file_is_not_a_transcript(data: bytes) -> None:
    assert not read(data).recognised


def test_a_call_nested_beyond_reason_is_said_to_be_so(script: "Script") -> None:
    script.does("Bash", "HERE")
    script.lines[0] = script.lines[0].replace(b'"HERE"', b"[" * 1010 + b"]" * 1010)
    assert texts(script.data) == ["[input nested too deeply to be shown]"]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b'{"type":"us'])
def test_a_file_without_one_complete_line_has_no_entries(data: bytes) -> None:
    record = read(data)
    assert (record.entries, record.events, record.size) == ((), (), 0)


def test_of_entries_with_one_uuid_the_first_stands(script: "Script") -> None:
    script.human("first")
    script.raw(script.lines[0].replace(b"first", b"second"))
    record = read(script.data)
    assert [event.text for event in record.events] == ["first"]
    assert len(record.entries) == 2
    assert "1 entries repeat an earlier uuid" in record.warnings[0]


def test_an_unknown_entry_is_kept_and_named_and_never_an_event(script: "Script") -> None:
    script.entry("hologram", text="secret")
    script.human("hello")
    record = read(script.data)
    assert [entry.type for entry in record.entries] == ["hologram", "user"]
    assert [event.text for event in record.events] == ["hello"]
    assert "1 entries of unknown type 'hologram'" in record.warnings[0]


def test_a_parent_that_was_never_written_is_a_warning_only(script: "Script") -> None:
    script.human("hello")
    script.parent = "nobody"
    script.says("hi")
    record = read(script.data)
    assert record.warnings == ("1 parents are named and never written",)
    assert record.cuts_reliable


def interleaved(script: "Script") -> None:
    first = script.says("one")
    script.says("two", "other")
    script.says("one, later", "msg-1")
    assert first


def late_result(script: "Script") -> None:
    call = script.does("Bash", {})
    script.says("the next response")
    script.gets(call, "late")


def child_first(script: "Script") -> None:
    script.parent = "session-1-e2"
    script.human("child")
    script.parent = None
    script.human("parent")


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        pytest.param(child_first, "an entry stands before its parent", id="I1"),
        pytest.param(interleaved, "interleaved writers", id="I2"),
        pytest.param(late_result, "a tool result comes after the next response", id="I3"),
    ],
)
def test_a_broken_invariant_makes_the_cuts_unreliable(
    script: "Script", write: Any, problem: str
) -> None:
    write(script)
    record = read(script.data)
    assert not record.cuts_reliable
    assert problem in record.warnings[-1]
    assert "near line" in record.warnings[-1]


def test_two_attachments_that_changed_places_break_nothing(script: "Script") -> None:
    script.parent = "session-1-e2"
    script.chained("attachment", attachment={"type": "hook_success"})
    script.parent = None
    script.chained("attachment", attachment={"type": "hook_success"})
    record = read(script.data)
    assert (record.cuts_reliable, record.warnings) == (True, ())


def test_many_problems_are_counted_where_they_are_not_all_named(script: "Script") -> None:
    for number in range(9):
        script.says("one", f"first-{number}")
        script.says("two", f"second-{number}")
        script.says("one again", f"first-{number}")
    assert "4 more" in read(script.data).warnings[-1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["", "x", "u1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("type"), inner, max_size=2),
    max_leaves=5,
)
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "thinking", "image", 7])},
    optional=dict.fromkeys(("text", "id", "name", "input", "source", "content", "thinking"), JSON),
)
MESSAGE = JSON | st.fixed_dictionaries(
    {"content": JSON | st.lists(BLOCK, max_size=3)}, optional={"id": JSON, "model": JSON}
)
FIELDS = (
    "uuid", "parentUuid", "content", "isSidechain", "agentId", "sessionId", "version",
    "timestamp", "isMeta", "origin", "requestId", "retractedMessageUuids",
)  # fmt: skip
KINDS: list[Any] = [
    "user",
    "assistant",
    "system",
    "attachment",
    "queue-operation",
    "progress",
    None,
    [],
]
ENTRY = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS), "message": MESSAGE},
    optional={
        "operation": st.sampled_from(["enqueue", "remove", "dequeue", "popAll", 3]),
        "attachment": JSON
        | st.fixed_dictionaries(
            {"type": st.just("queued_command")} | {"prompt": JSON | st.lists(BLOCK, max_size=2)}
        ),
        **dict.fromkeys(FIELDS, JSON),
    },
)


@settings(max_examples=120)
@given(st.lists(ENTRY, min_size=1, max_size=6))
def test_no_shape_of_entry_is_more_than_a_user_error(entries: list[dict[str, Any]]) -> None:
    try:
        record = read(b"\n".join(orjson.dumps(entry) for entry in entries))
    except UserError:
        return
    find_acts(record.events, record.thread)
    assert len({event.id for event in record.events}) == len(record.events)
    assert all(
        isinstance(value, str | None)
        for value in (record.external_id, record.thread, record.version, record.first_timestamp)
    )
