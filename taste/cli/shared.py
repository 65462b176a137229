"""What every command does the same way: the database option, JSON lines, progress."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from transcripts.errors import UserError

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy import Engine

    from taste.study import Study
    from transcripts.db import Db
    from transcripts.points import PointsImport

DbOption = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="PATH|URL", help="Database; else TASTE_DB, else taste.db in this folder."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, one object a line.")]
NoBudgetOption = Annotated[
    bool, typer.Option("--no-budget", help="Go on where nobody states what a model costs.")
]

PollOption = Annotated[
    float, typer.Option(min=0.01, help="Seconds to the second look at a batch; they double.")
]


def database_target(db: str | None, context: typer.Context) -> str:
    """Where the database is: the command's --db, then the root's, then TASTE_DB, then here."""
    root = context.find_root().params.get("db")
    return db or root or os.environ.get("TASTE_DB") or "taste.db"


@contextmanager
def opened(db: str | None, context: typer.Context, *, makes: bool = False) -> Iterator["Db"]:
    """Open the database for one command; what ails it becomes one sentence.

    Args:
        db: The command's option.
        context: The command's context, whose root may name the database.
        makes: Whether the command begins a database where there is none.

    Raises:
        UserError: if it is not there, or ails.
    """
    from sqlalchemy.exc import InterfaceError, OperationalError

    from taste.database import fault_of
    from transcripts.db import Db as Handle

    target = database_target(db, context)
    file = Path(target)
    if not makes and "://" not in target and not file.exists() and file.absolute().parent.is_dir():
        raise UserError(
            f"there is no database {target!r}; `taste import` makes one, --db names another."
        )
    engine = open_engine(db, context)
    try:
        with Handle(engine, expire_on_commit=False) as handle:
            yield handle
    except (OperationalError, InterfaceError) as error:
        raise UserError(fault_of(error)) from error
    finally:
        engine.dispose()


def open_engine(db: str | None, context: typer.Context) -> "Engine":
    """Open and migrate the database that the options name."""
    from taste.database import open_database

    return open_database(database_target(db, context))


def now() -> datetime:
    """The one clock of the command line."""
    return datetime.now(UTC)


def parse_day(text: str, option: str) -> date:
    """The day that an option names.

    Raises:
        UserError: if it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{option} {text!r}: give a day as YYYY-MM-DD.") from error


def read_study(file: Path, *, no_budget: bool = False) -> tuple["Study", str]:
    """A study file and its text, with a price for every model.

    Raises:
        UserError: if it cannot be read or is no study, or nobody states what a model costs.
    """
    from taste.prices import FILE, price_study, read_prices, settings_folder, unknown_prices

    parsed, text = read_study_file(file)
    own = read_prices(settings_folder() / FILE)
    study = price_study(parsed, now(), own, no_budget=no_budget)
    if unknown := unknown_prices(study):
        say(f"the cost of {', '.join(map(safe, unknown))} is unknown and booked as 0.")
    return study, text


def read_study_file(file: Path) -> tuple["Study", str]:
    """A study file as it stands, and its text.

    Raises:
        UserError: if it cannot be read or is no study.
    """
    from taste.prices import settings_folder
    from taste.profiles import FILE, add_profiles, read_profiles
    from taste.study import parse_study

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"cannot read {str(file)!r}: {getattr(error, 'strerror', None) or error}"
        ) from error
    text = add_profiles(text, read_profiles(settings_folder() / FILE))
    return parse_study(text, file.name), text


def check_place(file: Path) -> None:
    """Refuse a place where no file can be written, before there is work to lose.

    Raises:
        UserError: naming it.
    """
    folder = file.absolute().parent
    if file.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UserError(f"cannot write {str(file)!r}: no such folder, or not yours to write to.")


def say(text: str) -> None:
    """Write a line to stderr: talk, not results.

    Not by `typer.echo`, whose stream goes round a live display and so breaks it.
    """
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def safe(text: object) -> str:
    """A recorded text for the terminal, with control characters made visible."""
    from transcripts.rendering.text import visible_controls

    return visible_controls(str(text)).replace("\n", " ")


def write_json(value: Any) -> None:
    """Write one object as a line of JSON to stdout."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    text = json.dumps(plain, ensure_ascii=False, default=str)
    if "Infinity" in text or "NaN" in text:  # no JSON, unless a text holds the word
        known = json.loads(text, parse_constant=lambda _: None)
        text = json.dumps(known, ensure_ascii=False)
    typer.echo(text)


def say_stored(done: "PointsImport", *, json_: bool) -> None:
    """Name the refused lines of an import, and count what became of the others."""
    for refusal in done.refused:
        say(f"line {refusal.line}: {safe(refusal.reason)}")
    if json_:
        write_json(done)
    else:
        typer.echo(f"{done.stored} stored, {done.unchanged} unchanged, {len(done.refused)} refused")


def write_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write aligned columns to stdout."""
    table = [[safe(cell) for cell in row] for row in [tuple(header), *rows]]
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    for row in table:
        typer.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


@contextmanager
def progress_bar() -> Iterator["Progress"]:
    """A progress display on stderr; silent where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        yield progress
