"""Which designs of a study a sum of money pays for: models, repeats, judges, samples, share, items.

Costs come from a few of the study's own items, in the cheapest order; what is there already is
taken off. How good a design is, is not decided here.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from taste.arms import arms_of, places
from taste.cheapest import cheapest_cost
from taste.jobs import Job
from taste.planning.counting import planned_calls
from taste.planning.tokens import Tokens
from taste.points import PointReader, PointText
from taste.sets import get_set, read_items
from taste.study import Study
from taste.tables import Item, Run
from transcripts.db import Db

MODELS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
REPEATS = (1, 2, 3, 5)
SAMPLES = (1, 2, 3)
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
SAMPLED = 4
"""Items of each set by which costs are taken."""
_CORNERS = ((1, 1), (2, 1), (1, 2), (2, 2))
"""Repeats and samples at which cost is taken; between and beyond them it is linear in each."""


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to compare on."""

    items: int
    """Of all sets."""
    first: int
    """Of the first set."""
    lineages: tuple[str, ...]
    """Session of each of those, with its continuations counted as one; in random order."""

    def sizes(self, items: int) -> tuple[int, ...]:
        """How many of so many items drawn at random lie in each session; the same at each call."""
        return tuple(sorted(Counter(self.lineages[:items]).values()))


@dataclass(frozen=True, slots=True)
class Design:
    """A design and what it costs."""

    models: int
    repeats: int
    judges: int
    samples: int
    share: float
    items: int
    """Of all sets."""
    first: int
    """Of the first set."""
    sizes: tuple[int, ...]
    """Items of the first set in each session that has any."""
    usd: float


@dataclass(frozen=True, slots=True)
class _Cell:
    """What an item costs on average with so many models and judges: by repeats and samples."""

    models: int
    judges: int
    corners: tuple[tuple[float, float], ...]
    """For each corner: USD of an item outside the share, and inside it."""

    def cost(self, repeats: int, samples: int, share: float) -> float:
        """USD of an item."""
        base, more_repeats, more_samples, both = (
            (1 - share) * outside + share * inside for outside, inside in self.corners
        )
        r, s = repeats - 1, samples - 1
        return (
            base + r * (more_repeats - base) + s * (more_samples - base)
            + r * s * (both - more_repeats - more_samples + base)
        )  # fmt: skip


def read_material(db: Db, study: Study) -> Material:
    """How many items there are, and in which lineages those of the first set lie."""
    sets = [read_items(db, get_set(db, name)) for name in study.sets]
    lineages = [item.lineage for item in sets[0]]
    random.Random(study.seed).shuffle(lineages)
    return Material(sum(len(items) for items in sets), len(lineages), tuple(lineages))


def affordable_designs(
    db: Db, study: Study, run: Run, budget: float, tokens: Tokens
) -> Iterator[Design]:
    """Yield what the budget pays for: each with as many items as it can have."""
    material = read_material(db, study)
    shares, sizes = sorted({*SHARES, study.controls.share}), cache(material.sizes)
    for cell in _Costing(db, run, tokens, PointReader(db, study.display)).cells(study):
        for repeats, samples, share in product(REPEATS, SAMPLES, shares):
            each = cell.cost(repeats, samples, share)
            items = material.items if each <= 0 else min(material.items, int(budget / each))
            part = items / material.items
            first = int(part * material.first)
            yield Design(
                cell.models, repeats, cell.judges, samples, share, items, first, sizes(first),
                items * each,
            )  # fmt: skip


@dataclass(slots=True)
class _Costing:
    """What an item of a design costs; the few items by which that is taken are read once."""

    db: Db
    run: Run
    tokens: Tokens
    reader: PointReader
    _texts: dict[int, PointText] = field(default_factory=dict)

    def cells(self, study: Study) -> Iterator[_Cell]:
        """Yield every number of models and judges with its costs."""
        most = len(study.proposers)
        fewest = len(study.judges) if study.judging.escalation else 1
        models = sorted({number for number in (*MODELS, most) if number <= most})
        for number, judges in product(models, range(fewest, len(study.judges) + 1)):
            corners = tuple(
                self._item_costs(_variant(study, number, judges, repeats, samples))
                for repeats, samples in _CORNERS
            )
            yield _Cell(number, judges, corners)

    def _item_costs(self, study: Study) -> tuple[float, float]:
        """USD of an item on average, outside the share and inside it."""
        costs = []
        for in_share in (False, True):
            jobs = _jobs(self.db, study, self.run, in_share=in_share)
            planned = planned_calls(self.db, self.run, study, jobs, self._read)
            calls = [self.tokens.billed(call) for call in planned]
            items = len({job.item_id for job in jobs})
            costs.append(cheapest_cost(calls) / items if items else 0.0)
        return costs[0], costs[1]

    def _read(self, item: Item) -> PointText:
        assert item.id is not None
        if item.id not in self._texts:
            self._texts[item.id] = self.reader.read(item)
        return self._texts[item.id]


def _variant(study: Study, models: int, judges: int, repeats: int, samples: int) -> Study:
    """The study with its first models and judges."""
    proposers = study.proposers[:models]
    names = {seat.name for seat in proposers}
    oracles = tuple(name for name in study.controls.oracles if name in names)
    return study.model_copy(
        update={
            "proposers": proposers,
            "judges": study.judges[:judges],
            "repeats": repeats,
            "samples": samples,
            "controls": study.controls.model_copy(update={"oracles": oracles}),
        }
    )


def _jobs(db: Db, study: Study, run: Run, *, in_share: bool) -> Sequence[Job]:
    """The trials of a few items, as if all of them were in the share, or none."""
    jobs = []
    for name in study.sets:
        every = list(places(db, study, get_set(db, name)))
        for place in every[:: max(1, -(-len(every) // SAMPLED))]:
            moved = type(place)(place.item, place.set_kind, in_share)
            assert place.item.id is not None
            jobs += [
                Job(0, place.item.id, arm, repeat, in_share, place.set_kind)
                for arm, repeat in arms_of(db, study, run, moved)
            ]
    return jobs
