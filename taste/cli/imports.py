"""The import command: files and folders into the database, and what became of each."""

import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.import_report import Tally, show_copies, show_lost, show_sessions, show_tally
from taste.cli.redacting import (
    DetectorOption,
    PseudonymiseOption,
    RedactOption,
    choose_redactor,
)
from taste.cli.shared import DbOption, JsonOption, now, opened, progress_bar, say
from transcripts.decoding import clean
from transcripts.errors import NotATranscript, UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.storing.folders import Found, Passed
    from transcripts.storing.sources import Known
    from transcripts.storing.store import ImportOptions


def import_(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders; without any, the Claude Code projects folder."),
    ] = None,
    researcher: Annotated[str | None, typer.Option(help="Who did this work.")] = None,
    project: Annotated[str | None, typer.Option(help="Which project it belongs to.")] = None,
    may_send: Annotated[
        str, typer.Option(metavar="none|ENDPOINT,...", help="Endpoints the text may go to.")
    ] = "none",
    usable_until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Last day of its use."),
    ] = None,
    redact: RedactOption = True,
    pseudonymise: PseudonymiseOption = False,
    detector: DetectorOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import recorded sessions; the same file twice changes nothing, a longer copy appends."""
    from transcripts.removal import find_copies_of_withdrawn
    from transcripts.storing.folders import find_files
    from transcripts.storing.store import ImportOptions

    found = list(find_files(paths or [_claude_projects()]))
    if not found:
        raise UserError("no *.jsonl, *.json or *.eval files under the given paths.")
    until = usable_until.date() if usable_until else None
    redactor = choose_redactor(secrets=redact, people=pseudonymise, detector=detector)
    options = ImportOptions(researcher, project, parse_endpoints(may_send), until, redactor)
    applied = (researcher, project, may_send, until) == (None, None, "none", None)
    tally = Tally(redactor().version)
    with opened(db, context, makes=True) as handle:
        _import_all(handle, found, options, tally, json_=json_)
        copies = find_copies_of_withdrawn(handle)
    show_tally(tally, applied=applied, json_=json_)
    show_copies(copies)
    if tally.failed:
        raise typer.Exit(1)


def _import_all(
    db: "Db", found: "Iterable[Found | Passed]", options: "ImportOptions", tally: Tally, *,
    json_: bool,
) -> None:  # fmt: skip
    """Import every file, and bring the full-text index up to date with what was stored."""
    from transcripts.search import update_index
    from transcripts.storing.folders import Passed
    from transcripts.storing.sources import read_known

    known = read_known(db)
    with progress_bar() as bar:
        try:
            for one in bar.track(list(found), description="importing"):
                if isinstance(one, Passed):
                    tally.files += 1
                    tally.failed += 1
                    reason = f"{clean(str(one.path))!r} {one.reason}."
                    show_lost(one.path, "failed", reason, json_=json_)
                else:
                    _import_one(db, one, options, (tally, known), json_=json_)
        except KeyboardInterrupt:
            say("interrupted; every file named so far is stored. Import again for the others.")
            raise
    if tally.entries:
        update_index(db)


def _import_one(
    db: "Db", found: "Found", options: "ImportOptions", state: "tuple[Tally, Known]", *,
    json_: bool,
) -> None:  # fmt: skip
    """Import one file, say what became of it, and count it."""
    from transcripts.storing.store import CannotStore, import_file

    tally, known = state
    tally.files += 1
    try:
        sessions = import_file(db, found.path, options, now(), known=known, named=found.named)
    except CannotStore:
        raise
    except UserError as error:
        _count_lost(found, error, tally, json_=json_)
        return
    for imported in sessions:
        tally.add(imported)
    show_sessions(found.path, sessions, json_=json_)
    tally.failed += any(imported.outcome == "failed" for imported in sessions)


def _count_lost(found: "Found", error: UserError, tally: Tally, *, json_: bool) -> None:
    """A file of which nothing was imported: in a folder, what is no transcript is no failure.

    Nothing but a log is called `.eval`: one that cannot be told is damaged.
    """
    from transcripts.storing.sources import Refused

    outcome = "failed"
    if isinstance(error, Refused):
        outcome = "refused"
        tally.sessions[outcome] += 1
    elif isinstance(error, NotATranscript) and not found.named and found.path.suffix != ".eval":
        outcome = "skipped"
        tally.skipped += 1
    tally.failed += outcome == "failed" or found.named
    show_lost(found.path, outcome, error, json_=json_)


def _claude_projects() -> Path:
    root = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(root) if root else Path.home() / ".claude") / "projects"


def parse_endpoints(may_send: str) -> str:
    """Names of endpoints in their stored form, or `none`.

    Raises:
        UserError: if it is neither.
    """
    from taste.seats import LEAVE

    names = sorted({name.strip() for name in may_send.split(",") if name.strip()})
    well_formed = all(re.fullmatch(LEAVE, name) for name in names)
    if not names or not well_formed or ("none" in names and len(names) > 1):
        raise UserError(
            f"{may_send!r}: give `none`, or names of endpoints with commas, those that are no "
            "provider's own with their host: lab@models.example.org."
        )
    return ",".join(names)
