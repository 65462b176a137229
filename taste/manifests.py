"""Manifests: the hashes of all rows that a frozen set or a finished run consists of.

A manifest of neither a set nor a run is a tombstone: it tells which rows were removed or silenced
on purpose, each with the hash that it had. The first line of a manifest is about itself.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import col

from taste.evidence import Line, find_lines, find_lines_of, key_of
from taste.hashes import OWN, hash_row
from taste.probe_tables import AttackVerdict, Probe, StockFit, TrialProbe
from taste.run_tables import Batch, BatchItem, BridgeVerdict, Look, Manifest, Retry, Review
from taste.tables import (
    Call,
    Comparison,
    Digest,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.tables import (
    Annotation,
    Annotator,
    DecisionPoint,
    Draw,
    Entry,
    Evidence,
    Screening,
    Session,
    Source,
    Table,
    Tombstone,
)

_TEXTS = frozenset({"hashes", "digest"})


def digest_of(text: str) -> str:
    """sha256 of a manifest's lines."""
    return hashlib.sha256(text.encode()).hexdigest()


def own_line(manifest: Manifest) -> Line:
    """What a manifest says of itself: of which set or run it is, and when it was made."""
    table = Table.metadata.tables["manifest"]
    return Line(table.name, 0, hash_row(table, manifest.model_dump(), _TEXTS))


def store_set_manifest(db: Db, set_id: int, now: datetime) -> Manifest:
    """The manifest of a frozen set, made once, in the transaction under way."""
    return _store(db, _of_set(set_id), now, set_id=set_id)


def store_run_manifest(db: Db, run_id: int, now: datetime) -> Manifest:
    """The manifest of a run that has just been done, in the transaction under way.

    A run that was done before and has not changed keeps the manifest that it has.
    """
    return _store(db, _of_run(run_id), now, run_id=run_id)


def add_about_run(db: Db, rows: Sequence[Any], now: datetime) -> None:
    """Add rows about a run that may be done already, with a manifest, to the transaction."""
    db.add_all(rows)
    db.flush()
    for table in {type(row).__table__ for row in rows}:
        lines = find_lines_of(db, table, [row.id for row in rows])
        _add(db, lines, now, run_id=rows[0].run_id)


