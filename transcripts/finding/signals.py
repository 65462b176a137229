"""Cheap signs in a session that a human act was a decision that mattered. Pure; knows no label.

A sign points at a place to look at, never at a verdict: every list made from it is mixed with
random points before anyone sees it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

LONG_RUN: Final = 3
"""So many failing calls on end are a sign."""
MANY_ERRORS: Final = 6
"""So many failing calls before the next act are one too."""
ALIKE: Final = 0.5
"""Share of common words from which an act repeats an earlier one."""
LEAST_WORDS: Final = 4
"""Acts of fewer words repeat nothing."""
_BACK: Final = 12
"""How many earlier acts an act is held against."""
_OWN_WORDS: Final = 600
"""Characters at either end of an act in which words count: a paste in between is not speech."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of sign: how much it counts, and what it says to the reader."""

    weight: float
    says: str


SIGNS: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "rewind": Sign(0.50, "goes back to an earlier place"),
        "left": Sign(0.50, "was left behind by a rewind"),
        "takes_back": Sign(0.45, "takes something back"),
        "doubts": Sign(0.45, "doubts what is there"),
        "turns": Sign(0.40, "changes the direction"),
        "refuses": Sign(0.35, "rejects with words"),
        "rejects": Sign(0.20, "rejects a call or plan"),
        "interrupts": Sign(0.25, "interrupts"),
        "repeats": Sign(0.30, "repeats an earlier instruction"),
        "fails": Sign(0.30, "calls fail for long after it"),
        "undone": Sign(0.30, "the agent undoes work after it"),
        "stopped": Sign(0.25, "the next act stops or turns what it began"),
    }
)
"""Signs by name. A score is 1 - the product of (1 - weight) over those found: between 0 and 1."""

_STOPS: Final = frozenset({"interrupts", "rejects", "refuses", "turns", "takes_back", "rewind"})
_TURNS: Final = re.compile(
    r"^\s*(no|nope|wait|stop|hmm+|hold on|hang on)\b"
    r"|\b(actually|instead|rather than|on second thought|forget (it|that|about)|scratch that"
    r"|do ?n['’]?o?t|not what i|that'?s (not|wrong)|why not|wrong|let'?s not|option [a-z0-9])\b",
    re.IGNORECASE,
)
_TAKES_BACK: Final = re.compile(
    r"\b(revert|undo|roll(ing)? back|rollback|back out|scrap|throw (it|that|this) away|put back"
    r"|git (checkout|reset|restore|stash|revert)|start over|restore)\b",
    re.IGNORECASE,
)
_DOUBTS: Final = re.compile(
    r"\b(are you sure|verify|double.?check|hall?ucinat\w*|what do you mean|as far as i know"
    r"|how do you know|why (is|are|did|do|does|was|were|would)\b"
    r"|(do|did|is|are|should|would|wouldn'?t|shouldn'?t) (we|it|this|that|not|i)\b[^.?!\n]*\?"
    r"|i (saw|noticed|see|think|don'?t think|thought)|suspicious|seems? (off|wrong|odd)"
    r"|makes? no sense|does ?n['o]?t (look|seem|make))",
    re.IGNORECASE,
)
_UNDOES: Final = re.compile(
    r"\bgit (checkout (-- |HEAD\b|\.)|(reset --hard|restore|revert|stash)\b)", re.IGNORECASE
)
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Turn:
    """A human act, and what came of it before the next one."""

    before: str
    """Id of the act's first event."""
    cut: int
    kinds: frozenset[str]
    """How the act begins, and the kinds of its events."""
    said: str
    """What the person said in it."""
    errors: int
    """Failing calls before the next act."""
    longest: int
    """The most of them on end."""
    undoes: bool
    """Whether the agent undoes work before the next act."""
    left: bool
    """Whether a rewind left the act behind."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A turn with the signs that point at it."""

    before: str
    cut: int
    score: float
    signs: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The signs in words."""
        return "; ".join(SIGNS[name].says for name in self.signs)


def undoes_work(call: str) -> bool:
    """Whether a call of the agent takes work back."""
    return _UNDOES.search(call) is not None


def score_turns(turns: Sequence[Turn]) -> list[Scored]:
    """Every turn of a thread with its signs, in order; those without any score 0."""
    own = [[*_signs_of(turn), *_repeats(turns, number)] for number, turn in enumerate(turns)]
    scored = []
    for number, turn in enumerate(turns):
        after = own[number + 1] if number + 1 < len(turns) else []
        signs = [*own[number], *(["stopped"] if _STOPS.intersection(after) else [])]
        scored.append(Scored(turn.before, turn.cut, score_of(signs), tuple(signs)))
    return scored


def score_of(signs: Sequence[str]) -> float:
    """How much the signs count together, between 0 and 1."""
    doubt = 1.0
    for name in signs:
        doubt *= 1 - SIGNS[name].weight
    return round(1 - doubt, 4)


def _signs_of(turn: Turn) -> Iterator[str]:
    """The signs in the act itself and in what came of it."""
    words = turn.said[:_OWN_WORDS] + " … " + turn.said[_OWN_WORDS:][-_OWN_WORDS:]
    rejects = bool(turn.kinds & {"rejection", "plan_rejected"})
    spoken = bool(turn.said.strip())
    found = {
        "rewind": "rewind" in turn.kinds,
        "left": turn.left,
        "takes_back": _TAKES_BACK.search(words) is not None,
        "doubts": _DOUBTS.search(words) is not None,
        "turns": _TURNS.search(words) is not None,
        "refuses": rejects and spoken,
        "rejects": rejects and not spoken,
        "interrupts": not rejects and bool(turn.kinds & {"interrupt", "steering"}),
        "fails": turn.longest >= LONG_RUN or turn.errors >= MANY_ERRORS,
        "undone": turn.undoes,
    }
    yield from (name for name, is_there in found.items() if is_there)


def _repeats(turns: Sequence[Turn], number: int) -> Iterator[str]:
    """Whether an act says again what one of the acts before it said."""
    mine = _words(turns[number].said)
    if len(mine) < LEAST_WORDS:
        return
    for earlier in turns[max(0, number - _BACK) : number]:
        theirs = _words(earlier.said)
        shared = len(mine & theirs)
        if len(theirs) >= LEAST_WORDS and shared >= ALIKE * len(mine | theirs):
            yield "repeats"
            return


def _words(said: str) -> frozenset[str]:
    return frozenset(_WORD.findall(said[: 4 * _OWN_WORDS].lower()))
