"""How long do all figures of a table of trials take, and how much memory?

A table of models x items x repeats x judges in both orders is drawn, written as CSV, read back,
and everything is estimated that `taste stats` prints. With --evalica the bootstrap of that package
(if it can be imported: it is no dependency) is timed on the same verdicts in the same run, model
against human. Run it with one thread and on one core, as in
`OPENBLAS_NUM_THREADS=1 taskset -c 0 .venv/bin/python benchmarks/figures.py`.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api  # noqa: F401 - the bar is for statsmodels already imported

from analysis.figures.everything import Figures, estimate_everything
from analysis.figures.outline import outline_table
from analysis.trials.files import read_trial_file
from taste.plan import Plan

SESSIONS = 30
TIE = 0.2
MEGABYTE = 2**20


def draw_table(models: int, items: int, repeats: int, judges: int, seed: int) -> pd.DataFrame:
    """Return verdicts of models and `stock` on both sets, in both orders, by every judge."""
    rng = np.random.default_rng(seed)
    session = rng.integers(0, SESSIONS, items)
    ease = rng.normal(0, 0.8, items) + rng.normal(0, 0.5, SESSIONS)[session]
    parts = []
    for number in range(models + 1):
        arm = "stock" if number == models else f"model-{number:02d}"
        grid = np.meshgrid(
            np.arange(items), np.arange(1 if arm == "stock" else repeats), np.arange(judges), [0, 1]
        )
        item, repeat, judge, order = (axis.ravel() for axis in grid)
        strong = item >= items // 2
        quality = np.where(strong, -1.2 + 0.03 * number, 0.3 + 0.04 * number)
        margin = ease[item] + quality + rng.normal(size=item.size) + np.where(order, -0.1, 0.1)
        parts.append(
            pd.DataFrame(
                {
                    "set": np.where(strong, "strong", "suboptimal"),
                    "item": item,
                    "arm": arm,
                    "repeat": repeat + 1,
                    "judge": [f"judge-{j}" for j in judge],
                    "order": np.where(order, "human", "proposal"),
                    "outcome": np.select([abs(margin) < TIE, margin > 0], ["tie", "win"], "loss"),
                    "lineage": [f"lineage-{s}" for s in session[item]],
                    "researcher": [f"researcher-{s % 10}" for s in session[item]],
                    "project": [f"project-{s % 5}" for s in session[item]],
                    "released": None if arm == "stock" else date(2025, 1 + number % 12, 1),
                    "proposer_family": None if arm == "stock" else f"family-{number % 3}",
                    "judge_family": [f"family-{j}" for j in judge],
                    "confidence": 1 + item % 5,
                    "act_kind": np.where(item % 3, "typed", "steering"),
                    "position": 10 + 7 * item % 1990,
                    "human_chars": 40 + item % 160,
                    "proposal_chars": 40 + item % 160 + rng.integers(-30, 60, item.size),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def timed(what: Callable[[], object]) -> tuple[float, float, object]:
    """Return wall and processor seconds of one call, and its result."""
    wall, used = time.perf_counter(), time.process_time()
    found = what()
    return time.perf_counter() - wall, time.process_time() - used, found


def measure(file: Path, times: int) -> Iterator[str]:
    """Yield a line for reading and one for estimating; the smallest of several runs."""
    reads = [timed(lambda: read_trial_file(file)) for _ in range(times)]
    table = reads[-1][2]
    plan = Plan(margin=0.1, covariates=("position",))
    runs = [timed(lambda: _estimate(table, plan)) for _ in range(times)]
    figures = runs[-1][2]
    assert isinstance(figures, Figures)
    yield f"read: wall {min(r[0] for r in reads):.2f} s, processor {min(r[1] for r in reads):.2f} s"
    yield (
        f"all {len(figures.findings)} figures: wall {min(r[0] for r in runs):.2f} s, "
        f"processor {min(r[1] for r in runs):.2f} s"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    yield f"peak memory {peak:.0f} MB (drawing the table included)"


def _estimate(table: object, plan: Plan) -> Figures:
    return estimate_everything(table, outline_table(table, plan))  # type: ignore[arg-type]


def against_evalica(rows: pd.DataFrame, resamples: int) -> Iterator[str]:
    """Yield how long evalica's bootstrap takes on the same verdicts, set by set."""
    import evalica

    winners = {"win": evalica.Winner.X, "loss": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    for name, of_set in rows.groupby("set"):
        arguments = (
            evalica.bradley_terry,
            of_set["arm"].tolist(),
            ["human"] * len(of_set),
            [winners[outcome] for outcome in of_set["outcome"]],
        )
        wall, used, _ = timed(
            lambda a=arguments: evalica.bootstrap(
                *a, n_resamples=resamples, bootstrap_method="percentile", random_state=1
            )
        )
        yield (
            f"evalica {evalica.__version__}, Bradley-Terry, {resamples} resamples of single "
            f"verdicts, {name}: wall {wall:.2f} s, processor {used:.2f} s"
        )


def main() -> None:
    """Measure, and print a line for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--items", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--judges", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--evalica", type=int, default=0, metavar="RESAMPLES")
    options = parser.parse_args()
    sizes = (options.models, options.items, options.repeats, options.judges)
    rows = draw_table(*sizes, options.seed)
    out = sys.stdout.write
    out(f"{' x '.join(map(str, sizes))} (models, items, repeats, judges): {len(rows):,} rows\n")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trials.csv"
        rows.to_csv(file, index=False)
        for line in measure(file, options.times):
            out(f"{line}\n")
    if options.evalica:
        for line in against_evalica(rows, options.evalica):
            out(f"{line}\n")


if __name__ == "__main__":
    main()
