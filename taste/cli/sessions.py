"""Commands that list and show recorded sessions: sessions, show, prefixes."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    opened,
    parse_day,
    safe,
    say,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.finding.listing import Listed
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


ResearcherFilter = Annotated[str | None, typer.Option("--researcher", help="Whose work.")]
ProjectFilter = Annotated[str | None, typer.Option("--project", help="Which project.")]
SinceFilter = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="First day of its start, as recorded.")
]
UntilFilter = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Last day of its start.")
]
ModelFilter = Annotated[
    str | None, typer.Option("--model", help="Part of the name of a model of the agent.")
]
MarksFilter = Annotated[
    str | None,
    typer.Option("--marks", metavar="any|none|N", help="Marked points: any, none, N or more."),
]
AnnotatorFilter = Annotated[
    str | None, typer.Option("--annotator", help="Whose marks count; else everybody's.")
]
TextFilter = Annotated[
    str | None,
    typer.Option("--text", metavar="QUERY", help='Words or "phrases" that one event holds.'),
]
OpenEndedFilter = Annotated[
    Literal["yes", "partly", "no", "unscreened"] | None,
    typer.Option("--open-ended", help="What `taste screen` says of it."),
]


def list_(  # noqa: PLR0913
    context: typer.Context,
    *,
    researcher: ResearcherFilter = None,
    project: ProjectFilter = None,
    since: SinceFilter = None,
    until: UntilFilter = None,
    model: ModelFilter = None,
    min_events: Annotated[int | None, typer.Option(min=0, help="At least so long.")] = None,
    max_events: Annotated[int | None, typer.Option(min=0, help="At most so long.")] = None,
    marks: MarksFilter = None,
    annotator: AnnotatorFilter = None,
    text: TextFilter = None,
    open_ended: OpenEndedFilter = None,
    format_: Annotated[str | None, typer.Option("--format", help="How it was recorded.")] = None,
    lineage: Annotated[str | None, typer.Option(help="Sessions that share this work.")] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """List the imported sessions, all or those that fit."""
    from transcripts.finding.listing import Wanted, list_wanted
    from transcripts.search import update_index

    wanted = Wanted(
        researcher=researcher,
        project=project,
        since=parse_day(since, "--since") if since else None,
        until=parse_day(until, "--until") if until else None,
        model=model,
        min_events=min_events,
        max_events=max_events,
        marks=_marks(marks),
        annotator=annotator,
        text=text,
        open_ended=open_ended,
        format=format_,
        lineage=lineage,
    )
    with opened(db, context) as handle:
        if text is not None:
            update_index(handle)
        _write_list(list_wanted(handle, wanted), json_=json_)


def _write_list(found: "list[Listed]", *, json_: bool) -> None:
    if json_:
        for listed in found:
            write_json(_plain(listed))
        return
    header = (
        "session", "part", "project", "researcher", "events", "marks", "version", "may send", "",
    )  # fmt: skip
    write_table(header, (_row(listed) for listed in found))


def _marks(typed: str | None) -> int | None:
    from transcripts.finding.listing import ANY

    known = {None: None, "any": ANY, "none": 0}
    if typed in known:
        return known[typed]
    if typed is None or not typed.isdecimal():
        raise UserError(f"--marks {typed!r}: give any, none, or a number.")
    return int(typed)


def _plain(listed: "Listed") -> dict[str, Any]:
    screened = listed.screened
    known = listed.session.model_dump(exclude={"id"})
    return {name: known[name] for name in type(listed.session).model_fields if name in known} | {
        "marks": listed.marks,
        "open_ended": screened.open_ended if screened else None,
        "stratum": screened.stratum if screened else None,
    }


def _row(listed: "Listed") -> tuple[object, ...]:
    session = listed.session
    return (
        session.external_id, session.part, session.project or "-", session.researcher or "-",
        session.event_count, listed.marks, session.version or "-", session.may_send,
        _remark(session),
    )  # fmt: skip


def _remark(session: "Session") -> str:
    if session.withdrawn_at is not None:
        return "withdrawn"
    if not session.cuts_reliable:
        return "cuts unreliable"
    return f"{len(session.warnings)} warnings" if session.warnings else ""


def show(  # noqa: PLR0913
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="External id, or a unique beginning of it.")],
    before: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="Print what a proposer would be shown at this point."),
    ] = None,
    thinking: ThinkingOption = False,
    names: NamesOption = False,
    times: TimesOption = "none",
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
                _show_events(handle, part)
            return
        holding = [part for part in parts if find_event(handle, part, before) is not None]
        _show_prefix(handle, (holding or parts)[0], before, display)


def _show_events(db: "Db", session: "Session") -> None:
    from transcripts.queries import read_events

    assert session.id is not None
    for event in read_events(db, session.id, session.thread):
        mark = f"[{event.act_kind}]" if event.act_kind else ""
        label = f"{event.kind} {event.tool}".strip()
        first = safe(event.text.strip().split("\n")[0][:100])
        hidden = "" if event.shown else " (not shown)"
        typer.echo(f"{event.position:6}  {event.event_id:40}  {label}{hidden} {mark} {first}")


def _show_prefix(db: "Db", session: "Session", before: str, display: "Display") -> None:
    """The shown text: to a pipe byte for byte, to a terminal with controls made visible."""
    from transcripts.cut import prefix_hash
    from transcripts.decision_points import locate_point
    from transcripts.queries import read_prefix
    from transcripts.rendering.text import render_shown, visible_controls

    point = locate_point(db, session, before)
    assert session.id is not None
    prefix = read_prefix(db, session.id, session.thread, point.cut)
    text = render_shown(prefix, display)
    if sys.stdout.isatty():
        typer.echo(visible_controls(text.text))
    else:
        sys.stdout.buffer.write(text.text.encode())
        sys.stdout.buffer.flush()
    say(f"prefix_hash {prefix_hash(prefix)}")
    say(f"shown_hash  {text.shown_hash}")


def prefixes(
    files: Annotated[list[Path], typer.Argument(help="Transcript files.")],
    thinking: ThinkingOption = False,
    names: NamesOption = False,
    times: TimesOption = "none",
    json_: JsonOption = False,
) -> None:
    """List every decision point of files with the hashes of its prefix; needs no database."""
    from transcripts.formats.registry import read_session
    from transcripts.prefixes import list_prefixes
    from transcripts.rendering.display import Display

    display = Display(thinking=thinking, names=names, times=times)
    failed = 0
    for file in files:
        try:
            record = read_session(file)
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
