"""A secret cut in two by the border between neighbouring strings of one JSON text."""

import string
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence

from transcripts.redaction.innocent import looks_like_a_key
from transcripts.redaction.literals import Literal
from transcripts.redaction.spans import Secret, find_split

_KEY = string.ascii_letters + string.digits + "_/+=-"
_PARTED = 2


def columns(literals: Sequence[Literal]) -> list[list[int]]:
    """Gather the numbers of the literals that a reader sees as one row of strings."""
    rows: Mapping[tuple[int, str], list[int]] = defaultdict(list)
    for index, literal in enumerate(literals):
        if literal.column is not None:
            rows[literal.column].append(index)
    return [row for row in rows.values() if len(row) >= _PARTED]


def mend(texts: Sequence[str]) -> tuple[list[str], list[Secret]]:
    """Replace the secrets that straddle neighbouring texts.

    The placeholder stands where the secret began; the rest of it is cut from the texts after.

    Returns:
        The texts, and the secrets that were found.
    """
    pieces, found = list(texts), list[Secret]()
    for strict in (True, False):
        joined, borders = _join(pieces, strict)
        straddling = [
            secret
            for secret in find_split(joined)
            if bisect_right(borders, secret.start) < bisect_left(borders, secret.end)
        ]
        for secret in reversed(straddling):
            _cut(pieces, borders, secret)
        found += straddling
    return pieces, found


def _join(texts: Sequence[str], strict: bool) -> tuple[str, list[int]]:
    """Put texts together; a line break goes between two that cannot be halves of a key.

    Args:
        texts: the neighbours, in order.
        strict: the first half, too, must look like one: a word before a whole key is none.
    """
    parts: list[str] = []
    borders: list[int] = []
    length = 0
    for text in texts:
        if parts and not _fits(parts[-1], text, strict):
            parts.append("\n")
            length += 1
        borders.append(length)
        parts.append(text)
        length += len(text)
    return "".join(parts), borders


def _fits(before: str, after: str, strict: bool) -> bool:
    lead = after[: len(after) - len(after.lstrip(_KEY))]
    tail = before[len(before.rstrip(_KEY)) :]
    begun = "-" in tail or "_" in tail or looks_like_a_key(tail)
    return looks_like_a_key(lead) and (begun or not strict)


def _cut(pieces: list[str], borders: Sequence[int], secret: Secret) -> None:
    beyond = bisect_left(borders, secret.end)
    for index in range(bisect_right(borders, secret.start) - 1, beyond):
        first = max(0, secret.start - borders[index])
        last = min(len(pieces[index]), secret.end - borders[index])
        if first < last:
            begins = borders[index] <= secret.start
            kept = secret.placeholder() if begins else ""
            pieces[index] = pieces[index][:first] + kept + pieces[index][last:]
