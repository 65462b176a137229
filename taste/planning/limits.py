"""Rate limits that a plan counts with: stated, or as the endpoints' answers told them last."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col

from taste.planning.pace import Rate
from taste.replies import Outcome
from taste.study import Study
from taste.tables import Call
from transcripts.db import Db


def find_rates(db: Db, study: Study, stated: Rate | None, *, simulated: bool) -> dict[str, Rate]:
    """Model -> its limits; what is stated goes before what was told."""
    told = dict(_told(db, study, simulated=simulated))
    models = {seat.model for seat in study.seats}
    found = {model: _merged(stated, told.get(model)) for model in sorted(models)}
    return {model: rate for model, rate in found.items() if rate is not None}


def _told(db: Db, study: Study, *, simulated: bool) -> Iterator[tuple[str, Rate]]:
    """What the latest answer of each model told of its limits."""
    wanted = {(seat.endpoint, seat.model) for seat in study.seats}
    latest = (
        sqlalchemy.select(func.max(Call.id))
        .where(
            col(Call.outcome) == Outcome.ANSWERED.value,
            col(Call.mode).in_(("create", "stream")),
            col(Call.simulated).is_(simulated),
        )
        .group_by(col(Call.endpoint), col(Call.model))
    )
    columns: Any = (Call.endpoint, Call.model, Call.source, Call.started_at)
    query = sqlalchemy.select(*columns).where(col(Call.id).in_(latest))
    for endpoint, model, source, at in db.connection().execute(query):
        limits = source.get("limits")
        if (endpoint, model) in wanted and limits:
            yield model, _rate(limits, f"told by its endpoint on {at:%Y-%m-%d}")


def _rate(limits: Mapping[str, float], source: str) -> Rate:
    names = ("requests", "input-tokens", "output-tokens")
    requests, input_tokens, output_tokens = (limits.get(name) for name in names)
    return Rate(requests, input_tokens, output_tokens, source)


def _merged(stated: Rate | None, told: Rate | None) -> Rate | None:
    if stated is None or told is None:
        return stated or told
    source = stated.source if None not in stated.limits else f"{stated.source} or {told.source}"
    requests, read, answered = (
        one if one is not None else other
        for one, other in zip(stated.limits, told.limits, strict=True)
    )
    return Rate(requests, read, answered, source)
