"""A whole simulated study: its items, trials with every verdict that was asked for, and probes.

For checking estimators against a known truth; nothing here may enter a real result.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from taste.arms import ON_A_SHARE
from taste.conditions import ON_A_DIGEST, Condition, TrialKind, wanted_verdicts
from taste.judging import CONFIDENCES, Escalation
from taste.seats import Judge
from taste.simulator.designs import (
    HEADLINE_ALONE,
    Design,
    draw_share,
    with_written_arms,
    write_study,
)
from taste.simulator.draws import (
    ORDERS,
    SESSIONS,
    SIZES,
    SimulatedItem,
    SimulatedTrial,
    SimulatedVerdict,
    draw_margins,
    draw_orders,
    sight_of,
)
from taste.simulator.questions import SimulatedProbe, draw_probes
from taste.simulator.world import World
from taste.study import Study, parse_study

_SAME_OUTCOME: Final = {"first": "second", "second": "first", "tie": "tie"}
"""A verdict in one order -> the verdict that says the same of the proposal in the other."""


@dataclass(frozen=True)
class SimulatedStudy:
    """Everything that was drawn of a study."""

    study: Study
    text: str
    """The study file."""
    sizes: Mapping[str, int]
    """Set -> number of its items."""
    sessions: int
    items: Mapping[tuple[str, int], SimulatedItem]
    """By set and index within it."""
    trials: tuple[SimulatedTrial, ...]
    probes: tuple[SimulatedProbe, ...]


def draw_study(
    world: World,
    seed: int,
    design: Design = HEADLINE_ALONE,
    sizes: Mapping[str, int] = SIZES,
    sessions: int = SESSIONS,
) -> SimulatedStudy:
    """Return a study as it ends: what was asked for, and what everyone said.

    What the first judge says first depends on world, seed and arms alone, whatever else is asked.

    Args:
        world: the truth; arms beside the controls' names are its proposers.
        seed: of every draw, and part of every name.
        design: what is asked of whom.
        sizes: set -> number of items; the sets must be among the world's margins.
        sessions: that the items come from.

    Raises:
        UserError: the design's tables make no valid study file.
    """
    text = write_study(design, world, seed, sizes)
    study = parse_study(text, "simulated")
    items = _draw_items(world, study, design, sizes)
    first, further = random.Random(seed), random.Random(f"conditions {seed}")
    judge = _Judging(world, study, items, further).judge
    drawn = draw_margins(with_written_arms(world, study), first, sizes, sessions)
    trials = tuple(found for trial in drawn if (found := judge(trial, first)))
    probes = draw_probes(world, study, items, trials, random.Random(f"probes {seed}"))
    return SimulatedStudy(study, text, sizes, sessions, items, trials, tuple(probes))


def _draw_items(
    world: World, study: Study, design: Design, sizes: Mapping[str, int]
) -> dict[tuple[str, int], SimulatedItem]:
    rng, share = random.Random(f"items {study.seed}"), draw_share(study, sizes)
    items = {}
    for name, size in sizes.items():
        for item in range(size):
            leaky, refused = rng.random() < world.leak, rng.random() < design.refused
            items[name, item] = SimulatedItem((name, item) in share, leaky, leaky and refused)
    return items


@dataclass(frozen=True)
class _Judging:
    """Draws what the judges of a study say of its trials."""

    world: World
    study: Study
    items: Mapping[tuple[str, int], SimulatedItem]
    further: random.Random
    """Of everything but what the first judge says first."""

    def judge(self, trial: SimulatedTrial, first: random.Random) -> SimulatedTrial | None:
        """Return the trial with its verdicts; None where the study does not run it.

        Args:
            trial: without verdicts.
            first: of the first judge's verdicts under its first condition, drawn whether or not
                the trial is run.
        """
        item = self.items[trial.set, trial.item]
        asked = self._asked(self.study.judges[0], trial, item)
        found = [*self._ask(trial, next(asked), first)]
        if not item.in_share and trial.arm.partition(":")[0] in ON_A_SHARE:
            return None
        for ask in asked:
            found += self._ask(trial, ask, self.further)
        chance, escalation = None, self.study.judging.escalation
        for judge in self.study.judges[1:]:
            if escalation and judge.name == escalation.then:
                chance = _chance(escalation, found)
                if self.further.random() >= chance:
                    continue
            for ask in self._asked(judge, trial, item):
                found += self._ask(trial, ask, self.further)
        return replace(trial, verdicts=tuple(found), escalation=chance)

    def _asked(
        self, judge: Judge, trial: SimulatedTrial, item: SimulatedItem
    ) -> Iterator[tuple[Judge, Condition, int]]:
        """Yield what one judge is asked of a trial, with the number of the sample."""
        for wanted in wanted_verdicts(self.study, judge, TrialKind(trial.arm, 1, item.in_share)):
            for sample in range(1, wanted.samples + 1):
                yield judge, wanted.condition, sample

    def _ask(
        self, trial: SimulatedTrial, asked: tuple[Judge, Condition, int], rng: random.Random
    ) -> Iterator[SimulatedVerdict]:
        """Yield a verdict in each order."""
        judge, condition, sample = asked
        item = self.items[trial.set, trial.item]
        sight = sight_of(self.study, judge, trial.arm, condition, leaky=item.leaky)
        seen = self.world.seen_margin(trial.margin, sight)
        hidden = item.refused and condition.view in ON_A_DIGEST
        confidence = None if hidden else self.world.confidence(seen)
        for order, said in zip(ORDERS, draw_orders(self.world, seen, rng), strict=True):
            verdict = "unscored" if hidden else said
            yield SimulatedVerdict(judge.name, condition, order, sample, verdict, confidence)


def _chance(escalation: Escalation, found: Sequence[SimulatedVerdict]) -> float:
    """Return the probability with which the strong judge is asked, by what the first judge said.

    Its verdicts under the headline's condition, in both orders, are the first that it gave.
    """
    own = [one for one in found if one.judge == escalation.first]
    headline = [one for one in own if one.condition == own[0].condition]
    unsure = CONFIDENCES[: CONFIDENCES.index(escalation.confidence) + 1]
    favoured = {
        one.verdict if one.order == ORDERS[0] else _SAME_OUTCOME.get(one.verdict)
        for one in headline
    }
    if len(favoured) > 1 or None in favoured or any(one.confidence in unsure for one in headline):
        return 1.0
    return escalation.share
