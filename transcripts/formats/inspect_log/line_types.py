"""The types of line that a sample of an Inspect log is written as."""

from enum import StrEnum


class LineType(StrEnum):
    """What a line says."""

    SAMPLE = "sample"
    """Which sample of which log; nothing of how it ended."""
    THREAD = "thread"
    """A line of work with a context of its own begins."""
    CONTEXT = "context"
    """Messages that the model is not sent any more."""
    MESSAGE = "message"
    """A message that the model is sent and did not know."""
    MODEL = "model"
    """A response."""
    PERSON = "person"
    """What a person did beside the messages."""
    WITHHELD = "withheld"
    """What was known at the end only; never shown."""


TYPES = frozenset(LineType)
