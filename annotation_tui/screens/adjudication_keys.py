"""The keys of the adjudication screen, by id, so that they can be remapped and listed."""

from annotation_tui.keymap import keys_of

_SIDES = "ABCD"


_key = keys_of("adjudication")


KEYS = (
    *(
        _key(f"take_{letter.lower()}", letter, f"take('{letter}')", f"Take {letter}'s label")
        for letter in _SIDES
    ),
    _key("merge", "M", "decide('merge')", "Merge: each field from a side of your choice"),
    _key("new", "E", "decide('new')", "Neither: a new label, from the codebook"),
    _key("both", "V", "decide('both_valid')", "Both are valid: the text allows either"),
    _key("none", "X", "decide('not_a_point')", "Not a decision point"),
    *(
        _key(f"jump_{number}", str(number), f"side({number})", f"To the start of {letter}'s label")
        for number, letter in enumerate(_SIDES, start=1)
    ),
    _key("next", "tab", "case(1)", "Next case", "next"),
    _key("previous", "shift+tab", "case(-1)", "Previous case"),
    _key("form", "enter", "form", "Into the form: cause, how sure, fields; enter again: reason"),
    _key("place", "full_stop", "place", "For a new label: this event for the field that is chosen"),
    _key("submit", "ctrl+s", "submit", "Hand all decisions in", "hand in"),
    _key("undo", "u,ctrl+z", "turn(True)", "Undo, also across restarts", "undo"),
    _key("redo", "ctrl+y", "turn(False)", "Redo"),
    _key("names", "ctrl+n", "names", "Whose label is which letter, once handed in"),
    _key("agreement", "f4", "agreement", "How far the annotators agree", "agreement"),
    _key("down", "j,down", "rows(1)", "Line down"),
    _key("up", "k,up", "rows(-1)", "Line up"),
    _key("half_down", "ctrl+d", "pages(0.5)", "Half a page down"),
    _key("half_up", "ctrl+u", "pages(-0.5)", "Half a page up"),
    _key("page_down", "space,pagedown", "pages(1)", "Page down"),
    _key("page_up", "b,pageup", "pages(-1)", "Page up"),
    _key("start", "g,home", "end(False)", "First row"),
    _key("end", "G,end", "end(True)", "Last row"),
    _key("event", "J", "event_by(1)", "Next event"),
    _key("event_back", "K", "event_by(-1)", "Previous event"),
    _key("act", "h", "jump('act', 1)", "Next human act"),
    _key("act_back", "H", "jump('act', -1)", "Previous human act"),
    _key("fold", "z", "fold", "Fold or unfold the event"),
    _key("fold_all", "Z", "fold_all", "Unfold all, or fold all results"),
    _key("search", "slash", "search", "Search the session for a text"),
    _key("hit", "n", "hit(1)", "Next hit"),
    _key("hit_back", "N", "hit(-1)", "Previous hit"),
    _key("take_over", "ctrl+t", "take_over", "Take it over from another terminal"),
    _key("help", "question_mark,f1", "help", "These keys", "help"),
    _key("back", "escape,q", "back", "Leave the reason, the form, then the session", "back"),
    _key("quit", "ctrl+q", "app.quit", "Leave the tool; all is saved"),
)

HELP = """Decide of each case what it is: take a label (A, B), merge two (M), write a new one (E),
say that both are valid (V) or that there is no decision point (X). Where they differ, say why: the
text is ambiguous, the guidelines have a gap, a slip, another scope, or it is subjective; and how
many of ten colleagues would agree (5 nine or more, 4 seven or eight, 3 six, 2 five, 1 fewer).

While the form has the keys: q w e r t the cause, a s d f g how sure; up and down choose a field,
left and right another value of it (merge, new); enter the reason; esc leaves.

Letters are drawn anew for each case; names are shown once all is handed in (ctrl+n). Labels with
the same kind, type and what decides over sets, at most one act apart, are decided by the rule: the
later start stands; a tenth of them is shown all the same.

"""
