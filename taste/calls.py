"""The ledger: every attempt to reach a model as a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select

from taste.identity import settings_of
from taste.replies import Attempt, Outcome, Received, read_reply
from taste.requests import Request
from taste.seats import ModelSeat
from taste.tables import Call
from transcripts.db import Db

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


def read_again(call: Call, seat: ModelSeat) -> Attempt:
    """A stored call's attempt, read from the reply as it was received."""
    return read_reply(Received(call.raw_reply or "", call.request_id, call.simulated), seat)


def spent_usd(db: Db, run_id: int) -> float:
    """What a run has cost so far."""
    query = select(func.sum(Call.cost_usd)).where(col(Call.run_id) == run_id)
    return float(db.exec(query).one() or 0.0)
