"""Does the interval of a stored and read-back run hold the truth as often as it says?

Simulated studies of the original's size go straight into the tables (`store_world`), are read
back by the one query for trials, and are analysed as a report would. Then the truth of the
simulated world is looked up for every model and set.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from statistics import fmean, stdev

from analysis.figures.headline import Results, analyse_run
from analysis.figures.outline import RunSet
from analysis.trials.query import read_trials
from taste.simulator.draws import SIZES
from taste.simulator.rows import store_world
from taste.simulator.world import World
from taste.study import parse_study
from transcripts.db import Db, open_engine
from transcripts.tables import Table

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """One interval of one seed beside the truth."""

    seed: int
    kind: str
    arm: str
    truth: float
    rate: float
    low: float
    high: float
    position: float

    @property
    def holds(self) -> bool:
        """Whether the truth lies inside."""
        return self.low <= self.truth <= self.high


def analyse(world: World, seed: int) -> Results:
    """Store one simulated study in a database of its own and analyse what is read back."""
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        run = store_world(db, world, seed, NOW)
        study = parse_study(run.study_text, "simulated")
        sizes = zip(study.sets, SIZES.items(), strict=True)
        sets = [RunSet(name, kind, "human", size) for name, (kind, size) in sizes]
        results = analyse_run(read_trials(db, run, study), study, sets)
    engine.dispose()
    return results


def read_off(world: World, seed: int, results: Results) -> Iterable[Found]:
    """Yield every interval that can be checked against the world."""
    kinds = {found.name: found.kind for found in results.sets}
    for line in results.lines:
        arm = line.arm.partition(":")[0]
        rate = line.rate
        if rate.value is None or rate.low is None or rate.high is None:
            continue
        if line.arm == "placebo":
            continue  # pooled over proposers that share items: not a draw of the world's
        truth = world.true_rate(world.margins[kinds[line.set]][arm])
        position = line.position.value or 0.0
        yield Found(seed, kinds[line.set], arm, truth, rate.value, rate.low, rate.high, position)


def describe(name: str, found: Sequence[Found], planted: float) -> str:
    """Return one line: coverage, bias and width of the interval, and the position effect."""
    coverage, coverage_error = by_seed(found, lambda one: float(one.holds))
    bias, bias_error = by_seed(found, lambda one: one.rate - one.truth)
    position, position_error = by_seed(found, lambda one: one.position)
    truth = fmean(one.truth for one in found)
    width = fmean(one.high - one.low for one in found)
    return (
        f"{name:30} intervals {len(found):5}  coverage {coverage:.3f} (se {coverage_error:.3f})  "
        f"truth {truth:.3f}  bias {bias:+.4f} (se {bias_error:.4f})  width {width:.3f}  "
        f"position {position:+.4f} (se {position_error:.4f}, planted {planted:+.4f})\n"
    )


def by_seed(found: Sequence[Found], read: Callable[[Found], float]) -> tuple[float, float]:
    """Return a mean and its standard error, over seeds: arms of one seed share their items."""
    seeds: dict[int, list[float]] = {}
    for one in found:
        seeds.setdefault(one.seed, []).append(read(one))
    means = [fmean(values) for values in seeds.values()]
    return fmean(means), stdev(means) / sqrt(len(means)) if len(means) > 1 else 0.0


def measure(world: World, seeds: Iterable[int]) -> tuple[list[Found], list[float]]:
    """Return every interval of every seed, and the seconds that each seed took."""
    found: list[Found] = []
    seconds = []
    for seed in seeds:
        begun = time.perf_counter()
        found += read_off(world, seed, analyse(world, seed))
        seconds.append(time.perf_counter() - begun)
    return found, seconds


def main() -> None:
    """Measure, and print a line for each set and arm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--judge-error", type=float, default=World().judge_error)
    parser.add_argument("--guess-first", type=float, default=World().guess_first)
    options = parser.parse_args()
    world = World(judge_error=options.judge_error, guess_first=options.guess_first)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    out = sys.stdout.write
    out(f"{len(seeds)} simulated studies of {sum(SIZES.values())} items: store, read, analyse\n")
    found, seconds = measure(world, seeds)
    groups = dict.fromkeys((one.kind, one.arm) for one in found)
    for kind, arm in groups:
        chosen = [one for one in found if (one.kind, one.arm) == (kind, arm)]
        out(describe(f"{kind}, {arm}", chosen, world.position_effect()))
    models = [one for one in found if one.arm.startswith("simulated-")]
    out(describe("all models and sets", models, world.position_effect()))
    out(f"seconds for a seed: smallest {min(seconds):.2f}, mean {fmean(seconds):.2f}\n")


if __name__ == "__main__":
    main()
