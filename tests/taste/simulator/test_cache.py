"""The prompt cache counts: what was seen before is read, the rest is created or plain."""

from collections.abc import Callable
from typing import Any

import pytest

from taste.simulator.cache import InputTokens, PromptCache
from taste.simulator.request import Request, count_tokens

Maker = Callable[..., Request]
MARK = {"type": "ephemeral"}


def blocks(question: str, mark: dict[str, str] | None = None) -> list[dict[str, Any]]:
    shared = {"type": "text", "text": "p" * 700, "cache_control": mark or MARK}
    content = [shared, {"type": "text", "text": question}]
    return [{"role": "user", "content": content}]


def count(cache: PromptCache, request: Request, now: float = 0.0, least: int = 0) -> InputTokens:
    """A call that is answered at once."""
    looked = cache.look(request, now, least)
    cache.keep(looked)
    return looked.inputs


def total(tokens: InputTokens) -> int:
    return tokens.plain + tokens.read + tokens.created_5m + tokens.created_1h


def test_the_second_question_on_a_prefix_reads_it(make_request: Maker) -> None:
    cache = PromptCache()
    first, second = (count(cache, make_request("judge", "", messages=blocks(q))) for q in "ab")
    assert (first.created_5m, first.read) == (200, 0)
    assert (second.created_5m, second.read) == (0, 200)
    assert first.plain == second.plain


def test_all_classes_sum_to_the_input_tokens(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "", messages=blocks("q"))
    for _ in range(2):
        assert total(count(cache, request)) == count_tokens(request)


def test_without_a_breakpoint_nothing_is_cached(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700)
    for _ in range(2):
        assert count(cache, request) == InputTokens(plain=count_tokens(request))


def test_another_model_or_format_has_its_own_entry(make_request: Maker) -> None:
    cache = PromptCache()
    count(cache, make_request("judge", "", messages=blocks("q")))
    other = make_request("judge", "", messages=blocks("q"), model="simulated-early")
    assert count(cache, other).read == 0
    assert count(cache, make_request("propose", "", messages=blocks("q"))).read == 0


def test_an_hour_is_told_from_five_minutes(make_request: Maker) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    counted = count(PromptCache(), make_request("judge", "", messages=blocks("q", mark)))
    assert (counted.created_5m, counted.created_1h) == (0, 200)


def test_automatic_caching_marks_the_last_block(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700, cache_control=MARK)
    assert count(cache, request).created_5m == 200
    assert count(cache, request).read == 200


def test_a_system_prompt_can_be_cached(make_request: Maker) -> None:
    system = [{"type": "text", "text": "s" * 350, "cache_control": MARK}]
    cache = PromptCache()
    read = [count(cache, make_request("judge", text, system=system)).read for text in "ab"]
    assert read == [0, 100]


def test_an_entry_can_be_read_only_once_an_answer_has_begun(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700, cache_control=MARK)
    alone, sibling = cache.look(request, 0), cache.look(request, 0.1)
    assert (alone.inputs.created_5m, sibling.inputs.created_5m) == (200, 200)
    cache.keep(alone)
    assert cache.look(request, 0.2).inputs.read == 200


@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 300), ("1h", 3600)])
def test_an_entry_lives_on_from_its_latest_reading(
    ttl: str, seconds: int, make_request: Maker
) -> None:
    cache = PromptCache()
    request = make_request("judge", "x" * 700, cache_control={**MARK, "ttl": ttl})
    read = [count(cache, request, now).read for now in (0, seconds - 1, 2 * seconds - 2)]
    assert read == [0, 200, 200]
    assert count(cache, request, 3 * seconds - 2).read == 0


def test_what_is_too_short_is_not_cached(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700, cache_control=MARK)
    read = [count(cache, request, least=least) for least in (201, 201, 200, 200)]
    assert [tokens.created_5m for tokens in read] == [0, 0, 200, 0]
    assert read[3].read == 200
    assert {total(tokens) for tokens in read} == {count_tokens(request)}


def test_a_longer_prompt_reads_what_a_shorter_one_wrote(make_request: Maker) -> None:
    cache, block = PromptCache(), {"type": "text", "text": "p" * 350}
    mark = {**MARK, "ttl": "1h"}
    first = [{"role": "user", "content": [{**block, "cache_control": mark}]}]
    longer = [{"role": "user", "content": [block, block, {**block, "cache_control": MARK}]}]
    count(cache, make_request("judge", "", messages=first))
    tokens = count(cache, make_request("judge", "", messages=longer))
    assert (tokens.read, tokens.created_5m, tokens.created_1h) == (100, 200, 0)
