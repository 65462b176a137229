"""The keys of foresight, by id, so that they can be remapped and listed."""

from textual.binding import Binding


def _key(name: str, key: str, action: str, tooltip: str, show: str = "") -> Binding:
    display = {"slash": "/", "question_mark,f1": "?", "escape,q": "q"}.get(key)
    return Binding(
        key,
        action,
        show,
        show=bool(show),
        key_display=display,
        tooltip=tooltip,
        id=f"foresight.{name}",
    )


KEYS = (
    _key("forward", "f", "forward", "Go on to the next human act; there is no way back", "forward"),
    _key("write", "e", "write", "Write what you would do next", "write"),
    *(
        _key(f"sure_{n}", str(n), f"sure({n})", f"Of ten careful colleagues {words} would agree")
        for n, words in enumerate(
            ("fewer than five", "five or six", "seven", "eight", "nine or more"), start=1
        )
    ),
    _key("commit", "enter", "commit", "Store your move and see the human's", "store and reveal"),
    _key("otherwise", "d", "answer(True)", "You would have done otherwise"),
    _key("same", "s", "answer(False)", "You would have done the same"),
    _key("hand_in", "ctrl+s", "hand_in", "Hand in, once all acts are gone through"),
    _key("take_over", "ctrl+t", "take_over", "Take it over from another terminal"),
    _key("human", "h", "jump('act', 1)", "Next human act of what is shown", "human"),
    _key("human_back", "H", "jump('act', -1)", "Previous human act"),
    _key("search", "slash", "search", "Search what is shown for a text", "find"),
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
    _key("last", "G,end", "end(True)", "Last row of what is shown"),
    _key("help", "question_mark,f1", "help", "These keys", "help"),
    _key("back", "escape,q", "back", "Leave a text, then the session; the draft stays", "back"),
)
