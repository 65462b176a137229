from hypothesis import given
from hypothesis import strategies as st

from transcripts.cut import Prefix, Shown
from transcripts.rendering.blocks import Block, split_shown
from transcripts.rendering.display import Display
from transcripts.rendering.text import LABELS, render_shown

HOSTILE = st.text(st.sampled_from("=\n[… a\r"), max_size=40)
EVENTS = st.builds(Shown, st.sampled_from(sorted(LABELS)), st.just(""), HOSTILE, st.booleans())


def blocks_of(*events: Shown, display: Display | None = None) -> list[Block]:
    return split_shown(render_shown(Prefix(events), display or Display(thinking=True)).text)


@given(st.lists(EVENTS, max_size=8))
def test_a_shown_text_has_one_block_for_each_event(events: list[Shown]) -> None:
    found = blocks_of(*events)
    assert [(b.kind, b.is_error) for b in found] == [(e.kind, e.is_error) for e in events]


def test_a_block_has_the_event_s_tool_and_words() -> None:
    (call, result) = blocks_of(
        Shown("call", "Bash", "ls", is_error=False),
        Shown("result", "Bash", "a\n\nb", is_error=True),
    )
    assert call == Block("call", "Bash", is_error=False, text="ls")
    assert result == Block("result", "Bash", is_error=True, text="a\n\nb")


def test_what_was_left_out_before_the_first_event_is_a_block_of_its_own() -> None:
    events = [Shown("human", "", f"{n} " + "x" * 600, is_error=False) for n in range(4)]
    worked = [Shown("agent", "", "y" * 100, is_error=False)] * 4
    turns = [event for pair in zip(events, worked, strict=True) for event in pair]
    first, *_, last = blocks_of(*turns, display=Display(chars=1000))
    assert (first.kind, last.kind) == ("gap", "agent")
    assert "earlier turns left out" in first.text
