"""The form of foresight: one act at a time; the next form shows what this one may not.

First what was known, and the annotator's own move; then, once that is stored, the human's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from taste.assignment_tables import Assignment
from taste.foresight import CONFIDENCES, Foresight, Stage, Standing
from taste.forms.text import render_comment, render_text, render_value
from taste.identity import identity
from transcripts.errors import UserError

_WORDS = ("move", "why", "wrong_if")
_KEYS = frozenset({"form", "assignment", "annotator", "version"})
_HELP = {
    Stage.ASKED: """\
You direct this investigation; what stands below the line --- is all that is known. What should
happen next? Write your move: one step. The form after this one shows what the human did.
Give the form back with: taste form import FILE

move: one step that you would take next
why, wrong_if: your reason, and what would show the move to be wrong, if you like
confidence: how sure you are of it, 1 to 5
""",
    Stage.REVEALED: """\
Your move is stored. Below the line --- stands what the human did. Would you have done otherwise?
Give the form back with: taste form import FILE

otherwise: true or false
""",
}


def advance(desk: Foresight) -> Standing:
    """Go on to the next act at which something is to be said."""
    standing = desk.begin()
    while standing.stage in {Stage.READING, Stage.ANSWERED}:
        standing = desk.forward()
    return standing


def render_answers(standing: Standing, work: Assignment, annotator: str) -> Iterator[str]:
    """The upper part of the form."""
    yield from render_comment(_HELP[standing.stage])
    yield render_value("form", "foresight")
    yield render_value("assignment", work.identity)
    yield render_value("annotator", annotator)
    yield render_value("version", version_of(standing))
    for name in _asked(standing):
        yield render_value(name, standing.said.get(name))


def _asked(standing: Standing) -> tuple[str, ...]:
    return (*_WORDS, "confidence") if standing.stage is Stage.ASKED else ("otherwise",)


def render_reading(standing: Standing) -> Iterator[str]:
    """What was known, and the human's move once the own one is stored."""
    yield "- heading: what is known"
    yield from render_text("text", standing.shown.text)
    if standing.act is not None:
        yield "- heading: what the human did"
        yield from render_text("text", standing.act)


def version_of(standing: Standing) -> str:
    """Identifies the act and the question that a form is about."""
    return identity("form", standing.shown.shown_hash, standing.stage.value)[:16]


def take_answers(desk: Foresight, answers: Mapping[str, Any]) -> Standing:
    """Store what a form says, and go on to where something is to be said next.

    Raises:
        UserError: if the form is of another act or question, or not complete.
    """
    standing = desk.begin()
    if standing.stage not in _HELP or answers.get("version") != version_of(standing):
        raise UserError("the form is not of the act that is asked at now: export the next one.")
    if unknown := sorted(set(map(str, answers)) - _KEYS - set(_asked(standing))):
        raise UserError(f"the form has keys that nothing knows: {', '.join(unknown)}.")
    if standing.stage is Stage.REVEALED:
        otherwise = answers.get("otherwise")
        if not isinstance(otherwise, bool):
            raise UserError("fill in `otherwise`: true or false.")
        desk.answer(otherwise=otherwise)
        return advance(desk)
    said = {name: answers.get(name) for name in _WORDS if answers.get(name) is not None}
    if wrong := [name for name, value in said.items() if not isinstance(value, str)]:
        raise UserError(f"{', '.join(wrong)}: write words.")
    if not str(said.get("move") or "").strip() or answers.get("confidence") not in CONFIDENCES:
        raise UserError("fill in `move`, one step, and `confidence`, 1 to 5.")
    desk.write(standing, {**said, "confidence": answers["confidence"]})
    return desk.commit()
