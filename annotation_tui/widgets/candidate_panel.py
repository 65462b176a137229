"""One candidate at a time below the text: where it is, what points at it, and what one makes of it.

It knows no score of a candidate that is not judged yet.
"""

from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from annotation_tui.keymap import apply_keymap, keymap_of, keys_of
from taste.candidate_reveals import Judgement, ShownCandidate
from transcripts.rendering.text import visible_controls


class Judging(Protocol):
    """Who takes what the panel's keys say: the screen that holds it."""

    def accept_candidate(self, kind: str) -> None:
        """Mark the act at the candidate as this kind."""

    def edit_candidate(self) -> None:
        """Open the own mark at the candidate."""

    def judge_candidate(self, judgement: Judgement) -> None:
        """Say what one makes of it."""

    def step_candidate(self, way: int) -> None:
        """Go to the next or previous candidate."""

    def close_candidates(self) -> None:
        """Put the panel away."""


_key = keys_of("candidates")


KEYS = (
    _key("detour", "d", "accept('detour')", "Accept it: mark a detour here", "detour"),
    _key("strong", "s", "accept('strong')", "Accept it: mark a strong move here", "strong"),
    _key("edit", "e", "edit", "Edit your own mark here because of it", "edit mine"),
    _key("reject", "x", "judge('rejected')", "Reject it", "reject"),
    _key("unsure", "m", "judge('unsure')", "Unsure", "unsure"),
    _key("next", "right_square_bracket,tab", "step(1)", "Next candidate", "next"),
    _key("back", "left_square_bracket,shift+tab", "step(-1)", "Previous candidate", "back"),
    _key("close", "escape,c", "close", "Put the candidates away", "close"),
)


class CandidatePanel(Vertical, can_focus=True):
    """Shows one candidate; letters that it has no use for go to the reader."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, screen: Judging) -> None:
        super().__init__(id="candidates")
        self._screen = screen

    def compose(self) -> ComposeResult:
        """The candidate, then the keys."""
        yield Static(id="candidate", markup=False)
        yield Static(id="candidate-keys", markup=False)

    def on_mount(self) -> None:
        """Write the keys once, as this annotator has them."""
        parts: list[tuple[str, str] | str] = []
        for binding in apply_keymap(KEYS, keymap_of(self.app)):
            key = {"right_square_bracket": "]", "left_square_bracket": "["}
            first = binding.key.partition(",")[0]
            parts += [(key.get(first, first), "bold"), f":{binding.description} "]
        self.query_one("#candidate-keys", Static).update(Content.assemble(*parts))

    def show(self, candidate: ShownCandidate, place: str, count: str) -> None:
        """Show a candidate."""
        words = [f"candidate {count} at {place}", candidate.signals or "no sign told"]
        words.append(candidate.judgement or "not judged yet")
        if candidate.score is not None:
            words.append(f"score {candidate.score:.2f}")
        text = visible_controls(" · ".join(words).replace("\n", " "))
        self.query_one("#candidate", Static).update(Content(text))

    def action_accept(self, kind: str) -> None:
        """Accept it as this kind."""
        self._screen.accept_candidate(kind)

    def action_edit(self) -> None:
        """Edit the own mark."""
        self._screen.edit_candidate()

    def action_judge(self, judgement: Judgement) -> None:
        """Reject it, or stay unsure."""
        self._screen.judge_candidate(judgement)

    def action_step(self, way: int) -> None:
        """Go to another one."""
        self._screen.step_candidate(way)

    def action_close(self) -> None:
        """Put the panel away."""
        self._screen.close_candidates()
