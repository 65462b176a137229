"""Looks at results: when outcomes were first seen, and what a run has that was added after that.

What was there at a look follows from the rows: runs that had been started by then, with the models
and judges of their studies and the items of their trials.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from taste.manifests import add_about_run
from taste.run_tables import Look
from taste.study import parse_study
from taste.tables import Item, ItemSet, Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class FirstLook:
    """When results were first looked at, and those of which run."""

    run_id: int
    at: datetime
    simulated: bool

    @property
    def sentence(self) -> str:
        """Says when that was."""
        what = ", whose models are simulated" if self.simulated else ""
        return (
            f"Results on these sessions were first looked at on {_time(self.at)} "
            f"(run {self.run_id}{what})."
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What of a run no run on the same sessions had when their results were first looked at."""

    look: FirstLook | None = None
    models: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    """Set and number."""

    def __bool__(self) -> bool:
        """Whether anything was added."""
        return bool(self.models or self.judges or self.items)

    @property
    def sentence(self) -> str | None:
        """Says what was added after which look; None where nothing was."""
        if self.look is None or not self:
            return None
        parts = [*_named("model", self.models), *_named("judge", self.judges)]
        if self.items:
            parts.append(f"{len(self.items)} item{'' if len(self.items) == 1 else 's'}")
        return (
            f"{self.look.sentence} Added after that look: {'; '.join(parts)}. What is added once "
            "results are known is a choice that they may have guided; read it as exploratory."
        )


def _named(word: str, names: tuple[str, ...]) -> list[str]:
    return [f"the {word}{'' if len(names) == 1 else 's'} {', '.join(names)}"] if names else []


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def record_look(db: Db, run: Run, now: datetime) -> str | None:
    """Store that outcomes of a run are looked at, the first time; a sentence if that cannot be."""
    assert run.id is not None
    number = run.id
    if find_look(db, number) is not None or not _count_verdicts(db, number):
        return None
    try:
        add_about_run(db, [Look(run_id=number, created_at=now)], now)
        db.commit()
    except SQLAlchemyError as error:
        db.rollback()
        why = " ".join(str(error.args[0]).split())
        return (
            f"that run {number} was looked at could not be recorded, nothing else is wrong: {why}"
        )
    return None


def find_look(db: Db, run_id: int) -> Look | None:
    """The first look at a run."""
    query = select(Look).where(Look.run_id == run_id)
    return db.exec(query.order_by(col(Look.created_at), col(Look.id))).first()


def describe_own_look(db: Db, run: Run) -> str | None:
    """Says how much of a run was there when it was first looked at, unless that was all of it."""
    assert run.id is not None
    look = find_look(db, run.id)
    if look is None:
        return None
    there, every = _count_verdicts(db, run.id, look.created_at), _count_verdicts(db, run.id)
    if there == every and run.status == "done":
        return None
    return (
        f"This run was first looked at on {_time(look.created_at)}, when {there} of its {every} "
        "verdicts were there: when to stop may have been chosen by what was seen."
    )


def find_added(db: Db, run: Run) -> Added:
    """What of a run was added after results on its sessions were first looked at."""
    assert run.id is not None
    look = _first_look(db, run)
    if look is None:
        return Added()
    if run.started_at <= look.at:
        return Added(look)
    before = [each for each in _on_same_sessions(db, run) if each.started_at <= look.at]
    models, judges, _ = _seats(before)
    own_models, own_judges, names = _seats([run])
    return Added(
        look,
        tuple(names[key] for key in own_models if key not in models),
        tuple(names[key] for key in own_judges if key not in judges),
        tuple(_new_items(db, run.id, [each.id for each in before])),
    )


def _first_look(db: Db, run: Run) -> FirstLook | None:
    """The first look at results on a run's sessions.

    A real run's models are not chosen by what simulated ones do: simulated results count for it
    only where nobody has looked at any others.
    """
    runs = {each.id: each for each in _on_same_sessions(db, run)}
    query = select(Look).where(col(Look.run_id).in_(list(runs)))
    looks = [
        FirstLook(look.run_id, look.created_at, runs[look.run_id].simulated)
        for look in db.exec(query.order_by(col(Look.created_at), col(Look.id)))
    ]
    real = [look for look in looks if not look.simulated]
    return next(iter(looks if run.simulated else real or looks), None)


def _on_same_sessions(db: Db, run: Run) -> list[Run]:
    """Every run with a trial on a lineage of the run's, itself included."""
    mine = (
        select(Item.lineage)
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
    )
    numbers = (
        select(Trial.run_id)
        .join(Item, col(Item.id) == col(Trial.item_id))
        .where(col(Item.lineage).in_(mine))
    )
    return list(db.exec(select(Run).where(col(Run.id).in_(numbers)).order_by(col(Run.id))))


Seat = tuple[str, str, str]
"""Proposer or judge, its name, its model."""


def _seats(runs: Iterable[Run]) -> tuple[list[Seat], list[Seat], dict[Seat, str]]:
    """Proposers and judges of some runs, and how each is called."""
    models: dict[Seat, str] = {}
    judges: dict[Seat, str] = {}
    for run in runs:
        try:
            study = parse_study(run.study_text, f"study of run {run.id}")
        except UserError:
            continue  # an earlier version's; what it had counts as new rather than as known
        models |= {("proposer", seat.name, seat.model): seat.name for seat in study.proposers}
        judges |= {("judge", seat.name, seat.model): seat.name for seat in study.judges}
    return list(models), list(judges), models | judges


def _new_items(db: Db, run_id: int, before: list[int | None]) -> Iterable[tuple[str, int]]:
    """Yield the items of a run whose places no earlier run had."""
    known = {(lineage, thread, cut) for *_, lineage, thread, cut in _read_items(db, before)}
    for name, number, *where in _read_items(db, [run_id]):
        if tuple(where) not in known:
            yield name, number


def _read_items(db: Db, runs: list[int | None]) -> list[tuple[str, int, str, str, int]]:
    wanted = select(Trial.item_id).where(col(Trial.run_id).in_(runs))
    query = (
        select(Item, ItemSet.name)
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .where(col(Item.id).in_(wanted))
        .order_by(col(ItemSet.name), col(Item.number))
    )
    return [(name, x.number, x.lineage, x.thread, x.cut) for x, name in db.exec(query)]


def _count_verdicts(db: Db, run_id: int, until: datetime | None = None) -> int:
    """Verdicts that a run uses; those of them that had been given by some time."""
    query = (
        select(func.count(func.distinct(col(Verdict.id))))
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(col(Trial.run_id) == run_id)
    )
    if until is not None:
        query = query.where(col(Verdict.created_at) <= until)
    return db.exec(query).one()
