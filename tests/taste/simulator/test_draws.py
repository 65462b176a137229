"""Drawn studies have the sizes, the variance and the rates that the world states."""

import random
from collections import Counter
from statistics import fmean, pvariance

import pytest

from taste.simulator.draws import SIZES, SimulatedTrial, assign_sessions, draw_margins
from taste.simulator.studies import draw_study
from taste.simulator.world import World

pytestmark = pytest.mark.no_cover


def draw(seed: int, sizes: dict[str, int], sessions: int = 30) -> list[SimulatedTrial]:
    return list(draw_margins(World(), random.Random(seed), sizes, sessions))


def score(trial: SimulatedTrial) -> float:
    won = {"proposal_first": "first", "human_first": "second"}
    points = [
        0.5 if said.verdict == "tie" else float(said.verdict == won[said.order])
        for said in trial.verdicts
    ]
    return fmean(points)


def test_there_is_a_trial_for_every_item_and_arm() -> None:
    keys = Counter((trial.set, trial.item, trial.arm) for trial in draw(1, dict(SIZES)))
    margins = World().margins
    assert len(keys) == 129 * len(margins["suboptimal"]) + 127 * len(margins["strong"])
    assert set(keys.values()) == {1}


def test_the_same_seed_draws_the_same_study() -> None:
    first, again, other = (draw_study(World(), seed).trials for seed in (3, 3, 4))
    assert first == again != other


def test_sessions_are_used_unequally_and_all_of_them() -> None:
    sizes = Counter(assign_sessions(129, [1.0 + k for k in range(30)], random.Random(2)))
    assert set(sizes) == set(range(30))
    assert max(sizes.values()) > 2 * min(sizes.values())


def test_fewer_items_than_sessions_leave_sessions_empty() -> None:
    assert assign_sessions(2, [1.0] * 30, random.Random(2)) == [0, 1]


def test_margins_have_the_variance_of_the_world() -> None:
    drawn = draw(11, {"suboptimal": 3000}, sessions=1500)
    found = [trial.margin for trial in drawn if trial.arm == "placebo"]
    world = World()
    assert fmean(found) == pytest.approx(0, abs=0.06)
    assert pvariance(found) == pytest.approx(world.session_sd**2 + world.item_sd**2, rel=0.08)


@pytest.mark.parametrize("arm", ["simulated-late", "stock"])
def test_the_drawn_rate_is_the_true_rate(arm: str) -> None:
    study = draw_study(World(), 17, sizes={"suboptimal": 4000}, sessions=2000)
    found = fmean(score(trial) for trial in study.trials if trial.arm == arm)
    world = World()
    assert found == pytest.approx(world.true_rate(world.margins["suboptimal"][arm]), abs=0.02)


def test_arms_of_one_item_are_correlated_but_not_the_same() -> None:
    drawn = draw(19, {"strong": 2000}, sessions=900)
    stock, echo = ([d.margin for d in drawn if d.arm == arm] for arm in ("stock", "echo"))
    half = pvariance([a - b for a, b in zip(stock, echo, strict=True)]) / 2
    assert 0.1 < half / pvariance(stock) < 0.5
