"""The rows of an experiment that hang on some sessions: found, counted, silenced, deleted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from taste.appending import table_of
from taste.evidence import Line, find_lines, find_lines_of
from taste.people_rows import delete_people, rows_of_people, silence_people
from taste.probe_tables import AttackVerdict, Probe, TrialProbe
from taste.run_tables import BridgeVerdict
from taste.tables import (
    Call,
    Comparison,
    Digest,
    Item,
    Proposal,
    Restatement,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.removal import WITHDRAWN, blank_text, ids_of
from transcripts.tables import (
    Annotation,
    DecisionPoint,
    Draw,
    Entry,
    Evidence,
    Screening,
    Session,
    Source,
    Thread,
)

_CHUNK = 500


_TEXTS: dict[Any, tuple[str, ...]] = {
    Proposal: ("move", "why", "wrong_if", "source", "reason"),
    Restatement: ("verbatim", "move", "reason"),
    Digest: ("text", "reason"),
    Verdict: ("reasoning",),
    Probe: ("reason",),
}
"""Columns that tell of a session in somebody's words."""
_DELETED = (
    BridgeVerdict, AttackVerdict, TrialProbe, Probe, TrialVerdict, Trial, Verdict, Digest,
    Comparison, Restatement, Proposal, Item, SetExclusion,
)  # fmt: skip


