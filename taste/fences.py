"""How a text of others stands inside a request: between tags that it can neither close nor forge.

All that a model is sent of sessions and moves goes through `fence`, so the disarming is done in one
place, alike for proposer, restater and judge. Three things are done to a text, and nothing else:

1. What a model may take for one of our tags, or for a mark by which its own chat template tells
   speakers apart, loses its bracket to an entity: also with invisible characters in it, or spelt
   with letters that only look like ours.
2. Characters that cannot be seen become visible escapes. A person who annotates cannot see them
   either, so they must not speak to a model alone; dropping them would hide that they were there,
   and would join what they keep apart.
3. Floods of them, or of combining marks, are counted after the first few.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from taste.keeping import Kept

FENCING = 2
"""Number of these rules; part of every prompt's hash."""
FENCES = (
    "prefix", "aftermath", "digest", "taken", "tail", "work", "move", "act", "restated", "first",
    "second",
)  # fmt: skip
CODE_CHARS = 12
MOST_IN_A_ROW = 8
"""Invisible characters, or combining marks, that are shown one by one."""

_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Controls but tab and line ends, format and direction characters, fillers, selectors, tags."""
_MARKS = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_HIDDEN_RUN = re.compile(f"[{_HIDDEN}]+")
_MARK_FLOOD = re.compile(f"(?<=[{_MARKS}]{{{MOST_IN_A_ROW}}})[{_MARKS}]+")
_SELECTORS = frozenset({"\ufe0e", "\ufe0f"})
"""Make a sign a picture or a letter; one alone is part of ordinary emoji."""
_JOINERS = frozenset({"\u200c", "\u200d", "\ufe0f\u200d"})
"""Part of the spelling of Persian and of Indian languages, and of emoji."""
_KEYCAPS = "0123456789#*"
_BASIC = 0xFFFF

_ANGLES = "<\u02c2\u1438\u2039\u2329\u276e\u2770\u27e8\u29fc\u3008\ufe64\uff1c"
_SLASHES = "/\\\\\u2044\u2215\u2571\u27cb\u29f8\uff0f"
_LOOK_ALIKES = {
    "a": "\u0251\u03b1\u0391\u0430\u0410\u1d00",
    "c": "\u03f2\u03f9\u0441\u0421\u1d04",
    "d": "\u0256\u0257\u0501\u0500\u1d05",
    "e": "\u03b5\u0395\u0435\u0415\u0454\u04bd\u1d07",
    "f": "\u0192\u017f\u03dc\ua730\ufb01",
    "g": "\u0261\u0262\u0581",
    "h": "\u0397\u041d\u043d\u04bb\u04ba\u0570\u029c",
    "i": "\u0131\u026a\u03b9\u0399\u0456\u0406\u04cf\u04c0",
    "k": "\u03ba\u039a\u043a\u041a\u1d0b",
    "l": "\u029f\u0399\u0406\u04cf\u04c0",
    "m": "\u039c\u043c\u041c\u1d0d",
    "n": "\u0274\u03b7\u039d\u0578",
    "o": "\u03bf\u039f\u043e\u041e\u0585\u1d0f",
    "p": "\u03c1\u03a1\u0440\u0420\u1d18",
    "r": "\u0280\u0433\u1d26",
    "s": "\u0455\u0405\ua731\ufb05\ufb06",
    "t": "\u03c4\u03a4\u0442\u0422\u1d1b",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u03c9\u0461\u051d\u1d21",
    "x": "\u03c7\u03a7\u0445\u0425\u00d7",
}
"""Letters of other scripts that look like those of our tags; what Unicode itself calls a form of
the same letter is added to them."""
_FORMS = (range(0xC0, 0x250), range(0x1D2C, 0x1F00), range(0x2070, 0x2500), range(0xFF21, 0xFF5B),
          range(0x1D400, 0x1D800), range(0x1F110, 0x1F18A))  # fmt: skip
"""Where Unicode keeps accented, raised, enclosed, wide and mathematical letters."""
_LONG = 4_000
"""Characters of a text that many prompts are likely to share."""
_CHAT_MARK = re.compile(
    r"<(?=[|\uff5c][^\s<>|\uff5c]{1,40}[|\uff5c]>|/?(?:s|bos|eos|think)>|(?:start|end)_of_turn>"
    r"|</?SYS>>|/?system[-_])|\[(?=/?INST\])"
)
"""A server that fills in a chat template may read these as the template's own."""


