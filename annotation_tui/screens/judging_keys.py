"""The keys of the judging screen, by id, so that they can be remapped and listed."""

from annotation_tui.keymap import keys_of

_key = keys_of("judging")


KEYS = (
    _key("first", "a,A", "choose('first')", "A is better, or is the human's"),
    _key("second", "b,B", "choose('second')", "B is better, or is the human's"),
    _key("tie", "equals_sign", "choose('tie')", "Neither is better, or cannot say"),
    _key("cannot", "c", "choose('cannot tell')", "Cannot tell from what is shown"),
    _key("low", "1", "sure('low')", "Six or fewer of ten colleagues"),
    _key("medium", "2", "sure('medium')", "Seven or eight of ten colleagues"),
    _key("high", "3", "sure('high')", "Nine or ten of ten colleagues would agree"),
    _key("reason", "r", "reason", "Write a short reason"),
    _key("hand_in", "enter,ctrl+s", "hand_in", "Hand the verdict in and go on", "next"),
    _key("swap", "tab", "swap", "Show the other move, if narrow", "other move"),
    _key("undo", "u,ctrl+z", "turn(True)", "Undo, also after handing in", "undo"),
    _key("redo", "ctrl+y", "turn(False)", "Redo"),
    _key("history", "U", "history", "Every step of this pair"),
    _key("previous", "less_than_sign", "pass_to(False)", "The pair before this one"),
    _key("next", "greater_than_sign", "pass_to(True)", "Leave this pair for later", "later"),
    _key("search", "slash", "search", "Search the session for a text", "find"),
    _key("hit", "n", "hit(1)", "Next hit"),
    _key("hit_back", "N", "hit(-1)", "Previous hit"),
    _key("text", "right_square_bracket", "text(1)", "To the next part of the session"),
    _key("text_back", "left_square_bracket", "text(-1)", "To the part above"),
    _key("down", "j,down", "rows(1)", "Line down"),
    _key("up", "k,up", "rows(-1)", "Line up"),
    _key("half_down", "ctrl+d", "pages(0.5)", "Half a page down"),
    _key("half_up", "ctrl+u", "pages(-0.5)", "Half a page up"),
    _key("page_down", "space,pagedown", "pages(1)", "Page down"),
    _key("page_up", "pageup", "pages(-1)", "Page up"),
    _key("start", "g,home", "end(False)", "First row"),
    _key("end", "G,end", "end(True)", "Last row"),
    _key("moves_down", "J", "moves(1)", "Scroll the moves down"),
    _key("moves_up", "K", "moves(-1)", "Scroll the moves up"),
    _key("take_over", "ctrl+t", "take_over", "Take over from another terminal"),
    _key("help", "question_mark,f1", "help", "These keys", "help"),
    _key("back", "escape,q", "back", "Leave a line, then the pair; the draft stays", "back"),
    _key("quit", "ctrl+q", "app.quit", "Leave the tool; all is saved"),
)
