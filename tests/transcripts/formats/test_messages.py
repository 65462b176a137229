"""Plain messages: both APIs' forms, as a list, in an object, or as lines."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from transcripts.errors import UserError
from transcripts.formats.heads import first_object
from transcripts.formats.registry import find_format, read_session, replay
from transcripts.prefixes import find_candidates
from transcripts.records import EventKind, SessionRecord

Read = Callable[..., SessionRecord]
MESSAGES_API: list[dict[str, Any]] = [
    {"role": "user", "content": "measure it"},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "secret"},
            {"type": "text", "text": "I run it"},
            {"type": "tool_use", "id": "t1", "name": "run", "input": {"x": 1}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": "boom", "is_error": True},
            {"type": "text", "text": "try again"},
        ],
    },
    {"role": "assistant", "content": "it is 3"},
]
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "secret rules"},
    {"role": "user", "content": [{"type": "text", "text": "measure it"}]},
    {
        "role": "assistant",
        "content": None,
        "reasoning_content": "hm",
        "tool_calls": [
            {"id": "t1", "type": "function", "function": {"name": "run", "arguments": '{"x":1}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "t1", "content": "boom"},
    {"role": "assistant", "content": "it is 3", "model": "m2"},
    {"role": "user", "content": "and the other?"},
]
FORMS = [pytest.param(MESSAGES_API, id="messages-api"), pytest.param(CHAT, id="chat")]


def found(record: SessionRecord) -> list[tuple[str, str, str]]:
    return [(str(e.kind), e.tool, e.text) for e in record.events if e.shown]


def beside(message: Any) -> Any:
    """Poison what a message carries beside its content."""
    return message | {"timestamp": "CANARY", "usage": {"note": "CANARY"}, "stop_reason": "CANARY"}


def test_the_messages_api_is_read(read_json: Read) -> None:
    record = read_json(MESSAGES_API)
    assert found(record) == [
        ("human", "", "measure it"),
        ("thinking", "", "hm"),
        ("agent", "", "I run it"),
        ("call", "run", '{\n "x": 1\n}'),
        ("result", "run", "boom"),
        ("human", "", "try again"),
        ("agent", "", "it is 3"),
    ]
    assert [e.is_error for e in record.events if e.kind is EventKind.RESULT] == [True]


def test_chat_completions_are_read(read_json: Read) -> None:
    record = read_json(CHAT)
    assert found(record) == [
        ("human", "", "measure it"),
        ("thinking", "", "hm"),
        ("call", "run", '{"x":1}'),
        ("result", "run", "boom"),
        ("agent", "", "it is 3"),
        ("human", "", "and the other?"),
    ]
    assert record.models == ("m2",)


@pytest.mark.parametrize("messages", FORMS)
def test_both_laws_hold_for_messages(
    messages: list[Any],
    read_json: Read,
    check_truncation: Callable[..., int],
    check_poison: Callable[..., int],
) -> None:
    def build(items: Any) -> SessionRecord:
        return read_json({"id": "x", "messages": list(items), "notes": "later"})

    assert check_truncation(messages, build) == 4
    assert check_poison(messages, build, beside) == 4


@pytest.mark.parametrize("messages", FORMS)
def test_both_laws_hold_for_lines_of_messages(
    messages: list[Any],
    check_truncation: Callable[..., int],
    check_poison: Callable[..., int],
) -> None:
    def build(items: Any) -> SessionRecord:
        return replay("messages", BytesIO(b"\n".join(json.dumps(m).encode() for m in items)))

    assert check_truncation(messages, build) == 4
    assert check_poison(messages, build, beside) == 4


@pytest.mark.parametrize("messages", FORMS)
def test_list_object_and_lines_give_the_same_events(
    messages: list[Any], read_json: Read, tmp_path: Path
) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text("\n".join(json.dumps(message) for message in messages))
    records = [read_json(messages), read_json({"messages": messages}), read_session(path)]
    assert {record.format for record in records} == {"messages"}
    assert found(records[0]) == found(records[1]) == found(records[2])


@pytest.mark.parametrize("messages", FORMS)
def test_stored_messages_replay_to_the_same_events(messages: list[Any], read_json: Read) -> None:
    record = read_json({"messages": messages, "metadata": {"score": 1}})
    stored = BytesIO(b"\n".join(entry.raw for entry in record.entries))
    assert replay("messages", stored).events == record.events


@pytest.mark.parametrize("messages", FORMS)
def test_every_message_of_the_assistant_is_a_response(messages: list[Any], read_json: Read) -> None:
    actors = [point.actor for point in find_candidates(read_json(messages))]
    assert sorted(actors) == ["agent", "agent", "human", "human"]


def test_prompts_of_the_system_and_metadata_are_stored_and_never_shown(read_json: Read) -> None:
    record = read_json({"model": "m", "system": "secret", "messages": CHAT, "score": "secret"})
    assert all("secret" not in event.text for event in record.events if event.shown)
    assert b"secret" in record.entries[-1].raw
    assert record.models == ("m", "m2")


def source(kind: str, **fields: str) -> dict[str, Any]:
    return {"type": kind, "source": fields}


TEXT = source("document", type="text", media_type="text/plain", data="hi")
GIF = {"type": "image_url", "image_url": {"url": "data:image/gif;base64,AAAA"}}
WAV = {"type": "input_audio", "input_audio": {"format": "wav", "data": "AAAA"}}
MEDIA = [
    (source("image", media_type="image/png", data="AAAA"), "[image image/png, 3 bytes]"),
    (source("image", type="url", url="https://secret"), "[image unknown type]"),
    (TEXT, "[document text/plain, 2 bytes]"),
    (GIF, "[image image/gif, 3 bytes]"),
    (WAV, "[audio wav, 3 bytes]"),
]


@pytest.mark.parametrize(("part", "expected"), MEDIA, ids=[one[1] for one in MEDIA])
def test_media_become_placeholders_with_their_size(
    read_json: Read, part: dict[str, Any], expected: str
) -> None:
    assert found(read_json([{"role": "user", "content": [part]}])) == [("human", "", expected)]


def test_an_unknown_part_or_role_is_counted(read_json: Read) -> None:
    parts = [{"type": "hologram", "data": "secret"}]
    record = read_json(
        [{"role": "user", "content": parts}, {"role": "oracle", "content": "secret"}]
    )
    assert found(record) == [("human", "", "[hologram block]")]
    assert any("'content/hologram'" in warning for warning in record.warnings)
    assert any("'oracle'" in warning for warning in record.warnings)


def test_an_id_is_kept_and_one_is_made_where_none_is_given(read_json: Read) -> None:
    assert read_json({"id": "given", "messages": CHAT}).external_id == "given"
    made = read_json(CHAT).external_id
    assert made.startswith("file-")
    assert read_json(CHAT[:2]).external_id == made
    assert read_json([{"role": "user", "content": "other"}]).external_id != made


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text("\n".join(json.dumps(message) for message in CHAT)[:-5])
    record = read_session(path)
    assert len(record.entries) == len(CHAT) - 1
    assert any("torn" in warning for warning in record.warnings)


@pytest.mark.parametrize(
    "text",
    ['[{"role": "user"}, 3]', '[{"role": "user"', '{"messages": [], "x": ' + "[" * 100_000],
    ids=["no-object", "torn", "deep"],
)
def test_a_broken_document_ends_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"file\.json"):
        read_session(path)


@pytest.mark.parametrize("role", ["user", "assistant", "tool", "system"])
@pytest.mark.parametrize(
    "content", [None, 3, {}, [], [3], [{"type": None}], [{"type": "tool_use"}]]
)
def test_content_of_the_wrong_shape_ends_in_a_session(
    read_json: Read, role: str, content: Any
) -> None:
    message = {"role": role, "content": content, "tool_calls": [{"function": 3}, 4]}
    assert len(read_json([message]).entries) == 2


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b'\xef\xbb\xbf {"a": "x", "b": {"c": 1}, "d": 2}', {"a": "x", "b": "{", "d": "2"}),
        (b'[ {"role": "user", "content": "it said \\"type\\": 1', {"role": "user", "content": ""}),
        (b'{"a": {"role": "user"}}', {"a": "{"}),
        (b"3", {}),
        (b"", {}),
    ],
)  # fmt: skip
def test_the_first_object_is_told_from_its_beginning(
    start: bytes, expected: dict[str, str]
) -> None:
    assert first_object(start) == expected


def test_no_file_of_the_corpus_is_taken_for_plain_messages(corpus: Path) -> None:
    for path in [*corpus.rglob("*.jsonl"), *(corpus / "atif").iterdir()]:
        assert find_format(path).name != "messages"
