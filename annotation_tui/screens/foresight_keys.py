"""The keys of foresight, by id, so that they can be remapped and listed."""

from textual.binding import Binding

from annotation_tui.keymap import keys_of
from annotation_tui.screens.reading_keys import READING_KEYS

_READING = frozenset({
    "human", "human_back", "search", "hit", "hit_back", "word", "skim", "outline", "fold",
    "fold_all", "number", "backwards", "last_place", "error", "error_back", "event", "event_back",
    "down", "up", "word_next", "word_back", "half_down", "half_up", "page_down", "page_up",
    "first", "last", "help", "back", "quit",
})  # fmt: skip
"""Keys of the reader that mean the same here. Nothing is opened or copied from beyond the text."""


_key = keys_of("foresight")


def _name(binding: Binding) -> str:
    return (binding.id or "").rpartition(".")[2]


KEYS = (
    _key("forward", "f", "forward", "Go on to the next human act; there is no way back", "forward"),
    _key("write", "e", "write", "Write what you would do next", "write"),
    *(
        _key(f"sure_{n}", str(n), f"sure({n})", f"Of ten careful colleagues {words} would agree")
        for n, words in enumerate(
            ("fewer than five", "five", "six", "seven or eight", "nine or more"), start=1
        )
    ),
    _key("commit", "enter", "commit", "Store your move and see the human's", "store and reveal"),
    _key("otherwise", "d", "answer(True)", "You would have done otherwise"),
    _key("same", "s", "answer(False)", "You would have done the same"),
    _key("hand_in", "ctrl+s", "hand_in", "Hand in, once all acts are gone through"),
    _key("take_over", "ctrl+t", "take_over", "Take it over from another terminal"),
    _key("filter", "F", "filter", "Choose which events are shown"),
    *(binding for binding in READING_KEYS if _name(binding) in _READING),
)
