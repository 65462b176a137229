"""The shortcuts of redaction find all that the slow way finds: first look, heads, signs, views."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.redaction import people, signs
from transcripts.redaction.innocent import is_innocent
from transcripts.redaction.literals import literal_around, read_literals
from transcripts.redaction.named_rules import NAMED_RULES
from transcripts.redaction.rules import PROVIDER_RULES, RedactionRule
from transcripts.redaction.spans import _lower
from transcripts.redaction.suspicion import allows, suspicion
from transcripts.redaction.views import plain_view, unescaped_view

pytestmark = pytest.mark.no_cover

PIECES = (
    "/home/", "/Users/", "\\", "alice", "bob", "@", "laptop", ":~/$ ", "corp.example.org", ".",
    "%2F", "home", "-home-", "-", " ", "\\n", "\\u0040", "\x1b[1m", "é", '"', "/",
)  # fmt: skip
NAME_PIECES = (
    "password",
    "API_KEY",
    "token",
    "=",
    ": ",
    '"',
    "\n",
    "a1B2c3D4",
    "\u212aey",
    "İ",
    "-",
)
RULES = [*PROVIDER_RULES, *NAMED_RULES]
slow = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def text_of(pieces: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces) | st.text(max_size=3), max_size=14).map("".join)


def spans(matches: "list[re.Match[str]]") -> list[tuple[int, int]]:
    return [match.span() for match in matches]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_the_first_look_misses_no_match_of_any_rule(rule: RedactionRule) -> None:
    test = suspicion().named if rule.guarded else suspicion().provided

    @slow
    @given(text=st.from_regex(rule.pattern))
    def holds(text: str) -> None:
        found = [match["secret"] for match in rule.pattern.finditer(text)]
        if any(not (rule.guarded and is_innocent(one, rule.strict)) for one in found):
            assert allows(test, text)

    holds()


@pytest.mark.parametrize("rule", NAMED_RULES, ids=lambda rule: str(rule.name))
def test_looking_at_heads_only_finds_the_same_matches(rule: RedactionRule) -> None:
    @slow
    @given(text=text_of(NAME_PIECES))
    def holds(text: str) -> None:
        lowered = _lower(text)
        assert spans([*rule.matches(text, lowered)]) == spans([*rule.pattern.finditer(text)])

    holds()


@given(value=st.lists(text_of(PIECES), min_size=1, max_size=4))
def test_the_literal_around_a_place_is_the_one_that_reading_all_finds(value: list[str]) -> None:
    raw = json.dumps({"a": value})
    for literal in read_literals(raw):
        for place in range(literal.start + 1, literal.end - 1):
            assert literal_around(raw, place) == (literal.start, literal.end, literal.text)


@settings(max_examples=300, deadline=None)
@given(text=text_of(PIECES))
def test_looking_at_signs_only_finds_the_same_names(text: str) -> None:
    for pattern, places in people._IN_SEEN:
        quick = people._matches(pattern, text, places(signs.sites_of(text)))
        named = [[match.span(kind) for kind in match.groupdict()] for match in quick]
        slowly = pattern.finditer(text)
        assert named == [[match.span(kind) for kind in match.groupdict()] for match in slowly]


@settings(max_examples=300, deadline=None)
@given(text=text_of(PIECES))
def test_every_name_stands_at_a_sign(text: str) -> None:
    if people._find_names(text):
        assert signs.is_telling(text)


@given(text=text_of(PIECES))
def test_a_character_of_a_view_knows_where_it_stood(text: str) -> None:
    view, plain = unescaped_view(text), plain_view(text)
    origins = [view.origin(place, place + 1) for place in range(len(view.text))]
    assert origins == sorted(origins)
    assert plain.origin(1, 3) == (1, 3)
    for (start, end), char in zip(origins, view.text, strict=True):
        assert end > start
        assert end - start > 1 or text[start] == char
