"""Results of long texts are kept, within bounds of number and length."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from taste.keeping import MOST_RESULTS, Kept

TEXTS = st.lists(st.text("ab", max_size=6), max_size=60)


@settings(max_examples=50)
@given(TEXTS)
def test_what_is_kept_is_what_would_be_made(texts: list[str]) -> None:
    kept: Kept[str] = Kept(20)
    assert [kept.get((text,), text.upper) for text in texts] == [text.upper() for text in texts]


def test_a_result_is_made_once_while_there_is_room_and_the_oldest_goes_first() -> None:
    kept, made = Kept[str](20), Counter[str]()

    def ask(text: str) -> str:
        made[text] += 1
        return text

    for text in ("a" * 8, "b" * 8, "a" * 8, "c" * 8, "a" * 8, "b" * 8):
        kept.get((text,), lambda text=text: ask(text))  # type: ignore[misc]
    assert [made[letter * 8] for letter in "abc"] == [1, 2, 1]


def test_a_text_that_is_longer_than_all_that_may_be_kept_is_kept_alone() -> None:
    kept, made = Kept[int](3), Counter[str]()
    for text in ("short", "a longer one", "a longer one"):
        kept.get((text,), lambda text=text: made.update([text]) or 1)  # type: ignore[misc]
    assert made == {"short": 1, "a longer one": 1}


def test_no_more_are_kept_than_items_may_be_under_way() -> None:
    kept: Kept[int] = Kept()
    for number in range(MOST_RESULTS + 1):
        kept.get((number,), lambda: 1)
    assert (kept.get((MOST_RESULTS,), lambda: 2), kept.get((0,), lambda: 2)) == (1, 2)
