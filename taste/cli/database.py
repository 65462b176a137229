"""Commands about the database itself: merge, info."""

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

if TYPE_CHECKING:
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
