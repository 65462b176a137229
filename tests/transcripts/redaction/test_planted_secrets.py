"""Every kind of secret in every disguise and in every field of a line: none survives.

All values are invented and put together at run time, so that no scanner trips over this file.
"""

import base64
import binascii
import contextlib
import json
import random
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from transcripts.redaction.redactor import make_redactor

WORD = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
CAPITALS = string.ascii_uppercase + string.digits
WINDOW, STEP = 16, 5


def noise(length: int, alphabet: str = WORD) -> str:
    """Draw a secret's random part; always the same."""
    return "".join(random.Random(length + len(alphabet)).choices(alphabet, k=length))


def pem(kind: str) -> str:
    body = "\n".join(noise(64, WORD + "+/") for _ in range(4))
    return (
        f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n{noise(30)}==\n-----END {kind}PRIVATE KEY-----"
    )


SHAPED = {
    "anthropic": "sk-ant" + "-api03-" + noise(93) + "AA",
    "openai": "sk" + "-" + noise(20) + "T3Blbk" + "FJ" + noise(20),
    "openai-project": "sk" + "-proj-" + noise(120, WORD + "_-"),
    "openrouter": "sk" + "-or-v1-" + noise(64, HEX),
    "google": "AI" + "za" + noise(35),
    "google-oauth": "ya" + "29." + noise(60),
    "aws-key-id": "AK" + "IA" + noise(16, CAPITALS),
    "aws-session-id": "AS" + "IA" + noise(16, CAPITALS),
    "github": "gh" + "p_" + noise(36),
    "github-app": "gh" + "s_" + noise(36),
    "github-fine": "github" + "_pat_" + noise(22) + "_" + noise(59),
    "gitlab": "gl" + "pat-" + noise(20),
    "huggingface": "h" + "f_" + noise(34),
    "slack": "xo" + "xb-" + noise(12, string.digits) + "-" + noise(24),
    "stripe": "sk" + "_live_" + noise(24),
    "stripe-restricted": "rk" + "_live_" + noise(24),
    "npm": "np" + "m_" + noise(36),
    "pypi": "py" + "pi-" + noise(80),
    "sendgrid": "S" + "G." + noise(22) + "." + noise(43),
    "twilio": "S" + "K" + noise(32, HEX),
    "telegram": noise(10, "123456789") + ":A" + "A" + noise(33),
    "groq": "gs" + "k_" + noise(52),
    "xai": "xa" + "i-" + noise(80),
    "replicate": "r" + "8_" + noise(37),
    "databricks": "da" + "pi" + noise(32, HEX),
    "jwt": "ey" + "J" + noise(20) + ".ey" + "J" + noise(60) + "." + noise(43),
    "private-key": pem("RSA "),
    "private-key-openssh": pem("OPENSSH "),
}
NAMED = {
    "password": ("DB_PASSWORD={}", "hunter2!x"),
    "exported": ("export ADMIN_PASSWD='{}'", "correcthorse"),
    "token": ("SLACK_SIGNING_SECRET={}", noise(32, HEX)),
    "key": ("MISTRAL_API_KEY={}", noise(32)),
    "yaml": ("db:\n  password: {}\n", "s3cret.word"),
    "json": ('{{"user": "bob", "password": "{}"}}', "pa55w0rd"),
    "python": ("client = Client(api_key='{}')", noise(24)),
    "url": ("postgresql://bob:{}@db.internal:5432/x", "tr0ub4dor&3"),
    "bearer": ("curl -H 'Authorization: Bearer {}' https://x.org", noise(40)),
    "basic": ("Authorization: Basic {}", noise(28)),
    "flag": ("tool --user bob --password {} run", "opensesame9"),
    "curl": ("curl -u bob:{} https://x.org", "opensesame9"),
    "netrc": ("machine x.org login bob password {}", "opensesame9"),
    "connection": ("Server=x;User Id=bob;Password={};Encrypt=true", "opensesame9"),
    "aws-secret": ("aws_secret_access_key = {}", noise(40, WORD + "/+")),
    "azure": ("AccountName=x;AccountKey={}==;Suffix=y", noise(86, WORD + "/+")),
    "wandb": ("wandb login {}", noise(40, HEX)),
    "query": ("GET https://x.org/a?b=1&access_token={}&c=2", noise(32)),
}
CARRIED = {**{name: ("see {} there", one) for name, one in SHAPED.items()}, **NAMED}


def coded(text: str, shift: int = 0) -> str:
    return base64.b64encode(b"~" * shift + text.encode()).decode()


def halves(text: str, secret: str, glue: str) -> str:
    middle = text.index(secret) + len(secret) // 2
    return text[:middle] + glue + text[middle:]


DISGUISES: dict[str, Callable[[str, str], str]] = {
    "plain": lambda text, _: text,
    "json": lambda text, _: json.dumps({"a": [text]}),
    "json twice": lambda text, _: json.dumps({"a": json.dumps({"b": text})}),
    "json in prose": lambda text, _: "It said: " + json.dumps({"a": json.dumps({"b": text})}),
    "base64": lambda text, _: coded(text),
    "base64 shifted": lambda text, _: coded(text, 1),
    "base64 shifted twice": lambda text, _: coded(text, 2) + " done",
    "base64 for URLs": lambda text, _: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 of a file": lambda text, _: base64.encodebytes(("x " * 40 + text).encode()).decode(),
    "data URL": lambda text, _: "data:text/plain;base64," + coded("lorem ipsum " * 9 + text),
    "coloured": lambda text, secret: text.replace(secret, f"\x1b[31m{secret}\x1b[0m"),
    "escaped": lambda text, secret: text.replace(secret, hidden(secret)),
}
SPLITS = {
    "line break": "\n    ",
    "crlf": "\r\n",
    "concatenation": '" + "',
    "continued": "' \\\n    '",
}
FIELDS = (
    "uuid", "cwd", "gitBranch", "summary", "text", "thinking", "input", "result", "stdout",
    "attachment", "key",
)  # fmt: skip


