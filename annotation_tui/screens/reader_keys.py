"""The keys of the reader, by id, so that they can be remapped and listed."""

from annotation_tui.screens.reading_keys import READING_KEYS
from annotation_tui.screens.reading_keys import reader_key as _key

KEYS = (
    _key("detour", "d", "mark('detour')", "Mark the act at or above as a detour", "detour"),
    _key("strong", "s", "mark('strong')", "Mark the act at or above as a strong move", "strong"),
    _key("recognised", "r", "event('recognised')", "Detour recognised at this event"),
    _key("recovered", "x", "event('recovered')", "Detour recovered at this event"),
    _key("edit", "e", "edit", "Edit the mark at or above in the form", "edit"),
    _key("add", "a", "add", "Mark here: d, s, n, u, or x to take away"),
    _key("evidence", "E", "evidence", "This event is evidence, or not any more"),
    _key("quoted", "Q", "event('quoted')", "This event quotes the human's move"),
    _key("mark", "tab", "next_mark(1)", "Next of my marks"),
    _key("mark_back", "shift+tab", "next_mark(-1)", "Previous of my marks"),
    _key("attest", "0", "nothing", "Attest: no detour, no strong move here", "none"),
    _key("submit", "ctrl+s", "submit", "Hand in", "hand in"),
    _key("next", "greater_than_sign", "next_assignment", "On to the next assignment"),
    _key("undo", "u,ctrl+z", "undo", "Undo, also after handing in", "undo"),
    _key("redo", "ctrl+y", "redo", "Redo"),
    _key("candidates", "c", "candidates", "Candidates, once a first pass is handed in"),
    _key("history", "U", "history", "Every step of this assignment"),
    _key("take_over", "ctrl+t", "take_over", "Take over from another terminal"),
    *READING_KEYS,
)
