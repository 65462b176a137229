"""Commands about recorded sessions: import, sessions, show, prefixes, session allow."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    now,
    opened,
    progress_bar,
    safe,
    say,
    write_json,
    write_table,
)
from transcripts.errors import NotATranscript, UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.store import Imported, ImportOptions
    from transcripts.tables import Session

session_app = typer.Typer(no_args_is_help=True)


def import_(  # noqa: PLR0913
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
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import recorded sessions; the same file twice changes nothing, a longer copy appends."""
    from transcripts.store import ImportOptions

    found = list(_files(paths or [_claude_projects()]))
    if not found:
        raise UserError("no *.jsonl files under the given paths.")
    options = ImportOptions(researcher, project, _endpoints(may_send))
    with opened(db, context) as handle, progress_bar() as bar:
        task = bar.add_task("importing", total=len(found))
        failed = 0
        try:
            for path, named in found:
                failed += _import_one(handle, path, options, json_=json_, named=named)
                bar.advance(task)
        except KeyboardInterrupt:
            say("interrupted; every file named so far is stored. Import again for the others.")
            raise
    if failed:
        say(f"{failed} of {len(found)} files could not be imported.")
        raise typer.Exit(1)


def _import_one(
    db: "Db", path: Path, options: "ImportOptions", *, json_: bool, named: bool
) -> bool:
    """Import one file and say what became of it; True if it failed."""
    from transcripts.store import ImportOptions, import_file

    try:
        imported = import_file(db, path, options, now())
    except UserError as error:
        db.rollback()
        failed = named or not isinstance(error, NotATranscript)
        _say_lost(path, "failed" if failed else "skipped", str(error), json_=json_)
        return failed
    _say_imported(path, imported, json_=json_)
    if imported.outcome in {"unchanged", "grown", "shorter"} and options != ImportOptions():
        say(
            f"  {safe(imported.session)} is known: --researcher, --project and --may-send were "
            "not applied (`taste session allow` changes the last)."
        )
    return False


def _say_lost(path: Path, outcome: str, reason: str, *, json_: bool) -> None:
    if json_:
        write_json({"file": str(path), "outcome": outcome, "reason": reason})
    else:
        say(f"{outcome}: {safe(reason)}")


def _say_imported(path: Path, imported: "Imported", *, json_: bool) -> None:
    if json_:
        from dataclasses import asdict

        write_json(asdict(imported) | {"file": str(path)})
        return
    typer.echo(
        f"{imported.outcome:9}  {safe(imported.session)}  "
        f"{imported.entries} entries, {imported.events} events"
    )
    for warning in imported.warnings if imported.outcome != "unchanged" else ():
        say(f"  warning: {safe(path.name)}: {safe(warning)}")


