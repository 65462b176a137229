"""Reads what a run's judging rested on beside the moves: digests, and what probes answered.

It counts and lists; nothing here enters a figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select

from taste.probe_tables import Probe, TrialProbe
from taste.tables import Call, Digest, Trial, TrialVerdict, Verdict
from transcripts.db import Db


@dataclass(frozen=True)
class DigestOnPage:
    """What a judge read under a digest, or why there is none."""

    text: str | None
    outcome: str
    reason: str | None


@dataclass(frozen=True)
class Instruments:
    """What was asked of one item beside its verdicts."""

    digests: tuple[DigestOnPage, ...] = ()
    probes: tuple[str, ...] = ()
    """One sentence each: what was asked, of whom, and the answer."""


@dataclass(frozen=True)
class InstrumentCounts:
    """How many there are in a run."""

    digests: Mapping[str, int]
    """Outcome -> digests that a verdict of the run rests on."""
    drafts: Mapping[str, int]
    """Outcome -> drafts that the run had written, those that were thrown away too."""
    probes: Mapping[str, int]
    """Kind -> probes that the run uses."""


def count_instruments(db: Db, run_id: int) -> InstrumentCounts:
    """Counts digests, drafts and probes of a run."""
    used = (
        select(Digest.outcome, func.count(func.distinct(col(Digest.id))))
        .join(Verdict, col(Verdict.digest_id) == Digest.id)
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == Verdict.id)
        .join(Trial, col(Trial.id) == TrialVerdict.trial_id)
        .where(col(Trial.run_id) == run_id)
        .group_by(col(Digest.outcome))
    )
    drafts = (
        select(Digest.outcome, func.count())
        .join(Call, col(Call.id) == Digest.call_id)
        .where(col(Call.run_id) == run_id)
        .group_by(col(Digest.outcome))
    )
    probes = (
        select(Probe.kind, func.count(func.distinct(col(Probe.id))))
        .join(TrialProbe, col(TrialProbe.probe_id) == Probe.id)
        .join(Trial, col(Trial.id) == TrialProbe.trial_id)
        .where(col(Trial.run_id) == run_id)
        .group_by(col(Probe.kind))
    )
    found = (dict(sorted(db.exec(query).all())) for query in (used, drafts, probes))
    return InstrumentCounts(*found)


def read_instruments(db: Db, run_id: int) -> dict[int, Instruments]:
    """Returns by item, as its row id, the digests and probes that the run's trials use."""
    # Numbers alone are made distinct: rows with JSON cannot be compared everywhere.
    told = (
        select(Trial.item_id, Verdict.digest_id)
        .join(TrialVerdict, col(TrialVerdict.trial_id) == Trial.id)
        .join(Verdict, col(Verdict.id) == TrialVerdict.verdict_id)
        .where(col(Trial.run_id) == run_id)
        .distinct()
        .subquery()
    )
    digests = (
        select(told.c.item_id, Digest)
        .join(Digest, col(Digest.id) == told.c.digest_id)
        .order_by(told.c.item_id, col(Digest.id))
    )
    probed = (
        select(Trial.item_id, TrialProbe.probe_id)
        .join(TrialProbe, col(TrialProbe.trial_id) == Trial.id)
        .where(col(Trial.run_id) == run_id)
        .distinct()
        .subquery()
    )
    probes = (
        select(probed.c.item_id, Probe)
        .join(Probe, col(Probe.id) == probed.c.probe_id)
        .order_by(probed.c.item_id, col(Probe.id))
    )
    shown: dict[int, list[DigestOnPage]] = {}
    for item, digest in db.exec(digests):
        page = DigestOnPage(digest.text, digest.outcome, digest.reason)
        shown.setdefault(item, []).append(page)
    asked: dict[int, list[str]] = {}
    for item, probe in db.exec(probes):
        asked.setdefault(item, []).append(_describe(probe))
    return {
        item: Instruments(tuple(shown.get(item, ())), tuple(asked.get(item, ())))
        for item in shown.keys() | asked.keys()
    }


def _describe(probe: Probe) -> str:
    view = f", view {probe.view}" if probe.view else ""
    answers = ", ".join(f"{name} {said}" for name, said in probe.answer.items() if said)
    told = answers or f"no answer: {probe.reason}"
    return f"{probe.kind}, {probe.seat}{view}: {told}"
