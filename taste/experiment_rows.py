"""The rows of an experiment that hang on some sessions: found, counted, silenced, deleted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from taste.manifests import Line, find_lines
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
from transcripts.tables import DecisionPoint, Session

_CHUNK = 500


class ExperimentRows:
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
        self.of_probes = or_(
            self.of(Probe),
            col(Probe.comparison_id).in_(self.comparisons),
            col(Probe.restatement_id).in_(restatements),
        )
        self._attacks = or_(
            col(AttackVerdict.comparison_id).in_(self.comparisons),
            col(AttackVerdict.item_id).in_(self._items),
        )

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
        asked: tuple[tuple[Any, Any], ...] = (
            (Proposal, self.of(Proposal)),
            (Restatement, self._restated),
            (Digest, self.of(Digest)),
            (Verdict, verdicts),
            (Probe, self.of_probes),
            (AttackVerdict, self._attacks),
        )
        for table, where in asked:
            query = select(col(table.call_id), col(table.identity)).where(where)
            for number, identity in self._db.execute(query):
                keys.add(identity)
                numbers.update([] if number is None else [number])
        with_text: tuple[tuple[Any, Any], ...] = (
            (Proposal, self.of(Proposal)),
            (Digest, self.of(Digest)),
            (Verdict, verdicts),
        )
        for table, where in with_text:
            shown.update(self._db.execute(select(col(table.shown_hash)).where(where)).scalars())
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
        """Every row of evidence that a removal takes or changes, with the hash that it has."""
        digests = select(col(Digest.id)).where(self.of(Digest))
        verdicts = or_(col(Verdict.id).in_(self._verdicts), col(Verdict.digest_id).in_(digests))
        bridges = col(BridgeVerdict.verdict_id).in_(self._verdicts)
        parts: list[tuple[Any, Any]] = [
            (Item, self.of(Item)),
            (SetExclusion, self.of(SetExclusion)),
            (Proposal, self.of(Proposal)),
            (Restatement, self._restated),
            (Comparison, col(Comparison.id).in_(self.comparisons)),
            (Digest, self.of(Digest)),
            (Verdict, verdicts),
            (Probe, self.of_probes),
            (AttackVerdict, self._attacks),
            (BridgeVerdict, bridges),
            (Call, self.of(Call)),
        ]
        numbers = self.calls()
        for start in range(0, len(numbers), _CHUNK):
            parts.append((Call, col(Call.id).in_(numbers[start : start + _CHUNK])))
        found = (line for table, where in parts for line in find_lines(self._db, table, where))
        return list(dict.fromkeys(found))

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
        told: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
            (Proposal, self.of(Proposal), ("move", "why", "wrong_if", "source", "reason")),
            (Restatement, self._restated, ("verbatim", "move", "reason")),
            (Digest, self.of(Digest), ("text", "reason")),
            (Verdict, verdicts, ("reasoning",)),
            (Probe, self.of_probes, ("reason",)),
        )
        for table, where, names in told:
            for name in names:
                blank_text(self._db, table, name, where)
        # The leak check quotes the digest.
        self._db.connection().execute(update(Digest).where(self.of(Digest)).values(leak={}))
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
        """Delete items, trials, and all that was proposed, restated, judged and probed of them."""
        trials = select(col(Trial.id)).where(col(Trial.item_id).in_(self._items))
        linked = or_(
            col(TrialVerdict.verdict_id).in_(self._verdicts),
            col(TrialVerdict.trial_id).in_(trials),
        )
        shared = update(Trial).where(col(Trial.proposal_id).in_(self._proposals))
        self._db.connection().execute(shared.values(proposal_id=None))
        # A copy of the session may be judged by a digest that was written here.
        digests = select(col(Digest.id)).where(self.of(Digest))
        borrowed = update(Verdict).where(col(Verdict.digest_id).in_(digests))
        self._db.connection().execute(borrowed.values(digest_id=None))
        probes = select(col(Probe.id)).where(self.of_probes)
        probed = or_(col(TrialProbe.probe_id).in_(probes), col(TrialProbe.trial_id).in_(trials))
        calls = update(Call).where(self.of(Call))
        self._db.connection().execute(calls.values(decision_point_id=None))
        bridges = col(BridgeVerdict.verdict_id).in_(self._verdicts)
        doomed: tuple[tuple[Any, Any], ...] = (
            (BridgeVerdict, bridges),
            (AttackVerdict, self._attacks),
            (TrialProbe, probed),
            (Probe, self.of_probes),
            (TrialVerdict, linked),
            (Trial, col(Trial.item_id).in_(self._items)),
            (Verdict, col(Verdict.comparison_id).in_(self.comparisons)),
            (Digest, self.of(Digest)),
            (Comparison, col(Comparison.id).in_(self.comparisons)),
            (Restatement, self._restated),
            (Proposal, self.of(Proposal)),
            (Item, self.of(Item)),
            (SetExclusion, self.of(SetExclusion)),
        )
        for table, where in doomed:
            self._db.connection().execute(delete(table).where(where))