class ExperimentRows:
    """The rows of an experiment that hang on some sessions."""

    def __init__(self, db: Db, sessions: Sequence[Session]) -> None:
        self._db = db
        self._sessions = ids_of(sessions)
        mine = self._recorded(DecisionPoint)
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
        self.of_probes = or_(
            self.of(Probe),
            col(Probe.comparison_id).in_(self.comparisons),
            col(Probe.restatement_id).in_(restatements),
        )
        self._made = self._made_of_them()
        """What was made of the sessions, table by table."""

    def _made_of_them(self) -> dict[Any, Any]:
        trials = select(col(Trial.id)).where(col(Trial.item_id).in_(self._items))
        probes = select(col(Probe.id)).where(self.of_probes)
        return {
            **{table: self.of(table) for table in (Item, SetExclusion, Proposal, Digest)},
            Restatement: self._restated,
            Comparison: col(Comparison.id).in_(self.comparisons),
            Verdict: col(Verdict.comparison_id).in_(self.comparisons),
            BridgeVerdict: col(BridgeVerdict.verdict_id).in_(self._verdicts),
            AttackVerdict: or_(
                col(AttackVerdict.comparison_id).in_(self.comparisons),
                col(AttackVerdict.item_id).in_(self._items),
            ),
            Probe: self.of_probes,
            Trial: col(Trial.item_id).in_(self._items),
            TrialVerdict: or_(
                col(TrialVerdict.verdict_id).in_(self._verdicts),
                col(TrialVerdict.trial_id).in_(trials),
            ),
            TrialProbe: or_(
                col(TrialProbe.probe_id).in_(probes), col(TrialProbe.trial_id).in_(trials)
            ),
        }

    def of(self, table: Any) -> Any:
        """The condition that a row belongs to a decision point of the sessions."""
        return col(table.decision_point_id).in_(self._points)

    def _recorded(self, table: Any) -> Any:
        """The condition that a row is one of the sessions' own."""
        return col(table.session_id).in_(self._sessions)

    def count(self, table: Any, where: Any) -> int:
        """How many rows of a table fit."""
        query = select(func.count()).select_from(table).where(where)
        return int(self._db.execute(query).scalar_one())

    def calls(self) -> list[int]:
        """Calls made for the rows: by number, by identity (other attempts), by what was shown."""
        numbers: set[int] = set()
        keys: set[str] = set()
        shown: set[str] = set()
        for table in (Proposal, Restatement, Digest, Verdict, Probe, AttackVerdict):
            where = self._made[table]
            query = select(col(table.call_id), col(table.identity)).where(where)
            for number, identity in self._db.execute(query):
                keys.add(identity)
                numbers.update([] if number is None else [number])
        for table in (Proposal, Digest, Verdict):
            showing = select(col(table.shown_hash)).where(self._made[table])
            shown.update(self._db.execute(showing).scalars())
        found = self._find_calls(numbers, keys, shown) | set(self._unchecked_drafts())
        # Hostile moves are restated behind the same tails, and are rows of no other kind.
        return sorted(found | self._find_calls(set(), set(), self._tails(found)))

    def _tails(self, calls: set[int]) -> set[str]:
        """What restaters were shown in some calls."""
        restated = select(col(Call.id), col(Call.shown_hash)).where(col(Call.purpose) == "restate")
        return {shown for number, shown in self._db.execute(restated) if number in calls and shown}

    def _unchecked_drafts(self) -> Sequence[int]:
        """Drafts of digests that a stop left without a row, of all runs that have a trial here.

        Nothing says which item such a draft is of; one too many that is silenced is written anew.
        """
        runs = select(col(Trial.run_id)).where(col(Trial.item_id).in_(self._items))
        query = select(col(Call.id)).where(
            col(Call.purpose) == "digest",
            col(Call.run_id).in_(runs),
            col(Call.identity).not_in(select(col(Digest.identity))),
        )
        return self._db.execute(query).scalars().all()

    def _find_calls(self, numbers: set[int], keys: set[str], shown: set[str]) -> set[int]:
        found = set(numbers)
        for column, values in ((Call.identity, keys), (Call.shown_hash, shown)):
            listed = sorted(values)
            for start in range(0, len(listed), _CHUNK):
                fits = col(column).in_(listed[start : start + _CHUNK])
                found.update(self._db.execute(select(col(Call.id)).where(fits)).scalars())
        return found

    def lines(self) -> list[Line]:
        """Every row of evidence that a removal takes or changes, as a manifest names it."""
        digests = select(col(Digest.id)).where(self.of(Digest))
        labels = select(col(Annotation.id)).where(self.of(Annotation))
        trials = or_(self._made[Trial], col(Trial.proposal_id).in_(self._proposals))
        changed: dict[Any, Any] = {
            **rows_of_people(self._sessions, self.comparisons),
            **self._made,
            Verdict: or_(col(Verdict.id).in_(self._verdicts), col(Verdict.digest_id).in_(digests)),
            Trial: trials,
            Call: self.of(Call),
            Annotation: self.of(Annotation),
            Evidence: col(Evidence.annotation_id).in_(labels),
            Draw: self.of(Draw),
            DecisionPoint: self._recorded(DecisionPoint),
            Session: col(Session.id).in_(self._sessions),
            **{table: self._recorded(table) for table in (Source, Thread, Screening, Entry)},
        }
        found = [
            line for table, where in changed.items() for line in find_lines(self._db, table, where)
        ]
        called = find_lines_of(self._db, table_of(Call), self.calls())
        return list(dict.fromkeys([*found, *called]))

    def silence_calls(self) -> None:
        """Take the replies out of the calls."""
        numbers = self.calls()
        for start in range(0, len(numbers), _CHUNK):
            chosen = col(Call.id).in_(numbers[start : start + _CHUNK])
            blank_text(self._db, Call, "raw_reply", chosen)
            blank_text(self._db, Call, "error", chosen)

    def silence_experiment(self) -> None:
        """Take every text out of what was proposed, restated and judged."""
        for table, names in _TEXTS.items():
            for name in names:
                blank_text(self._db, table, name, self._made[table])
        # The leak check quotes the digest.
        self._db.connection().execute(update(Digest).where(self.of(Digest)).values(leak={}))
        self._silence_trials()
        silence_people(self._db, self._sessions, self.comparisons)

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
        """Delete items, trials, and all that was proposed, restated, judged and probed of them."""
        delete_people(self._db, self._sessions, self.comparisons)
        db = self._db.connection()
        shared = update(Trial).where(col(Trial.proposal_id).in_(self._proposals))
        db.execute(shared.values(proposal_id=None))
        # A copy of the session may be judged by a digest that was written here.
        digests = select(col(Digest.id)).where(self.of(Digest))
        borrowed = update(Verdict).where(col(Verdict.digest_id).in_(digests))
        db.execute(borrowed.values(digest_id=None))
        db.execute(update(Call).where(self.of(Call)).values(decision_point_id=None))
        # What points to other rows goes before them; each condition asks rows that still stand.
        for table in _DELETED:
            db.execute(delete(table).where(self._made[table]))
