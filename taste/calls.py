"""The ledger: every attempt to reach a model as a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import col, select

from taste.appending import append_values, table_of
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
_ANSWERS = (
    select(col(Call.id))
    .where(
        col(Call.identity) == bindparam("key"),
        col(Call.purpose) == bindparam("purpose"),
        *(col(Call.outcome) != each for each in NO_ANSWER),
    )
    .order_by(col(Call.id))
)


_TOLD = (
    "error", "status_code", "request_id", "model_returned", "stop_reason", "raw_reply", "usage",
    "cost_usd", "seconds", "simulated", "mode", "body_hash", "batch_id",
)  # fmt: skip
"""What a row says as its attempt says it."""


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


def add_call(db: Db, what: CallFor, attempt: Attempt, now: datetime) -> int:
    """Append an attempt that has just ended to the transaction under way; the number of its row."""
    told = {name: getattr(attempt, name) for name in _TOLD}
    values = {
        "run_id": what.run_id,
        "purpose": what.request.purpose,
        "identity": what.identity,
        "attempt": attempt.number,
        "endpoint": what.seat.endpoint,
        "model": what.seat.model,
        "settings": settings_of(what.seat),
        "prompt_hash": what.request.prompt_hash,
        "shown_hash": what.shown_hash,
        "request_hash": what.request.text_hash,
        "decision_point_id": what.point_id,
        "source": {**what.source, **_sending(attempt)},
        "outcome": attempt.outcome.value,
        "unit_prices": what.seat.price.model_dump(exclude_none=True),
        "started_at": now - timedelta(seconds=attempt.seconds),
        **told,
    }
    return append_values(db, table_of(Call), values)


def _sending(attempt: Attempt) -> dict[str, Any]:
    """How an attempt was sent, what it may have cost, the rate limits as far as they were told."""
    how = {"how": attempt.how.as_dict()} if attempt.how else {}
    doubt = {"doubtful_usd": attempt.doubtful_usd} if attempt.in_doubt else {}
    return how | doubt | ({"limits": dict(attempt.limits)} if attempt.limits else {})


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
    found = db.connection().execute(_ANSWERS, {"key": key, "purpose": purpose}).scalars().all()
    calls = [db.get_one(Call, number) for number in found]
    return [call for call in calls if call.raw_reply != WITHDRAWN]


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
