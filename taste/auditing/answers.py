"""Rows against the stored replies that they were read from, by the parse that read them first."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from taste.answers import DigestAnswer, ProposalAnswer
from taste.asking import read_answer
from taste.auditing.found import UNREADABLE, Audit, say_fault
from taste.calls import read_again
from taste.hindsight import RECOVERY, parse_recovery
from taste.judge import parse_verdict
from taste.probe_tables import AttackVerdict, Probe
from taste.prober import parse_probe
from taste.proposer import outcome_of
from taste.replies import Attempt
from taste.restater import Form, parse_restatement
from taste.run_tables import BridgeVerdict
from taste.seats import ModelSeat, Price
from taste.study import parse_study
from taste.tables import Call, Digest, Proposal, Restatement, Run, Verdict
from transcripts.db import Db
from transcripts.removal import WITHDRAWN

_AT_ONCE = 500


def seat_of(call: Call) -> ModelSeat:
    """The seat that a call was made to, as its row tells it."""
    price = Price.model_validate({"input": 0, "output": 0, **call.unit_prices})
    said = {"name": "stored", "model": call.model, "price": price, **call.settings}
    return ModelSeat.model_validate(said)


def check_answers(db: Db, found: Audit, report: Callable[[], None]) -> Iterator[str]:
    """Rows that do not say what the reply says that they were read from."""
    forms = dict(_forms(db))
    for table in (Proposal, Restatement, Verdict, Digest, Probe, AttackVerdict, BridgeVerdict):
        query = select(col(table.id)).where(col(table.call_id).is_not(None))
        numbers = db.execute(query.order_by(col(table.id))).scalars().all()
        for start in range(0, len(numbers), _AT_ONCE):
            report()
            for number in numbers[start : start + _AT_ONCE]:
                yield from _row(db, found, (table, number), forms)
            db.expunge_all()


def _forms(db: Db) -> Iterator[tuple[int, Form]]:
    """Yield how each run restates."""
    for number, text in db.execute(select(col(Run.id), col(Run.study_text))):
        try:
            yield number, Form.of(parse_study(text, "the study of the run"))
        except UNREADABLE:
            continue  # an earlier version's, or not what was written, which other checks say


def _row(db: Db, found: Audit, which: tuple[Any, int], forms: Mapping[int, Form]) -> Iterator[str]:
    table, number = which
    name = table.__tablename__
    try:
        row = db.get_one(table, number)
        call = db.get_one(Call, row.call_id)
        if WITHDRAWN in (call.raw_reply, call.error):
            return
        said = _READ[table](row, read_again(call, seat_of(call)), forms.get(call.run_id))
        found.count("answers")
        wrong = [key for key, value in said.items() if getattr(row, key) != value]
    except UNREADABLE as error:
        yield f"row {number} of {name} cannot be held to its reply: {say_fault(error)}"
        return
    if wrong:
        which_ = ", ".join(map(repr, wrong))
        yield f"row {number} of {name} is not what the reply of call {row.call_id} says: {which_}"


def _proposal(row: Proposal, attempt: Attempt, _form: Form | None) -> dict[str, Any]:
    if row.arm == RECOVERY:
        return parse_recovery(attempt)
    answer = read_answer(ProposalAnswer, attempt)
    told = answer.model_dump() if isinstance(answer, ProposalAnswer) else {}
    return {**outcome_of(attempt, answer), "move": None, "why": None, "wrong_if": None, **told}


def _restatement(row: Restatement, attempt: Attempt, form: Form | None) -> dict[str, Any]:
    return parse_restatement(attempt, form, row.verbatim) if form else {}


def _verdict(_row: Verdict, attempt: Attempt, _form: Form | None) -> dict[str, Any]:
    return {"reasoning": None, "confidence": None, **parse_verdict(attempt)}


def _other_verdict(
    _row: AttackVerdict | BridgeVerdict, attempt: Attempt, _form: Form | None
) -> dict[str, Any]:
    told = parse_verdict(attempt)
    return {name: told[name] for name in ("verdict", "reason")}


def _digest(_row: Digest, attempt: Attempt, _form: Form | None) -> dict[str, Any]:
    """The text; what the leak check found hangs on a call of its own, which the outcome tells."""
    answer = read_answer(DigestAnswer, attempt)
    return {"text": None if isinstance(answer, str) else answer.digest.strip() or None}


def _probe(row: Probe, attempt: Attempt, _form: Form | None) -> dict[str, Any]:
    return {"answer": {}, "reason": None, **parse_probe(row.kind, attempt)}


_READ: Mapping[Any, Callable[..., dict[str, Any]]] = {
    Proposal: _proposal,
    Restatement: _restatement,
    Verdict: _verdict,
    Digest: _digest,
    Probe: _probe,
    AttackVerdict: _other_verdict,
    BridgeVerdict: _other_verdict,
}
