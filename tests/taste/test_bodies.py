"""Bodies and their hashes; streams put together."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.answers import LeakAnswer, parse_answer
from taste.bodies import How, body_of, bytes_of, hash_body, how_for
from taste.requests import Request, build_request
from taste.seats import Endpoint, ModelSeat
from taste.streams import Assembly

REQUEST = build_request("propose", shown="what was seen")
SEAT = ModelSeat(name="m", model="some-model")
HOWS = st.builds(
    How,
    variation=st.integers(1, 9),
    ttl=st.sampled_from(["5m", "1h", None]),
    structured=st.booleans(),
    stream=st.booleans(),
    effort=st.sampled_from([None, "low"]),
    thinking=st.sampled_from([None, "adaptive"]),
)


@given(HOWS)
def test_a_body_is_the_same_after_its_how_was_stored(how: How) -> None:
    again = How.from_dict(json.loads(json.dumps(how.as_dict())))
    body = body_of(REQUEST, SEAT, again)
    assert hash_body(body) == hash_body(body_of(REQUEST, SEAT, how))
    assert orjson.loads(bytes_of(body)) == body


@given(HOWS, HOWS)
def test_two_ways_to_send_are_two_bodies(one: How, other: How) -> None:
    bodies = [hash_body(body_of(REQUEST, SEAT, how)) for how in (one, other)]
    assert (bodies[0] == bodies[1]) == (one == other)


@given(HOWS)
def test_the_context_is_never_changed_and_the_question_begins_as_asked(how: How) -> None:
    (message,) = body_of(REQUEST, SEAT, how)["messages"]
    context, question = message["content"]
    assert context["text"] == REQUEST.context
    assert question["text"].startswith(REQUEST.question)
    assert ("JSON schema" in question["text"]) == (not how.structured)


def test_half_a_surrogate_pair_is_hashed_like_anything_else() -> None:
    odd = Request("leak", "\ud800", "q", "h")
    assert len(hash_body(body_of(odd, SEAT, How()))) == 64


@pytest.mark.parametrize(
    ("seat", "preset", "sent"),
    [
        ({}, "anthropic", ("high", "adaptive")),
        ({"effort": "low", "thinking": "between_tools"}, "anthropic", ("low", "between_tools")),
        ({"effort": "none", "thinking": "none"}, "anthropic", (None, None)),
        ({}, "vllm", ("high", None)),
        ({}, "ollama", (None, None)),
    ],
)
def test_effort_and_thinking_are_said_wherever_they_are_known(
    seat: dict[str, Any], preset: Any, sent: tuple[str | None, str | None]
) -> None:
    endpoint = Endpoint(name="e", base_url="http://h", preset=preset)
    how = how_for(SEAT.model_copy(update=seat), endpoint, 1, "5m")
    assert (how.effort, how.thinking) == sent


def test_long_answers_are_streamed_except_in_a_batch() -> None:
    long, endpoint = SEAT.model_copy(update={"max_tokens": 21_334}), Endpoint(name="anthropic")
    assert how_for(long, endpoint, 1, "5m").stream
    assert not how_for(long, endpoint, 1, "5m", stream=False).stream
    assert not how_for(SEAT, endpoint, 1, "5m").stream


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here it is: {} Good luck."])
def test_an_object_is_found_in_what_a_model_says_around_it(around: str) -> None:
    text = around.replace("{}", '{"reveals": "no", "quote": ""}')
    assert isinstance(parse_answer(LeakAnswer, text, structured=False), LeakAnswer)


def assembled(*lines: bytes) -> Assembly:
    told = Assembly()
    for line in lines:
        told.feed(line)
    return told


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_line_of_a_stream_breaks_the_reading(lines: list[bytes]) -> None:
    assert isinstance(assembled(*lines, *(b"data: " + line for line in lines)).render(), str)


def test_a_stream_that_ends_before_its_end_has_no_stop_reason_but_its_usage() -> None:
    start = {"type": "message_start", "message": {"type": "message", "usage": {"input_tokens": 7}}}
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}}
    told = assembled(*(b"data: " + orjson.dumps(each) for each in (start, delta)))
    message = orjson.loads(told.render())
    assert (message["stop_reason"], message["usage"]) == (None, {"input_tokens": 7})
