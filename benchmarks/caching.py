"""What a study of 12 models × 2 orders × 3 repeats costs: naive, at the optimum, and as it was run.

The simulator runs in a process of its own and counts tokens and cache entries: writes cost 1.25
of the input price (2 for an hour), reads 0.1. All three are from the rows of the same calls.
Everything is simulated.

    python -m benchmarks.caching --repeats 3 --concurrency 16
    python -m benchmarks.caching --repeats 3 --batch
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import select

from benchmarks.processes import load, simulated
from taste.batching.sender import BatchOptions, BatchSender
from taste.cheapest import Billed, cheapest_cost, naive_cost, read_usage
from taste.database import open_database
from taste.demo.setup import prepare
from taste.planning.estimate import plan_start
from taste.requests import SCHEMAS
from taste.run_costs import run_cost
from taste.runs import open_run, run_study
from taste.seats import Price
from taste.study import parse_study
from taste.tables import Call
from transcripts.db import Db

KEY = "TASTE_CACHING_KEY"
MODELS = 12
WORDS = ("early", "middle", "late")
PRICE = Price(input=3, output=15)


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def study_of(base_url: str, repeats: int, concurrency: int) -> str:
    """Return the study: one judge, one view, the controls that need no further model."""
    end = 'endpoint = "simulator"\nprice = { input = 3, output = 15 }\n'
    proposers = "".join(
        f'[[proposers]]\nname = "model-{number}"\n'
        f'model = "simulated-{WORDS[number % 3]}-{number}"\n{end}\n'
        for number in range(MODELS)
    )
    return (
        f'name = "caching"\nsets = ["suboptimal", "strong"]\nrepeats = {repeats}\n\n'
        f'[[endpoints]]\nname = "simulator"\nbase_url = "{base_url}"\napi_key_env = "{KEY}"\n\n'
        f"{proposers}"
        f'[restater]\nname = "restater"\nmodel = "simulated-restater"\n{end}\n'
        f'[[judges]]\nname = "judge"\nmodel = "simulated-judge"\n{end}\n'
        f"[limits]\nbudget_usd = 100000\nconcurrency = {concurrency}\n"
    )


def billed_calls(db: Db, run_id: int) -> list[Billed]:
    """The calls of a run as they were paid for, in groups that could share a cache entry."""
    calls = []
    for row in db.exec(select(Call).where(Call.run_id == run_id, Call.cost_usd > 0)):
        used = read_usage(row.usage)
        shared = used.written + used.written_1h + used.read
        schema: Any = repr(SCHEMAS[row.purpose])  # type: ignore[index]
        group = (row.endpoint, row.model, repr(row.settings), schema, row.shown_hash,
                 "propose" if row.purpose == "placebo" else row.purpose)  # fmt: skip
        # Not the row's own, which are halved in a batch: naive and optimum are of single calls.
        calls.append(Billed(group, PRICE, shared, used.input, used.output))
    return calls


def measure(db: Db, base_url: str, repeats: int, concurrency: int, *, batch: bool) -> None:
    """Plan and run the study, and print what it costs."""
    text = study_of(base_url, repeats, concurrency)
    study, now = parse_study(text, "study.toml"), datetime.now(UTC)

    async def go() -> tuple[int, float]:
        run = await open_run(db, study, text, now)
        begun = time.perf_counter()
        needed, ttls = plan_start(db, run, study, None, batch=batch)
        batches = partial(BatchSender, db=db, run=run, now=lambda: now, having=frozenset(),
                          options=BatchOptions(0.05, 1.0), study=study)  # fmt: skip
        say(
            f"plan: {needed.trials} trials, {needed.calls} calls, cheapest "
            f"${needed.expected_usd:.2f}, uncached ${needed.cold_usd:.2f}, at most "
            f"${needed.most_usd:.2f} ({time.perf_counter() - begun:.1f} s)"
        )
        begun = time.perf_counter()
        result = await run_study(
            db, study, run, lambda: now, None, lambda _: None,
            ttls=ttls, make_sender=batches if batch else None,
        )  # fmt: skip
        seconds = time.perf_counter() - begun
        say(f"run: {result.answered} answers in {seconds:.0f} s; stopped: {result.stopped}")
        return result.run_id, seconds

    run_id, _ = asyncio.run(go())
    calls = billed_calls(db, run_id)
    spent, naive, optimum = run_cost(db, run_id).spent, naive_cost(calls), cheapest_cost(calls)
    say(f"naive ${naive:.2f}; optimum ${optimum:.2f} ({optimum / naive:.1%} of naive)")
    say(f"as run ${spent:.2f} ({spent / naive:.1%} of naive, {spent / optimum:.3f} of the optimum)")
    for name, usd in run_cost(db, run_id).by_class.items():
        say(f"  {name:20} ${usd:.2f}")
    say(f"load averages {load()}")


def main() -> None:
    """Measure one study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--batch", action="store_true", help="ask in Message Batches")
    options = parser.parse_args()
    os.environ.setdefault(KEY, "simulated-key")
    with tempfile.TemporaryDirectory(prefix="taste-caching-") as folder, simulated() as served:
        engine = open_database(str(Path(folder) / "caching.db"))
        with Db(engine, expire_on_commit=False) as db:
            prepare(db, datetime.now(UTC))
            db.commit()
            measure(db, served.base_url, options.repeats, options.concurrency, batch=options.batch)
        engine.dispose()


if __name__ == "__main__":
    main()
