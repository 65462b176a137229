"""What a text has in common with another one, by the words that carry its content."""

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from taste.stems import content_words

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_RUN: Final = 4
_MOST: Final = 0.6


def sentences_of(text: str) -> list[str]:
    """Return the sentences and lines of a text that hold any word."""
    parts = (part.strip() for part in _SENTENCE.split(text))
    return [part for part in parts if re.search(r"\w", part)]


def overlap(text: str, others: Iterable[str]) -> float:
    """Return the share of a text's distinct content words that others hold; 0 without words."""
    words = set(_words(text))
    held = {word for other in others for word in _words(other)}
    return len(words & held) / len(words) if words else 0.0


def find_telling(text: str, moves: Iterable[str]) -> str | None:
    """Return the first sentence of a text that gives one of the moves away, or None."""
    known = list(moves)
    for sentence in sentences_of(text):
        if any(_gives_away(sentence, move) for move in known):
            return sentence
    return None


def _gives_away(sentence: str, move: str) -> bool:
    """Whether a sentence holds most of a move's content words, or four of them in a row."""
    runs = [_runs(_words(text)) for text in (sentence, move)]
    return overlap(move, [sentence]) >= _MOST or bool(runs[0] & runs[1])


def _runs(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words[k : k + _RUN] for k in range(len(words) - _RUN + 1)}


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """The content words; every judge of an item is shown the same digest and the same moves."""
    return tuple(content_words(html.unescape(text)))
