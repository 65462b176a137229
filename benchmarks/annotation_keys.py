"""The bytes that a terminal sends for an action of the annotation tool, from its own key table."""

from functools import cache

NAMED = {
    "slash": b"/",
    "minus": b"-",
    "space": b" ",
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
}


@cache
def _table() -> dict[str, str]:
    from annotation_tui.app import AnnotationApp
    from annotation_tui.key_table import find_bindings

    return {
        binding.id: binding.key.split(",")[0]
        for bindings in find_bindings(AnnotationApp).values()
        for binding in bindings
        if binding.id
    }


def has_key(action: str) -> bool:
    """Whether the tool has this action."""
    return action in _table()


def key_of(action: str) -> bytes:
    """The bytes of the first key of an action."""
    return bytes_of(_table()[action])


def bytes_of(key: str) -> bytes:
    """The bytes of a key by its name."""
    from textual.keys import key_to_character

    if key in NAMED:
        return NAMED[key]
    if key.startswith("ctrl+"):
        return bytes([ord(key[5:].upper()) & 0x1F])
    sign = key_to_character(key)
    if sign is None:
        raise ValueError(f"no bytes are known for the key {key!r}")
    return sign.encode()
