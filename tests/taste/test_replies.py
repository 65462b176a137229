from typing import Any

import orjson
import pytest

from taste.replies import Outcome, Received, read_reply
from taste.seats import ModelSeat, Price

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
