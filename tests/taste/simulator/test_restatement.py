"""Moves that nobody scripted are restated by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.simulator.bank import BANK
from taste.simulator.restatement import MAX_WORDS, restate


@pytest.mark.parametrize(
    ("verbatim", "move"),
    [
        pytest.param(
            "can you rerun the eval with seed 3?", "Rerun the eval with seed 3.", id="ask"
        ),
        pytest.param("hm. ok, let's drop the filter", "Drop the filter.", id="lead-in"),
        pytest.param(
            "That looks odd. **Check** the `ids` first", "Check the ids first.", id="second"
        ),
        pytest.param("why is the loss flat?", "Find out: why is the loss flat.", id="question"),
        pytest.param("but could you look at rows, thanks!", "Look at rows.", id="thanks"),
        pytest.param('> quoted\n\n"Plot it"', "Plot it.", id="quote"),
        pytest.param("the loss is flat", "The loss is flat.", id="no-command"),
        pytest.param("compare a &lt; b", "Compare a < b.", id="escaped"),
    ],
)
def test_the_first_command_is_kept(verbatim: str, move: str) -> None:
    made = restate(verbatim, "")
    assert (made.move, made.initiator) == (move, "human")


@pytest.mark.parametrize("verbatim", ["ok", "Yes, go ahead!", "continue", "", "```\nx\n```"])
def test_an_acceptance_takes_the_step_that_was_offered(verbatim: str) -> None:
    made = restate(verbatim, "[human] look\n\n[agent] It fails. Want me to bisect the commits?")
    assert (made.move, made.initiator) == ("Bisect the commits.", "agent_offer")


@pytest.mark.parametrize("tail", ["", "...", "[agent] OK."])
def test_an_acceptance_of_nothing_cannot_be_resolved(tail: str) -> None:
    made = restate("ok", tail)
    assert made.move == ""
    assert "offers no step" in made.reason


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gives_one_short_line_or_a_reason(verbatim: str, tail: str) -> None:
    made = restate(verbatim, tail)
    assert len(made.move.split()) <= MAX_WORDS
    assert "\n" not in made.move
    assert bool(made.move) != bool(made.reason)


@pytest.mark.parametrize("move", BANK, ids=lambda move: move.text[:30])
def test_a_move_of_the_bank_is_its_own_restatement(move: object) -> None:
    text = getattr(move, "text", "")
    assert restate(text, "").move == text


def test_the_bank_is_large_graded_and_without_repeats() -> None:
    assert len({move.text for move in BANK}) == len(BANK) >= 40
    assert min(move.quality for move in BANK) < -0.9 < 0.8 < max(move.quality for move in BANK)
