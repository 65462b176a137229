"""Values that a name gives away: environment dumps, settings, headers, URLs, command lines.

The value itself has no shape; `innocent` decides whether it may stay.
"""

import re

from transcripts.redaction.rules import RedactionRule

_PASSWORD = r"(?:passw(?:or)?d|passwd|passphrase|pgpassword|pwd)"
_OF_KEYS = (
    "api", "access", "secret", "private", "auth", "account", "encryption", "signing", "master",
    "client", "service", "shared", "storage", "deploy", "session", "license", "admin",
    "subscription",
)  # fmt: skip
_OWNED = "|".join(f"(?<={word}key)|(?<={word}[_-]key)" for word in _OF_KEYS)
_KEYED = rf"(?:key(?:{_OWNED})|token|secret|credentials?)"
"""A key must say whose; written so that a search stops at few places, not at each letter."""
_TAIL = r"(?:_[A-Z0-9]{1,12}|[0-9]){0,2}"
"""What may follow the telling word in one name: OPENAI_API_KEY_2, DB_PASSWORD_PROD."""
_LINK = r"[\"'`\]\\]{0,8}[ \t]{0,8}(?::=|=>|==?|:|,)[ \t]{0,8}(?:[brfu]{0,2})"
_QUOTED = r"\\{0,8}[\"'`](?P<secret>[^\"'`\n\\]{1,4096})(?=\\{0,8}[\"'`])"
_FREE = r"(?P<secret>[^\s\"'`\\,;&)}\]<>|]{4,4096})"
_FLAGGED = r"(?P<secret>[^\s\"'`\\]{3,4096})"
_COLON = r"[\"'\\]{0,8}(?:(?:\s|\\+[nrt]){0,4}:)(?:\s|\\+[nrt]){0,4}[\"'\\]{0,8}"

_AFTER_FLAG = r"(?:[ \t=]|\\+t){1,4}[\"'\\]{0,8}"

_PASSWORD_CLUES = ("pass", "pwd")
_KEYED_CLUES = ("key", "secret", "credential", "token")

_PASSWORDS = ("passw", "passphrase", "pgpassword", "pwd")
_HEADS = {
    "url-password": (":/", ":\\"),
    "authorization-plain": ("authorization", "x-api-key", "apikey", "api-key"),
    "password-quoted": _PASSWORDS,
    "password-in-environment": ("passw", "passphrase", "_pass", "_pwd"),
    "password-free": _PASSWORDS,
    "password-flag": tuple(f"-{word}" for word in _PASSWORDS),
    "key-flag": ("-token", "-secret", "-key"),
    "login": ("curl", "mysql", "mariadb", "sshpass", "docker login"),
    "pgpass": (),
}
"""Where the matches of a rule begin, if its clues do not say so."""
_SKIPPED = {"url-password": 1, "url-token": 3}


def _named(
    name: str,
    clues: tuple[str, ...],
    pattern: str,
    *,
    kind: str = "password",
    strict: bool = False,
) -> RedactionRule:
    return RedactionRule(
        name,
        kind,
        clues,
        re.compile(pattern),
        guarded=True,
        strict=strict,
        heads=_HEADS.get(name, clues),
        skip=_SKIPPED.get(name, 0),
    )


