"""The command that lists recorded sessions, all or those that fit."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    now,
    opened,
    parse_day,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.finding.listing import Listed
    from transcripts.tables import Session

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
    counts: Annotated[
        bool, typer.Option("--counts", help="What each holds: responses, acts by kind, threads, …")
    ] = False,
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
        found = list_wanted(handle, wanted)
        if counts:
            _write_counts(handle, found, json_=json_)
        else:
            _write_list(found, json_=json_)


def _write_list(found: "list[Listed]", *, json_: bool) -> None:
    if json_:
        for listed in found:
            write_json(_plain(listed))
        return
    header = (
        "session", "part", "project", "researcher", "events", "marks", "version", "may send", "",
    )  # fmt: skip
    write_table(header, (_row(listed) for listed in found))


def _write_counts(db: "Db", found: "list[Listed]", *, json_: bool) -> None:
    from transcripts.finding.counting import count_contents

    rows = count_contents(db, [listed.session for listed in found])
    if json_:
        for row in rows:
            write_json(row)
        return
    header = (
        "session", "part", "events", "responses", "threads", "compactions", "rewinds",
        "redactions", "warnings", "human acts",
    )  # fmt: skip
    names = [name.replace(" ", "_") for name in header[:-1]]
    write_table(
        header,
        (
            (*(getattr(row, name) for name in names),
             ", ".join(f"{count} {kind}" for kind, count in row.acts.items()) or "-")
            for row in rows
        ),
    )  # fmt: skip


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
    from transcripts.consent import consent_fault

    if session.withdrawn_at is not None:
        return "withdrawn"
    if consent_fault(session, now().date()):
        return f"usable until {session.usable_until}"
    if not session.cuts_reliable:
        return "cuts unreliable"
    return f"{len(session.warnings)} warnings" if session.warnings else ""
