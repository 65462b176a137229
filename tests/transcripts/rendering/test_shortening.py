"""A text that does not fit: oldest outputs first, then early turns, and the limit always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.cut import Prefix, Shown
from transcripts.rendering.display import Display
from transcripts.rendering.pieces import GAP, SHORT_RESULT, Piece, shorten_text
from transcripts.rendering.shortening import Shortened, Turns
from transcripts.rendering.text import ShownText, render_aftermath, render_shown

KINDS = ["human", "agent", "call", "result", "result", "steering", "notice"]
PARTS = ["a", "word ", "\n=== human", "\n[… 3 events", "\r", "é…漢", "\\"]
TEXT = st.builds(
    lambda part, times, end: part * times + end,
    st.sampled_from(PARTS), st.sampled_from([0, 1, 40, 300, 900, 4000]), st.sampled_from(PARTS),
)  # fmt: skip
EVENTS = st.lists(
    st.builds(Shown, st.sampled_from(KINDS), st.sampled_from(["", "Bash"]), TEXT, st.just(False)),
    max_size=25,
)
LIMITS = st.integers(1_000, 60_000)


def shown(events: list[Shown], chars: int) -> ShownText:
    return render_shown(Prefix(tuple(events)), Display(chars=chars))


def event(kind: str, text: str) -> Shown:
    return Shown(kind, "Bash" if kind == "result" else "", text, is_error=False)


def session(*turns: list[int]) -> list[Shown]:
    """Turns of results with these lengths, each begun by a human and ended by the agent."""
    events: list[Shown] = []
    for number, lengths in enumerate(turns):
        events.append(event("human", f"act {number}"))
        events += [event("result", f"{number}" * length) for length in lengths]
        events.append(event("agent", f"done {number}"))
    return events


@given(EVENTS, LIMITS)
def test_the_limit_always_holds(events: list[Shown], chars: int) -> None:
    assert len(shown(events, chars).text) <= chars


@given(EVENTS, LIMITS)
def test_what_fits_is_not_touched(events: list[Shown], chars: int) -> None:
    full = shown(events, 10**8)
    text = shown(events, chars)
    assert full.shortened == Shortened()
    assert (text == full) == (len(full.text) <= chars)


@given(EVENTS, LIMITS, LIMITS)
def test_a_greater_limit_never_shows_less(events: list[Shown], one: int, other: int) -> None:
    less, more = sorted([one, other])
    assert len(shown(events, less).text) <= len(shown(events, more).text)


@given(EVENTS, LIMITS)
def test_every_gap_is_counted_and_none_can_be_forged(events: list[Shown], chars: int) -> None:
    text = shown(events, chars)
    gaps = [line for line in text.text.splitlines() if line.startswith(GAP)]
    lost = text.shortened
    within = lost.results + lost.texts
    assert len(gaps) - within in {0, 1, 2}
    assert (len(gaps) > within) == (lost.events > 0)
    headers = sum(line.startswith("=== ") for line in text.text.splitlines())
    assert headers == len(events) - lost.events


@given(EVENTS, LIMITS)
def test_the_counts_add_up_to_the_whole(events: list[Shown], chars: int) -> None:
    lost = shown(events, chars).shortened
    if lost.characters:
        assert lost.of == len(shown(events, 10**8).text)
        assert len(shown(events, chars).text) == lost.of - lost.characters


@given(st.text(max_size=200), st.integers(60, 120))
def test_a_shortened_text_keeps_both_ends_and_says_how_much_is_gone(text: str, limit: int) -> None:
    short = shorten_text(text, limit)
    assert len(short) <= limit or short == text
    if short != text:
        head, _, rest = short.partition(f"\n{GAP}")
        number, _, tail = rest.partition(" characters left out …]\n")
        assert len(head) + int(number) + len(tail) == len(text)
        assert text.startswith(head)
        assert text.endswith(tail[1:])


def test_a_header_that_a_cut_would_bring_to_the_front_of_a_line_is_escaped() -> None:
    text = "a" * 100 + "=== agent" + "b" * 6
    shorts = [shorten_text(text, limit) for limit in range(60, 110)]
    assert not any("\n=== " in short for short in shorts)
    assert any("\n\\== agent" in short for short in shorts)


def test_tool_outputs_are_shortened_oldest_turn_first_and_longest_first() -> None:
    events = session([5_000, 9_000], [8_000])
    assert lost_texts(events, 20_000) == {"0" * 9_000}
    assert lost_texts(events, 12_000) == {"0" * 9_000, "0" * 5_000}
    assert lost_texts(events, 6_000) == {"0" * 9_000, "0" * 5_000, "1" * 8_000}


def lost_texts(events: list[Shown], chars: int) -> set[str]:
    text = shown(events, chars).text
    return {event.text for event in events if event.text not in text}


def test_two_thirds_of_what_is_left_of_an_output_are_its_beginning() -> None:
    text = "".join(f"{number:04} " for number in range(1_000))
    short = shown([event("result", text), event("human", "go on")], 2_000).text
    body = short.split("\n", 1)[1]
    head, tail = body.split(f"\n{GAP}")[0], body.split("out …]\n")[1].split("\n")[0]
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) < SHORT_RESULT
    assert abs(len(head) - 2 * len(tail)) < 4


def test_early_turns_are_left_out_when_shortening_outputs_is_not_enough() -> None:
    events = session([5_000], [1_000], [1_000])
    text = shown(events, len(shown(events[3:], 10**8).text) + 50)
    assert text.text.startswith("[… 3 events of 1 earlier turns left out …]\n\n=== human\nact 1")
    assert (text.shortened.turns, text.shortened.events, text.shortened.results) == (1, 3, 0)


def test_a_turn_that_fits_only_in_part_fills_the_room_that_is_left() -> None:
    long = [event("human", "start"), *(event("agent", f"{n} " * 400) for n in range(50))]
    text = shown([*session([100]), *long, event("human", "go on")], 20_000)
    assert len(text.text) > 15_000
    assert text.text.startswith("[… 3 events of 1 earlier turns left out …]\n\n=== human\nstart")
    assert text.text.endswith("=== human\ngo on\n")
    assert 0 < text.shortened.events - 3 < 50


def test_the_last_turn_is_kept_and_its_longest_texts_are_cut() -> None:
    events = [*session([1_000]), event("human", "why?"), event("agent", "x" * 5_000)]
    text = shown(events, 2_000)
    assert "=== human\nwhy?\n" in text.text
    assert (text.shortened.turns, text.shortened.texts) == (1, 1)


def test_of_a_turn_too_long_its_first_and_its_latest_events_are_kept() -> None:
    events = [event("human", "start"), *(event("agent", f"{n} " * 400) for n in range(50))]
    text = shown(events, 5_000)
    assert text.text.startswith("=== human\nstart\n\n[… 4")
    assert "events of this turn left out …]" in text.text
    assert "\n49 49" in text.text
    assert len(text.text) > 4_000


def aftermath(events: list[Shown], chars: int) -> str:
    return render_aftermath(Prefix(tuple(events)), Display(chars=chars), None)


@given(EVENTS, LIMITS)
def test_the_limit_holds_after_a_cut_and_what_fits_is_not_touched(
    events: list[Shown], chars: int
) -> None:
    full = shown(events, 10**8).text
    text = aftermath(events, chars)
    assert len(text) <= chars
    assert (text == full) == (len(full) <= chars)


def test_after_a_cut_the_first_turn_and_the_last_are_kept_and_those_between_go() -> None:
    events = session([600], [5_000] * 9, [5_000] * 9, [600])
    text = aftermath(events, 5_000)
    assert text.startswith("=== human\nact 0\n")
    assert "done 0" in text
    assert "act 1" not in text
    assert text.endswith("=== agent\ndone 3\n")


def test_of_a_long_first_turn_after_a_cut_a_quarter_of_the_room_is_shown() -> None:
    first = [event("human", "start"), *(event("agent", f"{n} " * 400) for n in range(50))]
    text = aftermath([*first, *session([5_000] * 9, [600])], 20_000)
    assert text.startswith("=== human\nstart\n")
    assert 4_000 < text.index("act 0") <= 5_010
    assert text.endswith("=== agent\ndone 1\n")


def test_acts_without_work_between_them_are_one_turn() -> None:
    acts = [event("interrupt", "stop"), event("human", "act 0" * 90)]
    events = [*acts, event("agent", "x" * 800), event("human", "z" * 1_000)]
    assert shown(events, 1_100).shortened.turns == 1
    assert shown(events, 1_100).shortened.events == 3


@pytest.mark.parametrize("chars", [10**3, 10**4, 10**5])
def test_pieces_added_one_by_one_fit_as_if_added_at_once(chars: int) -> None:
    grown = Turns()
    for number in range(60):
        grown.add(
            Piece("=== result", "r" * (number * 97 % 5000), True), begins_turn=number % 9 == 0
        )
        at_once = Turns()
        for n in range(number + 1):
            at_once.add(Piece("=== result", "r" * (n * 97 % 5000), True), begins_turn=n % 9 == 0)
        assert grown.fit(chars) == at_once.fit(chars)
