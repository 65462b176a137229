"""What a request to the Messages API asks for: parsed once, read only, every check passed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from taste.simulator.checks import (
    check_max_tokens,
    check_messages,
    check_names,
    check_settings,
    decode,
    invalid,
    read_schema,
)
from taste.simulator.fences import block_texts, read_fence

if TYPE_CHECKING:
    from taste.seats import View

Kind = Literal[
    "propose", "placebo", "oracle", "restate", "recovery", "judge",
    "digest", "leak", "loading", "identity", "faithfulness", "other",
]  # fmt: skip
_KINDS: Final[tuple[tuple[frozenset[str], Kind], ...]] = (
    (frozenset({"status", "move", "initiator"}), "restate"),
    (frozenset({"status", "move", "reason"}), "recovery"),
    (frozenset({"reasoning", "verdict"}), "judge"),
    (frozenset({"digest"}), "digest"),
    (frozenset({"reveals", "quote"}), "leak"),
    (frozenset({"kind"}), "loading"),
    (frozenset({"taken", "by_model"}), "identity"),
    (frozenset({"same", "reason"}), "faithfulness"),
)
"""The properties by which an answer's schema is known; the first that are all there."""

CHARS_PER_TOKEN: Final = 3.5
MAX_INPUT_TOKENS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """A request body that passed the checks, with its texts pulled out.

    `body` is the decoded JSON; `user` the text of all user messages; `system` the system text.
    """

    body: Mapping[str, Any]
    model: str
    max_tokens: int
    stream: bool
    schema: Mapping[str, Any] | None
    system: str
    user: str

    @property
    def kind(self) -> Kind:
        """What is asked, told by the properties of the answer's schema."""
        names = set((self.schema or {}).get("properties", {}))
        if {"move", "why", "wrong_if"} <= names:
            if self.fence("act") is not None:
                return "placebo"
            return "propose" if self.fence("aftermath") is None else "oracle"
        return next((kind for known, kind in _KINDS if known <= names), "other")

    @property
    def view(self) -> "View":
        """What a judge is shown besides the two moves, told by the fences that are there."""
        shown = {
            name
            for name in ("aftermath", "digest", "taken", "prefix")
            if self.fence(name) is not None
        }
        if "aftermath" in shown:
            return "full"
        if "digest" in shown:
            return "digest_open" if "taken" in shown else "digest"
        return "prefix" if "prefix" in shown else "wording"

    def fence(self, name: str) -> str | None:
        """Return what stands inside <name>…</name> or <name-CODE>…</name-CODE>, or None."""
        found = read_fence(self.user, name)
        return read_fence(self.system, name) if found is None else found

    def whole_text(self) -> str:
        """Return all that identifies the request: its texts and, if given, its metadata.

        `metadata.user_id` lets a caller ask the same thing twice and get two answers.
        """
        mark = (self.body.get("metadata") or {}).get("user_id") or ""
        return f"{self.system}\n\n{self.user}\n\n{mark}"


def parse_request(body: bytes, *, counting: bool = False) -> Request:
    """Decode and check a body of /v1/messages, or of count_tokens if `counting`.

    Raises:
        RefusedError: the real API would answer with an error.
    """
    decoded = decode(body)
    check_names(decoded, counting=counting)
    messages = check_messages(decoded.get("messages"))
    check_settings(decoded)
    user = "\n\n".join(_texts_of(messages, "user"))
    request = Request(
        body=decoded,
        model=decoded["model"],
        max_tokens=0 if counting else check_max_tokens(decoded.get("max_tokens")),
        stream=bool(decoded.get("stream")),
        schema=read_schema(decoded),
        system="\n\n".join((*block_texts(decoded.get("system")), *_texts_of(messages, "system"))),
        user=user,
    )
    if not counting:
        _check_length(request)
    return request


def count_tokens(request: Request) -> int:
    """Return a rough number of input tokens: characters of all content over 3.5."""
    contents = [request.body.get("system")]
    contents += [message["content"] for message in request.body["messages"]]
    chars = sum(len(text) for content in contents for text in block_texts(content))
    for extra in ("tools", "output_config"):
        if extra in request.body:
            chars += len(orjson.dumps(request.body[extra]))
    return tokens_of(chars)


def tokens_of(chars: int) -> int:
    """Return characters as tokens, rounded up."""
    return math.ceil(chars / CHARS_PER_TOKEN)


def _check_length(request: Request) -> None:
    tokens = count_tokens(request)
    if tokens > MAX_INPUT_TOKENS:
        raise invalid(f"prompt is too long: {tokens} tokens > {MAX_INPUT_TOKENS} maximum")


def _texts_of(messages: list[dict[str, Any]], role: str) -> list[str]:
    return [
        "\n".join(block_texts(message["content"]))
        for message in messages
        if message["role"] == role
    ]
