"""The prompt cache counts: what was seen before is read, the rest is created or plain."""

from collections.abc import Callable
from typing import Any

from taste.simulator.cache import InputTokens, PromptCache
from taste.simulator.request import Request, count_tokens

Maker = Callable[..., Request]
MARK = {"type": "ephemeral"}


def blocks(question: str, mark: dict[str, str] | None = None) -> list[dict[str, Any]]:
    shared = {"type": "text", "text": "p" * 700, "cache_control": mark or MARK}
    content = [shared, {"type": "text", "text": question}]
    return [{"role": "user", "content": content}]


def total(tokens: InputTokens) -> int:
    return tokens.plain + tokens.read + tokens.created_5m + tokens.created_1h


def test_the_second_question_on_a_prefix_reads_it(make_request: Maker) -> None:
    cache = PromptCache()
    first, second = (cache.count(make_request("judge", "", messages=blocks(q))) for q in "ab")
    assert (first.created_5m, first.read) == (200, 0)
    assert (second.created_5m, second.read) == (0, 200)
    assert first.plain == second.plain


def test_all_classes_sum_to_the_input_tokens(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "", messages=blocks("q"))
    for _ in range(2):
        assert total(cache.count(request)) == count_tokens(request)


def test_without_a_breakpoint_nothing_is_cached(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700)
    for _ in range(2):
        assert cache.count(request) == InputTokens(plain=count_tokens(request))


def test_another_model_or_format_has_its_own_entry(make_request: Maker) -> None:
    cache = PromptCache()
    cache.count(make_request("judge", "", messages=blocks("q")))
    other = make_request("judge", "", messages=blocks("q"), model="simulated-early")
    assert cache.count(other).read == 0
    assert cache.count(make_request("propose", "", messages=blocks("q"))).read == 0


def test_an_hour_is_told_from_five_minutes(make_request: Maker) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    counted = PromptCache().count(make_request("judge", "", messages=blocks("q", mark)))
    assert (counted.created_5m, counted.created_1h) == (0, 200)


def test_automatic_caching_marks_the_last_block(make_request: Maker) -> None:
    cache, request = PromptCache(), make_request("judge", "x" * 700, cache_control=MARK)
    assert cache.count(request).created_5m == 200
    assert cache.count(request).read == 200


def test_a_system_prompt_can_be_cached(make_request: Maker) -> None:
    system = [{"type": "text", "text": "s" * 350, "cache_control": MARK}]
    cache = PromptCache()
    read = [cache.count(make_request("judge", text, system=system)).read for text in "ab"]
    assert read == [0, 100]
