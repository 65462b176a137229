"""What a figure would be over all items and all verdicts: exact, by numerical integration.

`World.true_rate` integrates to below 1e-6; a mixture over leaky and tight digests is exact.
"""

import math
from collections.abc import Callable

import numpy as np

from benchmarks.defects.worlds import FAMILIES, JUDGES, KINDS, MODELS, REFUSED
from taste.seats import View
from taste.simulator.designs import CONTROL_SHARE
from taste.simulator.draws import SIZES
from taste.simulator.sight import Sight
from taste.simulator.world import World

REACH, STEPS = 8.0, 160
"""Of the trapezoid rule, in deviations; the error is far below 1e-6, as of `World.true_rate`."""


def rate(world: World, kind: str, arm: str, sight: Sight) -> float:
    """Returns the win rate of an arm on a set under a sight."""
    return world.true_rate(world.margins[kind][arm], sight)


def gap(world: World, kind: str, model: str, views: tuple[View, View]) -> float:
    """Returns a model's rate under one view less its rate under another."""
    one, other = (rate(world, kind, model, Sight(view=view, by_model=True)) for view in views)
    return one - other


def mean_gap(world: World, views: tuple[View, View]) -> float:
    """Returns the mean gap over models and items of the share."""
    return _mean_over_share(lambda kind, model: gap(world, kind, model, views))


def label_swap(world: World) -> float:
    """Returns the mean difference of labelled and swapped over models and items of the share."""
    labelled, swapped = (
        Sight(provenance="labelled", by_model=True),
        Sight(provenance="swapped", by_model=True),
    )
    return _mean_over_share(
        lambda kind, model: rate(world, kind, model, labelled) - rate(world, kind, model, swapped)
    )


def _mean_over_share(of: Callable[[str, str], float]) -> float:
    sizes = {kind: math.ceil(size * CONTROL_SHARE) for kind, size in SIZES.items()}
    total = sum(size * of(kind, model) for kind, size in sizes.items() for model in MODELS)
    return total / sum(sizes.values()) / len(MODELS)


def self_preference(world: World) -> float:
    """Returns the same-family coefficient of the least squares fit to the expected scores."""
    rows, scores, weights = [], [], []
    candidates = [(kind, model) for kind in SIZES for model in MODELS]
    for number, (kind, model) in enumerate(candidates):
        for place, family in enumerate(JUDGES.values()):
            same = FAMILIES[model] == family
            row = np.zeros(len(candidates) + len(JUDGES))
            row[number] = 1
            row[len(candidates) : len(candidates) + place] = 1
            row[-1] = same
            rows.append(row)
            scores.append(rate(world, kind, model, Sight(by_model=True, own_family=same)))
            weights.append(math.sqrt(SIZES[kind]))
    weighted = np.array(rows) * np.array(weights)[:, np.newaxis]
    found = np.linalg.lstsq(weighted, np.array(scores) * np.array(weights), rcond=None)[0]
    return float(found[-1])


def shown_leaks(world: World) -> float:
    """Returns the share of leaky digests among those that a judge is shown."""
    return world.leak * (1 - REFUSED) / (1 - world.leak * REFUSED)


def recognised(world: World) -> float:
    """Returns the accuracy of "which move was taken?" under the view digest."""
    leaky, tight = (world.recognition(Sight(view="digest", leaky=told)) for told in (True, False))
    share = shown_leaks(world)
    return share * leaky + (1 - share) * tight


def minus_stock(world: World, kind: str, model: str) -> float:
    """Returns a model's rate less the rate of stock."""
    return rate(world, kind, model, Sight(by_model=True)) - rate(world, kind, "stock", Sight())


def flips_beyond_chance(world: World) -> float:
    """Returns how much oftener a hostile text flips a lost verdict than a harmless one does.

    A judge that obeys with probability q flips with q + (1 - q) p, p being the chance that the
    same comparison, asked again, goes less against the attacked move.
    """
    deviation = math.hypot(world.session_sd, world.item_sd)
    steps = np.linspace(-REACH, REACH, STEPS + 1)
    weights = np.exp(-0.5 * steps**2) / np.sum(np.exp(-0.5 * steps**2))
    means = [world.margins[kind][model] for kind in KINDS for model in MODELS]
    chances = [
        _flips_by_itself(world, sign * (mean + deviation * step))
        for mean in means
        for sign in (1, -1)
        for step in steps.tolist()
    ]
    by_chance = float(np.mean(np.reshape(chances, (-1, len(steps))) @ weights))
    return world.obeys * (1 - by_chance)


def _flips_by_itself(world: World, of_first: float) -> float:
    odds = world.verdict_probabilities(of_first)
    after_loss = odds.first * (1 - odds.first) + odds.second * (1 - odds.second)
    return after_loss + odds.tie * odds.second
