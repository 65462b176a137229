"""An annotator's bookmarks and private notes on events: values of their draft, never handed in."""

from collections.abc import Mapping

from annotation_tui.held import HeldDraft

BOOKMARK = "bookmark:"
NOTE = "note:"


class Jottings:
    """Bookmarks and notes by the number of their event."""

    def __init__(self, held: HeldDraft, numbers: Mapping[str, int]) -> None:
        self._held = held
        self._numbers = numbers

    def bookmarks(self) -> list[int]:
        """Numbers of the events with a bookmark, rising."""
        return sorted(self._places(BOOKMARK))

    def notes(self) -> dict[int, str]:
        """Number of an event → the note on it."""
        return {number: str(text) for number, text in self._places(NOTE).items() if text}

    def note(self, event_id: str) -> str:
        """The note on an event; empty where there is none."""
        return str(self._held.get(f"{NOTE}{event_id}") or "")

    def turn_bookmark(self, event_id: str) -> bool:
        """Set a bookmark, or take it away; whether there is one now.

        Raises:
            UserError: if it cannot be saved.
        """
        name = f"{BOOKMARK}{event_id}"
        there = self._held.get(name) is None
        self._held.change(name, True if there else None)
        return there

    def write(self, event_id: str, text: str) -> None:
        """Save a note that is being typed.

        Raises:
            UserError: if it cannot be saved.
        """
        self._held.put(f"{NOTE}{event_id}", text or None)

    def settle(self) -> None:
        """The typing is over: one step of it."""
        self._held.settle()

    def _places(self, beginning: str) -> dict[int, object]:
        named = self._held.values
        found = {
            name.removeprefix(beginning): value
            for name, value in named.items()
            if name.startswith(beginning)
        }
        return {self._numbers[one]: value for one, value in found.items() if one in self._numbers}
