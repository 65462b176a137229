"""Section 8, what points are: how far annotators agree on kind, type, harm and the rest.

Nobody's label is the truth here. Where points lie is in `analysis.figures.places`.
"""

from collections.abc import Iterator
from dataclasses import replace

from analysis.figures.agreements import tell_agreement
from analysis.figures.findings import Finding
from analysis.figures.panels import (
    KNOWABLE,
    ONE_SESSION,
    Field,
    Panel,
    fill_figure,
    gather_panel,
)
from analysis.figures.places import estimate_places, list_meetings
from analysis.labels.agreement import PairAgreement, pairwise_agreement
from analysis.labels.gwet import gwet_ac1, raw_agreement
from analysis.labels.krippendorff import krippendorff_alpha
from analysis.trials.labels import LabelTable

NOT_TWICE = "no point was labelled by two annotators: how far labels can be trusted is unknown"

FIELDS = (
    Field("harm", "ordinal", lambda label: label.harm),
    Field("confidence", "ordinal", lambda label: label.confidence),
    Field("knowable", "ordinal", lambda label: label.knowable, KNOWABLE),
    Field("attribution", "nominal", lambda label: label.attribution),
    Field("recovery", "nominal", lambda label: label.recovery),
    # Both kinds have a type "other": it is the same only where the kind is.
    Field("type", "nominal", lambda label: label.type and f"{label.kind}: {label.type}"),
)


def estimate_labels(labels: LabelTable, level: float) -> Iterator[Finding]:
    """Yields how far annotators agree on what points are and on where they lie.

    Args:
        labels: of the sessions that the items come from.
        level: nominal coverage of the intervals.
    """
    panel = gather_panel(labels)
    meetings = list_meetings(labels)
    yield _overview(labels, panel)
    if panel.points:
        yield from _together(panel, level)
        yield from _in_pairs(panel, level)
    if panel.points or any(meeting.sessions for meeting in meetings):
        for meeting in meetings:
            yield from estimate_places(meeting, level)


def _overview(labels: LabelTable, panel: Panel) -> Finding:
    points = {(label.place, label.cut, label.actor) for label in labels.labels}
    bare = Finding("labels", "labelled points", role="descriptive")
    counted = bare.with_extra(
        annotators=len(labels.annotators),
        labels=len(labels.labels),
        points=len(points),
        points_labelled_twice=len(panel.points),
    )
    left_out = ", ".join(f"{count} {said}" for said, count in labels.left_out.items())
    told = counted.told(*[f"not counted: {left_out} labels"] * bool(left_out))
    return told if panel.points else told.told(NOT_TWICE)


def _together(panel: Panel, level: float) -> Iterator[Finding]:
    """All annotators at once."""
    kind = panel.kinds()
    said, kinds = panel.ratings(kind), kind.categories or ()
    yield _alpha(panel, kind, "secondary", level)
    yield fill_figure(
        Finding("labels", "AC1 of kind", role="secondary"),
        lambda among: gwet_ac1(said, among, kinds, level=level),
        panel.clusters,
    )
    yield fill_figure(
        Finding("labels", "agreement of kind"),
        lambda among: raw_agreement(said, among, kinds, level=level),
        panel.clusters,
    )
    for found in FIELDS:
        yield _alpha(panel, found, "exploratory", level)


def _alpha(panel: Panel, of: Field, role: str, level: float) -> Finding:
    ratings = panel.ratings(of)
    return fill_figure(
        Finding("labels", f"alpha of {of.name} ({of.metric})", role=role),
        lambda among: krippendorff_alpha(ratings, among, of.metric, of.categories, level),
        panel.clusters,
    )


def _in_pairs(panel: Panel, level: float) -> Iterator[Finding]:
    """Every two annotators on the points that both labelled."""
    kind, who = panel.kinds(), panel.annotators
    said, kinds = panel.ratings(kind), kind.categories or ()
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
