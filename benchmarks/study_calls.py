"""What a whole study asks for: calls and cost by arm, by view and by probe, in the simulator.

Imports a folder of recorded sessions and a file of annotated points, freezes both sets, prices a
study with every arm, view and probe, runs it against simulated models through the real SDK, and
adds up the ledger. Prices are those of a study file; the models are simulated.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from taste.database import open_database
from taste.planning.estimate import plan_start
from taste.planning.results import Cost, Estimate
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Run
from taste.workers import Progress, RunResult
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import read_points, store_points
from transcripts.storing.store import ImportOptions, import_file

KEY = "TASTE_BENCHMARK_KEY"
SETS = (SetRule("detours", "suboptimal", "one"), SetRule("strong-moves", "strong", "one"))
LEDGER = {
    "by arm, of verdicts": """
        SELECT t.arm, COUNT(DISTINCT c.id), SUM(c.cost_usd) FROM trial t
        JOIN trial_verdict l ON l.trial_id = t.id JOIN verdict v ON v.id = l.verdict_id
        JOIN call c ON c.id = v.call_id WHERE t.run_id = :run GROUP BY t.arm ORDER BY t.arm""",
    "by view, form, provenance, prompt": """
        SELECT v.view || ', ' || v.form || ', ' || v.provenance || ', ' || v.prompt,
        COUNT(DISTINCT c.id), SUM(c.cost_usd) FROM verdict v JOIN call c ON c.id = v.call_id
        WHERE c.run_id = :run GROUP BY 1 ORDER BY 1""",
    "by probe": """
        SELECT p.kind || COALESCE(', view ' || p.view, ''), COUNT(DISTINCT c.id), SUM(c.cost_usd)
        FROM probe p JOIN call c ON c.id = p.call_id WHERE c.run_id = :run
        GROUP BY 1 ORDER BY 1""",
    "by purpose": """
        SELECT purpose, COUNT(*), SUM(cost_usd) FROM call WHERE run_id = :run
        GROUP BY purpose ORDER BY purpose""",
}


@dataclass(frozen=True)
class Size:
    """How many models, and how many proposals of each for one item."""

    models: int
    repeats: int


def say(what: object) -> None:
    """Write a line."""
    sys.stdout.write(f"{what}\n")


def study_of(base_url: str, size: Size) -> str:
    """Return a study with everything on, as a file of a researcher would say it."""
    end = 'endpoint = "simulator"\neffort = "medium"\n'
    proposers = "".join(
        f'[[proposers]]\nname = "model-{n:02d}"\nmodel = "simulated-model-{n:02d}"\n{end}'
        f"released = {2025 + n // 6}-{n % 12 + 1:02d}-01\nprice = {{ input = 5, output = 25 }}\n\n"
        for n in range(size.models)
    )
    return (
        f'name = "whole-{size.models}x{size.repeats}"\nsets = ["detours", "strong-moves"]\n'
        f"seed = 1\nrepeats = {size.repeats}\n\n"
        f'[[endpoints]]\nname = "simulator"\nbase_url = "{base_url}"\napi_key_env = "{KEY}"\n\n'
        f"{proposers}"
        f'[restater]\nname = "restater"\nmodel = "simulated-restater"\n{end}'
        "price = { input = 1, output = 5 }\n\n"
        f'[[judges]]\nname = "judge"\nmodel = "simulated-judge"\n{end}'
        "price = { input = 5, output = 25 }\n\n"
        "[limits]\nbudget_usd = 100000\nconcurrency = 16\n"
    )


def prepare(db: Db, sessions: Iterable[Path], points: Path, now: datetime) -> dict[str, int]:
    """Import what can be imported, and freeze both sets; return their sizes."""
    for file in sessions:
        try:
            import_file(db, file, ImportOptions(), now)
        except UserError as error:
            say(f"  not imported: {file.name}: {error}")
    lines = read_points(points, read_codebook())
    stored = store_points(db, lines, None, now, partial=True)
    say(f"{stored.stored} points stored, {len(stored.refused)} refused")
    for refusal in stored.refused:
        say(f"  line {refusal.line}: {refusal.reason}")
    return {rule.name: freeze_set(db, rule, now).items for rule in SETS}


def measure(db: Db, size: Size, now: datetime) -> None:
    """Price and run one study, and print both."""
    with Simulator(World(seed=1)) as server:
        study_text = study_of(server.base_url, size)
        study = parse_study(study_text, "study.toml")

        async def go() -> tuple[Run, Estimate, RunResult]:
            run = await open_run(db, study, study_text, now)
            needed, ttls = plan_start(db, run, study, None)
            result = await run_study(db, study, run, lambda: now, None, _quiet, ttls=ttls)
            return run, needed, result

        begun = time.perf_counter()
        run, needed, result = asyncio.run(go())
    say(f"\n== {size.models} models x {size.repeats} repeats: {needed.trials} trials")
    say(
        f"estimate: up to {needed.calls} calls, ${needed.expected_usd:.2f} expected, "
        f"${needed.most_usd:.2f} at most; run: {result.answered} calls, ${result.spent_usd:.2f}, "
        f"{time.perf_counter() - begun:.0f} s; stopped: {result.stopped}"
    )
    for part, costs in needed.parts.items():
        _tell(f"estimate, {part}", [(name, *_of(cost)) for name, cost in costs.items()])
    for name, query in LEDGER.items():
        rows = db.connection().execute(text(query), {"run": run.id}).all()
        _tell(f"ledger, {name}", [(str(what), int(n), float(usd)) for what, n, usd in rows])


def _of(cost: Cost) -> tuple[int, float]:
    return cost.calls, cost.expected


def _tell(heading: str, rows: Sequence[tuple[str, int, float]]) -> None:
    say(f"\n{heading}")
    for name, calls, usd in rows:
        say(f"  {name:44} {calls:7} calls  ${usd:10.2f}")


def _quiet(_: Progress) -> None:
    """Say nothing of progress."""


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=Path, help="folder of recorded sessions")
    parser.add_argument("points", type=Path, help="annotated points, as `taste points` reads them")
    parser.add_argument("--sizes", default="2x1,12x3", help="MODELSxREPEATS, comma-separated")
    options = parser.parse_args()
    os.environ.setdefault(KEY, "simulated-key")
    now = datetime.now(UTC)
    for words in options.sizes.split(","):
        models, _, repeats = words.partition("x")
        with tempfile.TemporaryDirectory(prefix="taste-calls-") as folder:
            engine = open_database(str(Path(folder) / "calls.db"))
            with Db(engine, expire_on_commit=False) as db:
                sessions = sorted(options.sessions.rglob("*.jsonl"))
                say(prepare(db, sessions, options.points, now))
                measure(db, Size(int(models), int(repeats)), now)
            engine.dispose()


if __name__ == "__main__":
    main()
