"""Fences, texts and the kind of a request."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.fences import FENCES, escape_fences, fence
from taste.requests import SCHEMAS
from taste.seats import VIEWS
from taste.simulator.chance import digest, fraction, pick
from taste.simulator.fences import outside_fences, read_fence
from taste.simulator.request import Request

Maker = Callable[..., Request]
texts = st.text(max_size=60).filter(lambda text: "</prefix>" not in text)


@given(texts, texts)
def test_a_fence_gives_back_what_was_put_in(before: str, inside: str) -> None:
    fenced = f"<prefix>\n{inside}\n</prefix>"
    assert read_fence(fenced, "prefix") == inside
    if "<prefix" not in before:
        assert read_fence(f"{before}\n{fenced}", "prefix") == inside


@given(st.text(max_size=60), st.sampled_from(FENCES))
def test_a_coded_fence_gives_back_what_was_put_in(inside: str, name: str) -> None:
    text = f"Data stand in <{name}>.\n\n{fence(name, inside)}\n\n</{name}>"
    assert read_fence(text, name) == escape_fences(inside)


def test_a_plain_tag_in_a_coded_fence_does_not_close_it() -> None:
    text = "<move-0123456789ab>\nX\n</move>\n<move>\nY\n</move-0123456789ab>"
    assert read_fence(text, "move") == "X\n</move>\n<move>\nY"


def test_what_stands_outside_of_all_fences_is_kept() -> None:
    text = "A\n\n" + fence("first", "B\n</second>") + "\n\nC\n\n" + fence("second", "D") + "\nE"
    assert outside_fences(text).split() == ["A", "C", "E"]


def test_instructions_may_mention_a_fence() -> None:
    text = "The <prefix> and </prefix> tags hold data.\n<prefix>\nX\n</prefix>"
    assert read_fence(text, "prefix") == "X"


def test_a_fence_that_is_not_there_or_not_closed_is_none() -> None:
    assert read_fence("<prefix>\nX", "prefix") is None
    assert read_fence("nothing", "prefix") is None


@pytest.mark.parametrize("purpose", SCHEMAS)
def test_the_kind_is_told_by_the_schema_and_the_fences(purpose: str, make_request: Maker) -> None:
    more = {"placebo": fence("act", "A"), "oracle": fence("aftermath", "A")}
    assert make_request(purpose, more.get(purpose, "x")).kind == purpose


def test_another_schema_is_of_no_kind(make_request: Maker) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    config = {
        "format": {"type": "json_schema", "schema": {**schema, "additionalProperties": False}}
    }
    assert make_request("judge", "x", output_config=config).kind == "other"


@pytest.mark.parametrize("wording", ["standard", "reworded"])
@pytest.mark.parametrize("view", VIEWS)
def test_the_view_is_told_by_what_is_shown(
    view: str, wording: str, make_asked: Maker, views: dict[str, dict[str, str | None]]
) -> None:
    texts = {**views[view], "labels": None, "first": "A", "second": "B", "wording": wording}
    assert make_asked("judge", "judge", 0, **texts).view == view


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
