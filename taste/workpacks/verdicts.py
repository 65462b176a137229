"""Verdicts of a workpack: pairs there have no authors, so each is stored anew on the pair here."""

from typing import Any, cast

from sqlalchemy import select
from sqlmodel import col

from taste.assignment_tables import Assignment, PersonVerdict
from taste.judging import Confidence
from taste.pairs import read_pair
from taste.submitting.judging import CANNOT_TELL, Choice, Given, Guess, add_person_verdict
from taste.tables import Verdict
from transcripts.db import Db


def merge_verdicts(
    db: Db, other: Db, ours: Assignment, theirs: Assignment
) -> tuple[int, list[str]]:
    """Bring in the verdicts of an assignment: first and second are as they were on the screen.

    Returns:
        How many came in, and what was refused, with why.
    """
    known = {verdict.created_at for verdict, _ in _verdicts(db, ours)}
    added, refused = 0, []
    for verdict, how in _verdicts(other, theirs):
        if verdict.created_at in known:
            continue
        pair = read_pair(db, ours)
        if pair.shown_hash != verdict.shown_hash:
            refused.append("verdict: what was shown is not what would be shown here")
            continue
        add_person_verdict(db, ours, pair, _given(verdict, how), verdict.created_at, how.active_ms)
        added += 1
    return added, refused


def _verdicts(db: Db, work: Assignment) -> list[Any]:
    query = (
        select(Verdict, PersonVerdict)
        .join(PersonVerdict, col(PersonVerdict.verdict_id) == col(Verdict.id))
        .where(col(PersonVerdict.assignment_id) == work.id)
        .order_by(col(Verdict.id))
    )
    return list(db.execute(query).all())


def _given(verdict: Verdict, how: PersonVerdict) -> Given:
    return Given(
        choice=CANNOT_TELL if verdict.verdict == "unscored" else cast("Choice", verdict.verdict),
        confidence=cast("Confidence | None", verdict.confidence),
        reason=verdict.reasoning,
        guess=cast("Guess | None", how.guess),
    )
