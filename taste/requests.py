"""Builds what a model is sent: a prompt file applied to texts, as fenced data, question last.

The bytes are a pure function of template and texts. Nothing here sends anything.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined, Template

Purpose = Literal["propose", "placebo", "restate", "judge"]
FENCES = ("prefix", "aftermath", "tail", "move", "act", "first", "second")
ACTORS = {"human": "the person who directs the investigation", "agent": "the AI agent"}
"""Whose move a placebo writes up, in the prompt's words."""
_FENCE = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(FENCES)})\b)", re.IGNORECASE)
_QUESTION = "<!-- question -->\n"
_CONTEXT = "<!-- context -->\n"


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_PROPOSAL = _schema(move=_TEXT, why=_TEXT, wrong_if=_TEXT)
SCHEMAS: dict[Purpose, dict[str, Any]] = {
    "propose": _PROPOSAL,
    "placebo": _PROPOSAL,
    "restate": _schema(
        status={"type": "string", "enum": ["restated", "unresolvable"]},
        move=_TEXT,
        initiator={"type": "string", "enum": ["human", "agent_offer"]},
        compound={"type": "boolean"},
        reason=_TEXT,
    ),
    "judge": _schema(
        reasoning=_TEXT, verdict={"type": "string", "enum": ["first", "second", "tie"]}
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request's text, in the two parts between which a cache may break."""

    purpose: Purpose
    context: str
    question: str
    prompt_hash: str
    """sha256 of the prompt file and of the answer's schema."""

    @property
    def text_hash(self) -> str:
        """sha256 of the user text."""
        return hashlib.sha256(f"{self.context}\0{self.question}".encode()).hexdigest()


def fence(tag: str, text: str) -> str:
    """Wrap data in tags that the data itself cannot close or forge."""
    return f"<{tag}>\n{escape_fences(text)}\n</{tag}>"


def escape_fences(text: str) -> str:
    """Disarm every tag in `text` that looks like one of our fences."""
    return _FENCE.sub("&lt;", text)


def build_request(purpose: Purpose, **texts: str) -> Request:
    """Apply a prompt to its texts; a text that is missing is an error."""
    context, question = _templates(purpose)
    return Request(purpose, context.render(texts), question.render(texts), prompt_hash(purpose))


@cache
def _templates(purpose: Purpose) -> tuple[Template, Template]:
    """The two parts of a prompt, compiled once."""
    environment = Environment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    environment.globals["fence"] = fence
    context, question = _source(purpose).split(_QUESTION)
    return (
        environment.from_string(context.removeprefix(_CONTEXT)),
        environment.from_string(question),
    )


@cache
def prompt_hash(purpose: Purpose) -> str:
    """sha256 that names the version of a prompt."""
    return hashlib.sha256(f"{_source(purpose)}\0{SCHEMAS[purpose]}".encode()).hexdigest()


@cache
def _source(purpose: Purpose) -> str:
    return files("taste").joinpath("prompts", f"{purpose}.md").read_text(encoding="utf-8")
