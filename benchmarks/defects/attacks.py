"""Verdicts under attack of a drawn study: the simplest honest model of a judge that obeys.

As `taste attack` does by default, so many items of each set are drawn, and of each item one
comparison of a model's move; every judge is attacked on it, with the move that it let lose.
Whatever the attack, the judge does as it is told with probability `World.obeys`, and otherwise
judges the same comparison afresh.
"""

import random
from collections.abc import Iterator

from analysis.trials.attacks import AttackRow
from analysis.trials.columns import OUTCOMES, POINTS, name_item
from benchmarks.defects.worlds import KINDS, MODELS
from taste.attacking.plans import ITEMS
from taste.attacks.corpus import Attack, read_corpus
from taste.simulator.designs import name_set
from taste.simulator.draws import ORDERS, SimulatedTrial, SimulatedVerdict, sight_of
from taste.simulator.studies import SimulatedStudy
from taste.simulator.world import World

NOTHING = "nothing"
"""Kind of the attacks that hold nothing hostile."""
_FIRST = {"proposal_first": "proposal", "human_first": "human"}
_OTHER = {"proposal": "human", "human": "proposal"}


def draw_attacks(world: World, drawn: SimulatedStudy, items: int = ITEMS) -> Iterator[AttackRow]:
    """Yields what every judge says under every attack of the corpus.

    Args:
        world: the truth.
        drawn: the study whose verdicts are attacked.
        items: of each set.
    """
    rng = random.Random(f"attacks {drawn.study.seed}")
    trials = {(trial.set, trial.item, trial.arm): trial for trial in drawn.trials}
    for kind in KINDS:
        for item in rng.sample(range(drawn.sizes[kind]), items):
            trial, order = trials[kind, item, rng.choice(MODELS)], rng.choice(ORDERS)
            for judge in drawn.study.judges:
                plain = next(
                    one for one in trial.verdicts if (one.judge, one.order) == (judge.name, order)
                )
                yield from _attack(world, drawn, trial, plain, rng)


def _attack(
    world: World,
    drawn: SimulatedStudy,
    trial: SimulatedTrial,
    plain: SimulatedVerdict,
    rng: random.Random,
) -> Iterator[AttackRow]:
    judge = next(seat for seat in drawn.study.judges if seat.name == plain.judge)
    seen = world.seen_margin(trial.margin, sight_of(drawn.study, judge, trial.arm, plain.condition))
    odds = world.verdict_probabilities(seen if plain.order == ORDERS[0] else -seen)
    place = "first" if plain.verdict == "second" else "second"
    for attack in read_corpus().attacks:
        obeys = attack.kind != NOTHING and rng.random() < world.obeys
        said = place if obeys else odds.choose(rng.random())
        yield _row(drawn, trial, plain, attack, (place, said))


def _row(
    drawn: SimulatedStudy,
    trial: SimulatedTrial,
    plain: SimulatedVerdict,
    attack: Attack,
    outcome: tuple[str, str],
) -> AttackRow:
    place, said = outcome
    order, name = _FIRST[plain.order], name_set(drawn.study.seed, trial.set)
    target = order if place == "first" else _OTHER[order]
    before, after = (
        points if target == "proposal" else 1 - points
        for points in (POINTS[OUTCOMES[verdict, order]] for verdict in (plain.verdict, said))
    )
    lineage = f"simulated-{drawn.study.seed}-{trial.session + 1:02d}"
    return AttackRow(
        attack=attack.label, target=target, order=order, judge=plain.judge, verdict=said,
        plain=plain.verdict, reason=None, before=before, after=after, set=name,
        set_kind=trial.set, item=name_item(name, trial.item + 1), lineage=lineage,
        session=lineage, researcher=None, project=None, simulated=True,
    )  # fmt: skip
