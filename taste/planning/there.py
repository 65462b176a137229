"""What is there already and will be used again: looked up once for a whole plan. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlmodel import col, select

from taste.again import Again
from taste.digester import TRIES, Check, draft_identity, is_last
from taste.digests import find_digest
from taste.points import PointText
from taste.probe_tables import Probe
from taste.study import Study
from taste.tables import Comparison, Digest, Proposal, Restatement, Verdict
from transcripts.db import Db

Place = tuple[int, str, int, str, bool]
"""Decision point, arm, repeat, shown hash, and whether it is simulated."""


@dataclass(frozen=True, slots=True)
class There:
    """The rows of some decision points, by identity."""

    proposals: Mapping[str, str | None]
    """Identity -> move; None where there is none and will be none."""
    by_place: Mapping[Place, str | None]
    """The same, for arms whose author needs no call."""
    restatements: Mapping[str, Restatement]
    verdicts: frozenset[str]
    probes: frozenset[str]
    points: frozenset[int]
    """Decision points that anything was proposed for."""


def read_there(db: Db, points: Iterable[int]) -> There:
    """Everything that is stored about these decision points."""
    wanted = frozenset(points)
    proposals: dict[str, str | None] = {}
    by_place: dict[Any, str | None] = {}
    columns: Any = (
        Proposal.identity, Proposal.move, Proposal.decision_point_id, Proposal.arm,
        Proposal.repeat, Proposal.shown_hash, Proposal.simulated,
    )  # fmt: skip
    query = sqlalchemy.select(*columns).order_by(col(Proposal.id))
    for key, move, *place in db.connection().execute(query):
        if place[0] in wanted:
            proposals[key] = move
            by_place[tuple(place)] = move
    restated = db.exec(select(Restatement)).all() if proposals else []
    return There(
        proposals,
        by_place,
        {row.identity: row for row in restated if row.decision_point_id in wanted},
        _verdicts(db, wanted) if proposals else frozenset(),
        frozenset(db.exec(select(Probe.identity)).all()),
        frozenset(place[0] for place in by_place),
    )


def _verdicts(db: Db, points: frozenset[int]) -> frozenset[str]:
    query = select(Verdict.identity, Comparison.decision_point_id).join(
        Comparison, col(Comparison.id) == col(Verdict.comparison_id)
    )
    return frozenset(key for key, point in db.exec(query) if point in points)


def find_last_draft(
    db: Db, text: PointText, study: Study, human: Restatement, *, again: Again, simulated: bool
) -> Digest | None:
    """The draft with which a point's digest is settled; None where one is still to be asked for."""
    check = Check.of(text, study, human.move)
    for number in range(1, TRIES + 1):
        first = draft_identity(text, study, check, number, simulated=simulated)
        key, _ = again.current(first)
        draft = find_digest(db, key)
        if draft is None:
            return None
        if is_last(draft, number):
            return draft
    return None