def fence(tag: str, text: str) -> str:
    """Wrap data in tags that the data itself can neither close nor forge.

    The tags carry a code from the hash of what they enclose: a text that closed them would have to
    contain its own hash. What looks like one of our tags is disarmed all the same.
    """
    if len(text) < _LONG:
        return _fenced(tag, text)
    return _long.get((tag, text), lambda: _fenced(tag, text))


_long: Kept[str] = Kept(3_000_000)
"""Tag and long text -> the text in its tags."""


def _fenced(tag: str, text: str) -> str:
    escaped = escape_fences(text)
    code = hashlib.sha256(escaped.encode()).hexdigest()[:CODE_CHARS]
    return f"<{tag}-{code}>\n{escaped}\n</{tag}-{code}>"


def escape_fences(text: str) -> str:
    """Disarm every tag in `text` that looks like one of our fences, and show what is invisible."""
    disarmed = _CHAT_MARK.sub(_entity, _TAG.sub(_entity, text))
    return _HIDDEN_RUN.sub(_visible, _MARK_FLOOD.sub(_counted, disarmed))


def _entity(found: re.Match[str]) -> str:
    return "&lt;" if found[0] == "<" else f"&#{ord(found[0])};"


def _counted(found: re.Match[str]) -> str:
    return f"(and {len(found[0])} more combining marks)"


def _visible(found: re.Match[str]) -> str:
    """The run as escapes, unless it belongs to ordinary writing."""
    run, text = found[0], found.string
    before = text[max(0, found.start() - 1) : found.start()]
    if _is_writing(run, before, text[found.end() : found.end() + 1]):
        return run
    seen = "".join(map(_escape, run[:MOST_IN_A_ROW]))
    left = len(run) - MOST_IN_A_ROW
    return f"{seen}(and {left} more invisible characters)" if left > 0 else seen


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) <= _BASIC else f"\\U{ord(c):08x}"


def _is_writing(run: str, before: str, after: str) -> bool:
    """Whether a single selector or joiner stands where ordinary writing has one."""
    if run in _SELECTORS:
        return bool(before) and (not before.isascii() or before in _KEYCAPS)
    return run in _JOINERS and not before.isascii() and not after.isascii()


def _tag_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """The bracket of what may be taken for a tag of one of these names.

    Every repetition is possessive: a bracket before a mile of blanks costs no more than the mile.
    """
    forms = _read_forms()
    between = f"[{_HIDDEN}{_MARKS}]*+"
    blank = f"[\\s{_HIDDEN}{_MARKS}]*+"

    def letter(at: int, name: str) -> str:
        class_ = f"[{name[at]}{name[at].upper()}{_LOOK_ALIKES[name[at]]}{forms[name[at]]}]"
        # a ligature may have swallowed it
        return f"{class_}?" if name[at - 1 : at + 1] in {"fi", "st"} else class_

    words = (between.join(letter(at, name) for at in range(len(name))) for name in names)
    return re.compile(f"[{_ANGLES}](?={blank}(?:[{_SLASHES}]{blank})?(?:{'|'.join(words)})(?!\\w))")


def _read_forms() -> dict[str, str]:
    """The characters that Unicode calls a form of each letter."""
    forms = dict.fromkeys(_LOOK_ALIKES, "")
    for number in (one for block in _FORMS for one in block):
        plain = unicodedata.normalize("NFKD", chr(number)).casefold()
        letters = [c for c in plain if not unicodedata.combining(c)]
        if len(letters) == 1 and letters[0] in forms:
            forms[letters[0]] += chr(number)
    return forms


_TAG = _tag_pattern(FENCES)
