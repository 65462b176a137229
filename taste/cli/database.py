"""Commands about the database itself: merge, info; on a server, grant and revoke."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    database_target,
    now,
    opened,
    safe,
    say,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from transcripts.db import Db
    from transcripts.merging.sessions import Merged

app = typer.Typer(no_args_is_help=True)


@app.command("merge")
def merge(
    context: typer.Context,
    other: Annotated[Path, typer.Argument(metavar="OTHER.db", help="It is only read.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Bring a colleague's sessions, points and labels in; twice changes nothing."""
    from taste.adjudicating.merging import merge_adjudications
    from taste.database import open_other
    from taste.workpacks.colleagues import merge_work
    from transcripts.db import Db
    from transcripts.merging.sessions import merge_sessions
    from transcripts.search import text_index

    with opened(db, context, makes=True) as handle:
        engine = open_other(other, database_target(db, context))
        try:
            with Db(engine) as theirs:
                merged = merge_sessions(handle, theirs, now())
                work = merge_work(handle, theirs, merged, now())
                decisions = merge_adjudications(handle, theirs)
            if handle.get_bind().dialect.name == "sqlite":
                text_index(handle).update(handle)
            handle.commit()
        finally:
            engine.dispose()
    _tell(merged, json_=json_)
    for told in work.conflicts:
        say(safe(told))
    for reason, count in Counter(work.refused).items():
        say(f"{count} assignments {reason}.")
    if work.submissions and not json_:
        typer.echo(f"{work.submissions} hand-ins of {work.assignments} assignments were brought in")
    if decisions and not json_:
        typer.echo(f"{decisions} decisions of adjudicators were brought in")


def _tell(merged: "Merged", *, json_: bool) -> None:
    from dataclasses import asdict

    for one in merged.sessions:
        if json_:
            write_json(asdict(one))
        elif one.reason is not None:
            say(f"not merged: {safe(one.session)} {safe(one.reason)}")
        if one.labels.refused and not json_:
            say(f"{safe(one.session)}: {one.labels.refused} points have another prefix here")
    bare = [one for one in merged.sessions if one.entries and one.redactor == "none"]
    if bare:
        say(
            f"{len(bare)} sessions came in as they were recorded: no secrets were replaced in "
            f"{safe(', '.join(sorted({one.session for one in bare})))}."
        )
    if not json_:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(merged.outcomes.items()))
        typer.echo(
            f"sessions: {counts or 'none'}; {merged.labels} labels and {merged.screenings} "
            "screenings were brought in"
        )


@app.command("info")
def info(context: typer.Context, json_: JsonOption = False, db: DbOption = None) -> None:
    """Say where the database is, and how much of what it holds."""
    from sqlalchemy import func, select

    import taste.assignment_tables
    import taste.tables
    from taste.database import HEAD
    from transcripts.tables import Table

    assert taste.assignment_tables
    assert taste.tables
    with opened(db, context) as handle:
        place = handle.get_bind().engine.url.render_as_string()
        rows: dict[str, Any] = {"place": place, "revision": HEAD}
        for name, table in sorted(Table.metadata.tables.items()):
            rows[name] = handle.execute(select(func.count()).select_from(table)).scalar_one()
    if json_:
        write_json(rows)
    else:
        write_table(("", ""), rows.items())


@app.command("grant")
def grant(
    context: typer.Context,
    part: Annotated[str, typer.Argument(metavar="annotator|adjudicator|researcher")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name as an annotator.")],
    login: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Their login on the server; else NAME.")
    ] = None,
    db: DbOption = None,
) -> None:
    """On a server: give a person a login that sees only the rows of their part.

    The same again changes nothing, and brings the rules to tables that a newer version has added.
    """
    from taste.server_roles import PARTS
    from taste.server_roles import grant as give
    from transcripts.annotations import find_or_add_annotator

    if part not in PARTS:
        raise UserError(f"{part!r} is not a part: it is one of {', '.join(PARTS)}.")
    with opened(db, context) as handle:
        _refuse_file(handle)
        person = find_or_add_annotator(handle, name)
        assert person.id is not None
        role = login or "_".join(name.lower().split())
        is_new = give(handle.connection(), part, role, person.id)
        handle.commit()
    typer.echo(f"{safe(role)} works here as {part} {safe(name)}")
    if is_new:
        say(f"give it a password: psql, then \\password {safe(role)}")


@app.command("revoke")
def revoke(
    context: typer.Context,
    login: Annotated[str, typer.Argument(metavar="LOGIN")],
    db: DbOption = None,
) -> None:
    """On a server: take from a login what `taste db grant` gave it; its work stays."""
    from taste.server_roles import take_back

    with opened(db, context) as handle:
        _refuse_file(handle)
        take_back(handle.connection(), login)
        handle.commit()
    typer.echo(f"{safe(login)} sees nothing here any more")


def _refuse_file(handle: "Db") -> None:
    if handle.get_bind().dialect.name == "sqlite":
        raise UserError(
            "a database file has no logins: this is for a PostgreSQL server (--db postgresql://…)."
        )
