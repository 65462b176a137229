"""What people judged, one row a verdict that stands, and which pairs were drawn for them.

Of each assignment the latest verdict stands. Nothing is averaged here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from taste.assignment_tables import Assignment, CalibrationDraw, PersonVerdict
from taste.submitting.judging import standing_verdicts
from taste.tables import Comparison, Verdict
from transcripts.db import Db
from transcripts.tables import Annotator

Pair = tuple[int, int]
"""Row ids of the two restatements, the human's first: a comparison without its order."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person's verdict with how it came about."""

    verdict_id: int
    person: str
    pair: Pair
    comparison_id: int
    order: str
    """Whose move came first."""
    view: str
    sample: int
    verdict: str
    reason: str | None
    confidence: str | None
    shown_hash: str
    simulated: bool
    guess: str | None
    """Which move they took for the human's: first, second, unsure; none: not asked."""
    gold: str | None
    """The verdict that is known to be right, of a gold pair."""
    repeat: int
    batch: str
    minutes: float


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A pair of a calibration sample."""

    name: str
    pair: Pair
    view: str
    judge: str
    stratum: str
    probability: float
    seed: int


_COLUMNS: tuple[Any, ...] = (
    col(Verdict.id).label("verdict_id"), col(Annotator.name).label("person"),
    Comparison.human_id, Comparison.proposed_id, col(Comparison.id).label("comparison_id"),
    Comparison.order, Verdict.view, Verdict.sample, Verdict.verdict, Verdict.reason,
    Verdict.confidence, Verdict.shown_hash, Verdict.simulated, PersonVerdict.guess,
    Assignment.gold, Assignment.repeat, Assignment.batch, PersonVerdict.active_ms,
)  # fmt: skip


def read_people(db: Db) -> tuple[PersonRow, ...]:
    """Reads every verdict of a person that stands, by when it was given."""
    query = (
        select(*_COLUMNS)
        .select_from(PersonVerdict)
        .join(Verdict, col(Verdict.id) == col(PersonVerdict.verdict_id))
        .join(Annotator, col(Annotator.id) == col(Verdict.annotator_id))
        .join(Assignment, col(Assignment.id) == col(PersonVerdict.assignment_id))
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .where(col(Verdict.id).in_(standing_verdicts()))
        .order_by(col(Verdict.id))
    )
    return tuple(_person(dict(row)) for row in db.connection().execute(query).mappings())


def _person(row: dict[str, Any]) -> PersonRow:
    pair = (row.pop("human_id"), row.pop("proposed_id"))
    return PersonRow(pair=pair, minutes=row.pop("active_ms") / 60_000, **row)


def read_draws(db: Db) -> tuple[DrawnRow, ...]:
    """Reads the pairs of every calibration sample, in order."""
    query = (
        select(  # type: ignore[call-overload]
            CalibrationDraw.name, Comparison.human_id, Comparison.proposed_id,
            CalibrationDraw.view, CalibrationDraw.judge, CalibrationDraw.stratum,
            CalibrationDraw.probability, CalibrationDraw.seed,
        )
        .select_from(CalibrationDraw)
        .join(Comparison, col(Comparison.id) == col(CalibrationDraw.comparison_id))
        .order_by(col(CalibrationDraw.name), col(CalibrationDraw.number), col(CalibrationDraw.id))
    )  # fmt: skip
    return tuple(
        DrawnRow(name, (human, proposed), *rest)
        for name, human, proposed, *rest in db.connection().execute(query)
    )


def label_chances(draws: Sequence[DrawnRow]) -> Mapping[tuple[Pair, str], float]:
    """Pair and view -> the chance with which people were asked; a pair drawn twice has none."""
    found: defaultdict[tuple[Pair, str], list[float]] = defaultdict(list)
    for one in draws:
        found[one.pair, one.view].append(one.probability)
    return {key: chances[0] for key, chances in found.items() if len(chances) == 1}
