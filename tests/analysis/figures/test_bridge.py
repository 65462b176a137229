"""Whether a judge has drifted, told apart from how far it differs from itself at any time."""

import random

import pytest

from analysis.figures.bridge import (
    AGREEMENT,
    BEYOND,
    NO_EARLIER,
    NO_SAMPLES,
    NOT_LEANING,
    SHIFT,
    STEADINESS,
    estimate_bridge,
)
from analysis.figures.findings import Finding
from analysis.report.alarms import drift_sentences
from analysis.trials.bridge import Bridge, BridgeRow, RepeatRow
from taste.simulator.world import World

SCORES = {"first": 1.0, "second": 0.0, "tie": 0.5}


def estimate(bridge: Bridge) -> dict[str, Finding]:
    return {one.name: one for one in estimate_bridge(bridge, 0.95)}


def drawn(drift: float) -> Bridge:
    """A judge of the simulated world, asked twice then and once now, on 400 comparisons."""
    rng = random.Random(1)
    then, now = World(seed=1), World(seed=1, drift=drift)
    rows, repeats = [], []
    for number in range(400):
        margin, lineage = rng.gauss(0.0, 1.0), f"L{number % 40}"
        first, second, third = (
            SCORES[world.verdict_probabilities(margin + world.drift).choose(rng.random())]
            for world in (then, then, now)
        )
        rows.append(BridgeRow("j", lineage, first, third, "m-1", "m-2"))
        repeats.append(RepeatRow("j", lineage, first, second))
    return Bridge(400, ("j",), rows, repeats)


def test_a_judge_that_drifts_is_seen_to() -> None:
    found = estimate(drawn(1.5))
    low = found[SHIFT].low
    assert low is not None
    assert low > 0.05
    assert found[SHIFT].note.startswith("answered then by m-1 and now by m-2")
    (said,) = drift_sentences(found.values())
    assert said.startswith("The judge j seems to have drifted: asked again for 400 verdicts")


def test_a_judge_that_only_wavers_is_not_said_to_drift() -> None:
    found = estimate(drawn(0.0))
    for name in (SHIFT, BEYOND):
        assert not list(drift_sentences(found.values()))
        low, high = found[name].low, found[name].high
        assert low is not None
        assert high is not None
        assert low < 0 < high
    assert found[AGREEMENT].value == pytest.approx(found[STEADINESS].value, abs=0.1)


def test_what_is_unscored_now_is_counted_and_where_nothing_was_there_it_is_said() -> None:
    rows = [BridgeRow("j", f"L{n}", 1.0, None if n == 3 else 0.5, "m", "m") for n in range(4)]
    found = list(estimate_bridge(Bridge(4, ("j", "other"), rows), 0.95))
    assert (found[0].value, dict(found[0].extra)) == (
        -0.5, {"repeated": 4, "wanted": 4, "unscored": 1}
    )  # fmt: skip
    assert [one.note for one in found if one.against == "other"] == [NO_EARLIER]
    assert NO_SAMPLES in [one.note for one in found]


def test_what_came_twice_is_compared_on_the_same_arms_and_passes_for_no_sign_of_no_drift() -> None:
    """A judge that is sure of `shuffled` would hide that it wavers more on the model."""
    model = [BridgeRow("j", f"L{n}", 1.0, float(n % 2), "m", "m", "model") for n in range(20)]
    sure = [BridgeRow("j", f"L{n}", 1.0, 1.0, "m", "m", "shuffled") for n in range(20)]
    twice = [RepeatRow("j", f"L{n}", 1.0, 1.0, "model") for n in range(20)]
    found = estimate(Bridge(40, ("j",), [*model, *sure], twice))
    assert (found[AGREEMENT].value, found[BEYOND].value) == (0.75, -0.5)
    assert dict(found[BEYOND].extra) == {"arms": "model", "repeated": 20, "twice": 20}
    assert NOT_LEANING in found[BEYOND].note
