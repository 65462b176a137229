"""Writes that wait for a database that is full or gone, in the order in which they were made."""

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from transcripts.errors import UserError


class NotSaved(UserError):
    """The database could not be written; what was to be saved is kept and saved later."""


class Waiting:
    """Writes what waits, and then what is new; what fails stays and is tried again."""

    def __init__(self) -> None:
        self._writes: list[tuple[str, Callable[[], None]]] = []

    def __len__(self) -> int:
        """How many writes wait."""
        return len(self._writes)

    def write(self, name: str, write: Callable[[], None], *, latest: bool = False) -> None:
        """Write something now, after what waits.

        Args:
            name: what is written.
            write: does it.
            latest: whether it takes the place of one of the same name that still waits: of
                keystrokes in one text, and of places, only the latest matters.

        Raises:
            NotSaved: if it has to wait.
        """
        if latest and self._writes and self._writes[-1][0] == name:
            self._writes.pop()
        self._writes.append((name, write))
        try:
            self.flush()
        except SQLAlchemyError as error:
            why = " ".join(str(getattr(error, "orig", None) or error).split())
            raise NotSaved(
                f"not saved ({why}): it stays here; mend that, and the next key saves it all."
            ) from error

    def once(self, write: Callable[[], None]) -> None:
        """Write what waits and then this, which is not tried again.

        Raises:
            NotSaved: if it could not be written.
        """
        try:
            self.write("once", write)
        except NotSaved:
            self._writes.pop()
            raise

    def flush(self) -> None:
        """Write what waits."""
        while self._writes:
            self._writes[0][1]()
            self._writes.pop(0)

    def forget(self) -> None:
        """Give up what waits."""
        self._writes.clear()
