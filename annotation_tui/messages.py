"""What the widgets tell the screen that holds them."""

from textual.message import Message


class CursorMoved(Message):
    """The reader's cursor was put on another row by mouse."""

    def __init__(self, event: int) -> None:
        super().__init__()
        self.event = event


class ActChosen(Message):
    """An act was clicked in the outline."""

    def __init__(self, event: int) -> None:
        super().__init__()
        self.event = event


class SpanChosen(Message):
    """A passage of an event's text was selected."""

    def __init__(self, event_id: str, start: int, end: int) -> None:
        super().__init__()
        self.event_id = event_id
        self.start = start
        self.end = end


class NextWanted(Message):
    """The next assignment of the queue is to be opened."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after
        """Number of the assignment that was worked at."""
