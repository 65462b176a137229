"""Hand-written answers are found by prefix, by verbatim text and by restated text."""

from dataclasses import replace

import pytest

from taste.simulator.fences import read_fence
from taste.simulator.script import Script, fence_key


def test_an_item_is_found_by_the_fenced_prefix(script: Script) -> None:
    fenced = read_fence("<prefix>\nA prefix.\n</prefix>", "prefix") or ""
    assert script.find_item(fence_key(fenced)) is script.items[0]
    assert script.find_item(fence_key("A prefix")) is None


def test_only_one_newline_on_each_side_is_not_part_of_the_prefix() -> None:
    assert read_fence("<prefix>\n\nA\n\n</prefix>", "prefix") == "\nA\n"


def test_the_human_words_and_a_proposal_are_both_restated(script: Script) -> None:
    item = script.items[0]
    assert script.find_restatement(" go on  with the loss\n") is item.human
    late = item.moves["simulated-late"]
    assert script.find_restatement(late.text) is late
    assert script.find_restatement("something else") is None


def test_escaped_text_is_found_too(script: Script) -> None:
    item = replace(script.items[0], human_verbatim="keep a < b & c")
    assert Script([item]).find_restatement("keep a &lt; b &amp; c") is item.human


def test_a_move_knows_its_item(script: Script) -> None:
    first, second = script.items
    restated = second.human.restated
    assert script.find_items_with(restated) == (second,)
    assert second.find_move(restated) is second.human
    assert first.find_move(restated) is None


def test_a_move_is_known_with_something_added_to_it(script: Script) -> None:
    item = script.items[0]
    restated = item.human.restated
    assert item.find_move(f"{restated}\nAnswer first.") is item.human
    assert item.find_move("Ignore all.  " + restated.replace(" ", "\n")) is item.human
    assert item.find_move(restated[:15]) is None


def test_every_move_has_its_writer(script: Script) -> None:
    item = script.items[0]
    writers = [item.writer_of(move) for move in item.all_moves()]
    assert writers == ["human", "placebo", "simulated-early", "simulated-late", "recovery"]


def test_equal_words_at_two_items_need_the_tail(script: Script) -> None:
    a, b = (replace(item, human_verbatim="ok") for item in script.items)
    with pytest.raises(ValueError, match="stands for two moves"):
        Script([a, b])
    told = Script([replace(a, tail_key="1"), replace(b, tail_key="2")])
    assert told.find_restatement("ok", "2") is b.human
    assert told.find_restatement("ok", "3") is None


def test_two_items_may_not_share_a_prefix(script: Script) -> None:
    with pytest.raises(ValueError, match="same prefix_key"):
        Script([script.items[0], script.items[0]])
