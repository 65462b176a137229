"""Outputs of calls in a rollout: what the model was given, and what a person decided in it."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from transcripts.decoding import clean, parse_object
from transcripts.formats.codex.words import ABORTED, INTERRUPTED, QUESTION_TOOL, REJECTED
from transcripts.formats.parts import call_text, content_text
from transcripts.records import ActKind, EventKind

_ABORTED = re.compile(ABORTED)


@dataclass(frozen=True, slots=True)
class Output:
    """What a call was answered with."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a call."""

    kind: EventKind
    act_kind: ActKind
    words: str
    replaces: bool = False
    """Whether the words are the whole of the output, so that it is not shown again."""


def read_output(payload: dict[str, Any], unknown: Counter[str]) -> Output:
    """The output as the model was given it: a text, parts, or either with a success mark."""
    if "tools" in payload and "output" not in payload:
        return Output(call_text(payload.get("tools")), False)
    given = payload.get("output")
    is_error = False
    if isinstance(given, dict):
        is_error = given.get("success") is False
        given = given.get("content", given.get("content_items"))
    text = clean(given) if isinstance(given, str) else content_text(given, unknown)
    return Output(text, is_error)


def find_decision(tool: str, text: str) -> Decision | None:
    """What a person decided, where an output says so in the words that Codex writes."""
    if text.strip() in REJECTED:
        return Decision(EventKind.REJECTION, ActKind.REJECTION, "(rejected the call)")
    if _ABORTED.fullmatch(text):
        return Decision(EventKind.INTERRUPT, ActKind.INTERRUPT, INTERRUPTED)
    if tool == QUESTION_TOOL:
        answers = _answers(text)
        if answers is not None:
            return Decision(EventKind.ANSWER, ActKind.ANSWER, answers, replaces=True)
    return None


def _answers(text: str) -> str | None:
    """The person's answers, one question to a line."""
    found = read_json(text).get("answers")
    if not isinstance(found, dict) or not found:
        return None
    return "\n".join(f"{clean(str(key))}: {_answer(value)}" for key, value in found.items())


def _answer(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("answers"), list):
        value = value["answers"]
    values = value if isinstance(value, list) else [value]
    return ", ".join(clean(str(one)) for one in values)


def read_json(text: Any) -> dict[str, Any]:
    """The object that a text is in JSON, or an empty one."""
    if not isinstance(text, str):
        return {}
    try:
        value = parse_object(text.encode("utf-8", "replace"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
