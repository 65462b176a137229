"""`taste report` and `taste trials`: a run as a page, and as a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taste.cli.shared import DbOption, check_place, now, opened, safe, say
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.tables import Run
    from transcripts.db import Db


def report(
    context: typer.Context,
    run: Annotated[int | None, typer.Argument(help="Number of the run; else the latest.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")
    ] = Path("report.html"),
    format_: Annotated[
        Literal["html", "json", "md"] | None,
        typer.Option("--format", help="Else by the file's ending."),
    ] = None,
    db: DbOption = None,
) -> None:
    """Write the report of a run as one file."""
    from analysis.report.writing import write_report
    from taste.jobs import get_run

    check_place(output)
    endings: dict[str, Literal["html", "json", "md"]] = {
        ".html": "html",
        ".htm": "html",
        ".json": "json",
        ".md": "md",
    }
    chosen = format_ or endings.get(output.suffix.lower())
    if chosen is None:
        raise UserError(f"{output.name!r} ends in no known format; say which with --format.")
    with opened(db, context) as handle:
        found = get_run(handle, run)
        note_look(handle, found)
        written = write_report(handle, found, output, format=chosen)
    typer.echo(str(written))


def note_look(db: "Db", run: "Run") -> None:
    """Record that outcomes of a run are about to be seen; say so where that cannot be."""
    from taste.looks import record_look

    if fault := record_look(db, run, now()):
        say(safe(fault))


def trials(
    context: typer.Context,
    run: Annotated[int | None, typer.Argument(help="Number of the run; else the latest.")] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="File: .csv, .parquet or .jsonl."),
    ] = Path("trials.csv"),
    db: DbOption = None,
) -> None:
    """Write the trials of a run as a table, people under pseudonyms; `taste stats` reads it."""
    from analysis.errors import TableError
    from analysis.report.material import read_rows
    from analysis.trials.export import write_trial_file
    from taste.jobs import get_run

    check_place(output)
    with opened(db, context) as handle:
        found = get_run(handle, run)
        note_look(handle, found)
        try:
            written = write_trial_file(read_rows(handle, found), output)
        except TableError as error:
            raise UserError(str(error)) from error
    typer.echo(str(written))
