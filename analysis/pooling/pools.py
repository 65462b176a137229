"""Every figure that several laboratories have, with each laboratory's own and the pool of them.

Which estimator serves: a laboratory's own figures are those of its bundle; `random_effects` pools
what `entering` makes of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.figures.findings import Finding
from analysis.figures.outline import STOCK
from analysis.intervals import check_level
from analysis.pooling.arms import name_arms
from analysis.pooling.entering import own_interval, pool_estimates
from analysis.pooling.laboratories import Laboratory, check_laboratories
from analysis.pooling.random_effects import FEWEST_LABORATORIES, Pool
from analysis.report.alarms import alarm_sentences
from transcripts.errors import UserError

RATE, MINUS_STOCK = "win rate", f"minus {STOCK}"
NOT_RUN = "not run"
NO_INTERVAL = "no interval"
NO_SPREAD_OF_ITS_OWN = (
    "its clusters show no variance, so it has no interval and is in the pool with the spread of "
    "the others' items over its clusters"
)


@dataclass(frozen=True)
class Row:
    """One laboratory's own figure."""

    laboratory: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    """Items; None where the bundle's figure does not say, as without an interval."""
    clusters: int | None = None
    weight: float | None = None
    """In the pool; None where it did not enter."""
    reason: str = ""
    """Why it did not enter."""
    note: str = ""
    """What must be read with it."""


@dataclass(frozen=True)
class PooledFigure:
    """One figure over laboratories."""

    name: str
    """`win rate`, or `minus stock`."""
    set: str
    arm: str
    simulated: bool
    is_main: bool
    """Whether the arm is a model, or the stock moves that it is held against."""
    rows: tuple[Row, ...] = ()
    """In the order in which the bundles were given."""
    pool: Pool | None = None
    """None where fewer than two laboratories have the figure."""
    entered: tuple[str, ...] = ()
    """Laboratories in the pool, in the order of its weights."""


@dataclass(frozen=True)
class SetRow:
    """A set as one laboratory has it."""

    set: str
    laboratory: str
    items: int
    labels: str
    """Whose labels chose its items."""


@dataclass(frozen=True)
class Pools:
    """All that several laboratories have to say together."""

    laboratories: tuple[Laboratory, ...]
    level: float
    simulated: bool
    sets: tuple[SetRow, ...]
    names: Mapping[str, Mapping[str, str]] = field(hash=False)
    """Arm as told here -> laboratory -> its name there."""
    figures: tuple[PooledFigure, ...]
    notes: tuple[str, ...]


def estimate_pools(laboratories: Sequence[Laboratory], level: float | None = None) -> Pools:
    """Pools what the laboratories have in common: first minus stock, then the win rates.

    Args:
        laboratories: two or more.
        level: of every interval; None for that of the plans.

    Raises:
        UserError: they cannot be pooled, or their plans have different levels.
    """
    check_laboratories(laboratories)
    agreed, names = _agree_level(laboratories, level), name_arms(laboratories)
    empty = [
        PooledFigure(what, set_name, arm, *_traits(laboratories, names[arm]))
        for what in (MINUS_STOCK, RATE)
        for set_name in _sets(laboratories)
        for arm in names
    ]
    found = ((one, _find(one, laboratories, names[one.arm])) for one in empty)
    figures = [_fill(one, has, laboratories, agreed) for one, has in found if has]
    return Pools(
        laboratories=tuple(laboratories),
        level=agreed,
        simulated=laboratories[0].numbers.figures.simulated,
        sets=tuple(_set_rows(laboratories)),
        names=names,
        figures=tuple(figures),
        notes=tuple(_notes(laboratories)),
    )


def _agree_level(laboratories: Sequence[Laboratory], level: float | None) -> float:
    if level is not None:
        check_level(level)
        return level
    plans = {one.numbers.figures.outline.plan.level: one.name for one in laboratories}
    if len(plans) > 1:
        told = ", ".join(f"{each:g} in {name!r}" for each, name in sorted(plans.items()))
        raise UserError(f"the plans have different levels ({told}); choose one with --level.")
    return next(iter(plans))


def _sets(laboratories: Sequence[Laboratory]) -> list[str]:
    found = (each.name for one in laboratories for each in one.numbers.figures.outline.sets)
    kinds = {"suboptimal": 0, "strong": 1}
    return sorted(set(found), key=lambda name: (kinds.get(name.partition("-")[0], 2), name))


def _set_rows(laboratories: Sequence[Laboratory]) -> Iterator[SetRow]:
    for name in _sets(laboratories):
        for one in laboratories:
            frame = one.numbers.table.frame
            rows = frame[frame["set"] == name]
            if len(rows):
                rules = sorted(rows["label_rule"].astype(object).dropna().unique())
                labels = " and ".join(rules) or "unknown"
                yield SetRow(name, one.name, int(rows["item"].nunique()), labels)


def _traits(laboratories: Sequence[Laboratory], names: Mapping[str, str]) -> tuple[bool, bool]:
    """Returns whether an arm's figures are simulated, and whether it is a model or stock."""
    outlines = {one.name: one.numbers.figures.outline for one in laboratories}
    main = (name == STOCK or name in outlines[of].models for of, name in names.items())
    return laboratories[0].numbers.figures.simulated, any(main)


def _find(
    figure: PooledFigure, laboratories: Sequence[Laboratory], names: Mapping[str, str]
) -> dict[str, Finding]:
    """Returns what each laboratory that has the figure says of it."""
    section, against = ("rates", "") if figure.name == RATE else ("nulls", STOCK)
    return {
        one.name: finding
        for one in laboratories
        for finding in one.numbers.figures.of(section)
        if (finding.name, finding.set, finding.arm, finding.against)
        == (figure.name, figure.set, names.get(one.name), against)
    }


def _fill(
    empty: PooledFigure,
    found: Mapping[str, Finding],
    laboratories: Sequence[Laboratory],
    level: float,
) -> PooledFigure:
    usable = {name: one.estimate for name, one in found.items() if one.estimate is not None}
    pool = pool_estimates(usable, level, rates=empty.name == RATE)
    weights = dict(zip(usable, pool.weights, strict=True)) if pool else {}
    rows = (
        _row(one.name, found.get(one.name), level, weights.get(one.name)) for one in laboratories
    )
    return replace(empty, rows=tuple(rows), pool=pool, entered=tuple(weights))


def _row(name: str, finding: Finding | None, level: float, weight: float | None) -> Row:
    if finding is None:
        return Row(name, reason=NOT_RUN)
    estimate = finding.estimate
    if estimate is None:
        return Row(name, finding.value, reason=finding.note or NO_INTERVAL)
    row = Row(name, estimate.value, n=estimate.n, clusters=estimate.clusters, weight=weight)
    if estimate.low is None:
        if weight is None:
            return replace(row, reason=finding.note or NO_INTERVAL)
        return replace(row, note=NO_SPREAD_OF_ITS_OWN)
    low, high = own_interval(estimate, level, rate=finding.name == RATE)
    return replace(row, low=low, high=high, note=finding.note)


def _notes(laboratories: Sequence[Laboratory]) -> Iterator[str]:
    if len(laboratories) == FEWEST_LABORATORIES:
        yield "two laboratories: every pooled interval rests on one degree of freedom"
    clusters = {one.numbers.figures.outline.plan.cluster for one in laboratories}
    if len(clusters) > 1:
        yield f"the plans cluster by different things: {', '.join(sorted(clusters))}"
    for one in laboratories:
        for alarm in alarm_sentences(one.numbers.figures):
            yield f"alarm in {one.name}: {alarm}"
