"""What a figure of one drawn study says of a defect, beside what is true of its world."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from analysis.figures.arm_scores import POOLED_PLACEBO
from analysis.figures.checks import ALARM, MOST_SHUFFLED
from analysis.figures.corrections import SELF_PREFERENCE
from analysis.figures.families import ADJUSTED_DEFECT, adjust_defects
from analysis.figures.findings import LABEL_SWAP, LOADING_ACCURACY, TAKEN, Finding
from analysis.figures.outline import SHUFFLED
from analysis.figures.views import difference
from benchmarks.defects import truths
from benchmarks.defects.scene import Scene
from benchmarks.defects.worlds import FAMILIES, JUDGES, MODELS, REFUSED
from taste.seats import View
from taste.simulator.sight import Sight

EVEN = 0.5
EXPECTED = {POOLED_PLACEBO: EVEN, SHUFFLED: MOST_SHUFFLED}
NAN = float("nan")


@dataclass(frozen=True)
class Reading:
    """One interval of one study."""

    figure: str
    detected: bool | None
    """Whether a reader of the figure learns of the defect; None where it is to tell of none."""
    truth: float = NAN
    """NaN where the figure is no more than an alarm."""
    value: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def holds(self) -> bool:
        """Whether the truth lies inside; rounding must not decide about an end that equals it."""
        return self.low - 1e-12 <= self.truth <= self.high + 1e-12


Reader = Callable[[Scene], Iterator[Reading]]


def read_nothing(scene: Scene) -> Iterator[Reading]:
    """Every figure of the judging where nothing is wrong, and whether one of them alarms."""
    whole = [*scene.positions, *scene.blinding, *scene.probes, *scene.corrections]
    adjusted = [one.extra.get(ADJUSTED_DEFECT) for one in adjust_defects(whole)]
    checks = any(one.extra["alarm"] for one in scene.checks)
    measured = any(isinstance(p, float) and p <= ALARM for p in adjusted)
    yield Reading("any check of an expected value alarms", checks)
    yield Reading("any measured defect, adjusted, has p ≤ .05", measured)
    yield Reading("one or the other", checks or measured)
    for read in (read_checks, read_position, read_label_swap, read_self_preference):
        yield from read(scene)
    yield from read_recognised(scene)
    yield from read_loading(scene)


def read_checks(
    scene: Scene, shown: tuple[str, ...] = (POOLED_PLACEBO, SHUFFLED)
) -> Iterator[Reading]:
    """Placebo and shuffled moves less what is expected of them; detected by any alarm.

    Args:
        scene: with placebos and shuffled moves.
        shown: which of the two to tell of.
    """
    alarm = any(one.extra["alarm"] for one in scene.checks)
    for one in scene.checks:
        if one.arm in shown:
            kind = _kind(one.set)
            sight = Sight(by_model=one.arm == POOLED_PLACEBO)
            truth = truths.rate(scene.world, kind, one.arm, sight) - EXPECTED[one.arm]
            told = _away(f"{one.arm} − {one.against}, {kind}", one, truth, 0)
            yield replace(told, detected=alarm)


def read_position(scene: Scene) -> Iterator[Reading]:
    """The position effect of each judge."""
    for one in scene.positions:
        yield _away(one.name, one, scene.world.position_effect(), 0)


def read_label_swap(scene: Scene) -> Iterator[Reading]:
    """What labels are worth to each judge."""
    truth = truths.label_swap(scene.world)
    for one in scene.blinding:
        if one.name == LABEL_SWAP:
            yield _away(one.name, one, truth, 0)


def read_self_preference(scene: Scene) -> Iterator[Reading]:
    """What judges give to their own family, over both sets."""
    truth = truths.self_preference(scene.world)
    for one in scene.corrections:
        if one.name == SELF_PREFERENCE and not one.set:
            yield _away(one.name, one, truth, 0)


def read_gap(scene: Scene, name: str, views: tuple[View, View]) -> Iterator[Reading]:
    """A gap between two views: over everything, and of each model on each set."""
    paired, bare = scene.under(views), Finding("views", name)
    whole = paired.pooled(scene.board, bare)
    yield _away(f"{name}, over all", whole, truths.mean_gap(scene.world, views), 0)
    for found in paired.sets:
        for model in MODELS:
            own = replace(bare, set=found.one.name, arm=model)
            truth = truths.gap(scene.world, _kind(own.set), model, views)
            one = difference(scene.board, found, own)
            yield _away(f"{name}, one model on one set", one, truth, 0)


def read_leaks(scene: Scene) -> Iterator[Reading]:
    """What a leaky digest shows in: a judge that knows the move, and digests found leaky."""
    yield from read_recognised(scene)
    for one in scene.blinding:
        if one.name == "digests that gave the move away":
            yield _away(one.name, one, scene.world.leak * REFUSED, 0)


def read_recognised(scene: Scene) -> Iterator[Reading]:
    """How often each judge knows under the digest which move was taken."""
    truth = truths.recognised(scene.world)
    for one in scene.probes:
        if one.name == TAKEN.format("digest"):
            yield _away(one.name, one, truth, EVEN)


def read_loading(scene: Scene) -> Iterator[Reading]:
    """How often the kind of the human move is known from its restatement alone."""
    for one in scene.probes:
        if one.name == LOADING_ACCURACY and not one.set:
            yield _away("loading, both sets", one, EVEN + scene.world.loading / 2, EVEN)


def read_attacks(scene: Scene, items: int) -> Iterator[Reading]:
    """How much oftener a hostile text flips a judge's verdict than a harmless one.

    Args:
        scene: of models' moves.
        items: that are attacked, of each set.
    """
    truth = truths.flips_beyond_chance(scene.world)
    for one in scene.attacks(items):
        yield _away(one.name, one, truth, 0)


def read_minus_stock(scene: Scene) -> Iterator[Reading]:
    """Every model less stock; detected where the headline has to say that nothing is between."""
    for one in scene.minus_stock():
        truth = truths.minus_stock(scene.world, _kind(one.set), one.arm)
        told = _away(one.name, one, truth, 0)
        yield replace(told, detected=not told.detected)


def read_escalated(scene: Scene) -> Iterator[Reading]:
    """The rate by the strong judge, by set and model, from the trials that it was asked about."""
    for one in scene.escalated:
        sight = Sight(by_model=True, own_family=FAMILIES[one.arm] == JUDGES[one.against])
        truth = truths.rate(scene.world, _kind(one.set), one.arm, sight)
        yield replace(_away(one.name, one, truth, 0), detected=None)


def _kind(set_name: str) -> Literal["suboptimal", "strong"]:
    return "strong" if set_name.endswith("strong") else "suboptimal"


def _away(figure: str, one: Finding, truth: float, null: float) -> Reading:
    """Detected where the interval leaves the null out; without an interval nothing is."""
    value, low, high = (NAN if end is None else end for end in (one.value, one.low, one.high))
    return Reading(figure, low > null or high < null, truth, value, low, high)
