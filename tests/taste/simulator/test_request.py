"""Fences, texts and the kind of a request."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.simulator.chance import digest, fraction, pick
from taste.simulator.fences import read_fence
from taste.simulator.request import Request

Maker = Callable[..., Request]
texts = st.text(max_size=60).filter(lambda text: "</prefix>" not in text)


@given(texts, texts)
def test_a_fence_gives_back_what_was_put_in(before: str, inside: str) -> None:
    fenced = f"<prefix>\n{inside}\n</prefix>"
    assert read_fence(fenced, "prefix") == inside
    if "<prefix" not in before:
        assert read_fence(f"{before}\n{fenced}", "prefix") == inside


def test_instructions_may_mention_a_fence() -> None:
    text = "The <prefix> and </prefix> tags hold data.\n<prefix>\nX\n</prefix>"
    assert read_fence(text, "prefix") == "X"


def test_a_fence_that_is_not_there_or_not_closed_is_none() -> None:
    assert read_fence("<prefix>\nX", "prefix") is None
    assert read_fence("nothing", "prefix") is None


@pytest.mark.parametrize("kind", ["propose", "restate", "judge"])
def test_the_kind_is_told_by_the_schema(kind: str, make_request: Maker) -> None:
    assert make_request(kind, "x").kind == kind


def test_fences_are_read_across_blocks_and_from_the_system_prompt(make_request: Maker) -> None:
    content = [{"type": "text", "text": "<prefix>"}, {"type": "text", "text": "A\n</prefix>"}]
    system = "<tail>\nT\n</tail>"
    request = make_request(
        "judge", "", messages=[{"role": "user", "content": content}], system=system
    )
    assert (request.fence("prefix"), request.fence("tail")) == ("A", "T")


@given(st.lists(st.text(max_size=5), max_size=4))
def test_chance_is_a_number_inside_the_unit_interval(parts: list[str]) -> None:
    assert 0 < fraction(*parts) < 1
    assert fraction(*parts) == fraction(*parts)


def test_parts_do_not_run_into_each_other() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")


def test_a_pick_follows_the_weights() -> None:
    picked = [pick("ab", [1.0, 3.0], k) for k in range(400)]
    assert 0.68 < picked.count("b") / 400 < 0.82
    with pytest.raises(ValueError, match="positive weight"):
        pick("ab", [0.0, 0.0], 1)
