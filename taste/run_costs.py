"""What a run has cost, by model, role and cache class, and what it would have cost uncached.

Pure queries over the calls; nothing here prices what is still to come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy
from sqlmodel import col

from taste.cheapest import BATCH_FACTOR, Billed, Used, read_rate, read_usage, write_rate
from taste.seats import Price
from taste.tables import Call
from transcripts.db import Db

BATCH = "batch"


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

    @property
    def share(self) -> float | None:
        """What was spent over the naive cost; None where nothing was."""
        return self.spent / self.naive if self.naive else None


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
    return RunCost(spent, naive, by_model, by_role, by_class, read / prompt if prompt else 0.0)


def _paid(db: Db, run_id: int) -> Iterator[tuple[str, str, str, float, Used, Price]]:
    """Yield the calls that cost anything."""
    columns: Any = (
        Call.model, Call.purpose, Call.mode, Call.cost_usd, Call.usage, Call.unit_prices
    )  # fmt: skip
    query = sqlalchemy.select(*columns).where(col(Call.run_id) == run_id, col(Call.cost_usd) > 0)
    for model, purpose, mode, cost, usage, prices in db.connection().execute(query):
        known = {name: value for name, value in prices.items() if name in Price.model_fields}
        yield model, purpose, mode, cost, read_usage(usage), Price.model_validate(known)


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
