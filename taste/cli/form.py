"""`taste form`: assignments as YAML for any editor or screen reader, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.points import CodebookOption
from taste.cli.shared import DbOption, JsonOption, check_place, now, opened, say, write_json

if TYPE_CHECKING:
    from taste.forms.carrying import Clerk
    from transcripts.db import Db

app = typer.Typer(no_args_is_help=True)
GuidelinesOption = Annotated[
    Path | None, typer.Option("--guidelines", help="Your team's own text behind the guidelines.")
]


@app.command("export")
def export(  # noqa: PLR0913
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The form to write; it must be new.")],
    *,
    annotator: Annotated[str, typer.Option(help="Whose assignment.")],
    assignment: Annotated[
        int | None, typer.Option(metavar="N", help="Its number in the queue; else the next one.")
    ] = None,
    codebook: CodebookOption = None,
    guidelines: GuidelinesOption = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Write an assignment as a YAML form, with what is to be read and nothing else."""
    from taste.forms.carrying import export_form

    check_place(file)
    with opened(db, context) as handle:
        work = export_form(_clerk(handle, codebook, guidelines), annotator, assignment, file)
    if json_:
        write_json({"file": str(file), "assignment": work.number, "mode": work.mode})
    else:
        typer.echo(f"assignment {work.number}, {work.mode}: fill in {file}, then "
                   f"taste form import {file}")  # fmt: skip


@app.command("import")
def import_(  # noqa: PLR0913
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A form that was filled in.")],
    *,
    draft: Annotated[
        bool, typer.Option("--draft", help="Keep it as a draft, complete or not.")
    ] = False,
    codebook: CodebookOption = None,
    guidelines: GuidelinesOption = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Hand a form in, checked as the annotation tool checks; the same form twice is once."""
    from dataclasses import asdict

    from taste.forms.carrying import import_form

    with opened(db, context) as handle:
        done = import_form(_clerk(handle, codebook, guidelines), file, draft=draft)
    if json_:
        write_json(asdict(done))
        return
    typer.echo(f"assignment {done.assignment}, {done.mode}: {done.outcome}")
    if done.outcome == "next":
        say("there is more to say of it: taste form export writes the next form.")


def _clerk(db: "Db", codebook: Path | None, guidelines: Path | None) -> "Clerk":
    from sqlalchemy import Engine

    from taste.forms.carrying import Clerk
    from transcripts.codebook import read_codebook
    from transcripts.guidelines import read_guidelines

    engine = db.get_bind()
    assert isinstance(engine, Engine)
    book = read_codebook(codebook)
    return Clerk(engine, book, read_guidelines(book, guidelines).version, now)
