"""Do intervals, tests and corrections keep their word where the truth is known?

Simulated worlds with fixed seeds; each figure stands with its Monte Carlo error and, where a rule
exists, with the verdict. Exits with 1 when a rule is broken. Negative controls are methods that
must do badly: if they do not, the worlds do not exercise clustering.

The matrices are small, so threads of the linear algebra only wait for each other: run it as
`OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/statistics/run.py --markdown FILE`.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.statistics.base_rate_studies import study_base_rates, study_hajek
from benchmarks.statistics.corrections import study_corrections
from benchmarks.statistics.crossed import study_levels, study_own_family
from benchmarks.statistics.differences import study_paired, study_sets
from benchmarks.statistics.findings import Finding
from benchmarks.statistics.judging import study_agreement, study_position
from benchmarks.statistics.latent import study_length, study_redraw
from benchmarks.statistics.many_models import study_equivalence, study_families
from benchmarks.statistics.pools import study_pools
from benchmarks.statistics.rate_coverage import study_rates
from benchmarks.statistics.set_adjustments import (
    study_gee,
    study_interaction,
    study_weighted,
    study_within,
)
from benchmarks.statistics.tables import broken, markdown, one_line
from benchmarks.statistics.trends import study_trends

Study = Callable[[int, int], list[Finding]]

STUDIES: dict[str, tuple[Study, float]] = {
    "rates": (study_rates, 1),
    "paired": (study_paired, 1),
    "sets": (study_sets, 1),
    "within": (study_within, 0.5),
    "weighted": (study_weighted, 0.2),
    "gee": (study_gee, 0.1),
    "interaction": (study_interaction, 0.3),
    "trends": (study_trends, 0.5),
    "families": (study_families, 1),
    "equivalence": (study_equivalence, 1),
    "base-rates": (study_base_rates, 0.25),
    "hajek": (study_hajek, 0.5),
    "position": (study_position, 1),
    "agreement": (study_agreement, 0.25),
    "levels": (study_levels, 0.5),
    "own-family": (study_own_family, 0.25),
    "redraw": (study_redraw, 1),
    "length": (study_length, 0.5),
    "corrections": (study_corrections, 1),
    "pools": (study_pools, 1),
}
"""Each study with its share of the replicates: less where an estimator is slow."""
QUICK = 100
FULL = 2_000


def run(names: list[str], replicates: int, seed: int) -> tuple[list[Finding], dict[str, float]]:
    """Returns all findings, and the seconds that each study took."""
    found: list[Finding] = []
    seconds: dict[str, float] = {}
    for name in names:
        study, share = STUDIES[name]
        begun = time.perf_counter()
        found += study(max(int(replicates * share), 20), seed)
        seconds[name] = time.perf_counter() - begun
        sys.stdout.write(f"{name:14} {seconds[name]:7.1f} s\n")
        sys.stdout.flush()
    return found, seconds


def main() -> int:
    """Runs the studies, prints them, and writes them as markdown if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=FULL)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} replicates")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", nargs="+", choices=sorted(STUDIES), default=list(STUDIES))
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    replicates = QUICK if options.quick else options.replicates
    sys.stdout.write(f"{', '.join(options.only)}: {replicates} replicates, seed {options.seed}\n")
    begun, load = time.process_time(), os.getloadavg()[0]
    found, seconds = run(options.only, replicates, options.seed)
    took = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    heading = (
        f"{replicates:,} replicates (fewer where a row says so), seed {options.seed}; "
        f"{sum(seconds.values()):.0f} s, {time.process_time() - begun:.0f} s of one processor, "
        f"load {load:.1f} to {os.getloadavg()[0]:.1f}: {took}.\n"
    )
    text = markdown(found, heading)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    failed = broken(found)
    ruled = sum(finding.rule is not None for finding in found)
    sys.stdout.write(f"{len(found)} figures, {ruled} with a rule, {len(failed)} broken\n")
    sys.stdout.writelines(f"  {one_line(finding)}\n" for finding in failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
