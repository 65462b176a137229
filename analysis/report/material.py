"""Reads everything that a report of a run is made of; after this the database is not asked again.

People appear under pseudonyms from here on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import col, select

from analysis.figures.families import PlanAge
from analysis.figures.outline import RunSet
from analysis.report.drilldown import Drilldown, read_drilldown
from analysis.report.flow import Census, read_census
from analysis.report.plan_age import read_plan_age
from analysis.report.provenance import Provenance, read_provenance
from analysis.trials.attacks import AttackRow, read_attacks
from analysis.trials.bridge import Bridge, read_bridge
from analysis.trials.columns import TrialRow
from analysis.trials.labels import LabelTable, read_labels
from analysis.trials.probes import ProbeRow, read_probes
from analysis.trials.query import read_trials
from taste.again import Tried, count_tried
from taste.study import Study, parse_study
from taste.tables import ItemSet, Run
from transcripts.db import Db


@dataclass(frozen=True)
class Material:
    """A run with all its evidence."""

    study: Study
    sets: tuple[RunSet, ...]
    rows: tuple[TrialRow, ...]
    census: Census
    drilldown: Drilldown
    provenance: Provenance
    age: PlanAge
    """When the analysis plan was fixed, against the first verdict."""
    labels: LabelTable
    """What annotators say of the sessions that the items come from."""
    probes: tuple[ProbeRow, ...]
    """What probes of the run answered."""
    attacks: tuple[AttackRow, ...]
    """Verdicts under attack on the same sets."""
    bridge: Bridge | None
    """Verdicts of earlier runs that this one asked for again; None where that is not wanted."""
    tried: tuple[Tried, ...]
    """Answers that were tried again after a first outcome."""


def read_material(db: Db, run: Run) -> Material:
    """Reads a run.

    Raises:
        UserError: the study that is stored with the run is not valid any more.
    """
    assert run.id is not None
    study = parse_study(run.study_text, f"study of run {run.id}")
    sets = _read_sets(db, study)
    rows = read_rows(db, run)
    provenance = read_provenance(db, run, sets)
    return Material(
        study=study,
        sets=tuple(RunSet(x.name, x.kind, x.actor, x.items) for x in provenance.sets),
        rows=rows,
        census=read_census(db, sets),
        drilldown=read_drilldown(db, run.id, rows, sets, study.display),
        provenance=provenance,
        age=read_plan_age(db, run),
        labels=read_labels(db, run),
        probes=read_probes(db, run),
        attacks=_read_attacks(db, run),
        bridge=read_bridge(db, run, study),
        tried=tuple(count_tried(db, run.id)),
    )


def read_rows(db: Db, run: Run) -> tuple[TrialRow, ...]:
    """Reads the trials of a run, people under pseudonyms.

    Raises:
        UserError: the study that is stored with the run is not valid any more.
    """
    study = parse_study(run.study_text, f"study of run {run.id}")
    return hide_people(read_trials(db, run, study))


def _read_attacks(db: Db, run: Run) -> tuple[AttackRow, ...]:
    """Reads what judges said under attack in the runs of the study that were made for it."""
    made = select(Run).where(
        Run.purpose == "attack", Run.study == run.study, Run.simulated == run.simulated
    )
    runs = db.exec(made.order_by(col(Run.id))).all()
    return tuple(row for each in runs for row in read_attacks(db, each))


def _read_sets(db: Db, study: Study) -> list[ItemSet]:
    """Returns the sets of the study that exist, in its order."""
    known = {found.name: found for found in db.exec(select(ItemSet)).all()}
    return [known[name] for name in study.sets if name in known]


def hide_people(rows: Sequence[TrialRow]) -> tuple[TrialRow, ...]:
    """Returns the rows with researchers, projects and judging people under pseudonyms.

    Numbers go by first appearance in the order of the rows, so they say nothing of the names.
    """
    researchers = _pseudonyms("researcher", (row.researcher for row in rows))
    projects = _pseudonyms("project", (row.project for row in rows))
    people = _pseudonyms("person", (row.judge for row in rows if row.judge_kind == "person"))
    return tuple(
        replace(
            row,
            researcher=researchers.get(row.researcher or ""),
            project=projects.get(row.project or ""),
            judge=people[row.judge] if row.judge_kind == "person" and row.judge else row.judge,
        )
        for row in rows
    )


def _pseudonyms(word: str, names: Iterable[str | None]) -> dict[str, str]:
    known = dict.fromkeys(name for name in names if name)
    return {name: f"{word}-{number}" for number, name in enumerate(known, start=1)}