def _files(paths: list[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file to read, and whether it was named itself."""
    for path in paths:
        if path.is_dir():
            yield from ((file, False) for file in sorted(path.rglob("*.jsonl")))
        elif path.exists():
            yield path, True
        else:
            raise UserError(f"there is no file or folder {str(path)!r}.")


def _claude_projects() -> Path:
    root = os.environ.get("CLAUDE_CONFIG_DIR")
    return (Path(root) if root else Path.home() / ".claude") / "projects"


def _endpoints(may_send: str) -> str:
    from taste.study import NAME

    names = sorted({name.strip() for name in may_send.split(",") if name.strip()})
    well_formed = all(re.fullmatch(NAME, name) for name in names)
    if not names or not well_formed or ("none" in names and len(names) > 1):
        raise UserError(f"{may_send!r}: give `none`, or names of endpoints with commas.")
    return ",".join(names)


def list_(context: typer.Context, json_: JsonOption = False, db: DbOption = None) -> None:
    """List the imported sessions."""
    from transcripts.queries import list_sessions

    with opened(db, context) as handle:
        sessions = list_sessions(handle)
        if json_:
            for session in sessions:
                write_json(session.model_dump(exclude={"id"}))
            return
        header = ("session", "part", "project", "researcher", "events", "version", "may send", "")
        write_table(header, (_row(session) for session in sessions))


def _row(session: "Session") -> tuple[object, ...]:
    warning = f"{len(session.warnings)} warnings" if session.warnings else ""
    return (
        session.external_id, session.part, session.project or "-", session.researcher or "-",
        session.event_count, session.version or "-", session.may_send,
        warning if session.cuts_reliable else "cuts unreliable",
    )  # fmt: skip


def show(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="External id, or a unique beginning of it.")],
    before: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Print what a proposer would be shown at this point."),
    ] = None,
    db: DbOption = None,
) -> None:
    """Show a session's events, or the prefix at a point."""
    from transcripts.queries import find_event, find_sessions, get_session

    with opened(db, context) as handle:
        parts = find_sessions(handle, get_session(handle, session).external_id)
        if before is None:
            for part in parts:
                _show_events(handle, part)
            return
        holding = [part for part in parts if find_event(handle, part, before) is not None]
        _show_prefix(handle, (holding or parts)[0], before)


def _show_events(db: "Db", session: "Session") -> None:
    from transcripts.queries import read_events

    assert session.id is not None
    for event in read_events(db, session.id, session.thread):
        mark = f"[{event.act_kind}]" if event.act_kind else ""
        label = f"{event.kind} {event.tool}".strip()
        first = safe(event.text.strip().split("\n")[0][:100])
        hidden = "" if event.shown else " (not shown)"
        typer.echo(f"{event.position:6}  {event.event_id:40}  {label}{hidden} {mark} {first}")


def _show_prefix(db: "Db", session: "Session", before: str) -> None:
    """The shown text: to a pipe byte for byte, to a terminal with controls made visible."""
    from transcripts.cut import prefix_hash
    from transcripts.decision_points import locate_point
    from transcripts.queries import read_prefix
    from transcripts.text import render_shown, visible_controls

    point = locate_point(db, session, before)
    assert session.id is not None
    prefix = read_prefix(db, session.id, session.thread, point.cut)
    text = render_shown(prefix)
    if sys.stdout.isatty():
        typer.echo(visible_controls(text.text))
    else:
        sys.stdout.buffer.write(text.text.encode())
        sys.stdout.buffer.flush()
    say(f"prefix_hash {prefix_hash(prefix)}")
    say(f"shown_hash  {text.shown_hash}")


def prefixes(
    files: Annotated[list[Path], typer.Argument(help="Transcript files.")],
    json_: JsonOption = False,
) -> None:
    """List every decision point of files with the hashes of its prefix; needs no database."""
    from transcripts.formats.registry import read_session
    from transcripts.prefixes import list_prefixes

    failed = 0
    for file in files:
        try:
            record = read_session(file)
            if not record.recognised:
                say(f"warning: {safe(file)} does not look like a recorded session.")
            _write_prefixes(list_prefixes(record, str(file)), json_=json_)
        except UserError as error:
            failed += 1
            say(f"taste: {error}")
    if failed:
        raise typer.Exit(1)


def _write_prefixes(lines: Iterator[Any], *, json_: bool) -> None:
    for line in lines:
        if json_:
            write_json(line)
        else:
            what = f"{line.actor} {line.act_kind or ''}".strip()
            typer.echo(
                f"{line.line or '-':>6}  {what:20}  {line.before or '-':40}  "
                f"{line.prefix_hash[:16]}  {line.chars}"
            )


@session_app.command("allow")
def allow(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="External id, or a unique beginning of it.")],
    endpoints: Annotated[str, typer.Argument(metavar="ENDPOINT[,...]|none")],
    db: DbOption = None,
) -> None:
    """Say to which endpoints a session's text may be sent."""
    from transcripts.queries import find_sessions, get_session

    with opened(db, context) as handle:
        found = get_session(handle, session)
        for part in find_sessions(handle, found.external_id):
            part.may_send = _endpoints(endpoints)
            handle.add(part)
        handle.commit()
        typer.echo(f"{safe(found.external_id)} may be sent to: {found.may_send}")
