"""Characters to tokens, and how long answers are: counted where something is known, else usual."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func
from sqlmodel import col, select

from taste.cheapest import Billed
from taste.planning.calls import PlannedCall
from taste.replies import Outcome
from taste.spending import CHARS_PER_TOKEN
from taste.study import Study
from taste.tables import Call
from transcripts.db import Db

ANSWER_TOKENS = 400
"""Tokens that an answer is expected to take; what it may take at most is `max_tokens`."""
Known = Mapping[tuple[str, str], float]
"""Model and purpose -> a mean."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """How texts become tokens."""

    per_model: Mapping[str, float] = field(default_factory=dict)
    """Model -> characters for each token, where its endpoint counted some."""
    answers: Known = field(default_factory=dict)
    """Tokens of earlier answers, thinking included."""
    uncached: frozenset[str] = frozenset()
    """Endpoints without a cache: no two of their calls have one in common."""

    def billed(self, call: PlannedCall) -> Billed:
        """A call in tokens."""
        per_token = self.per_model.get(call.seat.model, CHARS_PER_TOKEN)
        answer = self.answers.get((call.seat.model, call.purpose), ANSWER_TOKENS)
        return Billed(
            object() if call.seat.endpoint in self.uncached else call.group,
            call.seat.price,
            call.shared / per_token,
            call.own / per_token,
            min(answer, call.seat.max_tokens),
        )


def stored_tokens(db: Db, study: Study, per_model: Mapping[str, float] | None = None) -> Tokens:
    """How texts become tokens by what earlier answers took and by what the endpoints can do."""
    uncached = frozenset(one.name for one in study.used_endpoints if not one.can("caching"))
    return Tokens(per_model or {}, known_answers(db), uncached)


def known_answers(db: Db) -> dict[tuple[str, str], float]:
    """How many tokens earlier answers took on average, by model and purpose."""
    tokens = func.avg(col(Call.usage)["output_tokens"].as_float())
    query = (
        select(Call.model, Call.purpose, tokens)
        .where(Call.outcome == Outcome.ANSWERED.value)
        .group_by(col(Call.model), col(Call.purpose))
    )
    return {(model, purpose): float(mean) for model, purpose, mean in db.exec(query) if mean}


def known_seconds(db: Db) -> dict[tuple[str, str], float]:
    """How long earlier answers took on average, by model and purpose."""
    query = (
        select(Call.model, Call.purpose, func.avg(Call.seconds))
        .where(Call.outcome == Outcome.ANSWERED.value)
        .group_by(col(Call.model), col(Call.purpose))
    )
    return {(model, purpose): float(mean) for model, purpose, mean in db.exec(query)}
