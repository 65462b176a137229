"""`taste bundle`: a run with everything that its report rests on, as one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import DbOption, check_place, opened, safe, say
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.tables import Run
    from transcripts.db import Db

app = typer.Typer(no_args_is_help=True)


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to write, a zip.")],
    run: Annotated[
        int | None, typer.Option("--run", help="Number of the run; else the latest.")
    ] = None,
    numbers_only: Annotated[
        bool, typer.Option("--numbers-only", help="Scores, names of models and hashes; no text.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Write a run with its sessions, labels and evidence, and prove that its report is the same."""
    from taste.bundles.exporting import export_bundle
    from taste.jobs import get_run

    check_place(file)
    with opened(db, context) as handle:
        found = get_run(handle, run)
        if numbers_only:
            _export_numbers(handle, found, file)
            return
        say(f"writing run {found.id} of the study {safe(found.study)} …")
        counts = export_bundle(handle, found, file)
        say("holding the report from the bundle against that from the database …")
        try:
            _prove(handle, found, file)
        except UserError:
            file.unlink(missing_ok=True)
            raise
    typer.echo(
        f"{file}: run {found.id}{' (simulated)' if found.simulated else ''}, "
        f"{counts.get('session', 0)} sessions, {counts.get('trial', 0)} trials, "
        f"{counts.get('call', 0)} calls. It holds the sessions' text: give it to nobody whom they "
        "do not allow to read it."
    )


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle.")],
    db: DbOption = None,
) -> None:
    """Read a bundle into a new database, every part held against its hash.

    A numbers-only bundle has nothing for a database: its figures are computed again and compared.
    """
    from taste.bundles.archive import read_archive
    from taste.bundles.importing import import_bundle

    if read_archive(file).kind == "numbers-only":
        _verify_numbers(file)
        return
    with opened(db, context, makes=True) as handle:
        run = import_bundle(handle, file)
        typer.echo(
            f"run {run.id} of the study {safe(run.study)}"
            f"{' (simulated)' if run.simulated else ''} is there; `taste report {run.id}` writes "
            "its report."
        )


def _export_numbers(db: "Db", run: "Run", file: Path) -> None:
    from analysis.pooling.numbers import export_numbers
    from taste.cli.report import note_look

    note_look(db, run)
    numbers = export_numbers(db, run, file)
    typer.echo(
        f"{file}: run {run.id}{' (simulated)' if run.simulated else ''}, {numbers.trials} rows, "
        f"{len(numbers.places)} places. It holds no text; `taste stats {safe(file)}` gives its "
        "figures."
    )


def _verify_numbers(file: Path) -> None:
    from analysis.pooling.numbers import read_numbers

    numbers = read_numbers(file)
    typer.echo(
        f"{safe(file)}: {numbers.trials} rows{' (simulated)' if numbers.figures.simulated else ''}"
        ", its figures are those of its trials. It holds no sessions, so no database was filled; "
        f"`taste stats {safe(file)}` gives its report."
    )


def _prove(db: "Db", run: "Run", file: Path) -> None:
    """Compare the reports before and after.

    Raises:
        UserError: if they differ.
    """
    from tempfile import TemporaryDirectory

    from taste.bundles.importing import import_bundle
    from taste.database import open_database
    from transcripts.db import Db as Handle

    with TemporaryDirectory(prefix="taste-bundle-") as folder:
        engine = open_database(str(Path(folder) / "bundle.db"))
        try:
            with Handle(engine, expire_on_commit=False) as other:
                again = _report(other, import_bundle(other, file), Path(folder))
        finally:
            engine.dispose()
        if again != _report(db, run, Path(folder)):
            raise UserError(
                f"the report of run {run.id} from the bundle is not the one from this database; "
                "no bundle was written. Please report this as a bug."
            )


def _report(db: "Db", run: "Run", folder: Path) -> bytes:
    from analysis.report.writing import write_report

    return write_report(db, run, folder / "report.html").read_bytes()
