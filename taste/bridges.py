"""Which verdicts of earlier runs a run asks for again, to see whether its judges have drifted.

The draw follows from the study's seed and from what was stored before the run was begun.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col, select

from taste.conditions import Condition, views_of
from taste.identity import identity, settings_of
from taste.jobs import STUDY, Job, open_jobs
from taste.points import PointReader, PointText
from taste.requests import prompt_hash
from taste.run_tables import BridgeVerdict
from taste.seats import Judge
from taste.study import Study, parse_study
from taste.tables import Call, Comparison, Digest, Item, Run, Trial, Verdict
from taste.views import Shown, show, view_fault
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class BridgeJob:
    """One earlier verdict that its judge is to be asked for again."""

    item_id: int
    verdict_id: int
    judge: str


def earlier_verdicts(db: Db, run: Run, study: Study, seat: Judge) -> list[Any]:
    """Scored verdicts of a run's judge that were there before it, on places that it has too.

    They are of the judge as it is now (name, model, settings, prompt), under the headline's
    condition. Beside the columns named the item, by row id.
    """
    columns: Any = (
        Verdict.id, Verdict.identity, Verdict.comparison_id, Verdict.sample, Verdict.verdict,
        Verdict.settings, Verdict.view, Verdict.shown_hash, Verdict.digest_id, Call.run_id,
    )  # fmt: skip
    base = Condition(views_of(study, seat)[0])
    items = (
        sqlalchemy.select(
            col(Item.decision_point_id).label("point"), func.min(col(Item.id)).label("item")
        )
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
        .group_by(col(Item.decision_point_id))
        .subquery()
    )
    query = (
        sqlalchemy.select(*columns, items.c.item)
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .join(items, items.c.point == col(Comparison.decision_point_id))
        .join(Call, col(Call.id) == col(Verdict.call_id))
        .where(
            col(Verdict.judge) == seat.name,
            col(Verdict.judge_kind) == "model",
            col(Verdict.view) == base.view,
            col(Verdict.form) == base.form,
            col(Verdict.provenance) == base.provenance,
            col(Verdict.prompt) == base.prompt,
            col(Verdict.prompt_hash) == prompt_hash("judge", base.prompt),
            col(Verdict.simulated) == run.simulated,
            col(Verdict.verdict) != "unscored",
            col(Verdict.created_at) <= run.started_at,
            col(Call.model) == seat.model,
            col(Call.run_id) != run.id,
        )
        .order_by(col(Verdict.id))
    )
    settings = settings_of(seat)
    return [row for row in db.connection().execute(query) if row.settings == settings]


def is_wanted(run: Run, study: Study) -> bool:
    """Whether a run repeats verdicts: a pilot or a try measures no drift."""
    return study.bridge > 0 and run.purpose == STUDY.name


def draw_bridge(db: Db, run: Run, study: Study) -> list[BridgeJob]:
    """The earlier verdicts that a run asks for again: so many of each judge as the study says."""
    if not is_wanted(run, study):
        return []
    reader = PointReader(db, study.display)
    return [job for seat in study.judges for job in _drawn(db, run, study, seat, reader)]


def _drawn(db: Db, run: Run, study: Study, seat: Judge, reader: PointReader) -> Iterator[BridgeJob]:
    """Yield a random sample of one judge's verdicts on texts that would be shown just so today."""
    left = study.bridge
    found = [row for row in earlier_verdicts(db, run, study, seat) if row.sample == 1]
    for row in sorted(found, key=lambda row: _lot(run.seed, row.identity)):
        if left == 0:
            return
        if shown_again(db, reader.read(db.get_one(Item, row.item)), row) is not None:
            left -= 1
            yield BridgeJob(row.item, row.id, seat.name)


def _lot(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed}:bridge:{key}".encode()).hexdigest()


def shown_again(db: Db, text: PointText, earlier: Any) -> Shown | None:
    """What a verdict's view shows; None where that is not what its judge was shown."""
    digest = digest_of(db, earlier)
    if view_fault(earlier.view, digest) is not None:
        return None
    shown = show(text, earlier.view, digest)
    return shown if shown.hash == earlier.shown_hash else None


def digest_of(db: Db, earlier: Any) -> Digest | None:
    """The digest that an earlier verdict rests on."""
    return db.get(Digest, earlier.digest_id) if earlier.digest_id else None


def open_work(db: Db, run: Run, study: Study) -> list[Job | BridgeJob]:
    """What a run has still to do, item by item: its open trials, then what it repeats."""
    made = set(
        db.exec(select(BridgeVerdict.verdict_id).where(BridgeVerdict.run_id == run.id)).all()
    )
    repeated = [job for job in draw_bridge(db, run, study) if job.verdict_id not in made]
    return sorted([*open_jobs(db, run), *repeated], key=lambda job: job.item_id)


def bridge_lacks(db: Db, run: Run, study: Study) -> list[str]:
    """What is to be said of judges that have fewer earlier verdicts than the study repeats."""
    if not is_wanted(run, study):
        return []
    drawn = draw_bridge(db, run, study)
    counts = {seat.name: sum(job.judge == seat.name for job in drawn) for seat in study.judges}
    return [
        f"the judge {name!r} has {f'only {number}' if number else 'no'} earlier verdicts with this "
        f"model, prompt, settings and view on these texts, of {study.bridge} to be repeated"
        + ("" if number else ": its drift cannot be measured")
        for name, number in counts.items()
        if number < study.bridge
    ]


def bridge_identity(run_id: int | None, earlier: Verdict) -> str:
    """Identity of an earlier verdict's repetition, which every run asks for anew."""
    return identity("bridge", run_id, earlier.identity)


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often a judge said again what it had said in an earlier run."""

    judge: str
    wanted: int
    repeated: int
    same: int
    models: tuple[str, ...]
    """The model's ids as they were returned, then and now."""


def count_repeated(db: Db, run: Run) -> tuple[Repeated, ...]:
    """What a run has repeated so far, by judge."""
    study = parse_study(run.study_text, f"study of run {run.id}")
    if not is_wanted(run, study):
        return ()
    query = (
        select(Verdict.judge, Verdict.verdict, Verdict.model, BridgeVerdict)
        .join(Verdict, col(Verdict.id) == col(BridgeVerdict.verdict_id))
        .where(BridgeVerdict.run_id == run.id)
    )
    found = db.exec(query).all()
    return tuple(
        Repeated(
            seat.name,
            study.bridge,
            len(own := [row for row in found if row[0] == seat.name]),
            sum(verdict == now.verdict for _, verdict, _, now in own),
            tuple(sorted({name or "" for _, _, then, now in own for name in (then, now.model)})),
        )
        for seat in study.judges
    )
