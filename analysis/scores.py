"""From outcomes of comparisons to item scores, position effects and flips.

Law: an item with an order missing is counted and bounded, never scored from one order, since
that order's advantage would go into the score.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from analysis.clusters import FloatArray
from analysis.errors import EstimateError

PROPOSAL_FIRST = "proposal_first"
HUMAN_FIRST = "human_first"
ORDERS = (PROPOSAL_FIRST, HUMAN_FIRST)

POINTS = {"win": Fraction(1), "tie": Fraction(1, 2), "loss": Fraction(0)}

ORDER_MISSING = "no repeat judged in both orders"

_OrderTally = Mapping[str, Fraction]
_Trial = Mapping[str, _OrderTally]


class ScoredVerdict(NamedTuple):
    """One scored verdict, seen from the proposal."""

    item: str
    repeat: int
    order: str
    """`proposal_first` or `human_first`."""
    sample: int
    outcome: str
    """`win`, `tie` or `loss`."""


@dataclass(frozen=True)
class ItemScore:
    """What the verdicts on one item come to, repeats averaged."""

    item: str
    score: float
    """In [0, 1]: mean over samples inside each order, then over the two orders."""
    won: float
    """Share of wins, averaged as the score is; won + tied / 2 is the score."""
    tied: float
    lost: float
    position: float
    """Mean with the proposal first less mean with the human move first, in [-1, 1]."""
    flipped: float
    """Chance that a verdict of one order and one of the other order disagree, in [0, 1]."""
    reversed: float
    """Chance that one of them is a win and the other a loss, in [0, 1]."""


@dataclass(frozen=True)
class ItemScores:
    """The items that enter the primary figure, and what is known of those that do not."""

    items: tuple[ItemScore, ...]
    """Items with at least one repeat judged in both orders, sorted by item."""
    excluded: tuple[str, ...]
    """Items without one, sorted."""
    incomplete_repeats: int
    """Repeats with an order missing, of all items: they enter only the two cases below."""
    worst_case: float
    """Mean over all items if every missing order were lost."""
    best_case: float
    """Mean over all items if every missing order were won."""

    @property
    def scores(self) -> FloatArray:
        """Item scores, shape (items,)."""
        return np.array([item.score for item in self.items], dtype=np.float64)

    @property
    def positions(self) -> FloatArray:
        """Position effects, shape (items,)."""
        return np.array([item.position for item in self.items], dtype=np.float64)

    @property
    def exclusions(self) -> dict[str, int]:
        """Excluded items counted by reason."""
        return {ORDER_MISSING: len(self.excluded)} if self.excluded else {}


def score_items(
    verdicts: Iterable[ScoredVerdict | tuple[str, int, str, int, str]],
    trials: Iterable[tuple[str, int]] = (),
) -> ItemScores:
    """Averages verdicts inside each order, then over orders, then over the item's repeats.

    Args:
        verdicts: (item, repeat, order, sample, outcome), in any order.
        trials: the (item, repeat) that were to be judged, so that one without any scored verdict
            is counted as well.

    Raises:
        EstimateError: nothing to score, an unknown order or outcome, or one verdict twice.
    """
    by_item = _trials_by_item(_tally(verdicts), trials)
    if not by_item:
        raise EstimateError("No verdict and no trial: there is nothing to score.")
    complete = {
        item: [trial for trial in found if len(trial) == len(ORDERS)]
        for item, found in by_item.items()
    }
    repeats = sum(len(found) for found in by_item.values())
    return ItemScores(
        items=tuple(_item_score(item, kept) for item, kept in complete.items() if kept),
        excluded=tuple(item for item, kept in complete.items() if not kept),
        incomplete_repeats=repeats - sum(len(kept) for kept in complete.values()),
        worst_case=_mean_case(by_item.values(), POINTS["loss"]),
        best_case=_mean_case(by_item.values(), POINTS["win"]),
    )


def _tally(
    verdicts: Iterable[ScoredVerdict | tuple[str, int, str, int, str]],
) -> dict[tuple[str, int], dict[str, Counter[str]]]:
    """Counts outcomes by trial and order."""
    seen: set[tuple[str, int, str, int]] = set()
    tally: dict[tuple[str, int], dict[str, Counter[str]]] = defaultdict(dict)
    for item, repeat, order, sample, outcome in verdicts:
        key = (item, repeat, order, sample)
        if order not in ORDERS:
            raise EstimateError(f"{order!r} of item {item!r} is no order; use one of {ORDERS}.")
        if outcome not in POINTS:
            raise EstimateError(
                f"{outcome!r} of item {item!r} is no outcome; use one of {tuple(POINTS)} and "
                "count what is unscored as an exclusion."
            )
        if key in seen:
            raise EstimateError(f"Item, repeat, order and sample {key!r} occur twice.")
        seen.add(key)
        tally[item, repeat].setdefault(order, Counter())[outcome] += 1
    return tally


def _trials_by_item(
    tally: Mapping[tuple[str, int], Mapping[str, Counter[str]]], trials: Iterable[tuple[str, int]]
) -> dict[str, list[_Trial]]:
    by_item: dict[str, list[_Trial]] = defaultdict(list)
    for item, repeat in sorted({*tally, *trials}):
        orders = tally.get((item, repeat), {})
        by_item[item].append({order: _shares(counts) for order, counts in orders.items()})
    return by_item


def _shares(counts: Counter[str]) -> _OrderTally:
    """Returns the share of each outcome, exactly: equal verdicts give equal scores."""
    return {outcome: Fraction(counts[outcome], counts.total()) for outcome in POINTS}


def _points(shares: _OrderTally) -> Fraction:
    return sum((share * POINTS[outcome] for outcome, share in shares.items()), Fraction(0))


def _item_score(item: str, trials: list[_Trial]) -> ItemScore:
    firsts = [trial[PROPOSAL_FIRST] for trial in trials]
    seconds = [trial[HUMAN_FIRST] for trial in trials]
    both = firsts + seconds
    pairs = list(zip(firsts, seconds, strict=True))
    return ItemScore(
        item=item,
        score=_mean(_points(shares) for shares in both),
        won=_mean(shares["win"] for shares in both),
        tied=_mean(shares["tie"] for shares in both),
        lost=_mean(shares["loss"] for shares in both),
        position=_mean(_points(first) - _points(second) for first, second in pairs),
        flipped=_mean(1 - _agreement(first, second) for first, second in pairs),
        reversed=_mean(a["win"] * b["loss"] + a["loss"] * b["win"] for a, b in pairs),
    )


def _agreement(first: _OrderTally, second: _OrderTally) -> Fraction:
    return sum((first[outcome] * second[outcome] for outcome in POINTS), Fraction(0))


def _mean_case(items: Iterable[list[_Trial]], missing: Fraction) -> float:
    """Returns the mean over all items with `missing` in place of every missing order."""
    return _mean(
        _exact_mean(
            _points(trial[order]) if order in trial else missing
            for trial in trials
            for order in ORDERS
        )
        for trials in items
    )


def _exact_mean(values: Iterable[Fraction]) -> Fraction:
    every = list(values)
    return sum(every, Fraction(0)) / len(every)


def _mean(values: Iterable[Fraction]) -> float:
    return float(_exact_mean(values))
