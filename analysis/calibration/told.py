"""What people said of a sample, beside what the judge said: the material of a calibration report.

Nothing is estimated here. Words are outcomes: a verdict as seen from the proposal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.calibration.population import Population, is_base, strata_of
from analysis.trials.columns import OUTCOMES, POINTS, UNSCORED, TrialRow
from analysis.trials.people import DrawnRow, Pair, PersonRow

CATEGORIES = ("win", "tie", "loss")


@dataclass(frozen=True)
class Told:
    """A sample with everything that was said of it."""

    name: str
    population: Population
    draws: tuple[DrawnRow, ...]
    pairs: Mapping[Pair, int]
    """Pair -> which unit of the population it is, of the pairs that were drawn."""
    judge: Mapping[tuple[Pair, str], str]
    """Pair and order -> the judge's outcome."""
    people: tuple[PersonRow, ...]
    """Verdicts on drawn pairs in the view, repeats too."""
    gold: tuple[PersonRow, ...]
    """Verdicts on the gold pairs of the same batches."""

    @property
    def first(self) -> tuple[PersonRow, ...]:
        """The verdicts that are no repeats."""
        return tuple(row for row in self.people if row.repeat == 1)

    def cluster(self, pair: Pair) -> str:
        """The lineage of a drawn pair."""
        return self.population.units[self.pairs[pair]].cluster


def outcome_of(row: PersonRow) -> str | None:
    """A person's verdict as seen from the proposal; None where they cannot tell."""
    outcome = OUTCOMES[row.verdict, row.order]
    return None if outcome == UNSCORED else outcome


def collect(
    name: str,
    population: Population,
    rows: Sequence[TrialRow],
    draws: Iterable[DrawnRow],
    people: Sequence[PersonRow],
    pairs: Mapping[int, Pair],
) -> Told:
    """Brings together what belongs to one sample.

    Args:
        name: of the sample.
        population: that it was drawn from.
        rows: all trials of the run.
        draws: of all samples.
        people: all that people said.
        pairs: comparison -> its pair, for the comparisons of the run.
    """
    own = tuple(draw for draw in draws if draw.name == name)
    known = _find_units(population, own, pairs)
    said = tuple(
        row
        for row in people
        if row.gold is None and row.view == population.view and row.pair in known
    )
    batches = {row.batch for row in said}
    return Told(
        name=name,
        population=population,
        draws=own,
        pairs=known,
        judge=_judged(population, rows, pairs),
        people=said,
        gold=tuple(row for row in people if row.gold is not None and row.batch in batches),
    )


def _find_units(
    population: Population, draws: Sequence[DrawnRow], pairs: Mapping[int, Pair]
) -> dict[Pair, int]:
    """Pair -> the unit that was drawn with it; two arms may have come upon the same move."""
    by_stratum = {
        (pairs[unit.comparison_id], stratum): number
        for number, unit in enumerate(population.units)
        for stratum in strata_of(*unit.cell)
    }
    keys = ((draw.pair, draw.stratum) for draw in draws)
    return {key[0]: by_stratum[key] for key in keys if key in by_stratum}


def _judged(
    population: Population, rows: Sequence[TrialRow], pairs: Mapping[int, Pair]
) -> dict[tuple[Pair, str], str]:
    """The judge's first verdict on each pair in each order."""
    found: dict[tuple[Pair, str], tuple[int, str]] = {}
    for row in rows:
        given = is_base(row, population.view) and row.judge == population.judge
        pair = pairs.get(row.comparison_id or 0)
        if not given or pair is None or not row.is_scored:
            continue
        key = pair, row.order or ""
        said = row.sample or 1, row.outcome or ""
        found[key] = min(found.get(key, said), said)
    return {key: outcome for key, (_, outcome) in found.items()}


def labels_of(rows: Iterable[PersonRow]) -> dict[Pair, float]:
    """Pair -> mean of what people scored it: inside an order, over orders, over people."""
    by_person: defaultdict[tuple[Pair, str], defaultdict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        if (outcome := outcome_of(row)) is not None:
            by_person[row.pair, row.person][row.order].append(POINTS[outcome])
    scores: defaultdict[Pair, list[float]] = defaultdict(list)
    for (pair, _), orders in by_person.items():
        means = [sum(points) / len(points) for points in orders.values()]
        scores[pair].append(sum(means) / len(means))
    return {pair: sum(some) / len(some) for pair, some in scores.items()}
