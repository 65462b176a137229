import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.cheapest import COUNTS, read_usage
from taste.hashes import hash_row
from taste.replies import Outcome, Received, read_reply
from taste.seats import ModelSeat, Price
from taste.tables import Call

PRICE = Price(input=1, output=5)
SEAT = ModelSeat(name="judge", model="simulated-judge", endpoint="local", price=PRICE)


def message(**values: Any) -> str:
    plain = {"type": "message", "model": "simulated-judge", "stop_reason": "end_turn"}
    return orjson.dumps({**plain, "content": [], "usage": {}, **values}).decode()


@pytest.mark.parametrize(
    ("asked", "returned", "outcome"),
    [
        ("m-5", "m-5", Outcome.ANSWERED),
        ("m-5", "m-5-20261101", Outcome.ANSWERED),
        ("m-latest", "m-20261101", Outcome.ANSWERED),
        ("m-5", "m-5-5", Outcome.MALFORMED),
        ("m-5", "m-5-mini", Outcome.MALFORMED),
        ("m.5", "m-5", Outcome.MALFORMED),
        ("m-5", None, Outcome.MALFORMED),
    ],
)
def test_another_models_answer_is_none(asked: str, returned: str | None, outcome: Outcome) -> None:
    seat = SEAT.model_copy(update={"model": asked})
    assert read_reply(Received(message(model=returned)), seat).outcome is outcome


@pytest.mark.parametrize(
    ("stop", "outcome"),
    [
        (None, Outcome.RETRYABLE),
        ("refusal", Outcome.REFUSED),
        ("max_tokens", Outcome.TRUNCATED),
        ("model_context_window_exceeded", Outcome.TRUNCATED),
        ("tool_use", Outcome.MALFORMED),
        ("brand_new", Outcome.MALFORMED),
    ],
)
def test_only_a_reply_that_came_to_its_end_is_an_answer(stop: str, outcome: Outcome) -> None:
    assert read_reply(Received(message(stop_reason=stop)), SEAT).outcome is outcome


def test_the_last_text_is_the_answer() -> None:
    blocks = [{"type": "text", "text": "so"}, {"type": "brand_new"}, {"type": "text", "text": "{}"}]
    assert read_reply(Received(message(content=blocks)), SEAT).text == "{}"
    assert read_reply(Received(message(content="odd")), SEAT).text == ""


CALL: Any = Call.metadata.tables["call"]
WORDS = st.sampled_from(["refusal", "end_turn", "\ud800", "a\0b", "\x1b[2J"]) | st.text(max_size=4)
NUMBERS = st.sampled_from([10**400, -1, True, 0.5, math.inf, math.nan, 10**18]) | st.integers()
VALUES = st.recursive(
    st.none() | WORDS | NUMBERS | st.floats(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(WORDS, part, max_size=3),
    max_leaves=6,
)
KEYS = ["model", "stop_reason", "stop_details", "usage", "content"]
USAGES = st.dictionaries(st.sampled_from([*COUNTS, "cache_creation", "x"]), VALUES)
DETAILS = st.dictionaries(st.just("category"), VALUES)
BLOCKS = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": VALUES}), max_size=2)
REPLIES = st.dictionaries(st.sampled_from(KEYS), VALUES | USAGES | DETAILS | BLOCKS)


@given(REPLIES, st.booleans())
def test_whatever_a_reply_holds_its_row_can_be_stored_hashed_and_read_again(
    reply: dict[str, Any], is_plain: bool
) -> None:
    text = json.dumps({"type": "message", **reply}, ensure_ascii=not is_plain)
    attempt = read_reply(Received(text), SEAT)
    row = {name: getattr(attempt, name, None) for name in CALL.columns.keys()}  # noqa: SIM118
    stored = json.loads(json.dumps({**row, "outcome": attempt.outcome.value}, allow_nan=False))
    assert "\0" not in "".join(each for each in row.values() if isinstance(each, str))
    assert hash_row(CALL, row) == hash_row(CALL, stored)
    assert read_reply(Received(stored["raw_reply"]), SEAT) == attempt
    assert 0 <= attempt.cost_usd < math.inf


@pytest.mark.parametrize("count", [10**400, 10**10, -1, 1.5, math.inf, math.nan, True, "12", [1]])
def test_a_count_that_cannot_be_meant_is_booked_as_nothing_and_told(count: Any) -> None:
    usage = {"input_tokens": count, "output_tokens": 1_000_000}
    text = json.dumps({**orjson.loads(message()), "usage": usage})
    attempt = read_reply(Received(text), SEAT)
    assert (attempt.outcome, attempt.cost_usd) == (Outcome.ANSWERED, 5.0)
    assert (attempt.error or "").endswith("input_tokens")
    assert attempt.usage == {"input_tokens": None, "output_tokens": 1_000_000}
    assert read_usage(usage).prompt == 0


def test_a_refusals_category_is_text_that_can_be_stored() -> None:
    text = json.dumps({
        **orjson.loads(message(stop_reason="refusal")), "stop_details": {"category": "a\ud800"}
    })  # fmt: skip
    assert read_reply(Received(text), SEAT).error == "refused (a\ufffd)"
