"""What a person decided inside a tool result: rejections, plan decisions, answers, interrupts.

Splits the recorded result into the human's part and the tool's part. The recorder marks few of
these, so most are known by its sentences; where an entry says more (`toolDenialKind`,
`toolUseResult`), that decides only what no sentence did, and is never shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transcripts.formats.claude_code.classify import INTERRUPTED
from transcripts.records import ActKind, EventKind

_REJECTED = (
    "The user doesn't want to proceed with this tool use.",
    "The user doesn't want to take this action right now.",
    "The agent proposed a plan that was rejected by the user.",
    "User declined",
    "The user declined",
)
_REJECTED_WITH_WORDS = "Permission for this tool use was denied."
_WORDS = (
    "To tell you how to proceed, the user said:",
    "The user provided the following reason for the rejection:",
    "User feedback on this plan:",
    "the user said:",
    "The user said:",
)
_ANSWERED = ("User has answered your questions:", "Your questions have been answered:")
_APPROVED = (
    "User has approved your plan",
    "User has approved the plan",
    "User has approved exiting plan mode",
)
_EDITED = "## Approved Plan (edited by user)"
_TO_A_LEAD = "Your plan has been submitted"
_PLAN_TOOLS = frozenset({"ExitPlanMode", "exit_plan_mode"})
_QUESTION_TOOL = "AskUserQuestion"
_DENIED_BY_A_PERSON = "user-rejected"
_SAID_BESIDE = "User rejected"
_LOOKS_DECIDED = re.compile(
    r"\buser\b.{0,60}\b(?:reject|den(?:y|ied)|declin|refus|dismiss|cancel|interrupt|abort|stopp"
    r"|doesn't want|does not want|did not approve|didn't approve)",
    re.IGNORECASE,
)
_LOOKED_AT = 300
_NO_MARKS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Decision:
    """The human's part of a tool result, and what is left for the tool."""

    kind: EventKind
    act_kind: ActKind
    words: str
    rest: str


def find_decision(
    tool: str, text: str, *, is_error: bool, marks: Mapping[str, Any] = _NO_MARKS
) -> Decision | None:
    """Return the person's decision that a tool result records, if it records one.

    Args:
        tool: name of the tool that was called.
        text: the result's text as the model saw it.
        is_error: whether the result is marked as an error.
        marks: the entry, for what the recorder itself says of the result.
    """
    if not is_error:  # ordinary output that begins like a decision is output
        return _agreement(tool, text, marks)
    if text.startswith(INTERRUPTED):
        first, _, rest = text.partition("\n")
        return Decision(EventKind.INTERRUPT, ActKind.INTERRUPT, first, rest)
    if text.startswith(_REJECTED) or _is_marked(marks):
        return _rejection(tool, text)
    if text.startswith(_REJECTED_WITH_WORDS) and any(marker in text for marker in _WORDS):
        return _rejection(tool, text)
    return None


def looks_decided(tool: str, text: str, *, is_error: bool, marks: Mapping[str, Any]) -> bool:
    """Whether a result in which no decision was found may still hold one."""
    if is_error:
        automatic = isinstance(marks.get("toolDenialKind"), str)
        return not automatic and bool(_LOOKS_DECIDED.search(text[:_LOOKED_AT]))
    if tool in _PLAN_TOOLS:
        return not text.startswith(_TO_A_LEAD)
    return tool == _QUESTION_TOOL


def _is_marked(marks: Mapping[str, Any]) -> bool:
    """Whether the recorder itself says that a person rejected the call."""
    beside = marks.get("toolUseResult")
    return marks.get("toolDenialKind") == _DENIED_BY_A_PERSON or (
        isinstance(beside, str) and beside.startswith(_SAID_BESIDE)
    )


def _agreement(tool: str, text: str, marks: Mapping[str, Any]) -> Decision | None:
    """An approved plan or an answered question."""
    if tool in _PLAN_TOOLS and text.startswith(_APPROVED):
        words = "(edited and approved the plan)" if _EDITED in text else "(approved the plan)"
        return Decision(EventKind.ANSWER, ActKind.PLAN_APPROVED, words, text)
    if tool != _QUESTION_TOOL:
        return None
    for opening in _ANSWERED:
        if text.startswith(opening):
            words = text.removeprefix(opening).strip()
            return Decision(EventKind.ANSWER, ActKind.ANSWER, words, opening)
    beside = marks.get("toolUseResult")
    if isinstance(beside, dict) and beside.get("answers"):
        return Decision(EventKind.ANSWER, ActKind.ANSWER, text, "")
    return None


def _rejection(tool: str, text: str) -> Decision:
    kind = ActKind.PLAN_REJECTED if tool in _PLAN_TOOLS else ActKind.REJECTION
    for marker in _WORDS:
        before, found, words = text.partition(marker)
        if found:
            return Decision(EventKind.REJECTION, kind, words.strip(), before + marker)
    return Decision(EventKind.REJECTION, kind, "(rejected the call)", text)
