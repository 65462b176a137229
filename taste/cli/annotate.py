"""`taste annotate`: hands the database and the codebook to the annotation tool."""

import sys
from typing import Annotated

import typer

from taste.cli.points import CodebookOption
from taste.cli.shared import DbOption, now, open_engine
from transcripts.errors import UserError


def annotate(
    context: typer.Context,
    annotator: Annotated[str, typer.Option(help="Your name; every label is stored under it.")],
    codebook: CodebookOption = None,
    db: DbOption = None,
) -> None:
    """Read sessions and mark decision points, in the terminal."""
    if not sys.stdin.isatty() or not sys.stderr.isatty():  # it draws on stderr
        raise UserError(
            "the annotation tool needs a terminal; to import labels use `taste points`."
        )
    if not annotator.strip():
        raise UserError("--annotator is empty; every label is stored under a name.")
    from annotation_tui.app import make_app
    from transcripts.codebook import read_codebook

    engine = open_engine(db, context)
    make_app(engine, annotator.strip(), read_codebook(codebook), now).run()
    engine.dispose()
