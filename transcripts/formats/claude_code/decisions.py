"""What a person decided inside a tool result: rejections, plan decisions, answers, interrupts.

Splits the recorded result into the human's part and the tool's part.
"""

from dataclasses import dataclass

from transcripts.formats.claude_code.classify import INTERRUPTED
from transcripts.records import ActKind, EventKind

_REJECTED = "The user doesn't want to proceed with this tool use."
_REJECTED_ALSO = "The user doesn't want to take this action right now."
_WORDS = (
    "To tell you how to proceed, the user said:",
    "The user provided the following reason for the rejection:",
    "the user said:",
)
_ANSWERED = "User has answered your questions:"
_APPROVED = "User has approved your plan"
_PLAN_TOOL = "ExitPlanMode"
_QUESTION_TOOL = "AskUserQuestion"


@dataclass(frozen=True, slots=True)
class Decision:
    """The human's part of a tool result, and what is left for the tool."""

    kind: EventKind
    act_kind: ActKind
    words: str
    rest: str


def find_decision(tool: str, text: str, *, is_error: bool) -> Decision | None:
    """Return the person's decision that a tool result records, if it records one.

    Args:
        tool: name of the tool that was called.
        text: the result's text as the model saw it.
        is_error: whether the result is marked as an error.
    """
    if not is_error:  # ordinary output that begins like a decision is output
        return _agreement(tool, text)
    if text.startswith((_REJECTED, _REJECTED_ALSO)):
        return _rejection(tool, text)
    if text.startswith(INTERRUPTED):
        first, _, rest = text.partition("\n")
        return Decision(EventKind.INTERRUPT, ActKind.INTERRUPT, first, rest)
    return None


def _agreement(tool: str, text: str) -> Decision | None:
    """An approved plan or an answered question."""
    if tool == _PLAN_TOOL and text.startswith(_APPROVED):
        return Decision(EventKind.ANSWER, ActKind.PLAN_APPROVED, "(approved the plan)", text)
    if tool == _QUESTION_TOOL and text.startswith(_ANSWERED):
        words = text.removeprefix(_ANSWERED).strip()
        return Decision(EventKind.ANSWER, ActKind.ANSWER, words, _ANSWERED)
    return None


def _rejection(tool: str, text: str) -> Decision:
    kind = ActKind.PLAN_REJECTED if tool == _PLAN_TOOL else ActKind.REJECTION
    for marker in _WORDS:
        before, found, words = text.partition(marker)
        if found:
            return Decision(EventKind.REJECTION, kind, words.strip(), before + marker)
    return Decision(EventKind.REJECTION, kind, "(rejected the call)", text)
