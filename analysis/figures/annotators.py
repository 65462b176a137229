"""Everything on how far annotators agree: each two of them and all, each field, each tolerance.

What `taste agreement` prints and adjudicators see; the report shows a part of the same figures.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from analysis.estimates import Estimate
from analysis.figures.findings import Finding
from analysis.figures.labels import FIELDS
from analysis.figures.panels import (
    MARKS,
    NOTHING,
    Clusters,
    Field,
    Panel,
    Ratings,
    fill_figure,
    gather_acts,
    gather_panel,
)
from analysis.figures.places import (
    BOUNDARY,
    DISTANCES,
    above_name,
    estimate_places,
    f1_name,
    list_meetings,
)
from analysis.labels.gwet import gwet_ac1, raw_agreement
from analysis.labels.krippendorff import Metric, krippendorff_alpha
from analysis.labels.ratings import Weights
from analysis.trials.labels import LabelTable
from taste.agreement_results import AgreementFigure, AgreementResults, Reader, TypeConfusion
from transcripts.codebook import Codebook

TWO = 2
NEVER_BOTH = "not estimated: no point that two of them labelled"


@dataclass(frozen=True)
class _Asked:
    """Which figure of which field is wanted, on which units."""

    field: str
    metric: Metric
    categories: Sequence[Hashable]
    ratings: Ratings
    clusters: Clusters
    tolerance: int
    between: tuple[str, ...]
    level: float


def estimate_annotators(
    labels: LabelTable, codebook: Codebook, tolerances: Sequence[int], level: float = 0.95
) -> AgreementResults:
    """Estimates all figures of agreement of everybody who read some sessions.

    Args:
        labels: of these sessions.
        codebook: whose values count as possible, used or not.
        tolerances: human acts that two labels may be apart; different and 0 or more.
        level: nominal coverage of the intervals.
    """
    steps = tuple(sorted(set(tolerances)))
    who = labels.annotators
    groups = [*([who] if len(who) > TWO else []), *combinations(who, TWO)]
    figures = [*_places(labels, steps, level)]
    for group in groups:
        alone = labels.by_only(*group)
        figures += [one for step in steps for one in _fields(alone, codebook, step, level)]
    return AgreementResults(
        readers=tuple(_reader(labels, name) for name in who),
        sessions=sum(
            sum(place in labels.read_by(name) for name in who) > 1 for place in labels.places
        ),
        tolerances=steps,
        level=level,
        figures=tuple(figures),
        confusions=tuple(
            _confusion(labels, pair, step) for pair in combinations(who, TWO) for step in steps
        ),
    )


def _reader(labels: LabelTable, name: str) -> Reader:
    own = [label for label in labels.labels if label.annotator == name]
    marks = sum(label.kind in MARKS for label in own)
    return Reader(name, len(labels.read_by(name)), len(own), marks)


def _places(labels: LabelTable, steps: Sequence[int], level: float) -> Iterator[AgreementFigure]:
    """Where marks lie, for every two annotators."""
    named: dict[str, tuple[str, int | None]] = {
        BOUNDARY: (BOUNDARY, None), DISTANCES: ("distances", max(steps)),
    }  # fmt: skip
    named |= {f1_name(step): ("F1", step) for step in steps}
    named |= {above_name(step): ("F1 above chance", step) for step in steps}
    for meeting in list_meetings(labels):
        marked = sum(bool(one.first or one.second) for one in meeting.sessions)
        for found in estimate_places(meeting, level, steps):
            measure, step = named.get(found.name, ("F1", None))
            told = _told(found, "place", measure, step, (meeting.first, meeting.second))
            yield told if told.n is not None else replace(told, n=marked)


def _fields(
    labels: LabelTable, codebook: Codebook, tolerance: int, level: float
) -> Iterator[AgreementFigure]:
    """What points are, by all annotators of the table at once."""
    acts, panel = gather_acts(labels, tolerance), gather_panel(labels, tolerance)
    marked = (NOTHING, *sorted(MARKS))
    who = labels.annotators
    if acts.clusters:
        yield from _figures(
            _Asked("act", "nominal", marked, acts.ratings, acts.clusters, tolerance, who, level)
        )
    for of in (panel.kinds(), *FIELDS):
        asked = _Asked(
            of.name, of.metric, _categories(of, panel, codebook), panel.ratings(of),
            panel.clusters, tolerance, who, level,
        )  # fmt: skip
        if panel.points:
            yield from _figures(asked)
        elif of.name == "kind":
            yield AgreementFigure(of.name, "alpha", tolerance, who, None, note=NEVER_BOTH)


def _figures(asked: _Asked) -> Iterator[AgreementFigure]:
    """Agreement as it is, and the two that are corrected for chance."""
    ratings, categories, level = asked.ratings, asked.categories, asked.level
    weights: Weights = "quadratic" if asked.metric == "ordinal" else None

    def raw(among: Clusters) -> Estimate:
        return raw_agreement(ratings, among, categories, None, level)

    def alpha(among: Clusters) -> Estimate:
        return krippendorff_alpha(ratings, among, asked.metric, categories, level)

    def gwet(among: Clusters) -> Estimate:
        return gwet_ac1(ratings, among, categories, weights, level)

    coefficient = "AC1" if weights is None else "AC2"
    for measure, estimate in (("agreement", raw), ("alpha", alpha), (coefficient, gwet)):
        yield _figure(asked, measure, estimate)


def _figure(
    asked: _Asked, measure: str, estimate: Callable[[Clusters], Estimate]
) -> AgreementFigure:
    made: list[Estimate] = []

    def noted(among: Clusters) -> Estimate:
        made.append(estimate(among))
        return made[-1]

    found = fill_figure(Finding("labels", measure), noted, asked.clusters)
    told = _told(found, asked.field, measure, asked.tolerance, asked.between)
    # Where all lies in one lineage there is a figure, without an interval.
    return told if told.value is None or told.n is not None else replace(told, n=made[-1].n)


def _categories(of: Field, panel: Panel, codebook: Codebook) -> Sequence[Hashable]:
    """Every value that there is, in order; then what another codebook called by another name."""
    given: dict[str, Sequence[Hashable]] = {
        "kind": tuple(codebook.types),
        "harm": tuple(sorted(codebook.harm)),
        "confidence": tuple(sorted(codebook.confidence)),
        "attribution": codebook.attribution,
        "recovery": codebook.recovery,
        "type": tuple(f"{kind}: {one}" for kind, types in codebook.types.items() for one in types),
    }
    known = of.categories or given.get(of.name, ())
    said = {value for row in panel.ratings(of) for value in row if value is not None}
    return (*known, *sorted(said - set(known), key=str))


def _told(
    found: Finding, field: str, measure: str, tolerance: int | None, between: tuple[str, ...]
) -> AgreementFigure:
    bare = AgreementFigure(
        field, measure, tolerance, between, found.value, beside=dict(found.extra), note=found.note
    )
    estimate = found.estimate
    if estimate is None:
        return bare
    return replace(
        bare,
        low=estimate.low,
        high=estimate.high,
        method=estimate.method,
        n=estimate.n,
        clusters=estimate.clusters,
        excluded=dict(estimate.exclusions),
    )


def _confusion(labels: LabelTable, pair: tuple[str, ...], tolerance: int) -> TypeConfusion:
    """Types of the points that both labelled; a label without one counts by its kind."""
    panel = gather_panel(labels.by_only(*pair), tolerance)
    said = [
        tuple(
            f"{one.kind}: {one.type}" if one.type else one.kind
            for one in map(point.get, pair)
            if one
        )
        for point in panel.points
    ]
    types = tuple(sorted({word for words in said for word in words}))
    counts: Mapping[tuple[str, ...], int] = {words: said.count(words) for words in said}
    rows = tuple(tuple(counts.get((one, other), 0) for other in types) for one in types)
    return TypeConfusion(pair[0], pair[1], tolerance, types, rows)
