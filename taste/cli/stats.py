"""`taste stats`: every figure of a table of trials, without a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from taste.cli.shared import JsonOption
from transcripts.errors import UserError

if TYPE_CHECKING:
    from analysis.figures.everything import Figures
    from taste.plan import Plan
    from taste.study import Study


def stats(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE",
            help="Trials as .csv, .parquet or .jsonl; or published rates with the columns set, "
            "arm, percent, items; or a numbers-only bundle, .zip.",
        ),
    ],
    study: Annotated[
        Path | None,
        typer.Option(metavar="STUDY.toml", help="Takes plan and release dates from a study."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also show exploratory figures.")] = False,
    json_: JsonOption = False,
) -> None:
    """Estimate every figure from a table of trials: no database, no model."""
    from analysis.errors import EstimateError

    try:
        _stats(table, _read_study(study), everything=all_, json_=json_)
    except EstimateError as error:
        raise UserError(str(error)) from error


def _stats(table: Path, study: "Study | None", *, everything: bool, json_: bool) -> None:
    from analysis.trials.checks import check_table
    from analysis.trials.counts import is_table_of_counts
    from analysis.trials.files import read_columns
    from taste.plan import Plan

    if table.suffix.lower() == ".zip":
        _bundled(table, study, everything=everything, json_=json_)
        return
    columns = read_columns(table)
    plan = study.analysis if study else Plan()
    if is_table_of_counts(columns):
        _published(table, columns, plan, json_=json_)
        return
    trials = check_table(columns, table.name)
    # A table that cannot be used is told before what takes seconds to load.
    from analysis.figures.everything import estimate_everything
    from analysis.figures.outline import outline_table

    _show(
        estimate_everything(trials, outline_table(trials, plan, study)),
        everything=everything,
        json_=json_,
    )


def _bundled(file: Path, study: "Study | None", *, everything: bool, json_: bool) -> None:
    from analysis.pooling.numbers import read_numbers

    if study is not None:
        raise UserError(f"{file.name!r} has its own plan; leave --study away.")
    _show(read_numbers(file).figures, everything=everything, json_=json_)


def _show(figures: "Figures", *, everything: bool, json_: bool) -> None:
    from analysis.report.statistics import figures_as_json, render_text

    if json_:
        _write(figures_as_json(figures))
        return
    for line in render_text(figures, everything=everything):
        typer.echo(line)


def _published(table: Path, columns: object, plan: "Plan", *, json_: bool) -> None:
    from analysis.figures.published import estimate_published
    from analysis.report.statistics import SCHEMA, finding_as_json, render_findings
    from analysis.trials.counts import read_counts

    findings = estimate_published(read_counts(columns, table.name), plan.level)  # type: ignore[arg-type]
    if json_:
        _write({"schema": SCHEMA, "figures": [finding_as_json(one) for one in findings]})
        return
    for line in render_findings(findings):
        typer.echo(line)


def _write(value: object) -> None:
    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode())


def _read_study(file: Path | None) -> "Study | None":
    from taste.study import parse_study

    if file is None:
        return None
    try:
        return parse_study(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"cannot read {str(file)!r}: {getattr(error, 'strerror', None) or error}"
        ) from error
