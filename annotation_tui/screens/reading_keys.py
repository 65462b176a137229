"""The keys that read, by id, so that they can be remapped and listed."""

from annotation_tui.keymap import keys_of

reader_key = keys_of("reader")
"""A key of the reader."""


_key = reader_key

READING_KEYS = (
    _key("human", "h", "jump('act', 1)", "Next human act"),
    _key("human_back", "H", "jump('act', -1)", "Previous human act"),
    _key("search", "slash", "search", "Search for a text, after \\v for a regex", "find"),
    _key("hit", "n", "hit(1)", "Next hit"),
    _key("hit_back", "N", "hit(-1)", "Previous hit"),
    _key("word", "asterisk", "search_word", "Search for the word at the cursor"),
    _key("filter", "f", "filter", "Choose which events are shown"),
    _key("filter_clear", "F", "clear_filter", "Show all events again"),
    _key("skim", "V", "skim", "Skim: human acts and what led to them"),
    _key("outline", "o", "outline", "Outline: acts, bookmarks, own marks"),
    _key("open", "enter", "open", "Open gap, subagent's thread, or event"),
    _key("full", "O", "open_full", "Open the event in full"),
    _key("fold", "z", "fold", "Fold or unfold the event", "fold"),
    _key("fold_all", "Z", "fold_all", "Unfold all, or fold all results"),
    _key("select", "v", "select", "Select a span, for evidence or to copy"),
    _key("copy", "y", "copy", "Copy the selection or the event"),
    _key("bookmark", "B", "bookmark", "Set a bookmark, or take it away"),
    _key("bookmark_next", "right_square_bracket", "next_bookmark(1)", "Next bookmark"),
    _key("bookmark_back", "left_square_bracket", "next_bookmark(-1)", "Previous bookmark"),
    _key("note", "i", "note", "Private note on the event"),
    _key("number", "colon", "number", "Go to the event or act of a number"),
    _key("backwards", "ctrl+o", "backwards", "Back to before the jump"),
    _key("last_place", "minus", "last_place", "To the last position, and back"),
    _key("error", "t", "jump('error', 1)", "Next tool error"),
    _key("error_back", "T", "jump('error', -1)", "Previous tool error"),
    _key("event", "J", "event_by(1)", "Next event"),
    _key("event_back", "K", "event_by(-1)", "Previous event"),
    _key("down", "j,down", "rows(1)", "Line down"),
    _key("up", "k,up", "rows(-1)", "Line up"),
    _key("word_next", "right", "word(1)", "Next word of the event"),
    _key("word_back", "left", "word(-1)", "Previous word of the event"),
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
