"""How an attack hides its words: from people, from a filter, or behind a mountain of text."""

import base64
import codecs
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

LONG: Final = 50_000
"""Characters of an attack by length."""
CODES: Final = 1_000
_MARKS: Final = tuple(map(chr, range(0x300, 0x328)))
_TAG: Final = 0xE0000
_SELECTOR: Final = 0xE0100
_WIDE: Final = 0xFEE0
_LOOK_ALIKES: Final = str.maketrans(
    "aceipsxyAEIKMOPTX",
    "\u0430\u0441\u0435\u0456\u0440\u0455\u0445\u0443\u0410\u0415\u0406\u041a\u041c\u041e\u0420\u0422\u0425",
)
_CODE: Final = re.compile(r"[0-9a-f]{12}")


def _many_codes(text: str) -> str:
    """Repeat a text with other codes, as somebody would who cannot know the right one."""
    codes = (hashlib.sha256(str(n).encode()).hexdigest()[:12] for n in range(CODES))
    return "\n".join(_CODE.sub(code, text) for code in codes)


def _backwards(text: str) -> str:
    """Write a text from the right, inside an override that shows it the right way round."""
    return f"\u202e{text[::-1]}\u202c"


def _long(text: str) -> str:
    return "".join(itertools.islice(itertools.cycle(text), LONG))


DISGUISES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "many codes": _many_codes,
        "look-alikes": lambda text: text.translate(_LOOK_ALIKES),
        "wide letters": lambda text: "".join(
            chr(ord(c) + _WIDE) if "!" <= c <= "~" else c for c in text
        ),
        "zero width": "\u200b".join,
        "tag characters": lambda text: "".join(chr(_TAG + ord(c)) for c in text),
        "selectors": lambda text: "".join(chr(_SELECTOR + byte) for byte in text.encode()),
        "backwards": _backwards,
        "combining marks": lambda text: "".join(f"{c}{''.join(_MARKS)}" for c in text),
        "fifty kilobytes": _long,
        "base64": lambda text: base64.b64encode(text.encode()).decode(),
        "rot13": lambda text: codecs.encode(text, "rot13"),
    }
)
"""Name -> what it makes of a text."""
