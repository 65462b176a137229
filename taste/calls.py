"""The ledger: every attempt to reach a model as a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from taste.bodies import How
from taste.identity import settings_of
from taste.replies import Attempt, Outcome, Received, read_reply
from taste.requests import Request
from taste.seats import ModelSeat
from taste.tables import Call
from transcripts.db import Db
from transcripts.removal import WITHDRAWN

NO_ANSWER = (Outcome.RETRYABLE.value, Outcome.FATAL.value)
"""Outcomes of attempts that brought no answer of any kind."""


@dataclass(frozen=True, slots=True)
class CallFor:
    """What an attempt was made for."""

    run_id: int
    identity: str
    request: Request
    seat: ModelSeat
    shown_hash: str | None
    source: Mapping[str, Any] = field(default_factory=dict)
    """What the request was built from: see `taste.rebuild`."""
    point_id: int | None = None


def add_call(db: Db, what: CallFor, attempt: Attempt, now: datetime) -> Call:
    """Append an attempt that has just ended to the transaction under way."""
    price = what.seat.price.model_dump(exclude_none=True)
    row = Call(
        run_id=what.run_id,
        purpose=what.request.purpose,
        identity=what.identity,
        attempt=attempt.number,
        endpoint=what.seat.endpoint,
        model=what.seat.model,
        settings=settings_of(what.seat),
        prompt_hash=what.request.prompt_hash,
        shown_hash=what.shown_hash,
        request_hash=what.request.text_hash,
        decision_point_id=what.point_id,
        source={**what.source, "how": attempt.how.as_dict()} if attempt.how else {**what.source},
        outcome=attempt.outcome.value,
        error=attempt.error,
        status_code=attempt.status_code,
        request_id=attempt.request_id,
        model_returned=attempt.model_returned,
        stop_reason=attempt.stop_reason,
        raw_reply=attempt.raw_reply,
        usage=attempt.usage,
        unit_prices=price,
        cost_usd=attempt.cost_usd,
        started_at=now - timedelta(seconds=attempt.seconds),
        seconds=attempt.seconds,
        simulated=attempt.simulated,
        mode=attempt.mode,
        body_hash=attempt.body_hash,
        batch_id=attempt.batch_id,
    )
    db.add(row)
    db.flush()
    return row


def find_answer(db: Db, key: str, purpose: str) -> Call | None:
    """The latest call for an identity that brought an answer, be it a refusal, which is kept."""
    query = select(Call).where(
        Call.identity == key,
        Call.purpose == purpose,
        col(Call.outcome).not_in(NO_ANSWER),
    )
    return db.exec(query.order_by(col(Call.id).desc())).first()


def find_answers(db: Db, key: str, purpose: str) -> list[Call]:
    """The calls for an identity that brought an answer and still hold it, as they came."""
    query = select(Call).where(
        Call.identity == key,
        Call.purpose == purpose,
        col(Call.outcome).not_in(NO_ANSWER),
    )
    found = db.exec(query.order_by(col(Call.id))).all()
    return [call for call in found if call.raw_reply != WITHDRAWN]


def read_again(call: Call, seat: ModelSeat) -> Attempt:
    """A stored call's attempt, read from the reply as it was received."""
    if call.raw_reply is None:
        return Attempt.failed(
            Outcome(call.outcome), call.error or call.outcome, simulated=call.simulated
        )
    attempt = read_reply(Received(call.raw_reply, call.request_id, call.simulated), seat)
    how = call.source.get("how")
    return replace(attempt, how=How.from_dict(how)) if how else attempt


def spent_usd(db: Db, run_id: int) -> float:
    """What a run has cost so far."""
    query = select(func.sum(Call.cost_usd)).where(col(Call.run_id) == run_id)
    return float(db.exec(query).one() or 0.0)
