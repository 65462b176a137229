"""Which values beside a telling name are no secrets: variables, code, examples, placeholders.

A wrong yes leaks a secret, a wrong no hides a word, so every rule here is narrow.
"""

import re
from itertools import pairwise

_PLACEHOLDER = re.compile(r"\[secret:[a-z0-9-]{1,24}:[0-9a-f]{3,8}\]")
_MASK = "\0"
"""Stands for a placeholder while a text is looked through; no pattern asks for it."""

_REFERENCE = re.compile(
    r"\$[({A-Za-z_]|[<{%]|\[[A-Za-z]+\]|(?:os\.|process\.|import\.meta\.)"
    r"|(?:get)?env[.(\[]|secrets\.|vars\.|var\.|(?:~|\.{1,2})?/(?:[\w.@-]+/|\w+$)"
)
_CODE = re.compile(
    r"[A-Za-z_][A-Za-z_0-9]*(?:(?:\.|->|::)[A-Za-z_][A-Za-z_0-9]*)*(?:[(\[]|\?\.)"
    r"|(?:self|this|cls|args|config|settings|request|options|opts|ctx)\.[\w.]+$"
    r"|[A-Za-z_]+(?:\.[A-Za-z_]+)+$"
)
_EXAMPLE = re.compile(
    r"(?i)(?:your|insert|replace|enter|example|placeholder|dummy|redacted|masked|hidden|todo|fake"
    r"|not[-_ ]?set|missing)(?![a-z])|.{0,40}(?:[-_. ]here|password|passwd|redacted|placeholder)$"
)
_FILLER = re.compile(
    r"(?i)[x*.•_\-#?0 ]+$|(.)\1{3,}$|(?:1234567890)+$"
    r"|(?:[a-z]{1,8}[-_]){0,3}[a-z]{0,8}(?:\.{3,}|…)$"
)
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,_]{0,15}[a-zA-Z%]?$")
_NAME = re.compile(r"[A-Za-z_]+$")
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)+$")
_WORD = re.compile(
    r"(?i)(?:null|none|nil|true|false|undefined|empty|string|str|int|number|bool|boolean|bytes|any"
    r"|text|passwords?|passwd|pwd|secrets?|tokens?|keys?|credentials?|required|optional|default"
    r"|unknown|values?|type|name|basic|bearer|digest|negotiate|auth|authentication|authorization"
    r"|is|are|was|and|or|not|if|else|return|public|private)[.,;:]?$"
)
_LENGTH = 8
_RISES = 3


def mask_placeholders(text: str) -> str:
    """Make placeholders opaque, character for character, so that none is taken for a secret."""
    return _PLACEHOLDER.sub(lambda match: _MASK * len(match[0]), text)


def looks_like_a_key(text: str) -> bool:
    """Say whether a run of characters was made by a machine: a digit, or case that jumps.

    Examples: ``sT9x2LmQ`` does, ``Hello`` and ``well-known`` do not.
    """
    if len(text) < _LENGTH or not any(char.isalpha() for char in text):
        return False
    rises = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    return rises >= _RISES or any(char.isdigit() for char in text)


def is_innocent(value: str, strict: bool) -> bool:
    """Say whether `value`, found beside a telling name, is none of the secrets themselves.

    Args:
        value: what stands on the right of the name, without its quotes.
        strict: demand that a secret looks machine-made, where the name proves too little
            ("token" is also a word of linguistics).
    """
    text = mask_placeholders(value).strip()
    if not text or _MASK in text:
        return True
    shapes = (_WORD, _REFERENCE, _CODE, _EXAMPLE, _FILLER)
    if any(shape.match(text) for shape in shapes):
        return True
    return strict and _is_weak(text)


def _is_weak(text: str) -> bool:
    """No machine made this: a number, a word, a sentence, the name of a constant."""
    if _NUMBER.match(text) or _NAME.match(text) or _CONSTANT.match(text) or " " in text:
        return True
    return not looks_like_a_key(text)
