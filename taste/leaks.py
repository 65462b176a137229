"""Whether a digest says what the human's next step was: a comparison by words, no model.

A digest may share names and figures with the move, which the aftermath is about. It gives the move
away where it tells who did what, repeats the move's words in a row, or holds many of a step's words
in one sentence: fewer are enough where the step's action is among them, and fewer still where the
sentence tells an event. A paraphrase in words of its own passes: a model can be asked about that
(`judging.leak_check`). The limits were set on one half of the sessions of
`benchmarks/digest_leaks.py`, which measures them on the other half.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from taste.stems import content_words, english_share

RULES: Final = 1
"""Number of these rules; part of a digest's identity, since they decide what becomes of it."""
RUN: Final = 6
"""Content words in a row that give the move away; clean digests share up to 5."""
WHOLE: Final = 0.75
"""Share of a step's words in one sentence that gives it away; clean digests reach 0.69."""
WITH_ACTION: Final = 0.6
"""The same where the step's action is among them; clean digests reach 0.5."""
TOLD: Final = 0.35
"""The same where the sentence tells an event ("was retrained", "after retraining"); sentences that
tell another step of the same session reach 0.29."""
KNOWN: Final = 0.5
"""What a word counts that the prefix holds as well: a fact would use it in any case."""
FEWEST: Final = 4
"""A step of fewer content words ("stop", "go on") cannot be compared by words."""
ENGLISH: Final = 0.1
"""Share of English function words from which a text counts as English; the restated moves of the
examples have 0.16 and more, texts in other languages none."""

_ADVERB = r"(?:\s+(?:then|first|next|now|also|instead|immediately|\w+ly))?"
_DIRECTED = (
    r"(?:agreed|approved|asked|chose|decided|declined|demanded|directed|insisted|instructed|"
    r"interrupted|objected|opted|ordered|overruled|picked|preferred|proposed|rejected|requested|"
    r"settled|suggested|told|turned|wanted|went|wished)"
)
_DONE = (
    r"(?:abandoned|adopted|approved|asked|attempted|chosen|commissioned|decided|declined|demanded|"
    r"instructed|interrupted|ordered|overruled|postponed|preferred|proposed|rejected|requested|"
    r"skipped|suggested|told|tried|turned\s+down|undertaken)"
)
_PEOPLE = (
    r"(?:agent|assistant|author|experimenter|human|investigator|operator|person|researcher|"
    r"scientist|team|user)"
)
_TAKEN = r"(?:actual|chosen|requested|selected|taken)"
_STEP = r"(?:action|course|move|next\s+step|option|path|plan|route|step)"
_ACTING = re.compile(
    rf"\b(?:the\s+{_PEOPLE}{_ADVERB}\s+{_DIRECTED}"
    rf"|(?:they|he|she|we|i|you){_ADVERB}\s+(?:asked|chose|decided|instructed|opted|told|wanted)"
    rf"|(?:was|were|been){_ADVERB}\s+{_DONE}"
    rf"|(?:was|were|had)\s+the\s+(?:next|first)\s+{_STEP}"
    rf"|the\s+{_TAKEN}\s+{_STEP}|the\s+{_STEP}\s+(?:that\s+was\s+)?(?:taken|chosen)"
    rf"|the\s+next\s+(?:step|move|action)"
    rf"|the\s+(?:decision|choice|request|instruction|attempt)\s+(?:to|for|was)"
    rf"|(?:at|on)\s+(?:his|her|their|the\s+{_PEOPLE}['’]s)\s+(?:insistence|request)"
    rf"|as\s+(?:asked|decided|instructed|proposed|requested|suggested)"
    rf"|instead\s+of\s+the\s+(?:offered|proposed|suggested))\b",
    re.IGNORECASE,
)  # fmt: skip
_PARTICIPLE = (
    r"(?:\w+(?:ed|en|pt|ght)|built|cut|drawn|done|found|held|laid|left|lost|made|put|read|rerun|run|"
    r"sent|set|shown|split|spent|thrown|told|undone)"
)
_DOING = r"(?!\w*thing\b|during\b)\w+ing"
_PAST = (
    r"(?:brought|changed|confirmed|cost|did|ended|failed|found|gave|had|helped|left|led|made|moved|"
    r"produced|proved|revealed|said|settled|showed|taught|told|took|turned|was|went|were|yielded)"
)
_EVENT = re.compile(
    rf"\b(?:was|were|been)(?:\s+(?:then|first|also|all|\w+ly))?\s+{_PARTICIPLE}\b"
    rf"|^\W*{_DOING}\b.*\b{_PAST}\b|\b(?:after|by|on|upon|when)\s+{_DOING}\b",
    re.IGNORECASE | re.DOTALL,
)
# Besides ASCII marks, the full stop and its kin of Chinese and Japanese, which no blank follows.
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[\u3002\uff01\uff1f])")
_CLAUSE = re.compile(r"(?<=[.!?;:])\s+|\n+|(?<=[\u3002\uff01\uff1f\uff1b\uff1a])")


