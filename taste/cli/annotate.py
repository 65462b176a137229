"""`taste annotate`: hands the database, the codebook and an annotator's own keys to the tool."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.points import CodebookOption
from taste.cli.shared import DbOption, now, open_engine
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from annotation_tui.shell import Setup
    from taste.agreement_results import AgreementResults
    from transcripts.codebook import Codebook

KEYS_FILE = "keys.toml"
"""In the settings folder: the keys that are used where no other file is named."""

KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", envvar="TASTE_KEYS", help="Your keys by id, a TOML file."),
]
GuidelinesOption = Annotated[
    Path | None, typer.Option("--guidelines", help="Your team's own text behind the guidelines.")
]
AsciiOption = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII only, this time.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on at once where you were last.")]
ListOption = Annotated[
    bool, typer.Option("--list-keys", help="Print the id and keys of every action, and end.")
]


def annotate(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    annotator: Annotated[str, typer.Option(help="Your name; every label is stored under it.")] = "",
    codebook: CodebookOption = None,
    guidelines: GuidelinesOption = None,
    keys: KeysOption = None,
    ascii_only: AsciiOption = False,
    resume: ResumeOption = False,
    list_keys: ListOption = False,
    db: DbOption = None,
) -> None:
    """Read sessions and mark decision points, in the terminal."""
    if list_keys:
        _print_keys(keys)
        return
    from transcripts.codebook import read_codebook

    book = read_codebook(codebook)
    with _uncollected():
        setup = _read_setup(book, guidelines, keys, ascii_only=ascii_only)
    _refuse_terminal()
    if not annotator.strip():
        raise UserError("--annotator is empty; every label is stored under a name.")
    from dataclasses import replace
    from functools import partial

    from annotation_tui.app import make_app

    engine = open_engine(db, context)
    setup = replace(setup, resume=resume)
    tool = make_app(engine, annotator.strip(), book, now, setup, partial(_agreement, engine))
    tool.run()
    engine.dispose()
    if tool.return_code:
        raise typer.Exit(tool.return_code)


def _refuse_terminal() -> None:
    """Refuse what nothing can be drawn on, before anything is drawn."""
    if (term := os.environ.get("TERM")) in {"dumb", "unknown"}:
        raise UserError(
            f"TERM={term} says that this terminal cannot move its cursor; if it can, say "
            "TERM=xterm-256color. Without such a one work with `taste form`."
        )
    if not sys.stdin.isatty() or not sys.stderr.isatty():  # it draws on stderr
        raise UserError(
            "the annotation tool needs a terminal; to import labels use `taste points`."
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Import without the collector, which would walk all that stays, over and over.

    Set aside it is not walked later either; the tool takes it back when it ends.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _agreement(engine: "Engine", sessions: "Sequence[str]") -> "AgreementResults":
    """How far annotators agree on some sessions, under pseudonyms."""
    from taste.cli.agreement import TOLERANCES, read_agreement
    from transcripts.db import Db

    with Db(engine) as db:
        return read_agreement(db, sessions, TOLERANCES, named=False)


def _read_setup(
    codebook: "Codebook", guidelines: Path | None, keys: Path | None, *, ascii_only: bool
) -> "Setup":
    """What an annotator's own files say; refused before anything is opened."""
    from dataclasses import replace

    from annotation_tui.settings import read_settings
    from annotation_tui.shell import Setup
    from taste.prices import settings_folder
    from transcripts.guidelines import read_guidelines

    home = settings_folder()
    settings = read_settings(home)
    return Setup(
        keymap=_read_keys(keys, home),
        settings=replace(settings, ascii=settings.ascii or ascii_only),
        home=home,
        guidelines=read_guidelines(codebook, guidelines),
    )


def _read_keys(named: Path | None, home: Path) -> dict[str, str]:
    from annotation_tui.app import AnnotationApp
    from annotation_tui.key_table import find_bindings
    from annotation_tui.keymap import read_keymap

    path = named or home / KEYS_FILE
    if named is None and not path.exists():
        return {}
    return dict(read_keymap(path, find_bindings(AnnotationApp)))


def _print_keys(named: Path | None) -> None:
    """One line an action: id, keys, what it does; it can be kept as the beginning of a file."""
    from annotation_tui.app import AnnotationApp
    from annotation_tui.key_table import find_bindings
    from annotation_tui.keymap import apply_keymap, show_keys
    from taste.prices import settings_folder

    keymap = _read_keys(named, settings_folder())
    for screen, bindings in find_bindings(AnnotationApp).items():
        typer.echo(f"# {screen}")
        for binding in apply_keymap(bindings, keymap):
            typer.echo(f"{binding.id:<24} {show_keys(binding.key):<20} {binding.tooltip}")
