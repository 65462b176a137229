"""Which answers of a run are to be tried again, and what is asked for in their place.

What is tried again has an identity of its own that follows from the first one's: the rows that
were there stay, and a later run that wants the same tried again finds what this one paid for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from taste.identity import identity
from taste.probe_tables import Probe
from taste.run_tables import Retry
from taste.tables import Digest, Proposal, Restatement, Verdict
from taste.views import WRITTEN
from transcripts.db import Db

_AT_ONCE = 500
VARIATIONS = 1_000
"""More than the same question is asked under one identity, so that no two bodies are the same."""


@dataclass(frozen=True, slots=True)
class Again:
    """The identities whose answers one run wants no more."""

    unwanted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, db: Db, run_id: int | None) -> "Again":
        """What was marked for a run."""
        query = select(Retry.identity).where(col(Retry.run_id) == run_id)
        return cls(frozenset(db.exec(query).all()))

    def current(self, key: str) -> tuple[str, int]:
        """The identity that stands for one now, and what to add to its request's variation."""
        times = 0
        while key in self.unwanted:
            key, times = next_identity(key), times + 1
        return key, times * VARIATIONS


def next_identity(key: str) -> str:
    """The identity of what is asked for in the place of an unwanted answer."""
    return identity("again", key)


@dataclass(frozen=True, slots=True)
class Tried:
    """Answers of a run that were tried again for one reason."""

    reason: str
    answers: int
    usable: int
    """Of them those that have an answer now which can be used."""


def count_tried(db: Db, run_id: int | None) -> list[Tried]:
    """What was tried again in a run after a first outcome, by reason."""
    query = select(Retry.reason, Retry.identity).where(col(Retry.run_id) == run_id)
    marked = db.exec(query.order_by(col(Retry.reason), col(Retry.id))).all()
    again = Again.of(db, run_id)
    latest = [again.current(key)[0] for _, key in marked]
    usable = set(_usable(db, latest))
    counts: dict[str, list[bool]] = {}
    for (reason, _), key in zip(marked, latest, strict=True):
        counts.setdefault(reason, []).append(key in usable)
    return [Tried(reason, len(each), sum(each)) for reason, each in counts.items()]


def _usable(db: Db, keys: Sequence[str]) -> Iterator[str]:
    """Yield those that a row with a usable answer has."""
    usable: tuple[tuple[Any, Any], ...] = (
        (Proposal, Proposal.outcome == "proposed"),
        (Restatement, col(Restatement.move).is_not(None)),
        (Digest, Digest.outcome == WRITTEN),
        (Verdict, Verdict.verdict != "unscored"),
        (Probe, col(Probe.reason).is_(None)),
    )
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        for table, condition in usable:
            query = select(table.identity).where(col(table.identity).in_(some), condition)
            yield from db.exec(query)
