"""The keys of the reader, by id, so that they can be remapped and listed."""

from textual.binding import Binding

_SHOWN = {"slash": "/", "question_mark": "?", "escape,q": "q", "u,ctrl+z": "u", "ctrl+s": "^s"}


def _key(name: str, key: str, action: str, tooltip: str, show: str = "") -> Binding:
    display = {
        "slash": "/",
        "question_mark": "?",
        "escape,q": "q",
        "u,ctrl+z": "u",
        "ctrl+s": "^s",
    }.get(key)
    return Binding(
        key,
        action,
        show,
        show=bool(show),
        key_display=display,
        tooltip=tooltip,
        id=f"reader.{name}",
    )


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
    _key("undo", "u,ctrl+z", "undo", "Undo, also after handing in", "undo"),
    _key("redo", "ctrl+y", "redo", "Redo"),
    _key("candidates", "c", "candidates", "Candidates, once a first pass is handed in"),
    _key("history", "U", "history", "Every step of this assignment"),
    _key("take_over", "ctrl+t", "take_over", "Take over from another terminal"),
    _key("human", "h", "jump('act', 1)", "Next human act"),
    _key("human_back", "H", "jump('act', -1)", "Previous human act"),
    _key("search", "slash", "search", "Search the session for a text", "find"),
    _key("hit", "n", "hit(1)", "Next hit"),
    _key("hit_back", "N", "hit(-1)", "Previous hit"),
    _key("fold", "z", "fold", "Fold or unfold the event", "fold"),
    _key("fold_all", "Z", "fold_all", "Unfold all, or fold all results"),
    _key("error", "t", "jump('error', 1)", "Next tool error"),
    _key("error_back", "T", "jump('error', -1)", "Previous tool error"),
    _key("event", "J", "event_by(1)", "Next event"),
    _key("event_back", "K", "event_by(-1)", "Previous event"),
    _key("down", "j,down", "rows(1)", "Line down"),
    _key("up", "k,up", "rows(-1)", "Line up"),
    _key("half_down", "ctrl+d", "pages(0.5)", "Half a page down"),
    _key("half_up", "ctrl+u", "pages(-0.5)", "Half a page up"),
    _key("page_down", "space,pagedown", "pages(1)", "Page down"),
    _key("page_up", "b,pageup", "pages(-1)", "Page up"),
    _key("first", "g,home", "end(False)", "First row"),
    _key("last", "G,end", "end(True)", "Last row"),
    _key("help", "question_mark", "help", "These keys", "help"),
    _key("back", "escape,q", "back", "Leave the form or search, then the session", "back"),
    _key("quit", "ctrl+q", "app.quit", "Leave the tool; all is saved"),
)
