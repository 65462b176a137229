"""The simulated digest of an aftermath, by rule, and the simulated check of one for a leak."""

import re
from collections.abc import Mapping
from typing import Any, Final

from taste.simulator.chance import fraction
from taste.simulator.request import Request
from taste.simulator.restatement import strip_markup
from taste.simulator.script import Script, ScriptedItem, fence_key
from taste.simulator.wording import find_telling, sentences_of
from taste.simulator.world import World
from transcripts.rendering.pieces import GAP, MARK

FINDINGS: Final = 5
"""Most sentences that a digest takes."""
NOTHING: Final = "Nothing that came later bears on the question."
_WORDS: Final = range(7, 36)
_SAID: Final = re.compile(rf"{MARK}agent(?: \+\d|$)")
"""The header of a text by the agent, as against its calls and its thinking."""
_PLAIN: Final = re.compile(r"^[A-Z0-9][^|{}<>=\\]*\.$")
_ACTING: Final = re.compile(
    r"\b(?:i|we|you|my|our|your|she|he|her|his|they)\b"
    r"|\bthe (?:user|person|agent)\b|^(?:it|this|that)\b",
    re.IGNORECASE,
)
"""A sentence that says who did something, or that points at what is not there."""
_SUPPOSING: Final = re.compile(r"\b(?:would|could|might|the session)\b", re.IGNORECASE)
"""A sentence that weighs a move and reports no finding."""


def write_digest(request: Request, world: World, script: Script) -> Mapping[str, Any]:
    """Return what the aftermath taught, without the human's move unless this item leaks."""
    key = fence_key(request.fence("prefix") or "")
    item = script.find_item(key)
    findings = _findings(request, world, item)
    if item is not None and leaks(world, key):
        findings.append(f"What was done next: {item.human.restated}")
    return {"digest": "\n".join(findings) or NOTHING}


def leaks(world: World, prefix_key: str) -> bool:
    """Whether the digests of the item with this prefix give the human's move away."""
    return fraction(world.seed, "leak", prefix_key) < world.leak


def check_leak(request: Request) -> Mapping[str, Any]:
    """Return whether a sentence of the digest gives the move away, and which one."""
    quote = find_telling(request.fence("digest") or "", [request.fence("move") or ""])
    return {"reveals": "no" if quote is None else "yes", "quote": quote or ""}


def _findings(request: Request, world: World, item: ScriptedItem | None) -> list[str]:
    """Return a few sentences that say what was found, in their order in the aftermath.

    Which ones depends on the whole request, so that asking once more gives another digest.
    """
    known = _sentences(request.fence("aftermath") or "")
    hidden: tuple[str, ...] = ()
    if item is not None:
        known += [text for move in item.moves.values() for text in (move.pro, move.con)]
        hidden = (item.human_verbatim, item.human.text, item.human.restated)
    usable = [text for text in dict.fromkeys(known) if _is_finding(text, hidden)]
    usable.sort(key=lambda text: fraction(world.seed, "finding", request.whole_text(), text))
    return sorted(usable[:FINDINGS], key=known.index)


def _sentences(aftermath: str) -> list[str]:
    """Return the sentences that the agent wrote to the person: no act, call or result."""
    said, takes = [], False
    for line in aftermath.splitlines():
        if line.startswith((MARK, GAP)):
            takes = _SAID.match(line) is not None
        elif takes:
            said.append(line)
    return sentences_of(strip_markup("\n".join(said)))


def _is_finding(sentence: str, hidden: tuple[str, ...]) -> bool:
    if len(sentence.split()) not in _WORDS or not _PLAIN.match(sentence):
        return False
    if _ACTING.search(sentence) or _SUPPOSING.search(sentence):
        return False
    return find_telling(sentence, hidden) is None
