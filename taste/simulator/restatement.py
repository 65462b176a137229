"""Restates a move that nobody has scripted, by rule: no model, no list of known sessions."""

import html
import re
from dataclasses import dataclass
from typing import Final, Literal

MAX_WORDS: Final = 30

Initiator = Literal["human", "agent_offer"]

_CODE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LINE_MARK: Final = re.compile(r"^[ \t]*(?:>+|#{1,6}|[-*+•]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_MARKUP: Final = re.compile(r"[*_`\"“”«»]+")
_LABEL: Final = re.compile(
    r"^\s*(?:\[[^\]\n]{1,40}\]|(?:agent|assistant|human|user)[^:\n]{0,30}:)\s*", re.I
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_LEAD: Final = re.compile(
    r"^(?:(?:ok(?:ay)?|yes|yeah|yep|no|nope|hm+|so|and|but|then|now|well|right|good|great|thanks|"
    r"thank you|sure|cool|actually|also|first|next|instead|please|pls|just)\b[\s,.:;!-]*)+",
    re.I,
)
_THANKS: Final = re.compile(r"[\s,;-]+(?:please|pls|thanks|thank you|ok(?:ay)?)[\s.!?]*$", re.I)
_ASKING: Final = re.compile(
    r"^(?:(?:can|could|would|will) you(?: please)?|"
    r"(?:i (?:want|would like|need)|i'd like) you to|let['’]?s|"
    r"(?:we|you|i) (?:should|could|need to|must|have to)|i(?:'ll| will| can| could)|"
    r"(?:do you )?want me to|would you like me to|(?:should|shall) (?:i|we)|"
    r"the (?:next|natural next) step (?:is|would be) to)\s+",
    re.I,
)
_ACCEPTING: Final = re.compile(
    r"^(?:ok(?:ay)?|yes|yeah|yep|yup|sure|continue|go(?: on| ahead)?|proceed|do (?:it|that|so)|"
    r"sounds good|fine|good|great|perfect|thanks|thank you|please|agreed|right|keep going|"
    r"lgtm|k|y|it|then|and|with it|[\s,.!:;-])+$",
    re.I,
)
_QUESTION: Final = re.compile(
    r"^(?:why|what|how|when|where|who|which|is|are|was|were|does|do|did|has|have|can|could)\b", re.I
)
_VERBS: Final = re.compile(
    r"\b(?:"
    r"add|analyse|analyze|apply|ask|average|build|bisect|break|call|change|check|clean|clear|"
    r"collect|commit|compare|compute|confirm|continue|convert|copy|correct|count|create|cut|debug|"
    r"delete|describe|disable|discard|double|download|draw|drop|dump|edit|enable|estimate|evaluate|"
    r"examine|exclude|explain|explore|export|extend|extract|filter|find|finish|fit|fix|focus|"
    r"follow|freeze|generate|get|give|go|group|halve|implement|import|improve|include|increase|"
    r"inspect|install|investigate|keep|launch|leave|limit|list|load|log|look|make|measure|merge|"
    r"move|normalise|normalize|open|plot|port|print|profile|pull|push|put|raise|read|rebuild|"
    r"recompute|reduce|refactor|relax|remove|rename|repeat|replace|report|reproduce|rerun|reset|"
    r"restart|restore|restrict|return|revert|review|rewrite|run|sample|save|scale|search|send|set|"
    r"show|shuffle|simplify|skip|sort|split|start|stop|summarise|summarize|sweep|switch|take|tell|"
    r"test|train|trace|try|tune|turn|undo|update|upload|use|validate|verify|view|wait|write"
    r")\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Restatement:
    """A move in the common form, or why there is none (`move` is then empty)."""

    move: str
    initiator: Initiator
    reason: str = ""


def restate(verbatim: str, tail: str) -> Restatement:
    """Return the move that the words make; an acceptance takes the last step of the tail."""
    bare = strip_markup(verbatim)
    if bare and not _ACCEPTING.match(bare):
        move = imperative(bare)
        if move:
            return Restatement(move, "human")
    offered = _sentences(_LABEL.sub("", _last_paragraph(tail)))
    move = _trim(offered[-1]) if offered else ""
    if not move or _ACCEPTING.match(move):
        return Restatement("", "human", "the text accepts something, but the tail offers no step")
    return Restatement(move, "agent_offer")


def imperative(text: str) -> str:
    """Return the first sentence that tells somebody to do something, else the first; trimmed."""
    found = _sentences(text)
    commands = (sentence for sentence in found if _is_command(sentence))
    return _trim(next(commands, found[0] if found else ""))


def last_command(text: str) -> str:
    """Return the last sentence that tells somebody to do something, trimmed; empty without one."""
    commands = [sentence for sentence in _sentences(strip_markup(text)) if _is_command(sentence)]
    return _trim(commands[-1]) if commands else ""


def strip_markup(text: str) -> str:
    """Return the text without escapes, code blocks, list marks, quotes and emphasis."""
    bare = _CODE.sub(" ", html.unescape(text))
    bare = _LINE_MARK.sub("", _LINK.sub(r"\1", bare))
    return _MARKUP.sub("", bare).strip()


def _last_paragraph(text: str) -> str:
    paragraphs = [part for part in strip_markup(text).split("\n\n") if part.strip()]
    return paragraphs[-1] if paragraphs else ""


def _sentences(text: str) -> list[str]:
    cut = (part.strip() for part in _SENTENCE.split(text))
    return [part for part in cut if re.search(r"\w", part)]


def _bare_command(sentence: str) -> str:
    """Return the sentence without its lead-in words and forms of asking."""
    previous = ""
    while sentence != previous:
        previous, sentence = sentence, _ASKING.sub("", _LEAD.sub("", sentence))
    return sentence


def _is_command(sentence: str) -> bool:
    """Whether a sentence says what to do; a lone "Wait." says it in what follows."""
    bare = _bare_command(sentence)
    return _VERBS.match(bare) is not None and len(bare.split()) > 1


def _trim(sentence: str) -> str:
    """Return the sentence as a command of at most 30 words, with a capital and a full stop."""
    command = _THANKS.sub("", _bare_command(sentence))
    words = (command if re.search(r"\w", command) else "").split()
    if words and words[-1].endswith("?") and _QUESTION.match(command):
        words = ["Find", "out:", words[0].lower(), *words[1:]]
    line = " ".join(words[:MAX_WORDS]).rstrip(" .,;:!?-…")
    return f"{line[0].upper()}{line[1:]}." if line else ""
