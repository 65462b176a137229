"""Marks as letters in the gutter, and in a few words. Pure."""

from collections.abc import Mapping, Sequence

from taste.submitting.marks import DETOUR, EVIDENCE, STRONG, DraftMark

LETTERS = {"detour": "D", "strong": "S", "neither": "=", "unresolved": "?"}
"""Kind → letter in the gutter."""


def describe_mark(mark: DraftMark, numbers: Mapping[str, int]) -> str:
    """A mark in a few words: letter, event, type, recognised, recovered."""
    words = [f"{LETTERS.get(mark.kind, '!')}@{numbers.get(mark.before, -1) + 1}"]
    if mark.kind in {DETOUR, STRONG}:
        words.append(mark.get("type") or "no type")
    for letter, event_id in (("R", mark.get("recognised")), ("X", mark.get("recovered"))):
        if event_id is not None:
            words.append(f"{letter}@{numbers.get(event_id, -1) + 1}")
    return " ".join(words)


def letters_of(marks: Sequence[DraftMark], numbers: Mapping[str, int]) -> dict[int, str]:
    """Event number → the letters that stand there.

    D, S, = or ? where a point is, then R recognised, X recovered, E evidence.
    """
    found: dict[int, str] = {}
    places = [(mark.before, LETTERS.get(mark.kind, "!")) for mark in marks]
    places += [(mark.get("recognised") or "", "R") for mark in marks]
    places += [(mark.get("recovered") or "", "X") for mark in marks]
    spans = {span["event"] for mark in marks for field in EVIDENCE for span in mark.evidence(field)}
    places += [(event_id, "E") for event_id in sorted(spans)]
    for event_id, letter in places:
        if event_id in numbers:
            number = numbers[event_id]
            found[number] = found.get(number, "") + letter
    return found
