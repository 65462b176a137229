"""What became of everything on the way to a figure: how much there was, what fell out, and why.

Nothing is left out in silence: at every stage, what goes on and what is listed add up to what
came in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func
from sqlmodel import col, select

from analysis.figures.outline import RunSet
from analysis.trials.columns import NOT_JUDGED, UNSCORED, TrialRow
from analysis.trials.filters import HEADLINE, Filter
from taste.conditions import TrialKind, wanted_verdicts
from taste.study import Study
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session


@dataclass(frozen=True)
class Census:
    """What the database holds before anything is run."""

    sessions: int
    """Sessions in the database."""
    sessions_with_points: int
    """Sessions among them in which a point was considered for one of the run's sets."""
    points: int
    """Decision points considered for one of the run's sets."""
    points_in_sets: int
    """Decision points among them that are an item of one of the sets."""
    set_exclusions: Mapping[str, Mapping[str, int]] = field(hash=False)
    """Set -> reason -> points that the set left out."""
    withdrawn: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Session that was withdrawn since -> items of the sets whose text is gone with it."""
    deleted_items: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Set -> items that it was frozen with and that went with deleted sessions."""


@dataclass(frozen=True)
class Stage:
    """One step: how many came this far, and how many go no further, by reason."""

    name: str
    count: int
    detail: str
    dropped: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True)
class Flow:
    """The stages in order, and what each set left out."""

    stages: tuple[Stage, ...]
    set_exclusions: Mapping[str, Mapping[str, int]] = field(hash=False)


def read_census(db: Db, sets: Sequence[ItemSet]) -> Census:
    """Counts sessions and decision points, as far as the sets considered them."""
    ids = [found.id for found in sets]
    kept = set(db.exec(select(Item.decision_point_id).where(col(Item.set_id).in_(ids))))
    left_out = db.exec(
        select(SetExclusion.set_id, SetExclusion.decision_point_id, SetExclusion.reason)
        .where(col(SetExclusion.set_id).in_(ids))
        .order_by(col(SetExclusion.set_id), SetExclusion.reason)
    ).all()
    considered = kept | {point for _, point, _ in left_out}
    return Census(
        sessions=db.exec(select(func.count()).select_from(Session)).one(),
        sessions_with_points=_count_sessions(db, considered),
        points=len(considered),
        points_in_sets=len(kept),
        set_exclusions={
            found.name: dict(
                sorted(
                    Counter(reason for set_id, _, reason in left_out if set_id == found.id).items()
                )
            )
            for found in sets
        },
        withdrawn=_withdrawn(db, ids),
        deleted_items=_deleted(db, sets),
    )


def _withdrawn(db: Db, set_ids: Sequence[int | None]) -> dict[str, int]:
    query = (
        select(Session.external_id, func.count())
        .join(DecisionPoint, col(DecisionPoint.session_id) == Session.id)
        .join(Item, col(Item.decision_point_id) == DecisionPoint.id)
        .where(col(Item.set_id).in_(set_ids), col(Session.withdrawn_at).is_not(None))
        .group_by(col(Session.external_id))
        .order_by(col(Session.external_id))
    )
    return dict(db.exec(query).all())


def _deleted(db: Db, sets: Sequence[ItemSet]) -> dict[str, int]:
    counted = select(Item.set_id, func.count()).group_by(col(Item.set_id))
    left = dict(db.exec(counted).all())
    gone = {found.name: (found.size or 0) - left.get(found.id or 0, 0) for found in sets}
    return {name: count for name, count in gone.items() if count > 0}


def _count_sessions(db: Db, points: Iterable[int]) -> int:
    wanted = set(points)
    places = db.exec(select(DecisionPoint.id, DecisionPoint.session_id)).all()
    return len({session for point, session in places if point in wanted})


def build_flow(
    census: Census,
    rows: Sequence[TrialRow],
    study: Study,
    sets: Sequence[RunSet],
    wanted: Filter = HEADLINE,
) -> Flow:
    """Returns the way from sessions to scored verdicts.

    Args:
        census: what the database holds.
        rows: all trials of the run.
        study: the run's own, for which verdicts each trial was to have.
        sets: the run's sets.
        wanted: the headline's condition; verdicts under others are counted apart.
    """
    items = sum(found.items for found in sets)
    stages = (
        Stage(
            "sessions", census.sessions, "in the database",
            _count("no decision point considered", census.sessions - census.sessions_with_points),
        ),
        Stage(
            "decision points", census.points, "considered for a set of this study",
            _count("in none of the sets", census.points - census.points_in_sets),
        ),
        Stage("items", items, " + ".join(f"{x.items} {x.kind}" for x in sets), {}),
        *_run_stages(rows, study, wanted),
    )  # fmt: skip
    return Flow(stages, census.set_exclusions)


def _run_stages(rows: Sequence[TrialRow], study: Study, wanted: Filter) -> Iterator[Stage]:
    exclusions = {row.trial_id: row.exclusion for row in rows}
    excluded = Counter(reason for reason in exclusions.values() if reason)
    yield Stage("trials", len(exclusions), "item × arm × repeat", dict(sorted(excluded.items())))
    stored = [row for row in rows if row.verdict]
    here = [row for row in stored if _is_of(row, wanted)]
    further = [row for row in stored if not _is_of(row, wanted)]
    missing, missing_further = _missing(rows, study, wanted)
    yield from _verdict_stages(("verdicts", "scored verdicts"), here, missing)
    if further or missing_further:
        names = ("further verdicts", "scored further verdicts")
        yield from _verdict_stages(names, further, missing_further)


def _verdict_stages(
    names: tuple[str, str], stored: Sequence[TrialRow], missing: int
) -> Iterator[Stage]:
    name, scored = names
    unscored = Counter(f"unscored: {row.reason}" for row in stored if row.outcome == UNSCORED)
    how = "trial × judge × order × sample"
    yield Stage(
        name,
        len(stored) + missing,
        how if name == "verdicts" else f"{how}, under other views, forms, labels and prompts",
        {**_count(NOT_JUDGED, missing), **dict(sorted(unscored.items()))},
    )
    yield Stage(scored, sum(row.is_scored for row in stored), "a win, a tie or a loss", {})


def _missing(rows: Sequence[TrialRow], study: Study, wanted: Filter) -> tuple[int, int]:
    """How many verdicts the study wants of trials that are open and has not: here, and further.

    A judge that is asked last is wanted where the first one was unsure, which is not counted.
    """
    last = study.judging.escalation.then if study.judging.escalation else None
    judges = [judge for judge in study.judges if judge.name != last]
    names = {judge.name for judge in judges}
    trials = {row.trial_id: row for row in rows if not row.exclusion}
    # A trial may have been excluded after some of its verdicts: those are stored all the same.
    stored = Counter(
        _is_of(row, wanted)
        for row in rows
        if row.verdict and row.trial_id in trials and row.judge in names
    )
    expected: Counter[bool] = Counter()
    for row in trials.values():
        kind = TrialKind(row.arm, row.repeat, bool(row.in_share))
        for judge in judges:
            for one in wanted_verdicts(study, judge, kind):
                is_here = one.condition.is_base and one.condition.view == wanted.view
                expected[is_here] += 2 * one.samples
    here, further = (max(0, expected[is_here] - stored[is_here]) for is_here in (True, False))
    return here, further


def _is_of(row: TrialRow, wanted: Filter) -> bool:
    condition = (row.view, row.form, row.provenance, row.prompt)
    return condition == (wanted.view, wanted.form, wanted.provenance, wanted.prompt)


def _count(reason: str, number: int) -> dict[str, int]:
    return {reason: number} if number > 0 else {}
