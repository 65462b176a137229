"""What screens need of a place where drafts are kept, whether it is a file or a server."""

from collections.abc import Mapping
from typing import Any, Protocol

from taste.drafts.history import Step
from taste.drafts.saving import Saving
from taste.drafts.store import Seen, Stretch


class Drafts(Protocol):
    """The draft of one assignment: what a call was given is safe when it returns."""

    def read(self) -> dict[str, Any]:
        """Every named value that is not none."""

    def put(self, name: str, value: Any, state: Mapping[str, Any] | None = None) -> None:
        """Replace a value without a step of its own; where one stands, if told, with it."""

    def change(self, name: str, before: Any, after: Any, seen: Seen) -> None:
        """Give a part another value, as a step that can be undone."""

    def undo(self, seen: Seen) -> Step | None:
        """Take back the latest step that stands."""

    def redo(self, seen: Seen) -> Step | None:
        """Do again what was undone last."""

    def history(self) -> tuple[Step, ...]:
        """Every step in the order in which it was taken."""

    def read_state(self) -> dict[str, Any]:
        """Where the annotator stood last."""

    def put_state(self, state: Mapping[str, Any]) -> None:
        """Say where the annotator stands."""

    def add_activity(self, stretch: Stretch) -> None:
        """Append a stretch of active time."""

    def active_ms(self, cut: int | None = None) -> int:
        """Active time on the assignment, or on one point of it."""

    def saving(self) -> Saving:
        """How far what was typed has got."""

    def flush(self) -> None:
        """See that the database has all of it, as handing in needs.

        Raises:
            UserError: if it has not; nothing is lost.
        """

    def renew(self) -> bool:
        """Keep the lease; False where another process is known to have it. Waits for no network."""

    def close(self) -> None:
        """Leave; what is pending is pushed at the next start."""
