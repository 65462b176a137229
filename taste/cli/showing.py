"""Commands that show recorded sessions: show, prefixes."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taste.cli.redacting import (
    DetectorOption,
    PseudonymiseOption,
    RedactOption,
    choose_redactor,
)
from taste.cli.shared import DbOption, JsonOption, opened, safe, say, write_json
from transcripts.errors import UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.rendering.display import Display
    from transcripts.tables import Session

ThinkingOption = Annotated[
    bool, typer.Option("--thinking", help="Show the agent's thinking where it was recorded.")
]
NamesOption = Annotated[
    bool, typer.Option("--names", help="Show names of branches and directories, else masked.")
]
TimesOption = Annotated[
    Literal["none", "relative"], typer.Option(help="Show times, relative to the first event.")
]


def show(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="External id, or a unique beginning of it.")],
    before: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Print what a proposer would be shown at this point."),
    ] = None,
    thinking: ThinkingOption = False,
    names: NamesOption = False,
    times: TimesOption = "none",
    thread: Annotated[
        str | None, typer.Option(help="Show the events of this subagent thread of the session.")
    ] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Show a session's events, or the prefix at a point."""
    from transcripts.queries import find_event, find_sessions, get_session
    from transcripts.rendering.display import Display

    display = Display(thinking=thinking, names=names, times=times)
    with opened(db, context) as handle:
        parts = find_sessions(handle, get_session(handle, session).external_id)
        if before is None:
            for part in parts:
                _show_events(handle, part, thread, json_=json_)
            return
        holding = [part for part in parts if find_event(handle, part, before) is not None]
        _show_prefix(handle, (holding or parts)[0], before, display, json_=json_)


def _show_events(db: "Db", session: "Session", thread: str | None, *, json_: bool) -> None:
    """One line for each event of a thread, and the names of the session's other threads."""
    from transcripts.queries import read_events

    assert session.id is not None
    if session.withdrawn_at is not None:
        say(f"{safe(session.external_id)} was withdrawn on {session.withdrawn_at.date()}: no text.")
    for event in read_events(db, session.id, thread or session.thread):
        if json_:
            write_json(event._asdict() | {"part": session.part})
            continue
        mark = f"[{event.act_kind}]" if event.act_kind else ""
        label = f"{event.kind} {event.tool}".strip()
        first = safe(event.text.strip().split("\n")[0][:100])
        hidden = "" if event.shown else " (not shown)"
        typer.echo(
            f"{event.position:6}  {safe(event.event_id):40}  {safe(label)}{hidden} {mark} {first}"
        )
    _name_threads(db, session, thread or session.thread, json_=json_)


def _name_threads(db: "Db", session: "Session", shown: str, *, json_: bool) -> None:
    """Say which other threads there are, and how to see them."""
    from transcripts.finding.threads import list_threads

    threads = list_threads(db, session)
    if shown not in {session.thread, *(one.name for one in threads)}:
        raise UserError(f"session {session.external_id!r} has no thread {shown!r}.")
    for one in threads:
        if one.name == shown:
            continue
        if json_:
            write_json({"other_thread": asdict(one)})
            continue
        where = f"--thread {one.name}" if one.events else one.session or "not imported"
        by = f", called by {one.call}" if one.call else ""
        typer.echo(safe(f"{one.role} {one.name}{by}, {one.events} events here: {where}"))


def _show_prefix(
    db: "Db", session: "Session", before: str, display: "Display", *, json_: bool
) -> None:
    """The shown text: to a pipe byte for byte, to a terminal with controls made visible."""
    from transcripts.cut import prefix_hash
    from transcripts.decision_points import locate_point
    from transcripts.queries import read_prefix
    from transcripts.rendering.text import render_shown, visible_controls

    if session.withdrawn_at is not None:
        raise UserError(
            f"session {session.external_id!r} was withdrawn on {session.withdrawn_at.date()}: "
            "there is no text to show."
        )
    point = locate_point(db, session, before)
    assert session.id is not None
    prefix = read_prefix(db, session.id, session.thread, point.cut)
    text = render_shown(prefix, display)
    hashes = {"prefix_hash": prefix_hash(prefix), "shown_hash": text.shown_hash}
    if json_:
        write_json({"session": session.external_id, "before": before, "text": text.text} | hashes)
        return
    if sys.stdout.isatty():
        typer.echo(visible_controls(text.text))
    else:
        sys.stdout.buffer.write(text.text.encode())
        sys.stdout.buffer.flush()
    for name, value in hashes.items():
        say(f"{name:11} {value}")


def prefixes(  # noqa: PLR0913, PLR0917
    files: Annotated[list[Path], typer.Argument(help="Transcript files.")],
    thinking: ThinkingOption = False,
    names: NamesOption = False,
    times: TimesOption = "none",
    redact: RedactOption = True,
    pseudonymise: PseudonymiseOption = False,
    detector: DetectorOption = False,
    json_: JsonOption = False,
) -> None:
    """List every decision point of files with the hashes of its prefix; needs no database.

    The text is redacted as an import with the same options would, so the hashes are the same.
    """
    from transcripts.formats.registry import read_sessions
    from transcripts.prefixes import list_prefixes
    from transcripts.rendering.display import Display

    display = Display(thinking=thinking, names=names, times=times)
    redactor = choose_redactor(secrets=redact, people=pseudonymise, detector=detector)
    failed = 0
    for file in files:
        try:
            for record in read_sessions(file, redactor):
                if not record.recognised:
                    say(f"warning: {safe(file)} does not look like a recorded session.")
                _write_prefixes(list_prefixes(record, str(file), display), json_=json_)
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
