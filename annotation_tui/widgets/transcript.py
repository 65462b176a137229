"""The transcript: one scroll view that renders only the rows in view, never a widget per event.

It moves the cursor, folds and selects; it knows nothing of annotations but the letters to draw.
"""

from typing import ClassVar

from textual.binding import BindingType

from annotation_tui.messages import SpanChosen
from annotation_tui.offsets import stored_offset
from annotation_tui.spans import Span, next_word, word_at
from annotation_tui.widgets.span_keys import SPAN_KEYS
from annotation_tui.widgets.walking import Walking


class Transcript(Walking, inherit_bindings=False):
    """A session's events, with words to go to and a span to select."""

    BINDINGS: ClassVar[list[BindingType]] = list(SPAN_KEYS)

    def move_word(self, way: int) -> None:
        """To the next or previous word of the event."""
        if self.is_empty or self.document.gap(self.cursor.event) is not None:
            return
        text = self.document.wrapped(self.cursor.event).text
        at = self._caret()
        found = next_word(text, at, way) if at is not None else None
        if found is not None:
            self.move_to(self.document.spot_at(self.cursor.event, found))
            self.caret = found
            self.refresh_line(self._cursor_y())

    def word(self) -> str:
        """What is selected, or the word at the caret; empty where there is none."""
        at = self._caret()
        if at is None:
            return ""
        text = self.document.wrapped(self.cursor.event).text
        return self.span.text(text) if self.span is not None else word_at(text, at)

    def _caret(self) -> int | None:
        """The character at which a word is looked for; none in an event without text."""
        if self.is_empty or self.document.gap(self.cursor.event) is not None:
            return None
        if self.caret is not None:
            return self.caret
        offset = max(0, self.document.offset_of(self.cursor))
        text = self.document.wrapped(self.cursor.event).text
        return offset if offset < len(text) else None

    def begin_span(self) -> bool:
        """Begin to select at the caret; False where there is no text."""
        at = self._caret()
        if at is None:
            return False
        self.span = Span.begin(self.document.wrapped(self.cursor.event).text, at)
        self._show_span()
        return True

    def action_span(self, by: str, way: int) -> None:
        """Extend the selection by a word, a character or a line, or to the event's end."""
        if self.span is None:
            return
        wrapped = self.document.wrapped(self.cursor.event)
        self.span = self.span.extend(wrapped.text, wrapped.starts, by, way)
        self._show_span()

    def _show_span(self) -> None:
        assert self.span is not None
        first, last = self.span.ends
        at = last - 1 if self.span.head >= self.span.end else first
        self.move_to(self.document.spot_at(self.cursor.event, max(0, at)))
        self.refresh()

    def action_take_span(self) -> None:
        """Tell the screen what was selected, as characters of the stored text."""
        told = self.stored_span()
        self.end_span()
        if told is not None:
            self.post_message(SpanChosen(*told))

    def stored_span(self) -> tuple[str, int, int] | None:
        """The selection as event, first character and end in the stored text."""
        if self.span is None:
            return None
        first, last = self.span.ends
        text = self.document.whole(self.cursor.event)
        row = self.document.index.rows[self.cursor.event]
        return (
            row.event_id,
            stored_offset(text, first),
            stored_offset(text, last, end=True),
        )

    def action_end_span(self) -> None:
        """Leave the selection without taking it."""
        self.end_span()

    def end_span(self) -> None:
        """Select nothing any more."""
        self.span = None
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of a selection are this widget's while something is selected."""
        if action in {"span", "take_span", "end_span"}:
            return self.span is not None
        return super().check_action(action, parameters)
