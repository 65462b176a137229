"""Drawn studies have the sizes, the variance and the rates that the world states."""

import random
from collections import Counter
from statistics import fmean, pvariance

import pytest

from taste.simulator.draws import SIZES, SimulatedVerdict, assign_sessions, draw_verdicts
from taste.simulator.world import World


def draw(seed: int, sizes: dict[str, int], sessions: int = 30) -> list[SimulatedVerdict]:
    return list(draw_verdicts(World(), random.Random(seed), sizes, sessions))


def score(drawn: SimulatedVerdict) -> float:
    won = "first" if drawn.order == "proposal_first" else "second"
    return 0.5 if drawn.verdict == "tie" else float(drawn.verdict == won)


def test_every_item_is_compared_for_every_arm_in_both_orders() -> None:
    drawn = draw(1, dict(SIZES))
    keys = Counter((d.set, d.item, d.arm) for d in drawn)
    assert len(keys) == (129 + 127) * 7
    assert set(keys.values()) == {2}


def test_the_same_seed_draws_the_same_study() -> None:
    assert draw(3, {"strong": 20}) == draw(3, {"strong": 20}) != draw(4, {"strong": 20})


def test_both_orders_of_a_trial_share_their_margin() -> None:
    drawn = draw(5, {"strong": 40})
    assert len({(d.item, d.arm, d.margin) for d in drawn}) == len(drawn) / 2


def test_sessions_are_used_unequally_and_all_of_them() -> None:
    sizes = Counter(assign_sessions(129, [1.0 + k for k in range(30)], random.Random(2)))
    assert set(sizes) == set(range(30))
    assert max(sizes.values()) > 2 * min(sizes.values())


def test_fewer_items_than_sessions_leave_sessions_empty() -> None:
    assert assign_sessions(2, [1.0] * 30, random.Random(2)) == [0, 1]


def test_margins_have_the_variance_of_the_world() -> None:
    drawn = draw(11, {"suboptimal": 3000}, sessions=1500)
    found = [d.margin for d in drawn if d.arm == "placebo" and d.order == "human_first"]
    world = World()
    assert fmean(found) == pytest.approx(0, abs=0.06)
    assert pvariance(found) == pytest.approx(world.session_sd**2 + world.item_sd**2, rel=0.08)


@pytest.mark.parametrize("arm", ["simulated-late", "placebo", "shuffled"])
def test_the_drawn_rate_is_the_true_rate(arm: str) -> None:
    drawn = draw(17, {"suboptimal": 4000}, sessions=2000)
    found = fmean(score(d) for d in drawn if d.arm == arm)
    world = World()
    assert found == pytest.approx(world.true_rate(world.margins["suboptimal"][arm]), abs=0.02)


def test_arms_of_one_item_are_correlated_but_not_the_same() -> None:
    drawn = [d for d in draw(19, {"strong": 2000}, sessions=900) if d.order == "human_first"]
    stock, echo = ([d.margin for d in drawn if d.arm == arm] for arm in ("stock", "echo"))
    half = pvariance([a - b for a, b in zip(stock, echo, strict=True)]) / 2
    assert 0.1 < half / pvariance(stock) < 0.5
