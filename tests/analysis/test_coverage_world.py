"""Does the analysis of a whole stored run find what was planted in the simulated world?

The 200-seed study is `benchmarks/coverage.py`; here a few seeds, read back through the tables.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from statistics import fmean

import pytest

from analysis.headline import Results, RunSet, analyse_run
from analysis.lines import ArmLine
from analysis.trials import read_trials
from taste.database import open_database
from taste.simulator.draws import SIZES
from taste.simulator.rows import store_world
from taste.simulator.world import World
from taste.study import parse_study
from transcripts.db import Db

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEDS = range(5)
BIASED = World(judge_error=0.5, guess_first=0.9)
"""A judge that half the time takes whatever stands first, nine times in ten."""


@cache
def analyse(world: World, seed: int) -> Results:
    engine = open_database("sqlite://")
    with Db(engine) as db:
        run = store_world(db, world, seed, NOW)
        study = parse_study(run.study_text, "simulated")
        names = zip(study.sets, SIZES.items(), strict=True)
        sets = [RunSet(name, kind, "human", size) for name, (kind, size) in names]
        return analyse_run(read_trials(db, run, study), study, sets)


def model_lines(world: World) -> Iterator[tuple[float, ArmLine]]:
    """Yield (true rate, line) for every seed, set and model."""
    for seed in SEEDS:
        results = analyse(world, seed)
        kinds = {found.name: found.kind for found in results.sets}
        for line in results.lines:
            if line.is_model:
                yield world.true_rate(world.margins[kinds[line.set]][line.arm]), line


@pytest.mark.parametrize("world", [World(), BIASED], ids=["default", "biased"])
def test_rates_lie_around_the_truth(world: World) -> None:
    errors = [(line.rate.value or 0) - truth for truth, line in model_lines(world)]
    assert len(errors) == 30
    assert abs(fmean(errors)) < 0.02


@pytest.mark.parametrize("world", [World(), BIASED], ids=["default", "biased"])
def test_intervals_hold_the_truth(world: World) -> None:
    held = [
        (line.rate.low or 0) <= truth <= (line.rate.high or 1) for truth, line in model_lines(world)
    ]
    assert sum(held) >= 26


@pytest.mark.parametrize("world", [World(), BIASED], ids=["default", "biased"])
def test_a_planted_position_effect_is_found(world: World) -> None:
    found = fmean(line.position.value or 0 for _, line in model_lines(world))
    assert found == pytest.approx(world.position_effect(), abs=0.02)
    by_judge = [analyse(world, seed).judge_effects[0].position.value or 0 for seed in SEEDS]
    assert fmean(by_judge) == pytest.approx(world.position_effect(), abs=0.02)
