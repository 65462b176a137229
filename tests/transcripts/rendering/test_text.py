"""The one rendering: no text forges a header, shortening is said, controls are visible."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.cut import Prefix, Shown, chain, chain_hash, prefix_hash
from transcripts.rendering.text import render_event, render_shown, visible_controls

BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
KINDS = ["human", "agent", "call", "result", "steering", "interrupt", "rejection"]
TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.lists(
    st.sampled_from([*BREAKS, "=== ", "=== human", "[… ", "a", "\\"]), max_size=8
).map("".join)
SHOWN = st.builds(
    Shown, st.sampled_from(KINDS), st.sampled_from(["", "Bash", "a\n=== b"]), TEXT, st.booleans()
)


def human(text: str) -> Shown:
    return Shown("human", "", text, is_error=False)


def test_an_event_is_a_header_and_its_text() -> None:
    assert render_event(Shown("result", "Bash", "boom", is_error=True)) == (
        "=== result Bash (error)\nboom\n"
    )


@given(SHOWN)
def test_no_line_of_a_text_can_be_taken_for_a_header(event: Shown) -> None:
    headers = [line for line in render_event(event).splitlines() if line.startswith("=== ")]
    assert len(headers) == 1


@given(st.lists(SHOWN, max_size=6))
def test_there_are_as_many_headers_as_events(events: list[Shown]) -> None:
    lines = render_shown(Prefix(tuple(events))).text.splitlines()
    assert sum(line.startswith("=== ") for line in lines) == len(events)
    assert not any(line.startswith("[… ") for line in lines)


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_forged_header_is_escaped_after_every_kind_of_line_break(line_break: str) -> None:
    assert f"{line_break}\\=== agent" in render_event(human(f"a{line_break}=== agent"))


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_forged_gap_is_escaped_after_every_kind_of_line_break(line_break: str) -> None:
    assert f"{line_break}\\[… 9 events" in render_event(human(f"a{line_break}[… 9 events"))


def test_the_name_of_a_tool_cannot_make_a_header_of_any_length() -> None:
    event = Shown("call", "tool " * 90_000, "x", is_error=False)
    assert len(render_event(event)) < 140


@given(st.lists(SHOWN, max_size=5))
def test_the_shown_hash_is_the_sha256_of_the_bytes_shown(events: list[Shown]) -> None:
    shown = render_shown(Prefix(tuple(events)))
    assert shown.shown_hash == hashlib.sha256(shown.text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\x1b[31mred\x07", "\\u001b[31mred\\u0007", id="ANSI"),
        pytest.param("a\x9b2Jb\x85", "a\\u009b2Jb\\u0085", id="C1"),
        pytest.param("a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f", id="bidi"),
        pytest.param("a\rb\u2028c", "a\\u000db\\u2028c", id="line-breaks-but-newline"),
        pytest.param("a\u200bb\ufeffc\u00ad", "a\\u200bb\\ufeffc\\u00ad", id="invisible"),
        pytest.param("a\U000e0041b", "a\\ue0041b", id="tag-characters"),
        pytest.param("a\tb\nc é 漢 \U0001f600", "a\tb\nc é 漢 \U0001f600", id="ordinary"),
    ],
)
def test_controls_are_made_visible_for_a_terminal(text: str, expected: str) -> None:
    assert visible_controls(text) == expected


@given(st.text())
def test_no_control_character_but_newline_and_tab_reaches_a_terminal(text: str) -> None:
    left = {unicodedata.category(character) for character in visible_controls(text) if
            character not in "\n\t"}  # fmt: skip
    assert "Cc" not in left


@given(st.lists(SHOWN, max_size=6))
def test_the_prefix_hash_is_the_end_of_the_chain(events: list[Shown]) -> None:
    assert [value.hex() for value in chain(events)][-1] == prefix_hash(events)


@given(st.lists(SHOWN, max_size=4), st.lists(SHOWN, max_size=4))
def test_different_prefixes_have_different_hashes(one: list[Shown], two: list[Shown]) -> None:
    assert (prefix_hash(one) == prefix_hash(two)) == (one == two)


def test_where_one_field_ends_and_the_next_begins_is_part_of_the_hash() -> None:
    a = Shown("call", "ab", "c", is_error=False)
    b = Shown("call", "a", "bc", is_error=False)
    assert chain_hash(b"", a) != chain_hash(b"", b)
