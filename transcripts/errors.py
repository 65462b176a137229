"""The errors that a person can mend: one clear sentence, shown without a traceback."""


class UserError(Exception):
    """Something the user can put right; the message names the thing and says what to do."""


class BrokenFile(UserError):
    """A transcript file that cannot be read; carries the line where reading stopped."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        """Build the sentence from the file's name, the 1-based line and the reason."""
        self.path = path
        self.line = line
        super().__init__(f"{path!r}, line {line}: {reason}. The file was not imported.")


class NotATranscript(UserError):
    """A file that no reader recognises by its content."""

    def __init__(self, path: str) -> None:
        """Build the sentence from the file's name."""
        super().__init__(
            f"{path!r} is not a recorded session in a known format "
            "(Claude Code, Codex, Inspect, ATIF, a list of messages)."
        )
