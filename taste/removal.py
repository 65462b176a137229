"""Removes sessions with all that an experiment has made of them; refuses what sets rest on.

A call's row stays in any case, without the reply: it is what the money went for.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from taste.experiment_rows import ExperimentRows
from taste.manifests import bury_lines
from taste.probe_tables import Probe
from taste.tables import Digest, Item, ItemSet, Proposal, Verdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.removal import (
    Hanging,
    count_hanging,
    delete_sessions,
    erase_for_good,
    fold_in,
    withdraw_sessions,
)
from transcripts.tables import Session


@dataclass(frozen=True, slots=True)
class Dependants:
    """What hangs on some sessions."""

    recorded: Hanging
    sets: tuple[str, ...]
    """Frozen sets that hold an item of them."""
    items: int
    proposals: int
    digests: int
    verdicts: int
    probes: int
    calls: int

    @property
    def counts(self) -> dict[str, int]:
        """Everything by name, for people and programs."""
        names = ("items", "proposals", "digests", "verdicts", "probes", "calls")
        return {**asdict(self.recorded), **{name: getattr(self, name) for name in names}}


def find_dependants(db: Db, sessions: Sequence[Session]) -> Dependants:
    """Count what would go with the sessions."""
    rows = ExperimentRows(db, sessions)
    items = select(col(Item.set_id)).where(rows.of(Item))
    sets = select(col(ItemSet.name)).where(col(ItemSet.id).in_(items)).order_by(col(ItemSet.name))
    return Dependants(
        recorded=count_hanging(db, sessions),
        sets=tuple(db.execute(sets).scalars()),
        items=rows.count(Item, rows.of(Item)),
        proposals=rows.count(Proposal, rows.of(Proposal)),
        digests=rows.count(Digest, rows.of(Digest)),
        probes=rows.count(Probe, rows.of_probes),
        verdicts=rows.count(Verdict, col(Verdict.comparison_id).in_(rows.comparisons)),
        calls=len(rows.calls()),
    )


def refuse_frozen(name: str, found: Dependants) -> None:
    """Refuse to take items out of a frozen set.

    Raises:
        UserError: naming the sets.
    """
    if found.sets:
        raise UserError(
            f"{name!r} is used in {_named(found.sets)} ({found.items} items); a frozen set is "
            "not to lose items. To delete it all the same, add --force; to remove its text and "
            "keep the numbers: taste session withdraw."
        )


def delete_with_all(
    db: Db, sessions: Sequence[Session], reason: str | None, now: datetime, *, force: bool
) -> Dependants:
    """Delete sessions and everything that hangs on them, in one transaction.

    Raises:
        UserError: if a frozen set holds an item of them and `force` is not given.
    """
    found = find_dependants(db, sessions)
    if not force:
        refuse_frozen(sessions[0].external_id, found)
    erase_for_good(db)
    rows = ExperimentRows(db, sessions)
    gone = rows.lines()
    rows.silence_calls()
    rows.delete_experiment()
    delete_sessions(db, sessions, _reason(reason, found), now)
    bury_lines(db, gone, now)
    db.commit()
    fold_in(db)
    return found


def withdraw_with_all(
    db: Db, sessions: Sequence[Session], reason: str | None, now: datetime
) -> Dependants:
    """Remove the text of sessions and every text made from it; what numbers need stays."""
    found = find_dependants(db, sessions)
    erase_for_good(db)
    rows = ExperimentRows(db, sessions)
    gone = rows.lines()
    rows.silence_calls()
    rows.silence_experiment()
    withdraw_sessions(db, sessions, reason, now)
    bury_lines(db, gone, now)
    db.commit()
    fold_in(db)
    return found


def _named(sets: Sequence[str]) -> str:
    return f"the frozen set{'s' if len(sets) > 1 else ''} {', '.join(map(repr, sets))}"


def _reason(reason: str | None, found: Dependants) -> str | None:
    """What a tombstone says: the reason given, and what a forced deletion took from sets."""
    if not found.sets:
        return reason
    took = f"{found.items} items of {_named(found.sets)} went with it"
    return f"{reason}; {took}" if reason else took
