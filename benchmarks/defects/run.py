"""Does every defect of a judge show, and do the intervals of its size hold the truth?

A world for each defect, 129 + 127 items in 30 sessions, two judges, three models; controls and
extra conditions on a quarter of the items. Studies are drawn straight into the tables of trials and
probes, since the client adds nothing here, and read by the estimators behind `taste stats`. The
truth is computed from the world: see `benchmarks.defects.truths`.

`OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/defects/run.py --processes 2 --markdown FILE`
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.defects.planted import Defect, list_defects
from benchmarks.defects.readings import Reading
from benchmarks.defects.scene import Scene
from benchmarks.defects.summary import Row, describe, markdown
from taste.simulator.studies import draw_study

SEEDS, DETECTED = 2_000, 200


def read_seed(name: str, seed: int) -> list[Reading]:
    """Returns what the figures of one drawn study say of one defect."""
    defect = next(one for one in list_defects() if one.name == name)
    drawn = draw_study(defect.world, seed, defect.design)
    return list(defect.read(Scene(defect.world, drawn)))


def measure(
    defect: Defect, seeds: Iterable[int], processes: int
) -> tuple[list[list[Reading]], float]:
    """Returns the readings of every seed, and the seconds that they took."""
    begun = time.perf_counter()
    one = partial(read_seed, defect.name)
    if processes == 1:
        found = [one(seed) for seed in seeds]
    else:
        with multiprocessing.Pool(processes) as pool:
            found = pool.map(one, seeds, chunksize=10)
    return found, time.perf_counter() - begun


def chosen(names: Iterable[str]) -> Iterator[Defect]:
    """Yields the defects whose name holds one of the words; all without words."""
    words = list(names)
    for defect in list_defects():
        if not words or any(word in defect.name for word in words):
            yield defect


def main() -> None:
    """Measures, and prints a row for each figure of each world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--detected", type=int, default=DETECTED, help="seeds for detection")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], help="words of names of defects")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    rows: list[Row] = []
    text, seconds, load = "", 0.0, os.getloadavg()[0]
    for defect in chosen(options.only):
        found, took = measure(defect, seeds, options.processes)
        seconds += took
        rows += describe(defect, found, options.detected)
        sys.stdout.write(f"{defect.name}: {took:.0f} s for {len(seeds)} seeds\n")
        sys.stdout.flush()
        heading = (
            f"Seeds {seeds.start} to {seeds.stop - 1}; {seconds:.0f} s on {options.processes} "
            f"processes, load {load:.1f} to {os.getloadavg()[0]:.1f}.\n"
        )
        text = markdown(rows, heading)
        if options.markdown:
            # After each world: a stop loses the one under way and no other.
            options.markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
