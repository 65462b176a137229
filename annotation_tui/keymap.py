"""A person's own keys: binding ids and the keys they want for them, checked against every screen.

Pure but for reading the file. A file that cannot be meant is one sentence, before anything opens.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from textual.binding import Binding
from textual.keys import Keys, key_to_character

from transcripts.errors import UserError

Screens = Mapping[str, Sequence[Binding]]
"""Name of a screen → its bindings."""

KeyMap = Mapping[str, str]
"""Id of a binding → its keys, joined by commas."""

SHOWN = {
    "slash": "/", "question_mark": "?", "question_mark,f1": "?", "escape,q": "q",
    "u,ctrl+z": "u", "ctrl+s": "^s", "enter,ctrl+s": "enter", "greater_than_sign": ">",
    "less_than_sign": "<", "full_stop": ".", "exclamation_mark": "!",
}  # fmt: skip
"""Keys → how a key line names them, where not by the first of them."""


class KeyMaker(Protocol):
    """Makes the bindings of one screen."""

    def __call__(self, name: str, key: str, action: str, tooltip: str, show: str = "") -> Binding:
        """A binding with an id, and with the words that the key line has for it, if any."""


def keys_of(where: str) -> KeyMaker:
    """What makes the bindings of a screen, so that they can be remapped and listed."""

    def key(name: str, key: str, action: str, tooltip: str, show: str = "") -> Binding:
        return Binding(
            key, action, show, show=bool(show), key_display=SHOWN.get(key), tooltip=tooltip,
            id=f"{where}.{name}",
        )  # fmt: skip

    return key


EVERYWHERE = "everywhere"
"""The screen under which the bindings of the whole tool are listed."""

_ALIASES = {"?": "question_mark", "/": "slash", ",": "comma", " ": "space", "esc": "escape"}
_ARRIVE_AS = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+[": "escape",
    "ctrl+left_square_bracket": "escape",
}
_NEEDS_KITTY = re.compile(r"(ctrl|alt|shift)\+.*enter|ctrl\+shift\+.|.*\bsuper\+")
_KNOWN = {key.value for key in Keys}


def read_keymap(path: Path, screens: Screens) -> KeyMap:
    """Read a TOML file of ids and keys; `reader.detour = "D"`, or a list of keys.

    Raises:
        UserError: if it cannot be read, names no binding, or a key cannot be used or means two.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read the keys in {str(path)!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{str(path)!r} is not valid TOML: {error}") from error
    return check_keymap(_flat(told, str(path)), screens)


def check_keymap(told: Mapping[str, Sequence[str]], screens: Screens) -> KeyMap:
    """The key map, once every id is known, every key usable and none of them means two things.

    Raises:
        UserError: naming the first fault.
    """
    ids = {binding.id for bindings in screens.values() for binding in bindings}
    for name, keys in told.items():
        if name not in ids:
            raise UserError(
                f"there is no key with the id {name!r}; `taste annotate --list-keys` prints all."
            )
        if not keys:
            raise UserError(f"{name!r} has no key; leave the line out to keep what it has.")
    keymap = {name: ",".join(_usable(key, name) for key in keys) for name, keys in told.items()}
    for screen, bindings in screens.items():
        _check_screen(screen, (*bindings, *screens.get(EVERYWHERE, ())), keymap)
    return keymap


def apply_keymap(bindings: Iterable[Binding], keymap: KeyMap) -> tuple[Binding, ...]:
    """The bindings with the keys that they have by this map."""
    return tuple(_remapped(binding, keymap.get(binding.id or "")) for binding in bindings)


def _remapped(binding: Binding, keys: str | None) -> Binding:
    return binding.with_key(keys, key_display=show_keys(keys)) if keys else binding


def keymap_of(app: object) -> KeyMap:
    """The key map of an app; empty for one that has none."""
    return getattr(app, "keymap", None) or {}


def show_keys(keys: str) -> str:
    """Keys as people write them."""
    names = {name: sign for sign, name in _ALIASES.items() if len(sign) == 1 and sign != " "}
    return " ".join(_shown(key.strip(), names) for key in keys.split(","))


def _shown(key: str, names: Mapping[str, str]) -> str:
    if key in names:
        return names[key]
    sign = key_to_character(key)
    return sign if sign and sign.isprintable() and not sign.isspace() else key


def _flat(told: Mapping[str, Any], path: str, before: str = "") -> dict[str, Sequence[str]]:
    """Dotted ids, whether the file quotes them or TOML has made tables of them."""
    found: dict[str, Sequence[str]] = {}
    for name, value in told.items():
        if isinstance(value, dict):
            found |= _flat(value, path, f"{before}{name}.")
        elif isinstance(value, str):
            found[before + name] = [value]
        elif isinstance(value, list) and all(isinstance(key, str) for key in value):
            found[before + name] = value
        else:
            raise UserError(
                f"{before + name!r} in {path!r} must be a key or a list of keys, not {value!r}."
            )
    return found


def _usable(key: str, name: str) -> str:
    """The key by the name that the terminal sends it under."""
    wanted = _ALIASES.get(key, key)
    if wanted in _ARRIVE_AS:
        raise UserError(
            f"{name!r} cannot be {key!r}: terminals send it as {_ARRIVE_AS[wanted]!r}. "
            "Choose another key."
        )
    if _NEEDS_KITTY.fullmatch(wanted):
        raise UserError(
            f"{name!r} cannot be {key!r}: most terminals do not send it. Choose another key."
        )
    base = wanted.rpartition("+")[2] if len(wanted) > 1 else wanted
    if not (wanted in _KNOWN or len(base) == 1 or key_to_character(base)):
        raise UserError(f"{name!r} is given {key!r}, which is no key. Write such as 'x' or 'f5'.")
    return wanted


def _check_screen(screen: str, bindings: Sequence[Binding], keymap: KeyMap) -> None:
    """Whether two bindings of a screen share a key that the map gave to either.

    Raises:
        UserError: naming both.
    """
    owners: dict[str, Binding] = {}
    for binding in bindings:
        for key in keymap.get(binding.id or "", binding.key).split(","):
            name = _ALIASES.get(key.strip(), key.strip())
            other = owners.setdefault(name, binding)
            mapped = binding.id in keymap or other.id in keymap
            if other.id != binding.id and mapped:
                where = "" if screen == EVERYWHERE else f" on the screen {screen!r}"
                raise UserError(
                    f"the key {show_keys(name)!r} would mean both {other.id!r} and "
                    f"{binding.id!r}{where}; give one of them another key."
                )
