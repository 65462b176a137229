"""`taste calibrate`: pairs for people to judge, what so many labels buy, and what they show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, write_json
from transcripts.errors import UserError

if TYPE_CHECKING:
    from analysis.calibration.population import Population
    from analysis.calibration.widths import Width
    from taste.tables import Run
    from transcripts.db import Db

app = typer.Typer(no_args_is_help=True)

RunArgument = Annotated[str, typer.Argument(metavar="RUN|STUDY", help="Number, or study's name.")]
View = Annotated[
    Literal["full", "digest", "prefix"], typer.Option(help="View that is to be corrected.")
]
JudgeOption = Annotated[str | None, typer.Option(help="Model judge to correct; else the only one.")]
Arms = Annotated[list[str] | None, typer.Option("--arm", help="Whose moves; else all models'.")]
Correlation = Annotated[
    float | None, typer.Option(help="Assumed correlation of judge and people; else .6.")
]
Like = Annotated[
    str | None, typer.Option(metavar="CAL", help="Take the correlation from this sample.")
]
Labels = Annotated[int, typer.Option(min=1, help="Pairs to draw.")]


@app.command("plan")
def plan(  # noqa: PLR0913
    context: typer.Context,
    run: RunArgument,
    *,
    view: View = "full",
    judge: JudgeOption = None,
    arm: Arms = None,
    labels: Annotated[int | None, typer.Option(min=1, help="Also for this number.")] = None,
    correlation: Correlation = None,
    like: Like = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say how wide the corrected rates will be for how many labels, before anyone starts."""
    from taste.cli.calibrate_text import write_widths

    with _estimating(), opened(db, context) as handle:
        found = _population(handle, _find_run(handle, run), view, judge, arm)
        widths = _widths(handle, found, labels, correlation, like)
    if json_:
        for width in widths:
            write_json(width)
        return
    write_widths(found, widths)


@app.command("draw")
def draw(  # noqa: PLR0913
    context: typer.Context,
    run: RunArgument,
    *,
    labels: Labels,
    name: Annotated[str, typer.Option(help="Name of the sample; `taste assign` takes it.")],
    seed: Annotated[int, typer.Option(help="Seed of the draw.")],
    view: View = "full",
    judge: JudgeOption = None,
    arm: Arms = None,
    strata: Annotated[
        Literal["verdict"] | None, typer.Option(help="Draw from the judge's verdicts apart.")
    ] = None,
    per_place: Annotated[
        int, typer.Option(min=1, help="Most pairs of one item, each for another person.")
    ] = 1,
    correlation: Correlation = None,
    like: Like = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Draw pairs at random for people to judge, and say what they will buy."""
    from analysis.calibration.drawing import Wish, draw_sample
    from taste.calibrating import PairDrawn, Sample, check_new, store_draws
    from taste.cli.calibrate_text import write_widths

    with _estimating(), opened(db, context) as handle:
        check_new(handle, name)
        found = _population(handle, _find_run(handle, run), view, judge, arm)
        wish = Wish(labels, seed, by_verdict=strata is not None, per_place=per_place)
        sample = draw_sample(found, wish)
        widths = _widths(handle, found, labels, correlation, like)
        drawn = [PairDrawn(o.unit.comparison_id, o.stratum, o.probability) for o in sample]
        store_draws(handle, Sample(name, view, found.judge, seed), drawn, now())
    if json_:
        write_json({"name": name, "view": view, "judge": found.judge, "drawn": len(drawn)})
        return
    write_widths(found, widths)
    typer.echo(f"\ndrawn: {len(drawn)} pairs as the sample {name!r}; `taste assign` gives them out")


@app.command("report")
def report(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CAL", help="Name of the sample.")],
    level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Report agreement, steadiness, blindness and the corrected win rates of a sample."""
    from analysis.calibration.reading import find_run_of, read_told
    from analysis.calibration.results import estimate_calibration
    from taste.cli.calibrate_text import write_calibration
    from taste.cli.report import note_look

    with _estimating(), opened(db, context) as handle:
        found = estimate_calibration(read_told(handle, name), level)
        note_look(handle, find_run_of(handle, name))
    write_json(found) if json_ else write_calibration(found)


@contextmanager
def _estimating() -> Iterator[None]:
    """What cannot be estimated becomes one sentence."""
    from analysis.errors import EstimateError

    try:
        yield
    except EstimateError as error:
        raise UserError(str(error)) from error


def _find_run(db: "Db", text: str) -> "Run":
    """A run by its number, or the latest of a study."""
    from sqlmodel import col, select

    from taste.jobs import get_run
    from taste.tables import Run

    if text.isdecimal():
        return get_run(db, int(text))
    query = select(Run).where(Run.study == text, Run.purpose == "study")
    found = db.exec(query.order_by(col(Run.id).desc())).first()
    if found is None:
        raise UserError(f"there is no run of a study {text!r}; `taste status` lists the runs.")
    return found


def _population(
    db: "Db", run: "Run", view: str, judge: str | None, arms: list[str] | None
) -> "Population":
    from analysis.calibration.reading import read_population

    return read_population(db, run, view, judge, arms or ())


def _widths(
    db: "Db", found: "Population", labels: int | None, correlation: float | None, like: str | None
) -> "tuple[Width, ...]":
    from analysis.calibration.reading import read_told
    from analysis.calibration.results import measured_correlation
    from analysis.calibration.widths import Assumed, expected_widths, usual_numbers

    if correlation is not None and like is not None:
        raise UserError("--correlation and --like both say how judge and people correlate.")
    if like is not None:
        correlation = measured_correlation(read_told(db, like))
    assumed = Assumed() if correlation is None else Assumed(correlation)
    return expected_widths(found, usual_numbers(found, labels), assumed)
