"""Trying answers of a run again: which cannot be used and why, and marking the chosen ones.

What is marked stays as a row; the next start asks anew and adds a row of its own. An answer of
another kind than wanted is an outcome, so that trying again is a choice, which a report names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select

from taste.again import Again
from taste.manifests import add_about_run
from taste.points import read_point
from taste.probe_tables import Probe, TrialProbe
from taste.proposals import find_restatement, restatement_identity
from taste.replies import TOO_LONG
from taste.run_costs import refusal_reason
from taste.run_tables import Retry
from taste.study import Study
from taste.tables import (
    Call,
    Digest,
    Item,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from taste.views import LEAKY
from transcripts.db import Db

_NOT_RESTATED = "not restated: "
_AT_ONCE = 500


@dataclass(slots=True)
class Failure:
    """An answer of a run that cannot be used."""

    kind: str
    """proposal, restatement, digest, verdict, probe."""
    identity: str
    reason: str
    trials: set[int] = field(default_factory=set)
    """Those of the run that rest on it."""
    verdicts: set[int] = field(default_factory=set)
    """Row ids of the verdicts that stand for it."""
    probes: set[int] = field(default_factory=set)


def find_failures(db: Db, run: Run, study: Study) -> list[Failure]:
    """Every answer of a run's trials that cannot be used and may be tried again."""
    found: dict[str, Failure] = {}
    for each in (*_proposals(db, run), *_restatements(db, run, study), *_verdicts(db, run),
                 *_probes(db, run)):  # fmt: skip
        known = found.setdefault(each.identity, each)
        known.trials |= each.trials
        known.verdicts |= each.verdicts
        known.probes |= each.probes
    return list(found.values())


def choose(failures: Iterable[Failure], reasons: Sequence[str]) -> list[Failure]:
    """Those with one of some reasons; `refusal` stands for every category."""
    return [
        each
        for each in failures
        if any(each.reason == reason or each.reason.startswith(f"{reason}:") for reason in reasons)
    ]


def items_of(db: Db, failures: Iterable[Failure]) -> set[int]:
    """The items whose trials rest on what failed."""
    numbers = {number for each in failures for number in each.trials}
    query = select(Trial.item_id).distinct()
    return {
        item for some in _parts(numbers) for item in db.exec(query.where(col(Trial.id).in_(some)))
    }


def store_retries(db: Db, run: Run, chosen: Sequence[Failure], now: datetime) -> None:
    """Mark answers as unwanted and open their trials, in the transaction under way."""
    assert run.id is not None
    marks = [
        Retry(run_id=run.id, identity=each.identity, reason=each.reason, created_at=now)
        for each in chosen
    ]
    add_about_run(db, marks, now)
    trials = {number for each in chosen for number in each.trials}
    without = {n for each in chosen if each.kind == "proposal" for n in each.trials}
    _open_trials(db, trials, {"done": False, "exclusion": None})
    _open_trials(db, without, {"proposal_id": None})
    for each in chosen:
        for some in _parts(each.trials):
            _unlink(db, TrialVerdict, TrialVerdict.verdict_id, each.verdicts, some)
            _unlink(db, TrialProbe, TrialProbe.probe_id, each.probes, some)
    run.status = "stopped"
    run.reason = f"{len(chosen)} answers are to be tried again: `taste run` goes on"
    run.finished_at = now
    db.add(run)
    db.flush()
    db.expire_all()


def _open_trials(db: Db, trials: set[int], values: dict[str, Any]) -> None:
    for some in _parts(trials):
        db.execute(update(Trial).where(col(Trial.id).in_(some)).values(values))


def _unlink(db: Db, table: Any, column: Any, rows: set[int], trials: list[int]) -> None:
    """Say that trials do not use some rows any more."""
    if rows:
        db.execute(delete(table).where(col(column).in_(rows), col(table.trial_id).in_(trials)))


