"""The keys by which a span of text is selected, by id; they hold while something is selected."""

from annotation_tui.keymap import keys_of

_key = keys_of("span")


SPAN_KEYS = (
    _key("word", "l,right", "span('word', 1)", "Selection: word forwards"),
    _key("word_back", "h,left", "span('word', -1)", "Selection: word back"),
    _key("line", "j,down", "span('line', 1)", "Selection: line down"),
    _key("line_back", "k,up", "span('line', -1)", "Selection: line up"),
    _key("sign", "L", "span('sign', 1)", "Selection: character forwards"),
    _key("sign_back", "H", "span('sign', -1)", "Selection: character back"),
    _key("end", "G,end", "span('all', 1)", "Selection: to the end of the event"),
    _key("start", "g,home", "span('all', -1)", "Selection: to the start of the event"),
    _key("take", "enter", "take_span", "Selection: take it, as evidence for the mark"),
    _key("leave", "escape,q,v", "end_span", "Selection: leave it"),
)
