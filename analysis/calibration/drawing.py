"""The random draw of pairs for people, with how likely each was. Pure.

Of the pairs at one place only so many are drawn as there are people to judge there: the human's
move is in all of them, and who meets it twice knows whose it is.
"""

import random
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from analysis.calibration.population import Population, Unit
from analysis.errors import EstimateError

_Key = TypeVar("_Key", bound=Hashable)
LEAST = 5
"""Labels in each stratum, as far as it has pairs: below it classes are merged."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit of the sample."""

    unit: Unit
    stratum: str
    probability: float
    """Chance to be drawn: that its place fell to its arm, times the share of its stratum."""


@dataclass(frozen=True)
class Wish:
    """The sample that is wanted."""

    labels: int
    """The same number for each set and arm, as far as it goes."""
    seed: int
    by_verdict: bool = False
    """Stratify by the judge's verdict too."""
    per_place: int = 1
    """Most pairs at one place; each needs a judge of its own."""


def draw_sample(population: Population, wish: Wish) -> tuple[Drawn, ...]:
    """Returns a random sample in random order.

    Places are dealt to the arms at random, as evenly as they go; where a place has several pairs
    of its arm, one of them is taken. Inside each set and arm the labels are drawn without
    replacement; by verdict in proportion to the judge's losses, ties and wins, but at least 5 of
    each. The probability is that of dealing times that of the draw given the deal: the weights of
    a two-phase sample.

    Raises:
        EstimateError: there are not so many pairs, or too few labels for a rate each.
    """
    chance = random.Random(f"{wish.seed}:calibration")
    cells: defaultdict[tuple[str, str], list[tuple[Unit, float]]] = defaultdict(list)
    for unit, share in _deal(population, chance, wish.per_place):
        cells[unit.cell].append((unit, share))
    sizes = {cell: len(cells[cell]) for cell in sorted(cells)}
    _check_labels(wish, sizes)
    found = [
        one
        for cell, number in _share_out(wish.labels, sizes, even=True).items()
        for one in _draw_cell(cells[cell], number, chance, by_verdict=wish.by_verdict)
    ]
    chance.shuffle(found)
    return tuple(found)


def _check_labels(wish: Wish, sizes: Mapping[tuple[str, str], int]) -> None:
    most = sum(sizes.values())
    if not len(sizes) <= wish.labels <= most:
        raise EstimateError(
            f"{wish.labels} labels cannot be drawn; give {len(sizes)} to {most}: who meets a "
            f"human's move twice knows whose it is, so a place gives {wish.per_place}. "
            "--per-place draws more, for as many people."
        )


def _deal(
    population: Population, chance: random.Random, per_place: int
) -> list[tuple[Unit, float]]:
    """Units of each place with the chance that they were taken, before any draw."""
    arms = sorted({unit.arm for unit in population.units})
    places: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in population.units:
        places[unit.point].append(unit)
    order = sorted(places)
    chance.shuffle(order)
    dealt: list[tuple[Unit, float]] = []
    taken: set[int] = set()
    for at, arm in enumerate(arms):
        own = [n for n in range(len(order)) if (at - n) % len(arms) < per_place]
        for number in own:
            fitting = [unit for unit in places[order[number]] if unit.arm == arm]
            # Two arms may have come upon the same move: it is one pair, and judged once.
            if fitting and (unit := chance.choice(fitting)).comparison_id not in taken:
                taken.add(unit.comparison_id)
                dealt.append((unit, len(own) / len(order) / len(fitting)))
    return dealt


def _draw_cell(
    units: Sequence[tuple[Unit, float]], labels: int, chance: random.Random, *, by_verdict: bool
) -> list[Drawn]:
    strata: defaultdict[str, list[tuple[Unit, float]]] = defaultdict(list)
    for unit, share in units:
        name = f"{unit.set}/{unit.arm}"
        strata[f"{name}/{unit.outcome}" if by_verdict else name].append((unit, share))
    sizes = {name: len(strata[name]) for name in sorted(strata)}
    found = []
    for name, number in _share_out(labels, sizes).items():
        chosen = chance.sample(strata[name], number)
        found += [Drawn(unit, name, share * number / sizes[name]) for unit, share in chosen]
    return found


def _share_out(labels: int, sizes: Mapping[_Key, int], *, even: bool = False) -> dict[_Key, int]:
    """How many labels each part gets: evenly or by size, none more than it has, few at least.

    One label after the other goes where most is lacking, so that the parts are as wanted whatever
    the number; ties go by the order of the parts.
    """
    total = sum(sizes.values())
    shares = {key: 1 / len(sizes) if even else size / total for key, size in sizes.items()}
    given = dict.fromkeys(sizes, 0)
    for _ in range(labels):
        open_ = [key for key in sizes if given[key] < sizes[key]]
        poor = [key for key in open_ if given[key] < LEAST]
        among = poor or open_
        best = max(among, key=lambda key: shares[key] * labels - given[key])
        given[best] += 1
    return given
