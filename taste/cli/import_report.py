"""What an import says: a line for each session, and the sums at its end."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from taste.cli.shared import safe, say, write_json
from transcripts.decoding import clean
from transcripts.errors import UserError

if TYPE_CHECKING:
    from transcripts.storing.store import Imported
    from transcripts.tables import Session

_UNKNOWN = re.compile(r"^([0-9]+) (\S+) of unknown type (.+?)(?:;|$)")
"""The warning with which every reader counts what it does not know."""


_ONE_BY_ONE = 5
"""Most sessions of one file that are named one by one."""


@dataclass(slots=True)
class Tally:
    """Sums over the files of one import."""

    redactor: str
    """What was asked to make the text, to be compared with what had made it."""
    files: int = 0
    failed: int = 0
    """Files, folders and links that could not be imported, or not wholly."""
    skipped: int = 0
    """Files that are no transcripts."""
    sessions: Counter[str] = field(default_factory=Counter)
    """By outcome."""
    entries: int = 0
    events: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    redactions: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    redacted_otherwise: int = 0

    def add(self, imported: "Imported") -> None:
        """Count what became of a session."""
        self.sessions[imported.outcome] += 1
        self.entries += imported.entries
        self.events += imported.events
        if imported.entries:
            self.warnings += len(imported.warnings)
            self.redactions.update(imported.redactions)
            for warning in imported.warnings:
                if found := _UNKNOWN.match(warning):
                    self.unknown[f"{found[2]} {found[3]}"] += int(found[1])
        elif imported.reason is None and self.redactor not in imported.redactor.split("; "):
            self.redacted_otherwise += 1


def show_sessions(path: Path, sessions: "Sequence[Imported]", *, json_: bool) -> None:
    """Say what became of the sessions of a file; of many, only how many and what is odd."""
    if json_ or len(sessions) <= _ONE_BY_ONE:
        for imported in sessions:
            show_imported(path, imported, json_=json_)
        return
    for imported in sessions:
        if imported.reason is not None:
            show_imported(path, imported, json_=json_)
    outcomes = Counter(imported.outcome for imported in sessions)
    typer.echo(
        f"{', '.join(f'{count} {outcome}' for outcome, count in sorted(outcomes.items()))}  "
        f"sessions of {safe(clean(path.name))}, {sum(one.entries for one in sessions)} entries, "
        f"{sum(one.events for one in sessions)} events"
    )
    warnings = Counter(warning for imported in sessions for warning in imported.warnings)
    for warning, count in warnings.items():
        say(f"  warning: {safe(clean(path.name))}, {count} sessions: {safe(warning)}")


def show_imported(path: Path, imported: "Imported", *, json_: bool) -> None:
    """Say what became of a session of a file."""
    if json_:
        write_json(asdict(imported) | {"file": clean(str(path))})
        return
    if imported.reason is not None:
        say(f"{imported.outcome}: {safe(clean(imported.reason))}")
        return
    typer.echo(
        f"{imported.outcome:9}  {safe(imported.session)}  "
        f"{imported.entries} entries, {imported.events} events"
    )
    for warning in imported.warnings:
        say(f"  warning: {safe(imported.file)}: {safe(warning)}")


def show_lost(path: Path, outcome: str, error: UserError | str, *, json_: bool) -> None:
    """Say that a file was not imported; one that is no transcript is named to programs only."""
    if json_:
        write_json({"file": clean(str(path)), "outcome": outcome, "reason": clean(str(error))})
    elif outcome != "skipped":
        say(f"{outcome}: {safe(clean(str(error)))}")


def show_tally(tally: Tally, *, applied: bool, json_: bool) -> None:
    """Say the sums; `applied` tells whether known sessions had nothing to be told anew."""
    if json_:
        write_json({"report": _plain(tally)})
    if json_ and tally.failed:
        say(_failures(tally))
    if not json_:
        say(" ".join(_sentences(tally)))
    known = sum(tally.sessions[outcome] for outcome in ("unchanged", "grown", "shorter"))
    if known and not applied:
        say(
            f"{known} sessions are known: --researcher, --project, --may-send and --usable-until "
            "were not applied to them (`taste session` changes what they say)."
        )
    if tally.redacted_otherwise:
        say(
            f"{tally.redacted_otherwise} sessions are stored with another redaction than "
            f"{tally.redactor!r}; to change that, delete them and import them again."
        )


def show_copies(copies: "Sequence[Session]") -> None:
    """Name sessions that share work with one that was withdrawn, and so may hold its text."""
    names = sorted({session.external_id for session in copies})
    if names:
        say(
            f"{len(names)} sessions share work with one that was withdrawn, and may hold its text: "
            f"{safe(', '.join(names))} (`taste session withdraw` removes it)."
        )


def _plain(tally: Tally) -> dict[str, Any]:
    counters = ("sessions", "unknown", "redactions")
    return asdict(tally) | {name: dict(sorted(getattr(tally, name).items())) for name in counters}


def _failures(tally: Tally) -> str:
    return f"{tally.failed} of {tally.files} files could not be imported."


def _sentences(tally: Tally) -> list[str]:
    found = []
    if tally.failed:
        found.append(_failures(tally))
    if tally.sessions:
        sessions = ", ".join(f"{count} {name}" for name, count in sorted(tally.sessions.items()))
        found.append(
            f"{tally.files} files; sessions: {sessions}; "
            f"{tally.entries} entries and {tally.events} events added."
        )
    if tally.skipped:
        found.append(f"{tally.skipped} files are no transcripts.")
    for title, counts in (("Unknown", tally.unknown), ("Redacted", tally.redactions)):
        if counts:
            some = ", ".join(f"{count} {safe(name)}" for name, count in sorted(counts.items()))
            found.append(f"{title}: {some}.")
    if tally.warnings:
        found.append(f"{tally.warnings} warnings.")
    return found or ["nothing to import."]
