"""Laws of redaction: JSON keeps its structure, twice is once, and only the line itself counts."""

import json
import random
import string
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.errors import UserError
from transcripts.redaction import detector
from transcripts.redaction.named_rules import NAMED_RULES
from transcripts.redaction.pseudonyms import Pseudonyms
from transcripts.redaction.redactor import make_redactor
from transcripts.redaction.rules import PROVIDER_RULES, RedactionRule
from transcripts.redaction.spans import find_secrets

pytestmark = pytest.mark.no_cover

KEY = "sk-ant" + "-api03-" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3"
PIECES = (
    KEY, KEY[:20], KEY[20:], "password", "=", ": ", '"', "'", "\\", "\\n", "\n", " + ", "hunter2!",
    "https://bob:", "@x.org", "API_KEY", "Bearer ", "-----BEGIN PRIVATE KEY-----", "TWlJRQ" * 20,
    "[secret:password:abc]", "[secret:", "]", "{", "}", "c2stYW50LWFwaTAz", "\x1b[31m", "ä",
    "\ud800",
)  # fmt: skip
LONG = 250_000
"""Characters at which a pattern that backtracks would take minutes."""

texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=9).map("".join)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def redact(raw: bytes) -> bytes:
    return make_redactor().redact_line(raw)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [shape(one) for one in value.values()]
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value) if isinstance(value, str) else value


def pairs(raw: bytes) -> Any:
    """Read JSON so that keys that became equal stay two."""
    return json.loads(raw, object_pairs_hook=lambda found: [list(pair) for pair in found])


@settings(max_examples=150, deadline=None)
@given(value=values)
def test_valid_json_stays_valid_json_of_the_same_structure(value: Any) -> None:
    raw = json.dumps({"value": value}).encode()
    assert shape(pairs(redact(raw))) == shape(pairs(raw))


@settings(max_examples=150, deadline=None)
@given(value=values)
def test_redacting_twice_is_redacting_once(value: Any) -> None:
    once = redact(json.dumps({"value": value}).encode())
    assert redact(once) is once or redact(once) == once


@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_a_text_redacted_twice_is_redacted_once(text: str) -> None:
    once = make_redactor().redact_text(text)
    assert make_redactor().redact_text(once) == once


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(values, max_size=5))
def test_what_came_before_changes_nothing(lines: list[Any]) -> None:
    raws = [json.dumps({"value": value}).encode() for value in lines]
    redactor = make_redactor()
    assert [redactor.redact_line(raw) for raw in raws] == [redact(raw) for raw in raws]


@given(junk=st.binary(max_size=300))
def test_a_line_that_is_no_json_is_redacted_as_text(junk: bytes) -> None:
    redacted = redact(junk + b" " + KEY.encode() + b" ")
    assert KEY[10:].encode() not in redacted


def test_equal_secrets_get_equal_placeholders_however_they_are_written() -> None:
    writings = (KEY, json.dumps(json.dumps({"k": KEY})), f"{KEY[:15]}\n  {KEY[15:]}", f"a {KEY}.")
    found = {secret.placeholder() for text in writings for secret in find_secrets(text)}
    assert len(found) == 1
    assert found.pop().startswith("[secret:anthropic:")


def test_a_password_keeps_too_little_of_its_hash_to_be_guessed() -> None:
    redactor = make_redactor()
    text = redactor.redact_text("DB_PASSWORD=hunter2!")
    assert len(text) == len("DB_PASSWORD=[secret:password:abc]")
    assert redactor.counts == {"password": 1}


def test_numbers_spaces_and_the_order_of_keys_stay_byte_for_byte() -> None:
    raw = f'{{"b" : 1.50, "a":123456789012345678901234567890,\t"k":"{KEY}" , "z":1E5}}'.encode()
    redacted = redact(raw)
    head, tail = raw.split(KEY.encode())
    assert redacted.startswith(head)
    assert redacted.endswith(tail)


def test_names_beside_values_and_options_before_them_count() -> None:
    raw = b'{"env":[{"name":"A_TOKEN","value":"abcd1234efgh"}],"argv":["--password","opensesame"]}'
    redactor = make_redactor()
    assert b"abcd1234" not in redactor.redact_line(raw)
    assert redactor.counts == {"credential": 1, "password": 1}


def hostile() -> Iterator[str]:
    """Long runs that make careless patterns look back again and again."""
    for piece in (
        "a",
        "A1",
        "-",
        "_",
        " ",
        "\n",
        "\\",
        "eyJ",
        "sk-",
        "://",
        ":",
        "=",
        "aws ",
        "0m",
        "sk-ant-",
        "eyJa.",
        "password=",
        "key:",
        "-----BEGIN PRIVATE KEY-----",
        "[1m",
        "@",
    ):
        yield piece * (LONG // len(piece))


@pytest.mark.parametrize("rule", [*PROVIDER_RULES, *NAMED_RULES], ids=lambda rule: str(rule.name))
def test_no_pattern_chokes_on_a_long_run_of_anything(rule: RedactionRule) -> None:
    for text in hostile():
        clue = rule.clues[0]
        assert sum(1 for _ in rule.pattern.finditer(clue + text)) <= LONG


def test_a_deeply_nested_line_is_redacted() -> None:
    raw = b'{"a":' + b"[" * 100_000 + f'"{KEY}"'.encode() + b"]" * 100_000 + b"}"
    assert KEY.encode() not in redact(raw)


def test_a_detector_that_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    detector._scanner.cache_clear()
    with pytest.raises(UserError, match=r"taste\[secrets\]"):
        make_redactor(detector=True)


@pytest.mark.needs_package("kingfisher_sdk")
def test_the_maintained_detector_reads_what_our_patterns_have_left() -> None:
    redactor = make_redactor(secrets=False, detector=True)
    letters = random.Random(1).choices(string.ascii_letters + string.digits, k=36)
    token = "ghp_" + "".join(letters)
    line = json.dumps({"text": f"export GITHUB_TOKEN={token}"}).encode()
    found = json.loads(redactor.redact_line(line))["text"]
    assert found.startswith("export GITHUB_TOKEN=[secret:detected:")
    assert redactor.version.startswith("kingfisher ")


@pytest.mark.parametrize(
    "piece", ["password=hunter2! ", KEY + " ", "https://a:b@c ", "/home/bob ", '"']
)
def test_a_line_full_of_secrets_takes_time_in_proportion(piece: str) -> None:
    text = piece * (2 * LONG // len(piece))
    pseudonyms = Pseudonyms(b"k" * 32)
    raw = json.dumps({"a": text, "b": [piece] * 9_000}).encode()
    redacted = make_redactor(pseudonyms=pseudonyms).redact_line(raw)
    assert len(json.loads(redacted)["b"]) == 9_000
