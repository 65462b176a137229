"""What people say in a rollout: told from what the application says in their name.

A person's message stands twice, as a response item (what the model was given) and as an event;
the first of the two is the message, and whichever comes second is its copy.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from transcripts.formats.codex.words import (
    ABORTED_TAG,
    BACKGROUND_TAGS,
    CONTEXT_HEADINGS,
    CONTEXT_TAGS,
    IMAGE_TAG,
    SHELL_TAG,
)
from transcripts.formats.parts import content_text, part_text, parts_of

_TAG = re.compile(r"<([a-z][a-z0-9_-]{0,60})[^<>]{0,300}>")


class Wrapped(Enum):
    """What a text in a person's name is, if it is not the person's."""

    CONTEXT = "context"
    BACKGROUND = "background"
    SHELL = "shell"
    ABORTED = "aborted"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class Said:
    """A message in a person's name: the person's own part, and what the application added."""

    text: str
    """With placeholders for images."""
    words: str
    """Without them, to be compared with the event's."""
    added: tuple[tuple[Wrapped, str], ...]


def find_wrapper(text: str) -> Wrapped | None:
    """What the application wrote, by how it begins; None for a person's words.

    A text that is one element of an unknown lower-case tag counts as context. Where a person
    wrote such a text, the event that marks it as theirs brings it back.
    """
    start = text.strip()
    if start.startswith(CONTEXT_HEADINGS):
        return Wrapped.CONTEXT
    if start == f"</{IMAGE_TAG}>":
        return Wrapped.MARKER
    found = _TAG.match(start)
    if found is None:
        return None
    whole = found.end() == len(start)
    return _by_tag(found.group(1), closed=start.endswith(f"</{found.group(1)}>"), whole=whole)


def _by_tag(tag: str, *, closed: bool, whole: bool) -> Wrapped | None:
    if tag == IMAGE_TAG and whole:
        return Wrapped.MARKER
    if tag == ABORTED_TAG:
        return Wrapped.ABORTED
    if tag == SHELL_TAG:
        return Wrapped.SHELL
    if tag in BACKGROUND_TAGS:
        return Wrapped.BACKGROUND
    return Wrapped.CONTEXT if closed or tag in CONTEXT_TAGS else None


def split_said(content: Any, unknown: Counter[str]) -> Said:
    """Separate a message's content into the person's part and the application's."""
    kept: list[str] = []
    words: list[str] = []
    added: list[tuple[Wrapped, str]] = []
    for part in parts_of(content):
        text = part_text(part, unknown)
        wrapper = find_wrapper(text)
        if wrapper is None:
            kept.append(text)
            if isinstance(part.get("text"), str):
                words.append(text)
        elif wrapper is not Wrapped.MARKER:
            added.append((wrapper, text))
    return Said("\n".join(kept), "\n".join(words), tuple(added))


def event_text(payload: dict[str, Any], unknown: Counter[str]) -> str:
    """Text of a message that exists as an event only, with placeholders for its images."""
    urls = payload.get("images")
    local = payload.get("local_images")
    images: list[Any] = [
        *({"type": "input_image", "image_url": url} for url in _list(urls)),
        *({"type": "input_image"} for _ in _list(local)),
    ]
    return content_text([{"type": "text", "text": _words(payload)}, *images], unknown).strip("\n")


def _words(payload: dict[str, Any]) -> str:
    message = payload.get("message")
    return message if isinstance(message, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _double_of(key: str, others: list[str]) -> int | None:
    """Which of the others has these words: the same ones, else more or fewer of them."""
    if key in others:
        return others.index(key)
    near = (n for n, other in enumerate(others) if key and other and (key in other or other in key))
    return next(near, None)


@dataclass(slots=True)
class Doubles:
    """Which messages are still without their second form, since the agent last worked."""

    unmarked: int = 0
    """Messages that no event marked as a person's."""
    _items: list[str] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)

    def is_copy(self, words: str, *, item: bool) -> bool:
        """Whether a message repeats one in the other form; if not, it is remembered.

        Args:
            words: what is said, without images.
            item: whether it is the response item, or else the event.
        """
        own, others = (self._items, self._events) if item else (self._events, self._items)
        key = "".join(words.split())
        found = _double_of(key, others)
        if found is None:
            own.append(key)
            return False
        del others[found]
        return True

    def settle(self) -> None:
        """Forget: the agent works, and what is said from now on is said anew."""
        self.unmarked += len(self._items)
        self._items.clear()
        self._events.clear()