def _parts(numbers: set[int]) -> Iterator[list[int]]:
    """Yield so many numbers as a query takes."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _proposals(db: Db, run: Run) -> Iterator[Failure]:
    query = (
        select(Trial.id, Proposal, Call)
        .join(Proposal, col(Proposal.id) == col(Trial.proposal_id))
        .join(Call, col(Call.id) == col(Proposal.call_id))
        .where(Trial.run_id == run.id, Proposal.outcome != "proposed")
        .order_by(col(Trial.id))
    )
    for trial, proposal, call in db.exec(query):
        yield Failure("proposal", proposal.identity, reason_of(call, proposal.reason), {trial or 0})


def _restatements(db: Db, run: Run, study: Study) -> Iterator[Failure]:
    query = (
        select(Trial)
        .where(Trial.run_id == run.id, col(Trial.exclusion).contains(_NOT_RESTATED))
        .order_by(col(Trial.item_id), col(Trial.id))
    )
    text = None
    for trial in db.exec(query).all():
        if text is None or text[0] != trial.item_id:
            text = trial.item_id, read_point(db, db.get_one(Item, trial.item_id), study.display)
        proposal = db.get_one(Proposal, trial.proposal_id)
        of_human = (trial.exclusion or "").startswith("human move")
        verbatim = text[1].act if of_human else proposal.move or ""
        row = _restatement(db, run, study, (verbatim, text[1].tail))
        call = db.get(Call, row.call_id) if row else None
        if row is not None and call is not None and row.move is None and trial.id is not None:
            yield Failure("restatement", row.identity, reason_of(call, row.reason), {trial.id})


def _restatement(db: Db, run: Run, study: Study, about: tuple[str, str]) -> Restatement | None:
    """The restatement that a run uses of a move after a tail."""
    first = restatement_identity(
        *about, study.restater, study.judging.words, simulated=run.simulated
    )
    return find_restatement(db, Again.of(db, run.id).current(first)[0])


def _verdicts(db: Db, run: Run) -> Iterator[Failure]:
    """Unscored verdicts; where a digest is to blame, the digest."""
    query = (
        select(TrialVerdict.trial_id, Verdict)
        .join(Verdict, col(Verdict.id) == col(TrialVerdict.verdict_id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(Trial.run_id == run.id, Verdict.verdict == "unscored", Verdict.judge_kind == "model")
        .order_by(col(Verdict.id), col(TrialVerdict.trial_id))
    )
    for trial, verdict in db.exec(query).all():
        blamed = verdict if verdict.call_id or not verdict.digest_id else None
        row = blamed or db.get_one(Digest, verdict.digest_id)
        call = db.get(Call, row.call_id) if row.call_id else None
        if call is not None and verdict.id is not None:
            kind = "verdict" if blamed else "digest"
            is_leaky = isinstance(row, Digest) and row.outcome == LEAKY
            reason = "leak" if is_leaky else reason_of(call, row.reason)
            yield Failure(kind, row.identity, reason, {trial}, verdicts={verdict.id})


def _probes(db: Db, run: Run) -> Iterator[Failure]:
    query = (
        select(TrialProbe.trial_id, Probe, Call)
        .join(Probe, col(Probe.id) == col(TrialProbe.probe_id))
        .join(Trial, col(Trial.id) == col(TrialProbe.trial_id))
        .join(Call, col(Call.id) == col(Probe.call_id))
        .where(Trial.run_id == run.id, col(Probe.reason).is_not(None))
        .order_by(col(Probe.id), col(TrialProbe.trial_id))
    )
    for trial, probe, call in db.exec(query):
        assert probe.id is not None
        reason = reason_of(call, probe.reason)
        yield Failure("probe", probe.identity, reason, {trial}, probes={probe.id})


_TOLD = (
    ("answered by", "wrong model"),
    ("unresolvable", "unresolvable"),
    ("restated in", "length"),
)
"""How a row's reason begins -> what it is called."""


def reason_of(call: Call, told: str | None) -> str:
    """What an unusable answer is called, by its call and by what its row says."""
    if call.outcome == "refused":
        return refusal_reason(call.error)
    if call.outcome == "truncated":
        return "context" if call.stop_reason != "max_tokens" else "max_tokens"
    if call.outcome == "failed":
        return "context" if TOO_LONG.search(call.error or "") else "failed"
    return next((name for start, name in _TOLD if (told or "").startswith(start)), "malformed")
