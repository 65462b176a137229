"""The form of judging: the texts of a view, two moves, and which would have been better."""

from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from taste.assignment_tables import Assignment
from taste.forms.text import render_comment, render_text, render_value
from taste.judging import Confidence
from taste.pairs import BlindPair, read_pair
from taste.submitting.judging import Choice, Given, Guess, find_missing
from transcripts.db import Db
from transcripts.errors import UserError

KEYS = frozenset({"form", "assignment", "annotator", "verdict", "confidence", "reason", "guess"})
_HELP = """\
Read what stands below the line --- and say here, above it, which of the two moves is better.
Give the form back with: taste form import FILE

verdict: first, second, tie, or cannot tell
confidence: low, medium or high (not asked where you cannot tell)
reason: in a few words
guess: which one you take for the human's, if you like: first, second or unsure
"""


def render_answers(db: Db, work: Assignment, annotator: str) -> Iterator[str]:
    """The upper part of the form."""
    pair = read_pair(db, work)
    yield from render_comment(_HELP)
    yield from render_comment(pair.question)
    yield render_value("form", "judge")
    yield render_value("assignment", work.identity)
    yield render_value("annotator", annotator)
    yield from (render_value(name, None) for name in ("verdict", "confidence", "reason", "guess"))


def render_reading(db: Db, work: Assignment) -> Iterator[str]:
    """What the view shows, and the two moves as they stand on the screen."""
    pair = read_pair(db, work)
    for heading, text in pair.texts:
        yield f"- {render_value('heading', heading)}"
        yield from render_text("text", text)
    for name, text in (("first", pair.first), ("second", pair.second)):
        yield f"- {render_value('move', name)}"
        yield from render_text("text", text)


def parse_given(answers: Mapping[str, Any]) -> Given:
    """The verdict of a form.

    Raises:
        UserError: if a key or value is not of the form, or something is missing.
    """
    if unknown := sorted(set(map(str, answers)) - KEYS):
        raise UserError(f"the form has keys that nothing knows: {', '.join(unknown)}.")
    for name, known in (("verdict", Choice), ("confidence", Confidence), ("guess", Guess)):
        value = answers.get(name)
        if value is not None and value not in get_args(known):
            raise UserError(f"{name} {value!r} is not one of {', '.join(get_args(known))}.")
    choice, confidence = answers.get("verdict"), answers.get("confidence")
    if find_missing(choice, confidence) is not None:
        raise UserError(
            "fill in the verdict (first, second, tie or cannot tell) and, unless you cannot "
            "tell, the confidence (low, medium or high)."
        )
    reason = answers.get("reason")
    return Given(
        choice=cast("Choice", choice),
        confidence=cast("Confidence | None", confidence),
        reason=None if reason is None else str(reason),
        guess=cast("Guess | None", answers.get("guess")),
    )


def read_shown(db: Db, work: Assignment) -> BlindPair:
    """The pair that the form was about."""
    return read_pair(db, work)
