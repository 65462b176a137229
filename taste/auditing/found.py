"""What an audit has checked and found, and what a row may do that cannot be read."""

from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from transcripts.errors import UserError

UNREADABLE = (SQLAlchemyError, UserError, ValueError, TypeError, LookupError, AttributeError)
"""What a row that is not what was written may do to whatever reads it."""


@dataclass(slots=True)
class Audit:
    """What was checked, and what differs."""

    checked: dict[str, int] = field(default_factory=dict)
    """What -> how many."""
    without_hash: int = 0
    """Rows of earlier versions."""
    not_rebuilt: int = 0
    """Calls of earlier versions, of which nothing says what they were built from."""
    removed: int = 0
    """Rows that a manifest names and that were removed or silenced on purpose."""
    unsettled: int = 0
    """Rows that a manifest names and that go on changing, since their run goes on."""
    differences: list[str] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """Say that more was checked."""
        self.checked[what] = self.checked.get(what, 0) + number


def say_fault(error: BaseException) -> str:
    """An error in one line."""
    told = str(getattr(error, "orig", None) or error)
    return " ".join(told.split())[:200] or type(error).__name__
