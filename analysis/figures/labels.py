"""Section 8, what points are: how far annotators agree on kind, type, harm and the rest.

Nobody's label is the truth here. Where points lie is in `analysis.figures.places`.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.errors import EstimateError, TooFewClusters
from analysis.estimates import Estimate
from analysis.figures.agreements import tell_agreement
from analysis.figures.findings import Finding
from analysis.figures.places import ONE_SESSION, estimate_places, list_meetings
from analysis.labels.agreement import PairAgreement, pairwise_agreement
from analysis.labels.gwet import gwet_ac1, raw_agreement
from analysis.labels.krippendorff import Metric, krippendorff_alpha
from analysis.trials.labels import LabelTable, PointLabel

KINDS = ("detour", "strong", "neither", "unresolved")
KNOWABLE = ("no", "partly", "yes")
NOT_TWICE = "no point was labelled by two annotators: how far labels can be trusted is unknown"

Ratings = Sequence[Sequence[Hashable]]
Clusters = Sequence[Hashable]


@dataclass(frozen=True)
class _Field:
    """A part of the label on which annotators may agree."""

    name: str
    metric: Metric
    read: Callable[[PointLabel], Hashable]
    categories: Sequence[Hashable] | None = None
    """In their order; None: those that occur."""


KIND = _Field("kind", "nominal", lambda label: label.kind)
FIELDS = (
    _Field("harm", "ordinal", lambda label: label.harm),
    _Field("confidence", "ordinal", lambda label: label.confidence),
    _Field("knowable", "ordinal", lambda label: label.knowable, KNOWABLE),
    _Field("attribution", "nominal", lambda label: label.attribution),
    _Field("recovery", "nominal", lambda label: label.recovery),
    # Both kinds have a type "other": it is the same only where the kind is.
    _Field("type", "nominal", lambda label: label.type and f"{label.kind}: {label.type}"),
)


def estimate_labels(labels: LabelTable, level: float) -> Iterator[Finding]:
    """Yields how far annotators agree on what points are and on where they lie.

    Args:
        labels: of the sessions that the items come from.
        level: nominal coverage of the intervals.
    """
    panel = _gather(labels)
    meetings = list_meetings(labels)
    yield _overview(labels, panel)
    if panel.points:
        yield from _together(panel, level)
        yield from _in_pairs(panel, level)
    if panel.points or any(meeting.sessions for meeting in meetings):
        for meeting in meetings:
            yield from estimate_places(meeting, level)


@dataclass(frozen=True)
class _Panel:
    """The points that two annotators or more labelled."""

    annotators: tuple[str, ...]
    points: tuple[dict[str, PointLabel], ...]
    """What each annotator says of each point."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind there is, given or not; another codebook may have more."""
        given = {label.kind for point in self.points for label in point.values()}
        return (*KINDS, *sorted(given - set(KINDS)))

    @property
    def clusters(self) -> list[str]:
        """The lineage of each point."""
        return [next(iter(point.values())).lineage for point in self.points]

    def ratings(self, of: _Field) -> list[list[Hashable]]:
        """Returns a row for each annotator with what that one says of each point."""
        return [
            [of.read(point[who]) if who in point else None for point in self.points]
            for who in self.annotators
        ]


def _gather(labels: LabelTable) -> _Panel:
    points: dict[Hashable, dict[str, PointLabel]] = {}
    for label in labels.labels:
        points.setdefault((label.place, label.cut, label.actor), {})[label.annotator] = label
    twice = tuple(found for found in points.values() if len(found) > 1)
    return _Panel(labels.annotators, twice)


def _overview(labels: LabelTable, panel: _Panel) -> Finding:
    points = {(label.place, label.cut, label.actor) for label in labels.labels}
    bare = Finding("labels", "labelled points", role="descriptive")
    counted = bare.with_extra(
        annotators=len(labels.annotators),
        labels=len(labels.labels),
        points=len(points),
        points_labelled_twice=len(panel.points),
    )
    return counted if panel.points else counted.told(NOT_TWICE)


def _together(panel: _Panel, level: float) -> Iterator[Finding]:
    """All annotators at once."""
    said, kinds = panel.ratings(KIND), panel.kinds
    yield _alpha(panel, KIND, "secondary", level)
    yield _figure(
        Finding("labels", "AC1 of kind", role="secondary"),
        lambda among: gwet_ac1(said, among, kinds, level=level),
        panel.clusters,
    )
    yield _figure(
        Finding("labels", "agreement of kind"),
        lambda among: raw_agreement(said, among, kinds, level=level),
        panel.clusters,
    )
    for found in FIELDS:
        yield _alpha(panel, found, "exploratory", level)


def _alpha(panel: _Panel, of: _Field, role: str, level: float) -> Finding:
    ratings = panel.ratings(of)
    return _figure(
        Finding("labels", f"alpha of {of.name} ({of.metric})", role=role),
        lambda among: krippendorff_alpha(ratings, among, of.metric, of.categories, level),
        panel.clusters,
    )


def _figure(bare: Finding, estimate: Callable[[Clusters], Estimate], clusters: Clusters) -> Finding:
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


def _in_pairs(panel: _Panel, level: float) -> Iterator[Finding]:
    """Every two annotators on the points that both labelled."""
    said, kinds, who = panel.ratings(KIND), panel.kinds, panel.annotators
    pairs = pairwise_agreement(said, who, panel.clusters, kinds, level=level)
    alone = pairwise_agreement(said, who, range(len(panel.points)), kinds, level=level)
    for pair, plain in zip(pairs, alone, strict=True):
        bare = Finding("labels", "", arm=str(pair.first), against=str(pair.second))
        for one in _pair(bare, pair, plain):
            yield replace(one, name=f"{one.name} of kind")


def _pair(bare: Finding, pair: PairAgreement, plain: PairAgreement) -> Iterator[Finding]:
    if pair.agreement is not None:
        for one in tell_agreement(bare, pair.agreement):
            yield one.told(*(one.estimate.warnings if one.estimate else ()))
    elif plain.agreement is not None:
        for one in tell_agreement(bare, plain.agreement):
            yield replace(one, estimate=None).told(ONE_SESSION)
    else:
        why = "one point only" if pair.shared else "no point that both labelled"
        yield replace(bare, name="agreement").told(f"not estimated: {why}")
