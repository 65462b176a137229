"""How far what was typed has got, in words for the status line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Saving:
    """How far what was typed has got."""

    pending: int = 0
    """Changes that are safe on this machine and not on the server yet."""
    fault: str | None = None
    """Why the server does not take them; they stay and are tried again."""
    kept: Path | None = None
    """Where a copy lies that was not pushed, since the assignment was taken over meanwhile."""

    def __str__(self) -> str:
        """For the status line."""
        if self.kept is not None:
            return f"taken over; yours is kept in {self.kept}"
        if self.fault is not None:
            return f"offline, {self.pending} pending" if self.pending else "offline"
        return f"{self.pending} pending" if self.pending else "saved"
