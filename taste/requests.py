"""Builds what a model is sent: a prompt file applied to texts, as fenced data, question last.

The bytes are a pure function of template and texts. Nothing here sends anything.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined, Template
from jinja2.meta import find_undeclared_variables

from taste.fences import FENCING, fence
from taste.keeping import Kept

Purpose = Literal[
    "propose", "placebo", "restate", "judge", "oracle", "recovery", "digest", "leak", "loading",
    "identity", "faithfulness",
]  # fmt: skip
ACTORS = {"human": "the person who directs the investigation", "agent": "the AI agent"}
"""Whose move a request is about, in a prompt's words."""
_QUESTION = "<!-- question -->\n"
_CONTEXT = "<!-- context -->\n"


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


_TEXT = {"type": "string"}
_PROPOSAL = _schema(move=_TEXT, why=_TEXT, wrong_if=_TEXT)
SCHEMAS: dict[Purpose, dict[str, Any]] = {
    "propose": _PROPOSAL,
    "placebo": _PROPOSAL,
    "oracle": _PROPOSAL,
    "restate": _schema(
        status=_one_of("restated", "unresolvable"),
        move=_TEXT,
        initiator=_one_of("human", "agent_offer"),
        compound={"type": "boolean"},
        reason=_TEXT,
    ),
    "recovery": _schema(status=_one_of("restated", "unresolvable"), move=_TEXT, reason=_TEXT),
    "judge": _schema(
        reasoning=_TEXT,
        verdict=_one_of("first", "second", "tie"),
        confidence=_one_of("low", "medium", "high"),
    ),
    "digest": _schema(digest=_TEXT),
    "leak": _schema(reveals=_one_of("yes", "no"), quote=_TEXT),
    "loading": _schema(kind=_one_of("detour", "strong")),
    "identity": _schema(taken=_one_of("first", "second"), by_model=_one_of("first", "second")),
    "faithfulness": _schema(same=_one_of("same", "partly", "different"), reason=_TEXT),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request's text, in the two parts between which a cache may break."""

    purpose: Purpose
    context: str
    question: str
    prompt_hash: str
    """sha256 of the prompt file, of the answer's schema and of how texts are fenced."""

    @property
    def text_hash(self) -> str:
        """sha256 of the user text; of its context only once, since many requests share it."""
        begun = _begun.get((self.context,), lambda: hashlib.sha256(self.context.encode())).copy()
        begun.update(f"\0{self.question}".encode())
        return str(begun.hexdigest())


_begun: Kept[Any] = Kept()
"""Context -> the hash that it begins."""
_contexts: Kept[str] = Kept()
"""Prompt and what its context is made of -> the context."""


def build_request(purpose: Purpose, wording: str = "standard", /, **texts: object) -> Request:
    """Apply a prompt to its texts; a text that is missing is an error."""
    prompt = _prompt(purpose, wording)
    of_context = (_hashable(texts.get(name, StrictUndefined)) for name in prompt.names)
    context = _contexts.get((purpose, wording, *of_context), lambda: prompt.context.render(texts))
    return Request(purpose, context, prompt.question.render(texts), prompt_hash(purpose, wording))


def _hashable(text: object) -> Hashable:
    return text if isinstance(text, Hashable) else repr(text)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A prompt's two parts, compiled, and the names of the texts that its context is made of."""

    context: Template
    question: Template
    names: tuple[str, ...]


@cache
def _prompt(purpose: Purpose, wording: str) -> _Prompt:
    """A prompt, compiled once."""
    environment = Environment(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["fence"] = fence
    context, question = _source(purpose, wording).split(_QUESTION)
    context = context.removeprefix(_CONTEXT)
    names = sorted(find_undeclared_variables(environment.parse(context)) - {"fence"})
    return _Prompt(
        environment.from_string(context), environment.from_string(question), tuple(names)
    )


@cache
def prompt_hash(purpose: Purpose, wording: str = "standard") -> str:
    """sha256 that names the version of a prompt."""
    source = _source(purpose, wording)
    return hashlib.sha256(f"{source}\0{SCHEMAS[purpose]}\0{FENCING}".encode()).hexdigest()


@cache
def _source(purpose: Purpose, wording: str) -> str:
    name = purpose if wording == "standard" else f"{purpose}_{wording}"
    return files("taste").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
