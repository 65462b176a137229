"""`taste workpack`: one annotator's work as a file of its own, and back."""

from pathlib import Path
from typing import Annotated

import typer

from taste.cli.shared import DbOption, JsonOption, check_place, now, opened, safe, say, write_json

app = typer.Typer(no_args_is_help=True)


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must be new.")],
    annotator: Annotated[str, typer.Option(help="Whose assignments.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Write an annotator's assignments as a database without anything that they must not see."""
    from taste.workpacks.exporting import export_workpack

    check_place(file)
    with opened(db, context) as handle:
        done = export_workpack(handle, annotator, file, now())
    for reason, count in done.stays.items():
        say(f"{count} assignments {reason}.")
    if json_:
        write_json({"file": str(file), "assignments": done.assignments, "sessions": done.sessions,
                    "stays": dict(done.stays)})  # fmt: skip
    else:
        typer.echo(
            f"{done.assignments} assignments on {done.sessions} sessions; to work on them: "
            f"taste annotate --db {file} --annotator {annotator!r}"
        )


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A workpack that somebody has worked on.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Bring a workpack back; twice is once, and what was changed on both sides is told and kept."""
    from dataclasses import asdict

    from taste.cli.shared import database_target
    from taste.database import open_other
    from taste.workpacks.importing import import_workpack
    from transcripts.db import Db

    with opened(db, context) as handle:
        engine = open_other(file, database_target(db, context))
        try:
            with Db(engine) as other:
                done = import_workpack(handle, other, file.name, now())
            handle.commit()
        finally:
            engine.dispose()
    for told in (*done.conflicts, *done.refused):
        say(f"{safe(told)}")
    if json_:
        write_json(asdict(done))
        return
    typer.echo(
        f"{safe(done.annotator)}: {done.assignments} assignments; {done.steps} changes of drafts, "
        f"{done.submissions} hand-ins, {done.labels} labels and {done.verdicts} verdicts came in; "
        f"{len(done.conflicts)} conflicts, {len(done.refused)} refused"
    )
