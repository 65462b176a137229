"""Identities: the hash by which paid work is found again, computed from what the rows store."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from taste.again import next_identity
from taste.appending import find_row
from taste.auditing.answers import seat_of
from taste.auditing.found import Audit
from taste.bridges import bridge_identity
from taste.identity import identity
from taste.points import PointText
from taste.probe_tables import Probe
from taste.proposals import control_identity, model_identity, restatement_identity
from taste.rebuild import study_of
from taste.requests import Request
from taste.restater import Form
from taste.run_tables import BridgeVerdict, Retry
from taste.tables import Call, Comparison, Proposal, Restatement, Run, Verdict
from taste.verdicts import Pair
from transcripts.db import Db
from transcripts.removal import WITHDRAWN


def check_identities(
    db: Db, found: Audit, call: Call, request: Request, text: PointText
) -> Iterator[str]:
    """The row that a call made, if its identity is not the one of what it stores."""
    if call.purpose not in _FRESH or "attack" in call.source:
        return
    table, fresh = (BridgeVerdict, _repeated) if "bridge" in call.source else _FRESH[call.purpose]
    row = find_row(db, table, identity=call.identity)
    if row is None or row.call_id != call.id:
        return
    found.count("identities")
    if not _stands_for(db, call.run_id, row.identity, fresh(db, row, call, request, text)):
        yield f"row {row.id} of {table.__tablename__} has another identity than what it stores"


def _stands_for(db: Db, run_id: int, stored: str, fresh: str) -> bool:
    """Whether an identity is the one, or what followed when its answer was tried again."""
    if stored == fresh:
        return True
    query = select(func.count(col(Retry.id))).where(col(Retry.run_id) == run_id)
    for _ in range(db.execute(query).scalar_one()):
        fresh = next_identity(fresh)
        if stored == fresh:
            return True
    return False


def _proposal(_db: Db, row: Proposal, call: Call, request: Request, _text: PointText) -> str:
    return model_identity(request, seat_of(call), row.repeat, simulated=call.simulated)


def _restatement(db: Db, row: Restatement, call: Call, _request: Request, text: PointText) -> str:
    form = Form.of(study_of(db.get_one(Run, call.run_id).study_text))
    words = (form.fewest, form.most)
    return restatement_identity(row.verbatim, text.tail, form.seat, words, simulated=call.simulated)


def _verdict(db: Db, row: Verdict, call: Call, _request: Request, _text: PointText) -> str:
    comparison = db.get_one(Comparison, row.comparison_id)
    human = db.get_one(Restatement, comparison.human_id)
    proposed = db.get_one(Restatement, comparison.proposed_id)
    pair = Pair(human, proposed, "human", comparison)
    moves = pair.moves("verbatim" if row.form == "verbatim" else "restated")
    return identity(
        "judge", moves, comparison.order, row.shown_hash, row.view, row.form, row.provenance,
        row.prompt_hash, row.judge, call.model, row.settings, row.sample, call.simulated,
    )  # fmt: skip


def _repeated(db: Db, row: BridgeVerdict, call: Call, _request: Request, _text: PointText) -> str:
    return bridge_identity(call.run_id, db.get_one(Verdict, row.verdict_id))


def _probe(db: Db, row: Probe, call: Call, request: Request, _text: PointText) -> str:
    compared = db.get(Comparison, row.comparison_id or 0)
    return identity(
        request.purpose, request.text_hash, row.prompt_hash, row.seat, call.model, row.settings,
        compared.order if compared else None, call.simulated,
    )  # fmt: skip


_FRESH: Mapping[str, tuple[Any, Callable[..., str]]] = {
    **dict.fromkeys(("propose", "placebo", "oracle", "recovery"), (Proposal, _proposal)),
    "restate": (Restatement, _restatement),
    "judge": (Verdict, _verdict),
    **dict.fromkeys(("loading", "identity", "faithfulness"), (Probe, _probe)),
}
"""Purpose of a call -> the rows that it makes, and what their identity is made of."""


def check_control_identities(db: Db, found: Audit) -> Iterator[str]:
    """Proposals of arms without a model that do not have the identity of what they store."""
    query = select(Proposal).where(
        col(Proposal.call_id).is_(None), col(Proposal.annotator_id).is_(None)
    )
    for row in db.execute(query.order_by(col(Proposal.id))).scalars().all():
        if WITHDRAWN in (row.move, row.source, row.reason):
            continue
        found.count("identities")
        source = row.source or row.reason
        fresh = control_identity(row.arm, row.shown_hash, row.move, source, simulated=row.simulated)
        if fresh != row.identity:
            yield f"row {row.id} of proposal has another identity than what it stores"
