"""Names of sessions as annotators see them: no more of an id than tells them apart."""

from collections.abc import Sequence

SHORT = 8
"""Characters of an external id that are shown, where they suffice to tell sessions apart."""


def short_names(ids: Sequence[str]) -> dict[str, str]:
    """Beginnings that tell the ids apart; a subagent's id is `<session>/<agent>`."""
    heads = _beginnings({external_id.partition("/")[0] for external_id in ids})
    tails = _beginnings({external_id.partition("/")[2] for external_id in ids})
    names: dict[str, str] = {}
    for external_id in ids:
        head, slash, tail = external_id.partition("/")
        names[external_id] = heads[head] + slash + tails[tail]
    return names


def _beginnings(texts: set[str]) -> dict[str, str]:
    """The shortest beginning of each text, of at least `SHORT` characters, that is its own."""
    return {text: text[: _own_length(text, texts - {text})] for text in texts}


def _own_length(text: str, others: set[str]) -> int:
    length = SHORT
    while length < len(text) and any(other.startswith(text[:length]) for other in others):
        length += 1
    return length
