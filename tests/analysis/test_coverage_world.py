"""Does the analysis of a whole stored run find what was planted in the simulated world?

The 200-seed study is `benchmarks/coverage.py`; here a few seeds, read back through the tables.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from statistics import fmean

import pytest

from analysis.figures.headline import Results, analyse_run
from analysis.figures.lines import ArmLine
from analysis.figures.outline import RunSet
from analysis.trials.query import read_trials
from taste.simulator.draws import SIZES
from taste.simulator.rows import store_world
from taste.simulator.world import World
from taste.study import parse_study
from transcripts.db import Db, open_engine
from transcripts.tables import Table

pytestmark = pytest.mark.no_cover

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS = range(3)
WORLD = World(judge_error=0.5, guess_first=0.9)
"""Its judge guesses half the time, and then nine times in ten takes the first move."""


@cache
def analyse(seed: int) -> Results:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        run = store_world(db, WORLD, seed, NOW)
        study = parse_study(run.study_text, "simulated")
        sizes = zip(study.sets, SIZES.items(), strict=True)
        sets = [RunSet(found, kind, "human", size) for found, (kind, size) in sizes]
        results = analyse_run(read_trials(db, run, study), study, sets)
    engine.dispose()
    return results


def model_lines() -> Iterator[tuple[float, ArmLine]]:
    """Yield (true rate, line) for every seed, set and model."""
    for seed in SEEDS:
        results = analyse(seed)
        kinds = {found.name: found.kind for found in results.sets}
        for line in results.lines:
            if line.is_model:
                yield WORLD.true_rate(WORLD.margins[kinds[line.set]][line.arm]), line


def test_rates_lie_around_the_truth() -> None:
    errors = [(line.rate.value or 0) - truth for truth, line in model_lines()]
    assert len(errors) == 18
    assert abs(fmean(errors)) < 0.03


def test_intervals_hold_the_truth() -> None:
    held = [(line.rate.low or 0) <= truth <= (line.rate.high or 1) for truth, line in model_lines()]
    assert sum(held) >= 15


def test_a_planted_position_effect_is_found() -> None:
    found = fmean(line.position.value or 0 for _, line in model_lines())
    assert found == pytest.approx(WORLD.position_effect(), abs=0.03)
    by_judge = [analyse(seed).judge_effects[0].position.value or 0 for seed in SEEDS]
    assert fmean(by_judge) == pytest.approx(WORLD.position_effect(), abs=0.03)
