"""What was noticed while reading a file, counted, and the sentences that a report prints of it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Counts of what is stored and not shown, or that a reader should know of."""

    glued: int = 0
    duplicates: int = 0
    strays: int = 0
    """Main-thread lines in a subagent's file."""
    undecided: int = 0
    """Results that look like a person's decision in unknown words."""
    entries: Counter[str] = field(default_factory=Counter)
    """Entries by unknown type."""
    blocks: Counter[str] = field(default_factory=Counter)
    attachments: Counter[str] = field(default_factory=Counter)

    def warnings(self) -> list[str]:
        """One sentence for each thing that was noticed, but what `line_warnings` says of lines."""
        sentences = (
            (self.duplicates, "entries repeat an earlier uuid; first kept"),
            (self.strays, "lines of the main thread stand in a subagent's file; stored apart"),
            (
                self.undecided,
                "results look like a person's decision in words that this version does not know",
            ),
        )
        found = [f"{count} {sentence}" for count, sentence in sentences if count]
        unknown = (("entries", self.entries), ("blocks", self.blocks))
        for what, counts in (*unknown, ("attachments", self.attachments)):
            found.extend(
                f"{count} {what} of unknown type {kind!r}; stored, never shown"
                for kind, count in sorted(counts.items())
            )
        return found
