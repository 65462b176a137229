"""The shapes of structured answers, and their parsing; unknown answers stay unknown."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator

from transcripts.decoding import clean

TRIES = 3
"""How often an answer is asked for that comes in another form than was asked for."""


class Answer(BaseModel):
    """What every structured answer shares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: object) -> object:
        """JSON can escape what no row can hold."""
        return clean(value) if isinstance(value, str) else value


def _plain(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Word = Annotated[str, BeforeValidator(_plain)]
"""One of a few words, however it is written."""


class ProposalAnswer(Answer):
    """A proposer's answer."""

    move: str
    why: str
    wrong_if: str


class RestatementAnswer(Answer):
    """A restater's answer."""

    status: Word
    move: str
    initiator: Word
    compound: bool
    reason: str


class VerdictAnswer(Answer):
    """A judge's answer."""

    reasoning: str
    verdict: Word
    confidence: Word


class RecoveryAnswer(Answer):
    """What in the end brought a session back on track."""

    status: Word
    move: str
    reason: str


class DigestAnswer(Answer):
    """What the rest of a session taught."""

    digest: str


class LeakAnswer(Answer):
    """Whether a digest gives a move away."""

    reveals: Word
    quote: str


class LoadingAnswer(Answer):
    """What sort of decision point a move was made at."""

    kind: Word


class IdentityAnswer(Answer):
    """Which of two moves was taken, and which a model wrote."""

    taken: Word
    by_model: Word


class FaithfulnessAnswer(Answer):
    """Whether a restatement says what the move said."""

    same: Word
    reason: str


AnswerType = TypeVar("AnswerType", bound=Answer)


def parse_answer(kind: type[AnswerType], text: str, *, structured: bool = True) -> AnswerType | str:
    """Validate a structured answer; anything else comes back as the reason why it is none.

    Only a server that holds no schema may put something around the object.
    """
    try:
        return kind.model_validate_json(text if structured else _object_in(text))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = clean(".".join(str(part) for part in fault["loc"]))
        return f"malformed answer ({where + ': ' if where else ''}{fault['msg']})"


def _object_in(text: str) -> str:
    """The JSON object in an answer; servers that take no schema fence it, or talk around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text
