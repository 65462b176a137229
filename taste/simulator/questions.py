"""Answers to the probes of a simulated study: what a restatement or a view gives away."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from taste.conditions import ON_A_DIGEST, Condition, TrialKind, probed_views
from taste.judging import ProbeKind
from taste.seats import View
from taste.simulator.draws import (
    ORDERS,
    Order,
    SimulatedItem,
    SimulatedTrial,
    sight_of,
)
from taste.simulator.world import World
from taste.study import Study

_KINDS: Final = {"suboptimal": "detour", "strong": "strong"}
_OTHER: Final = {"detour": "strong", "strong": "detour", "first": "second", "second": "first"}


@dataclass(frozen=True, slots=True)
class SimulatedProbe:
    """One answer to a question beside the verdicts."""

    kind: ProbeKind
    set: str
    item: int
    arm: str | None
    """Whose proposal was asked about; None where it was the human move alone."""
    seat: str
    view: View | None = None
    order: Order | None = None
    answer: Mapping[str, str] = field(default_factory=dict)


def draw_probes(
    world: World,
    study: Study,
    items: Mapping[tuple[str, int], SimulatedItem],
    trials: Sequence[SimulatedTrial],
    rng: random.Random,
) -> Iterator[SimulatedProbe]:
    """Yield what the study asks: loading of every item, the rest on the share.

    Loading is right with probability ½ + loading / 2, identity as `World.recognition` says;
    every restatement is faithful.
    """
    for (name, item), drawn in items.items():
        if "loading" in study.probes.kinds:
            right = rng.random() < 0.5 + 0.5 * world.loading
            kind = _KINDS[name] if right else _OTHER[_KINDS[name]]
            seat = study.prober_seat.name
            yield SimulatedProbe("loading", name, item, None, seat, answer={"kind": kind})
        if "faithfulness" in study.probes.kinds and drawn.in_share:
            yield _faithful(study, name, item, None)
    orders = {key: {view: rng.choice(ORDERS) for view in study.judging.views} for key in items}
    for trial in trials:
        of_item = items[trial.set, trial.item]
        if "faithfulness" in study.probes.kinds and of_item.in_share:
            yield _faithful(study, trial.set, trial.item, trial.arm)
        yield from _identities(world, study, trial, of_item, orders[trial.set, trial.item], rng)


def _faithful(study: Study, name: str, item: int, arm: str | None) -> SimulatedProbe:
    seat = study.prober_seat.name
    return SimulatedProbe("faithfulness", name, item, arm, seat, answer={"same": "same"})


def _identities(
    world: World, study: Study, trial: SimulatedTrial, of_item: SimulatedItem,
    orders: Mapping[View, Order], rng: random.Random,
) -> Iterator[SimulatedProbe]:  # fmt: skip
    """Yield whose move each judge takes which for, under each view that can be shown."""
    kind = TrialKind(trial.arm, 1, of_item.in_share)
    for judge in study.judges:
        for view in probed_views(study, judge, kind):
            if of_item.refused and view in ON_A_DIGEST:
                continue
            sight = sight_of(study, judge, trial.arm, Condition(view), leaky=of_item.leaky)
            human = "second" if orders[view] == "proposal_first" else "first"
            taken = human if rng.random() < world.recognition(sight) else _OTHER[human]
            yield SimulatedProbe(
                "identity", trial.set, trial.item, trial.arm, judge.name, view, orders[view],
                {"taken": taken, "by_model": _OTHER[taken]},
            )  # fmt: skip
