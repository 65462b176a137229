"""Commands about decision points: import, export, list."""

from pathlib import Path
from typing import Annotated

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    now,
    opened,
    say,
    say_stored,
    write_json,
    write_table,
)
from transcripts.errors import UserError

app = typer.Typer(no_args_is_help=True)
CodebookOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A codebook other than the shipped one.")
]


@app.command("import")
def import_(  # noqa: PLR0913
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines, one decision point each.")],
    annotator: Annotated[
        str | None, typer.Option(help="Who annotated, for lines that do not say.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Store the good lines even if others are refused.")
    ] = False,
    codebook: CodebookOption = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import annotations; with one bad line nothing is stored, unless --partial."""
    from transcripts.codebook import read_codebook
    from transcripts.points import read_points, store_points

    with opened(db, context) as handle:
        lines = read_points(file, read_codebook(codebook))
        done = store_points(handle, lines, annotator, now(), partial=partial)
    say_stored(done, json_=json_)
    if done.refused and not partial:
        raise UserError("nothing was stored; mend these lines, or store the others with --partial.")


@app.command("export")
def export(context: typer.Context, db: DbOption = None) -> None:
    """Write every annotator's current labels as lines of JSON, as `points import` reads them."""
    from taste.adjudications import adjudicators_labels
    from transcripts.points import export_points

    with opened(db, context) as handle:
        decided = adjudicators_labels(handle)
        for line in export_points(handle, decided):
            write_json(line)
    if decided:
        # Imported elsewhere they would be a further annotator's.
        say("adjudicators' labels are left out; `taste db merge` brings them in whole.")


@app.command("list")
def list_(context: typer.Context, json_: JsonOption = False, db: DbOption = None) -> None:
    """List the annotated decision points."""
    from transcripts.points import export_points

    with opened(db, context) as handle:
        lines = list(export_points(handle))
    if json_:
        for line in lines:
            write_json(line)
        return
    keys = (
        "session",
        "before",
        "annotator",
        "kind",
        "type",
        "attribution",
        "knowable",
        "recovered",
    )
    write_table(keys, ([line.get(key, "-") for key in keys] for line in lines))