def store_tombstone(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Keep the hashes of rows that are about to be removed or silenced on purpose."""
    lines = list(lines)
    if lines:
        # What a removal leaves behind is named as well.
        told = find_lines(db, Tombstone, col(Tombstone.at) == now)
        _add(db, [*lines, *told], now)


def bury_lines(db: Db, lines: Iterable[Line], now: datetime) -> None:
    """Say of rows that they were removed or silenced on purpose; what is left is hashed anew."""
    lines = list(lines)
    store_tombstone(db, lines, now)
    for line in lines:
        table = Table.metadata.tables[line.table]
        if OWN not in table.columns:
            continue
        this = key_of(table) == line.id
        row = db.connection().execute(select(table).where(this)).mappings().first()
        if row is not None and row[OWN] is not None:
            fresh = hash_row(table, {**row})
            db.connection().execute(update(table).where(this).values({OWN: fresh}))
    _renew(db, now)


def _renew(db: Db, now: datetime) -> None:
    """Manifests of what a removal has left of sets and finished runs."""
    owners = select(col(Manifest.set_id), col(Manifest.run_id)).distinct()
    for set_id, run_id in db.execute(owners).all():
        if set_id is not None:
            store_set_manifest(db, set_id, now)
        elif run_id is not None and db.get_one(Run, run_id).status == "done":
            store_run_manifest(db, run_id, now)


def _store(db: Db, parts: Mapping[Any, Any], now: datetime, **of: int) -> Manifest:
    (name, number), *_ = of.items()
    row = Manifest(hashes="", digest="", created_at=now, **of)
    _write(row, (line for table, where in parts.items() for line in find_lines(db, table, where)))
    query = select(Manifest).where(getattr(Manifest, name) == number)
    latest: Manifest | None = db.execute(query.order_by(col(Manifest.id).desc())).scalars().first()
    if latest is not None and _names_the_same(latest, row):
        return latest
    return _added(db, row)


def _names_the_same(one: Manifest, other: Manifest) -> bool:
    """Whether two manifests differ in nothing but what they say of themselves."""
    own = len(str(own_line(other)))
    same = len(one.hashes) == len(other.hashes)
    return same and one.hashes[own:] == other.hashes[own:] and _has_own_line(one)


def _has_own_line(manifest: Manifest) -> bool:
    return manifest.hashes.startswith(f"{Manifest.__tablename__} ")


def _add(db: Db, lines: Iterable[Line], now: datetime, **of: int) -> Manifest:
    row = Manifest(hashes="", digest="", created_at=now, **of)
    _write(row, lines)
    return _added(db, row)


def _added(db: Db, row: Manifest) -> Manifest:
    db.add(row)
    db.flush()
    return row


def _write(row: Manifest, lines: Iterable[Line]) -> None:
    text = StringIO()  # a run has a line a row, and a list of them would take thrice the space
    text.write(f"{own_line(row)}\n")
    for line in lines:
        text.write(f"{line}\n")
    row.hashes = text.getvalue()
    row.digest = digest_of(row.hashes)


def _of_set(set_id: int) -> dict[Any, Any]:
    """The tables of a set's rows, each with what is the set's."""
    mine, left_out = col(Item.set_id) == set_id, col(SetExclusion.set_id) == set_id
    points = or_(
        col(DecisionPoint.id).in_(select(col(Item.decision_point_id)).where(mine)),
        col(DecisionPoint.id).in_(select(col(SetExclusion.decision_point_id)).where(left_out)),
    )
    labels = col(Annotation.decision_point_id).in_(select(col(DecisionPoint.id)).where(points))
    sessions = select(col(DecisionPoint.session_id)).where(points)
    sample = select(col(ItemSet.sample)).where(col(ItemSet.id) == set_id)
    return {
        ItemSet: col(ItemSet.id) == set_id,
        Item: mine,
        SetExclusion: left_out,
        DecisionPoint: points,
        Annotation: labels,
        Evidence: col(Evidence.annotation_id).in_(select(col(Annotation.id)).where(labels)),
        Annotator: col(Annotator.id).in_(select(col(Annotation.annotator_id)).where(labels)),
        Draw: col(Draw.name).in_(sample),
        Session: col(Session.id).in_(sessions),
        Source: col(Source.session_id).in_(sessions),
        Screening: col(Screening.session_id).in_(sessions),
        Entry: col(Entry.session_id).in_(sessions),
    }


def _of_run(run_id: int) -> dict[Any, Any]:
    """The tables of a run's rows, each with what is the run's."""
    mine = col(Trial.run_id) == run_id
    trials = select(col(Trial.id)).where(mine)
    unwanted = select(col(Retry.identity)).where(col(Retry.run_id) == run_id)
    proposals = select(col(Trial.proposal_id)).where(mine, col(Trial.proposal_id).is_not(None))
    linked = col(TrialVerdict.trial_id).in_(trials)
    verdicts = select(col(TrialVerdict.verdict_id)).where(linked)
    probed = col(TrialProbe.trial_id).in_(trials)
    probes = select(col(TrialProbe.probe_id)).where(probed)
    judged = select(col(Verdict.comparison_id)).where(col(Verdict.id).in_(verdicts))
    compared = col(Comparison.id).in_(judged)
    restated = [select(column).where(compared) for column in _SIDES]
    used = col(Restatement.id).in_(restated[0]) | col(Restatement.id).in_(restated[1])
    digests = select(col(Verdict.digest_id)).where(
        col(Verdict.id).in_(verdicts), col(Verdict.digest_id).is_not(None)
    )
    calls = col(Call.run_id) == run_id
    answered = select(col(Call.id)).where(calls)
    sent = select(col(Call.batch_id)).where(calls, col(Call.batch_id).is_not(None))
    return {
        Run: col(Run.id) == run_id,
        Item: col(Item.id).in_(select(col(Trial.item_id)).where(mine)),
        Trial: mine,
        TrialVerdict: linked,
        TrialProbe: probed,
        Batch: col(Batch.id).in_(sent),
        BatchItem: col(BatchItem.call_id).in_(answered),
        Call: calls,
        Proposal: col(Proposal.id).in_(proposals) | col(Proposal.identity).in_(unwanted),
        Restatement: used | col(Restatement.identity).in_(unwanted),
        Comparison: compared,
        Digest: col(Digest.id).in_(digests) | col(Digest.identity).in_(unwanted),
        Verdict: col(Verdict.id).in_(verdicts) | col(Verdict.identity).in_(unwanted),
        Probe: col(Probe.id).in_(probes) | col(Probe.identity).in_(unwanted),
        **{
            table: col(table.run_id) == run_id
            for table in (AttackVerdict, BridgeVerdict, Look, Retry, Review, StockFit)
        },
    }


_SIDES = (col(Comparison.human_id), col(Comparison.proposed_id))
