"""Removes sessions with all that an experiment has made of them; refuses what sets rest on.

A call's row stays in any case, without the reply: it is what the money went for.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from taste.tables import (
    Call,
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.removal import (
    WITHDRAWN,
    Hanging,
    blank_text,
    count_hanging,
    delete_sessions,
    erase_for_good,
    fold_in,
    ids_of,
    withdraw_sessions,
)
from transcripts.tables import DecisionPoint, Session

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Dependants:
    """What hangs on some sessions."""

    recorded: Hanging
    sets: tuple[str, ...]
    """Frozen sets that hold an item of them."""
    items: int
    proposals: int
    verdicts: int
    calls: int

    @property
    def counts(self) -> dict[str, int]:
        """Everything by name, for people and programs."""
        rest = {name: getattr(self, name) for name in ("items", "proposals", "verdicts", "calls")}
        return {**asdict(self.recorded), **rest}


def find_dependants(db: Db, sessions: Sequence[Session]) -> Dependants:
    """Count what would go with the sessions."""
    rows = _Rows(db, sessions)
    items = select(col(Item.set_id)).where(rows.of(Item))
    sets = select(col(ItemSet.name)).where(col(ItemSet.id).in_(items)).order_by(col(ItemSet.name))
    return Dependants(
        recorded=count_hanging(db, sessions),
        sets=tuple(db.execute(sets).scalars()),
        items=rows.count(Item, rows.of(Item)),
        proposals=rows.count(Proposal, rows.of(Proposal)),
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
    rows = _Rows(db, sessions)
    rows.silence_calls()
    rows.delete_experiment()
    delete_sessions(db, sessions, _reason(reason, found), now)
    db.commit()
    fold_in(db)
    return found


def withdraw_with_all(
    db: Db, sessions: Sequence[Session], reason: str | None, now: datetime
) -> Dependants:
    """Remove the text of sessions and every text made from it; what numbers need stays."""
    found = find_dependants(db, sessions)
    erase_for_good(db)
    rows = _Rows(db, sessions)
    rows.silence_calls()
    rows.silence_experiment()
    withdraw_sessions(db, sessions, reason, now)
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


class _Rows:
    """The rows of an experiment that hang on some sessions."""

    def __init__(self, db: Db, sessions: Sequence[Session]) -> None:
        self._db = db
        mine = col(DecisionPoint.session_id).in_(ids_of(sessions))
        self._points = select(col(DecisionPoint.id)).where(mine)
        self._proposals = select(col(Proposal.id)).where(self.of(Proposal))
        # A copy of the session shares proposals and restatements: their text goes with it.
        self._restated = or_(
            self.of(Restatement), col(Restatement.proposal_id).in_(self._proposals)
        )
        restatements = select(col(Restatement.id)).where(self._restated)
        self.comparisons = select(col(Comparison.id)).where(
            or_(
                self.of(Comparison),
                col(Comparison.proposal_id).in_(self._proposals),
                col(Comparison.human_id).in_(restatements),
                col(Comparison.proposed_id).in_(restatements),
            )
        )
        self._verdicts = select(col(Verdict.id)).where(
            col(Verdict.comparison_id).in_(self.comparisons)
        )
        self._items = select(col(Item.id)).where(self.of(Item))

    def of(self, table: Any) -> Any:
        """The condition that a row belongs to a decision point of the sessions."""
        return col(table.decision_point_id).in_(self._points)

    def count(self, table: Any, where: Any) -> int:
        """How many rows of a table fit."""
        query = select(func.count()).select_from(table).where(where)
        return int(self._db.execute(query).scalar_one())

    def calls(self) -> list[int]:
        """Calls made for the rows: by number, by identity (other attempts), by what was shown."""
        numbers: set[int] = set()
        keys: set[str] = set()
        shown: set[str] = set()
        verdicts = col(Verdict.id).in_(self._verdicts)
        for table, where in (
            (Proposal, self.of(Proposal)),
            (Restatement, self._restated),
            (Verdict, verdicts),
        ):
            query = select(col(table.call_id), col(table.identity)).where(where)
            for number, identity in self._db.execute(query):
                keys.add(identity)
                numbers.update([] if number is None else [number])
        for table, where in ((Proposal, self.of(Proposal)), (Verdict, verdicts)):
            shown.update(self._db.execute(select(col(table.shown_hash)).where(where)).scalars())
        return sorted(self._find_calls(numbers, keys, shown))

    def _find_calls(self, numbers: set[int], keys: set[str], shown: set[str]) -> set[int]:
        found = set(numbers)
        for column, values in ((Call.identity, keys), (Call.shown_hash, shown)):
            listed = sorted(values)
            for start in range(0, len(listed), _CHUNK):
                fits = col(column).in_(listed[start : start + _CHUNK])
                found.update(self._db.execute(select(col(Call.id)).where(fits)).scalars())
        return found

    def silence_calls(self) -> None:
        """Take the replies out of the calls."""
        numbers = self.calls()
        for start in range(0, len(numbers), _CHUNK):
            chosen = col(Call.id).in_(numbers[start : start + _CHUNK])
            blank_text(self._db, Call, "raw_reply", chosen)
            blank_text(self._db, Call, "error", chosen)

    def silence_experiment(self) -> None:
        """Take every text out of what was proposed, restated and judged."""
        verdicts = col(Verdict.id).in_(self._verdicts)
        for table, where, names in (
            (Proposal, self.of(Proposal), ("move", "why", "wrong_if", "source", "reason")),
            (Restatement, self._restated, ("verbatim", "move", "reason")),
            (Verdict, verdicts, ("reasoning",)),
        ):
            for name in names:
                blank_text(self._db, table, name, where)
        self._silence_trials()

    def _silence_trials(self) -> None:
        """Leave of an exclusion what it is, and not why."""
        used = or_(col(Trial.item_id).in_(self._items), col(Trial.proposal_id).in_(self._proposals))
        told = select(Trial).where(used, col(Trial.exclusion).is_not(None))
        for trial in self._db.execute(told).scalars().all():
            what, _, why = (trial.exclusion or "").partition(": ")
            trial.exclusion = f"{what}: {WITHDRAWN}" if why else what
            self._db.add(trial)
        self._db.flush()

    def delete_experiment(self) -> None:
        """Delete items, trials, verdicts, comparisons, restatements and proposals."""
        trials = select(col(Trial.id)).where(col(Trial.item_id).in_(self._items))
        linked = or_(
            col(TrialVerdict.verdict_id).in_(self._verdicts),
            col(TrialVerdict.trial_id).in_(trials),
        )
        shared = update(Trial).where(col(Trial.proposal_id).in_(self._proposals))
        self._db.connection().execute(shared.values(proposal_id=None))
        for table, where in (
            (TrialVerdict, linked),
            (Trial, col(Trial.item_id).in_(self._items)),
            (Verdict, col(Verdict.comparison_id).in_(self.comparisons)),
            (Comparison, col(Comparison.id).in_(self.comparisons)),
            (Restatement, self._restated),
            (Proposal, self.of(Proposal)),
            (Item, self.of(Item)),
            (SetExclusion, self.of(SetExclusion)),
        ):
            self._db.connection().execute(delete(table).where(where))