def hidden(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if char.isalnum() else char for char in text)


def line(field: str, text: str) -> bytes:
    """Build a Claude Code line that says `text` in one of its fields."""
    at = {name: text if name == field else f"nothing in {name}" for name in FIELDS}
    blocks = [
        {"type": "text", "text": at["text"]},
        {"type": "thinking", "thinking": at["thinking"], "signature": coded("sig" * 30)},
        {"type": "tool_use", "id": "toolu_01", "name": "Bash", "input": {"command": at["input"]}},
        {"type": "tool_result", "content": [{"type": "text", "text": at["result"]}]},
    ]
    value = {
        "type": "assistant",
        "uuid": at["uuid"],
        "cwd": at["cwd"],
        "gitBranch": at["gitBranch"],
        "summary": at["summary"],
        "message": {"content": blocks, "usage": {"input_tokens": 12, "big": 2**70}},
        "toolUseResult": {"stdout": at["stdout"], at["key"]: 1.50},
        "attachment": {"type": "file", "content": {"lines": ["one", at["attachment"]]}},
    }
    return json.dumps(value).encode()


def layers(raw: bytes) -> set[str]:
    """Read a line as a finder would: escapes, nested JSON, base64, seams."""
    done: set[str] = set()
    todo = {raw.decode()}
    for _ in range(5):
        done |= todo
        todo = {deeper for text in todo for deeper in peel(text)} - done
    return done | todo


def peel(text: str) -> Iterator[str]:
    yield text
    yield re.sub(r"""[\s"'+\\]""", "", text)
    yield re.sub(r"\\+u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    with contextlib.suppress(ValueError):
        yield from strings(json.loads(text))
    for run in re.findall(r"[A-Za-z0-9+/_-]{24,}", text.replace("\n", "")):
        if not re.fullmatch(r"[a-z0-9-]+", run):
            yield from decoded(run)


def decoded(run: str) -> Iterator[str]:
    for offset in range(4):
        body = run[offset:].replace("-", "+").replace("_", "/")
        try:
            yield binascii.a2b_base64(body[: len(body) // 4 * 4]).decode("latin-1")
        except binascii.Error:
            continue


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        found = [text for one in value for text in strings(one)]
        yield from found
        yield "".join(found)
    elif isinstance(value, str):
        yield value


def survives(secret: str, raw: bytes) -> bool:
    """Say whether the secret, or twenty-one characters in a row of it, can still be read."""
    bare = re.sub(r"\s", "", secret)
    bare = re.sub(r"-----[A-Z ]*-----|-----[A-Z]*KEY-----", "", bare)
    size = min(WINDOW, len(bare))
    parts = {bare[at : at + size] for at in range(0, len(bare) - size + 1, STEP)}
    read = "\0".join(layers(raw))
    return any(part in read for part in parts)


@pytest.mark.no_cover
@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("kind", CARRIED)
def test_no_secret_survives_in_any_disguise(kind: str, disguise: str) -> None:
    carrier, secret = CARRIED[kind]
    raw = line("text", DISGUISES[disguise](carrier.format(secret), secret))
    redacted = make_redactor().redact_line(raw)
    assert not survives(secret, redacted)
    assert json.loads(redacted)["message"]["usage"] == {"input_tokens": 12, "big": 2**70}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("kind", CARRIED)
def test_no_secret_survives_in_any_field(kind: str, field: str) -> None:
    carrier, secret = CARRIED[kind]
    redactor = make_redactor()
    assert not survives(secret, redactor.redact_line(line(field, carrier.format(secret))))
    assert sum(redactor.counts.values()) >= 1


@pytest.mark.parametrize("seam", SPLITS)
@pytest.mark.parametrize("kind", SHAPED)
def test_no_secret_survives_a_seam_in_its_middle(kind: str, seam: str) -> None:
    text = halves(f'key = "{SHAPED[kind]}"', SHAPED[kind], SPLITS[seam])
    assert not survives(SHAPED[kind], make_redactor().redact_line(line("result", text)))


@pytest.mark.parametrize("kind", SHAPED)
def test_no_secret_survives_in_neighbouring_strings(kind: str) -> None:
    secret = SHAPED[kind]
    first, second = secret[: len(secret) // 2], secret[len(secret) // 2 :]
    blocks = [{"type": "text", "text": f"It is {first}"}, {"type": "text", "text": f"{second} ok"}]
    for value in ({"content": blocks}, {"argv": ["run", first, second]}):
        redacted = make_redactor().redact_line(json.dumps(value).encode())
        assert not survives(secret, redacted)


@pytest.mark.parametrize("kind", CARRIED)
def test_every_character_as_an_escape_hides_nothing(kind: str) -> None:
    carrier, secret = CARRIED[kind]
    raw = (
        b'{"text":"' + "".join(f"\\u{ord(c):04x}" for c in carrier.format(secret)).encode() + b'"}'
    )
    assert not survives(secret, make_redactor().redact_line(raw))


def test_a_private_key_cut_off_at_either_end_is_redacted() -> None:
    whole = SHAPED["private-key"]
    for part in (whole[: len(whole) // 2], whole[40:]):
        for text in (part, json.dumps(part), json.dumps(json.dumps(part))):
            redacted = make_redactor().redact_line(line("stdout", text))
            assert not survives(noise(64, WORD + "+/"), redacted)
