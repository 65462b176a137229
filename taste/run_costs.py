"""What a run has cost, by model, role and cache class, and what it would have cost uncached.

Pure queries over the calls; nothing here prices what is still to come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy
from sqlalchemy import func
from sqlmodel import col

from taste.cheapest import BATCH_FACTOR, Billed, Used, read_rate, read_usage, write_rate
from taste.replies import Outcome
from taste.seats import Price
from taste.tables import Call
from transcripts.db import Db

BATCH = "batch"
NO_REPLY = {Outcome.RETRYABLE.value, Outcome.FATAL.value, Outcome.FAILED.value}
"""Outcomes of calls that no model answered to."""
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Calls that may have been billed, though no answer came that says so."""

    calls: int = 0
    usd: float = 0.0
    """What their prompts alone cost."""

    @property
    def sentence(self) -> str:
        """What is not known of the costs, in words; nothing where there is no such call."""
        if not self.calls:
            return ""
        return (
            f"{self.calls} calls ended without an answer, and what they cost is not known: about "
            f"${self.usd:,.4f} if their prompts were billed, which the budget counts"
        )


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run has cost so far, in USD."""

    spent: float = 0.0
    naive: float = 0.0
    """The same calls one by one with every prompt at full price."""
    by_model: dict[str, float] = field(default_factory=dict)
    by_role: dict[str, float] = field(default_factory=dict)
    """Purpose of the calls -> USD."""
    by_class: dict[str, float] = field(default_factory=dict)
    """input, written, written for an hour, read, output -> USD."""
    cached: float = 0.0
    """Share of all prompt tokens that were read from a cache."""
    doubtful: Doubtful = Doubtful()

    @property
    def share(self) -> float | None:
        """What was spent over the naive cost; None where nothing was."""
        return self.spent / self.naive if self.naive else None

    @property
    def sentence(self) -> str:
        """What was spent, what that is a share of, and what is not known, in words."""
        return "; ".join(filter(None, (self._known, self.doubtful.sentence)))

    @property
    def _known(self) -> str:
        if self.share is None:
            return "nothing was paid for"
        return (
            f"${self.spent:,.2f}, {self.share:.0%} of the ${self.naive:,.2f} that the same calls "
            "would have cost one by one without a cache; "
            f"{self.cached:.0%} of all prompt tokens were read from one"
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """Calls that brought nothing to use."""

    model: str
    purpose: str
    outcome: str
    """refused, truncated, malformed, retryable, fatal, failed."""
    stop_reason: str | None
    refusal: str | None
    """What a refusal's reply says of it, with its category."""
    status: int | None
    """Of the HTTP answer, where that was no success."""
    calls: int
    cost_usd: float

    @property
    def reason(self) -> str:
        """What it is called where it can be tried again, else why the model stopped, if known.

        Of a call without a usable answer, the status that the server sent.
        """
        if self.outcome == Outcome.REFUSED.value:
            return refusal_reason(self.refusal)
        if self.stop_reason:
            return self.stop_reason
        if self.outcome in NO_REPLY:
            return f"status {self.status}" if self.status else "no answer"
        return ""


def refusal_reason(told: str | None) -> str:
    """What a refusal is called, with its category where the reply names one."""
    category = re.fullmatch(r"refused \((.+)\)", told or "")
    return f"refusal:{category[1]}" if category else "refusal"


def failed_calls(db: Db, run_id: int) -> tuple[Failed, ...]:
    """A run's calls that brought nothing to use, by what became of them; later ones may have."""
    refusal = sqlalchemy.case((col(Call.outcome) == Outcome.REFUSED.value, col(Call.error)))
    status = sqlalchemy.case((col(Call.status_code) >= _FIRST_ERROR, col(Call.status_code)))
    kinds = (
        col(Call.model), col(Call.purpose), col(Call.outcome), col(Call.stop_reason), refusal,
        status,
    )  # fmt: skip
    query = (
        sqlalchemy.select(*kinds, func.count(), func.sum(col(Call.cost_usd)))
        .where(col(Call.run_id) == run_id, col(Call.outcome) != Outcome.ANSWERED.value)
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return tuple(Failed(*row) for row in db.connection().execute(query))


def run_cost(db: Db, run_id: int) -> RunCost:
    """What a run has cost so far, and what that is a share of."""
    naive = spent = read = prompt = 0.0
    by_model: dict[str, float] = {}
    by_role: dict[str, float] = {}
    by_class: dict[str, float] = {}
    for model, purpose, mode, cost, used, price in _paid(db, run_id):
        spent += cost
        naive += _naive(used, price) / (BATCH_FACTOR if mode == BATCH else 1.0)
        read, prompt = read + used.read, prompt + used.prompt
        by_model[model] = by_model.get(model, 0.0) + cost
        by_role[purpose] = by_role.get(purpose, 0.0) + cost
        for name, usd in _classes(used, price).items():
            by_class[name] = by_class.get(name, 0.0) + usd
    cached = read / prompt if prompt else 0.0
    return RunCost(spent, naive, by_model, by_role, by_class, cached, find_doubtful(db, run_id))


def find_doubtful(db: Db, run_id: int) -> Doubtful:
    """A run's calls that may have been billed without an answer."""
    usd = col(Call.source)["doubtful_usd"].as_float()
    query = sqlalchemy.select(func.count(), func.sum(usd)).where(
        col(Call.run_id) == run_id,
        col(Call.outcome) == Outcome.RETRYABLE.value,
        usd.is_not(None),
    )
    calls, total = db.connection().execute(query).one()
    return Doubtful(calls, total or 0.0)


def _paid(db: Db, run_id: int) -> Iterator[tuple[str, str, str, float, Used, Price]]:
    """Yield the calls that cost anything."""
    columns: Any = (
        Call.model, Call.purpose, Call.mode, Call.cost_usd, Call.usage, Call.unit_prices
    )  # fmt: skip
    query = sqlalchemy.select(*columns).where(col(Call.run_id) == run_id, col(Call.cost_usd) > 0)
    query = query.order_by(col(Call.id))  # so that sums are the same to the last digit
    seen: dict[bytes, Price] = {}  # a run has few prices and many calls
    for model, purpose, mode, cost, usage, prices in db.connection().execute(query):
        key = orjson.dumps(prices)
        if key not in seen:
            known = {name: value for name, value in prices.items() if name in Price.model_fields}
            seen[key] = Price.model_validate(known)
        yield model, purpose, mode, cost, read_usage(usage), seen[key]


def _naive(used: Used, price: Price) -> float:
    return Billed(None, price, used.prompt, 0.0, used.output).uncached


def _classes(used: Used, price: Price) -> dict[str, float]:
    rates = price.at(used.prompt)
    amounts = {
        "input": used.input * rates.input,
        "written": used.written * write_rate(rates, "5m"),
        "written for an hour": used.written_1h * write_rate(rates, "1h"),
        "read": used.read * read_rate(rates),
        "output": used.output * rates.output,
    }
    return {name: usd / 1e6 for name, usd in amounts.items() if usd}