@dataclass(frozen=True, slots=True)
class Leak:
    """What in a digest gives a move away."""

    kind: Literal["acting", "run", "share"]
    """It tells who did what, repeats words in a row, or holds most of a step's words."""
    sentence: str
    """The sentence of the digest."""
    words: tuple[str, ...]
    """The words that say so, as stems except for `acting`."""
    value: float
    """Words in the run, or share of the step's words; 1 for `acting`."""

    @property
    def reason(self) -> str:
        """In words, for a row's reason."""
        quoted = " ".join(self.words)
        if self.kind == "acting":
            return f"tells who did what: {quoted!r}"
        if self.kind == "run":
            return f"repeats {len(self.words)} of the move's words in a row: {quoted!r}"
        return f"one sentence has {self.value:.0%} of a step's words: {quoted!r}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"words": list(self.words)}


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a move, as words."""

    weights: dict[str, float]
    total: float
    """The sum of the weights."""
    action: str | None
    """Its first word, where that can be told."""


def find_leak(digest: str, moves: Sequence[str], known: str) -> Leak | None:
    """The first thing in a digest that gives one of the moves away.

    Args:
        digest: What is to be checked.
        moves: The human's move in its forms, verbatim and restated.
        known: The shown text of the prefix, which a digest may repeat.
    """
    sentences = [part for part in _SENTENCE.split(digest) if part.strip()]
    told = (_find_acting(sentence) for sentence in sentences)
    before = content_words(known)
    runs = (_find_run(sentences, content_words(move), before) for move in moves)
    steps = list(_weigh_steps(moves, frozenset(before)))
    shares = (_find_share(sentence, steps) for sentence in sentences)
    return next((leak for found in (told, runs, shares) for leak in found if leak), None)


def find_unchecked(digest: str, moves: Sequence[str]) -> list[str]:
    """Why moves cannot be compared with a digest by words, one reason for each that cannot."""
    english = english_share(digest) >= ENGLISH
    reasons = []
    for move in moves:
        if len(set(content_words(move))) < FEWEST:
            reasons.append(f"fewer than {FEWEST} content words: {move[:40]!r}")
        elif (english_share(move) >= ENGLISH) is not english:
            reasons.append(f"perhaps another language than the digest's: {move[:40]!r}")
    return reasons


def _find_acting(sentence: str) -> Leak | None:
    found = _ACTING.search(sentence)
    return Leak("acting", sentence, tuple(found[0].split()), 1.0) if found else None


def _find_run(sentences: list[str], move: list[str], known: list[str]) -> Leak | None:
    """A run of the move's words that the prefix does not hold; of a short move, all its words.

    It may go on over the end of a sentence, as a move that is quoted does.
    """
    size = min(RUN, len(move))
    fresh = _runs(move, size) - _runs(known, size) if size >= FEWEST else set()
    placed = [(word, part) for part in sentences for word in content_words(part)]
    for at, run in enumerate(_in_order([word for word, _ in placed], size)):
        if run in fresh:
            return Leak("run", placed[at][1], run, float(size))
    return None


def _in_order(words: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _runs(words: list[str], size: int) -> set[tuple[str, ...]]:
    return set(_in_order(words, size))


def _find_share(sentence: str, steps: Sequence[_Step]) -> Leak | None:
    """A step many of whose words stand in one sentence."""
    words = frozenset(content_words(sentence))
    told = _EVENT.search(sentence) is not None
    for step in steps:
        shared = step.weights.keys() & words
        share = sum(step.weights[word] for word in shared) / step.total
        limit = TOLD if told else WITH_ACTION if step.action in words else WHOLE
        if len(shared) >= FEWEST and share >= limit:
            held = tuple(word for word in step.weights if word in shared)
            return Leak("share", sentence, held, share)
    return None


def _weigh_steps(moves: Sequence[str], known: frozenset[str]) -> Iterator[_Step]:
    """The steps that moves consist of.

    A move of one sentence is an imperative, which begins with its action; in a longer text each
    clause is a step that may begin with anything.
    """
    for move in moves:
        clauses = [part for part in _CLAUSE.split(move.strip()) if part.strip()]
        for clause in clauses:
            words = content_words(clause)
            if len(set(words)) >= FEWEST:
                weights = {word: KNOWN if word in known else 1.0 for word in words}
                action = words[0] if len(clauses) == 1 else None
                yield _Step(weights, sum(weights.values()), action)
