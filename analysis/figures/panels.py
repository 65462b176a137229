"""Which units annotators are compared on: points that several labelled, and all human acts.

Labels are put side by side as for adjudication, so that figures and adjudicators mean the same.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.figures.findings import Finding
from analysis.labels.krippendorff import Metric
from analysis.trials.labels import LabelTable, Place, PointLabel
from taste.adjudicating.aligning import Placed, align

KINDS = ("detour", "strong", "neither", "unresolved")
KNOWABLE = ("no", "partly", "yes")
MARKS = frozenset({"detour", "strong"})
"""Kinds that mark an act; what was looked at and left is no mark."""
NOTHING = "nothing"
ONE_SESSION = "no interval: all of them lie in one session or its copies"

Ratings = Sequence[Sequence[Hashable]]
Clusters = Sequence[Hashable]


@dataclass(frozen=True)
class Field:
    """A part of the label on which annotators may agree."""

    name: str
    metric: Metric
    read: Callable[[PointLabel], Hashable]
    categories: Sequence[Hashable] | None = None
    """In their order; None: those that occur."""


@dataclass(frozen=True)
class Panel:
    """The points that two annotators or more labelled."""

    annotators: tuple[str, ...]
    points: tuple[dict[str, PointLabel], ...]
    """What each annotator says of each point."""

    @property
    def clusters(self) -> list[str]:
        """The lineage of each point."""
        return [next(iter(point.values())).lineage for point in self.points]

    def ratings(self, of: Field) -> list[list[Hashable]]:
        """Returns a row for each annotator with what that one says of each point."""
        return [
            [of.read(point[who]) if who in point else None for point in self.points]
            for who in self.annotators
        ]

    def kinds(self) -> Field:
        """Returns the field kind with every kind there is; another codebook may have more."""
        given = {label.kind for point in self.points for label in point.values()}
        every = (*KINDS, *sorted(given - set(KINDS)))
        return Field("kind", "nominal", lambda label: label.kind, every)


@dataclass(frozen=True)
class Acts:
    """Every human act that two annotators or more have read, as each marked it."""

    ratings: tuple[tuple[Hashable, ...], ...]
    """One row for each annotator: detour, strong, nothing; None where they have not read."""
    clusters: tuple[str, ...]


def gather_panel(labels: LabelTable, tolerance: int = 0) -> Panel:
    """Returns the points that two or more labelled, at most so many human acts apart."""
    groups = (group for _, found in _aligned(labels, tolerance) for group in found)
    return Panel(labels.annotators, tuple(group for group in groups if len(group) > 1))


def gather_acts(labels: LabelTable, tolerance: int = 0) -> Acts:
    """Returns the human acts that two or more have read; acts that were joined count as one."""
    who = labels.annotators
    columns: list[tuple[Hashable, ...]] = []
    clusters: list[str] = []
    for place, groups in _aligned(labels, tolerance):
        readers = [place in labels.read_by(name) for name in who]
        if sum(readers) < 2:  # noqa: PLR2004
            continue
        human = [group for group in groups if _positions(labels, group)]
        taken = {position for group in human for position in _positions(labels, group)}
        unmarked = len(labels.acts.get(place, ())) - len(taken)
        marked = [
            tuple(_mark(group.get(name)) if read else None for name, read in _zip(who, readers))
            for group in human
        ]
        nobody: tuple[Hashable, ...] = tuple(NOTHING if read else None for read in readers)
        columns += [*marked, *[nobody] * unmarked]
        clusters += [labels.lineage_of(place)] * (len(marked) + unmarked)
    rows = tuple(zip(*columns, strict=True)) if columns else tuple(() for _ in who)
    return Acts(rows, tuple(clusters))


def _zip(who: Sequence[str], readers: Sequence[bool]) -> Iterator[tuple[str, bool]]:
    return zip(who, readers, strict=True)


def _mark(label: PointLabel | None) -> str:
    return label.kind if label is not None and label.kind in MARKS else NOTHING


def _positions(labels: LabelTable, group: dict[str, PointLabel]) -> set[int]:
    found = (labels.position(label) for label in group.values())
    return {position for position in found if position is not None}


def _aligned(
    labels: LabelTable, tolerance: int
) -> Iterator[tuple[Place, list[dict[str, PointLabel]]]]:
    """Yields each thread with its labels side by side."""
    threads: dict[Place, list[Placed[PointLabel]]] = {place: [] for place in labels.places}
    for one in labels.labels:
        placed = Placed(one.annotator, one.actor, one.cut, labels.position(one), one)
        threads[one.place].append(placed)
    for place, found in threads.items():
        groups = align(found, tolerance)
        yield place, [{one.annotator: one.what for one in group} for group in groups]


def fill_figure(
    bare: Finding, estimate: Callable[[Clusters], Estimate], clusters: Clusters
) -> Finding:
    """Fills in the figure; the plain number where there is one cluster, else why it is missing."""
    try:
        found = estimate(clusters)
    except TooFewClusters:
        return _without_clusters(bare, estimate, len(clusters))
    except EstimateError as error:
        return bare.told(f"not estimated: {error}")
    return replace(bare, value=found.value, estimate=found).told(*found.warnings)


def _without_clusters(
    bare: Finding, estimate: Callable[[Clusters], Estimate], points: int
) -> Finding:
    try:
        # No figure depends on how points are clustered, only its interval does.
        return replace(bare, value=estimate(range(points)).value).told(ONE_SESSION)
    except EstimateError:
        return bare.told("not estimated: one point only")
