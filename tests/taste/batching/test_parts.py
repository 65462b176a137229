"""The pure parts: prices of a batch, names of requests, spooled bodies, lines of results."""

import asyncio
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.batching.notes import Note, halved, wish_of
from taste.batching.results import attempt_of, parse_line
from taste.batching.spool import Spool
from taste.seats import LongPrompt, ModelSeat, Price
from taste.spending import cost_of

RATES = st.floats(0, 100)
TOKENS = st.integers(0, 10**6)
TOKENS1 = st.integers(1, 10**6)
JSON = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
SEAT = ModelSeat(name="m", model="m", price=Price(input=1, output=2))


def _note(key: str, number: int = 1) -> Note:
    return Note(
        key, 1, number, "judge", "p", "r", None, "b", {"name": "m", "model": "m"},
        {"input": 1, "output": 2}, 0.5, {}, {},
    )  # fmt: skip


PRICES = st.builds(
    Price,
    input=RATES,
    output=RATES,
    cache_write=st.none() | RATES,
    cache_write_1h=st.none() | RATES,
    cache_read=st.none() | RATES,
    long_prompt=st.none() | st.builds(LongPrompt, input=RATES, output=RATES, tokens=TOKENS1),
)
USAGES = st.fixed_dictionaries(
    {
        "input_tokens": TOKENS,
        "cache_creation_input_tokens": TOKENS,
        "cache_read_input_tokens": TOKENS,
        "output_tokens": TOKENS,
    }
)


@given(PRICES, USAGES)
def test_a_batch_costs_half_of_whatever_classes_of_tokens_it_used(
    price: Price, usage: dict[str, int]
) -> None:
    assert cost_of(usage, halved(price)) == pytest.approx(cost_of(usage, price) / 2)


@given(st.text(), st.text(), st.integers(1, 20), st.integers(1, 99))
def test_every_name_fits_any_endpoint(key: str, purpose: str, variation: int, number: int) -> None:
    key = key.encode("utf-8", "replace").decode()
    name = f"t-{wish_of(key, purpose.encode('utf-8', 'replace').decode(), variation)}-{number}"
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)


def test_a_note_is_what_it_was_after_it_was_stored() -> None:
    note = _note("k")
    assert Note.from_dict(json.loads(json.dumps(note.as_dict()))) == note
    assert note.read_seat().price == Price(input=1, output=2)


async def _read(spool: Spool) -> bytes:
    return b"".join([piece async for piece in spool.body().pieces()])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8))
def test_a_spool_gives_the_body_that_the_requests_make(texts: list[str]) -> None:
    spool = Spool()
    for number, text in enumerate(texts):
        assert spool.add(_note(str(number)), {"text": text})
    content = asyncio.run(_read(spool))
    spool.close()
    assert len(content) == spool.size
    found = json.loads(content)["requests"]
    assert [each["params"]["text"] for each in found] == texts


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"custom_id": "a"}', b'{"custom_id": "a", "result": {"type": 1}}']
)
def test_what_is_no_whole_result_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_line(raw)


@given(JSON)
def test_no_error_of_an_endpoint_is_a_traceback(content: Any) -> None:
    line = json.dumps({"custom_id": "a", "result": {"type": "errored", "error": content}})
    found = attempt_of(parse_line(line.encode()), SEAT, simulated=True)
    assert found.error
    assert found.cost_usd == 0


@given(JSON)
def test_no_message_of_an_endpoint_is_a_traceback(content: Any) -> None:
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": content}})
    found = attempt_of(parse_line(line.encode()), SEAT, simulated=True)
    assert found.outcome in ("malformed", "retryable")
