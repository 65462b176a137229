"""A run, its population and what people said of a sample, as they stand in the database."""

from collections.abc import Iterable

from sqlmodel import col, func, select

from analysis.calibration.population import Population, find_population, strata_of
from analysis.calibration.told import Told, collect
from analysis.errors import EstimateError
from analysis.trials.people import Pair, read_draws, read_people
from analysis.trials.query import read_trials
from taste.assignment_tables import CalibrationDraw
from taste.study import Study, parse_study
from taste.tables import Comparison, Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db


def read_study_of(run: Run) -> Study:
    """The study that a run was made from."""
    return parse_study(run.study_text, f"study of run {run.id}")


def choose_judge(study: Study, named: str | None) -> str:
    """The judge that is to be corrected.

    Raises:
        EstimateError: none is named and the study has several, or it has none of the name.
    """
    names = [judge.name for judge in study.judges]
    if named is None and len(names) == 1:
        return names[0]
    if named not in names:
        what = f"no judge {named!r}" if named else "several judges"
        raise EstimateError(f"the study has {what}; --judge takes one of {', '.join(names)}.")
    return named


def read_population(
    db: Db, run: Run, view: str, judge: str | None, arms: Iterable[str] = ()
) -> Population:
    """Reads what may be drawn in a run.

    Args:
        db: holds the run.
        run: whose trials.
        view: that is to be corrected.
        judge: that is to be corrected; None: the only one.
        arms: whose moves; none: those of all models.

    Raises:
        EstimateError: there is nothing to draw from.
    """
    study = read_study_of(run)
    wanted = tuple(arms) or tuple(seat.name for seat in study.proposers)
    rows = read_trials(db, run, study)
    if unknown := sorted(set(wanted) - {row.arm for row in rows}):
        raise EstimateError(f"run {run.id} has no arm {unknown[0]!r}.")
    return find_population(rows, view, choose_judge(study, judge), wanted)


def read_told(db: Db, name: str) -> Told:
    """Reads a sample, the population that it was drawn from, and what people said of it.

    Raises:
        EstimateError: there is no such sample, or its run is not in this database.
    """
    draws = [draw for draw in read_draws(db) if draw.name == name]
    if not draws:
        raise EstimateError(
            f"there is no calibration sample {name!r}; `taste calibrate draw` draws one."
        )
    run = find_run_of(db, name)
    study = read_study_of(run)
    rows = read_trials(db, run, study)
    pairs = _read_pairs(db, run)
    strata = {draw.stratum for draw in draws}
    arms = {row.arm for row in rows if strata.intersection(strata_of(row.set, row.arm))}
    population = find_population(rows, draws[0].view, draws[0].judge, arms)
    return collect(name, population, rows, draws, read_people(db), pairs)


def find_run_of(db: Db, name: str) -> Run:
    """The run that has most of a sample's pairs; of several, the first."""
    query = (
        select(Run, func.count(func.distinct(col(CalibrationDraw.id))).label("pairs"))
        .join(Trial, col(Trial.run_id) == Run.id)
        .join(TrialVerdict, col(TrialVerdict.trial_id) == Trial.id)
        .join(Verdict, col(Verdict.id) == TrialVerdict.verdict_id)
        .join(CalibrationDraw, col(CalibrationDraw.comparison_id) == Verdict.comparison_id)
        .where(CalibrationDraw.name == name)
        .group_by(col(Run.id))
    )
    found = sorted(db.exec(query).all(), key=lambda pair: (-pair[1], pair[0].id or 0))
    if not found:
        raise EstimateError(f"the run that {name!r} was drawn from is not in this database.")
    return found[0][0]


def _read_pairs(db: Db, run: Run) -> dict[int, Pair]:
    """Comparison -> its pair, of those that the run has a verdict on."""
    query = (
        select(Comparison.id, Comparison.human_id, Comparison.proposed_id)
        .join(Verdict, col(Verdict.comparison_id) == Comparison.id)
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == Verdict.id)
        .join(Trial, col(Trial.id) == TrialVerdict.trial_id)
        .where(Trial.run_id == run.id)
        .distinct()
    )
    return {number or 0: (human, proposed) for number, human, proposed in db.exec(query)}