NAMED_RULES = (
    _named(
        "url-password",
        ("://", ":\\"),
        r"(?<=:)\\{0,8}/\\{0,8}/[^\s:/@\"'\\<>]{0,100}:"
        r"(?P<secret>[^\s/\"'\\<>]{1,200})@(?=[\w.\[{-])",
    ),
    _named(
        "url-token",
        ("://",),
        r"(?<=://)(?P<secret>[^\s/@:\"'\\<>]{20,200})@",
        kind="credential",
        strict=True,
    ),
    _named(
        "bearer",
        ("bearer", "authorization"),
        rf"(?i:authorization{_COLON}(?:bearer|basic|token|negotiate)|(?<![a-z])bearer)"
        r"(?:\s|\\+[nrt]){1,4}(?P<secret>[\w.~/+=-]{8,4096})",
        kind="credential",
        strict=True,
    ),
    _named(
        "authorization-plain",
        ("authorization", "x-api-key", "apikey", "api-key"),
        rf"(?i:authorization|x-api-key|api-?key){_COLON}(?P<secret>[\w.~/+=-]{{16,4096}})",
        kind="credential",
        strict=True,
    ),
    _named("password-quoted", _PASSWORD_CLUES, rf"(?i:{_PASSWORD}){_TAIL}{_LINK}{_QUOTED}"),
    _named(
        "password-in-environment",
        _PASSWORD_CLUES,
        rf"(?:PASSWO?R?D|PASSPHRASE|_PASS|_PWD){_TAIL}=(?!=){_FLAGGED}",
    ),
    _named(
        "password-free",
        _PASSWORD_CLUES,
        rf"(?i:{_PASSWORD}){_TAIL}[ \t]{{0,8}}(?:=|:)[ \t]{{0,8}}{_FREE}",
        strict=True,
    ),
    _named(
        "key-quoted",
        _KEYED_CLUES,
        rf"(?i:{_KEYED}){_TAIL}{_LINK}{_QUOTED}",
        kind="credential",
        strict=True,
    ),
    _named(
        "key-in-environment",
        _KEYED_CLUES,
        rf"(?:KEY|TOKEN|SECRET|CREDENTIALS?){_TAIL}=(?!=)[\"']?{_FLAGGED}",
        kind="credential",
        strict=True,
    ),
    _named(
        "secret-in-environment",
        ("secret", "credential"),
        rf"(?:SECRET|CREDENTIALS?)(?:_KEY)?=(?!=){_FLAGGED}",
        kind="credential",
    ),
    _named(
        "key-free",
        _KEYED_CLUES,
        rf"(?i:{_KEYED}){_TAIL}[ \t]{{0,8}}(?:=|:)[ \t]{{0,8}}{_FREE}",
        kind="credential",
        strict=True,
    ),
    _named(
        "password-flag",
        _PASSWORD_CLUES,
        rf"-(?i:{_PASSWORD}){_AFTER_FLAG}(?![-|<>&;]){_FLAGGED}",
    ),
    _named(
        "key-flag",
        _KEYED_CLUES,
        rf"-(?i:token|secret|key){_AFTER_FLAG}{_FLAGGED}",
        kind="credential",
        strict=True,
    ),
    _named(
        "login",
        ("curl", "mysql", "mariadb", "sshpass", "login"),
        r"(?:(?<![\w-])curl(?![\w-])[^\n|;]{0,300}?\s(?:-u|--user)[ =]{0,2}[\"']?[^\s:\"']{1,64}:"
        r"|(?<![\w-])(?:mysql|mysqldump|mariadb)(?![\w-])[^\n|;]{0,200}?\s-p(?=\S)"
        r"|sshpass\s{1,4}-p\s{0,4}[\"']?|docker login[^\n|;]{0,200}?\s-p\s{1,4})"
        r"(?P<secret>[^\s\"'\\]{3,200})",
    ),
    _named(
        "netrc",
        ("login",),
        r"login(?:\s|\\+[nrt]){1,8}\S{1,100}?(?:\s|\\+[nrt]){1,8}password(?:\s|\\+[nrt]){1,8}"
        r"(?P<secret>[^\s\"'\\]{1,200})",
    ),
    _named(
        "pgpass",
        (":",),
        r"(?m)(?:^|(?<=\\n))[\w.*-]{1,100}:[0-9]{2,5}:[\w*-]{1,64}:[\w-]{1,64}:"
        r"(?P<secret>[^\s:\"'\\]{4,200})$",
    ),
)

_TELLING = re.compile(
    rf"(?:(?P<password>(?i:{_PASSWORD})|_PASS)|(?P<keyed>(?i:{_KEYED})|KEY)){_TAIL}$"
)


def accused_by(name: str) -> RedactionRule | None:
    """Find what a name says about the value that a structure puts beside it.

    Args:
        name: a key of a JSON object, the `name` beside a `value`, or an option before its value.

    Returns:
        The rule to judge the whole value by, or None where the name tells nothing.
    """
    found = _TELLING.search(name[-60:].strip())
    if found is None:
        return None
    return _WHOLE_PASSWORD if found["password"] else _WHOLE_KEY


_WHOLE = r"\A(?P<secret>[\s\S]+)\Z"
_WHOLE_PASSWORD = _named("value-of-password", (), _WHOLE)
_WHOLE_KEY = _named("value-of-key", (), _WHOLE, kind="credential", strict=True)
