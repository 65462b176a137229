"""Agreement by field, pair and tolerance, on the same units that adjudicators are shown."""

from collections.abc import Sequence

import pytest

from analysis.figures.annotators import estimate_annotators
from analysis.figures.panels import gather_acts, gather_panel
from analysis.trials.labels import LabelTable, Place, PointLabel
from taste.agreement_results import AgreementFigure, AgreementResults
from taste.agreement_text import agreement_notes, agreement_tables
from transcripts.codebook import read_codebook

ACTS = 6
Marks = dict[str, list[tuple[int, str, str | None]]]


def place(session: str) -> Place:
    return Place(session, 1, "main")


def table(sessions: dict[str, Marks]) -> LabelTable:
    labels = tuple(
        PointLabel(who, session, place(session), 10 * act, "human", kind, of_type, harm=2)
        for session, marks in sessions.items()
        for who, found in marks.items()
        for act, kind, of_type in found
    )
    acts = {place(session): tuple(range(0, 10 * ACTS, 10)) for session in sessions}
    return LabelTable(labels, acts)


SHIFTED: dict[str, Marks] = {
    "s0": {"ann": [(1, "detour", "stuck")], "bob": [(2, "detour", "stuck")]},
    "s1": {"ann": [(3, "strong", "shrink")], "bob": [(3, "detour", "other")]},
}


def estimated(labels: LabelTable) -> AgreementResults:
    return estimate_annotators(labels, read_codebook(), (0, 1))


def one(found: AgreementResults, *wanted: object, between: Sequence[str] = ()) -> AgreementFigure:
    return next(
        figure
        for figure in found.figures
        if (figure.field, figure.measure, figure.tolerance) == wanted
        and (not between or figure.between == tuple(between))
    )


def test_a_neighbouring_act_is_the_same_point_only_within_the_tolerance() -> None:
    found = estimated(table(SHIFTED))
    assert [one(found, "place", "F1", t).value for t in (0, 1)] == [0.5, 1.0]
    assert [one(found, "kind", "agreement", t).value for t in (0, 1)] == [None, 0.5]


def test_all_acts_that_both_read_are_units_and_joined_ones_are_one() -> None:
    labels = table(SHIFTED)
    assert [len(gather_acts(labels, t).clusters) for t in (0, 1)] == [12, 11]
    found = estimated(labels)
    assert one(found, "act", "agreement", 0).value == pytest.approx(9 / 12)
    assert one(found, "act", "agreement", 1).value == pytest.approx(10 / 11)


def test_acts_that_nobody_else_read_are_no_units() -> None:
    alone: dict[str, Marks] = {"s2": {"ann": [(0, "detour", None)]}}
    assert len(gather_acts(table({**SHIFTED, **alone})).clusters) == 12


def test_three_annotators_have_figures_together_and_in_pairs() -> None:
    third: Marks = {"cid": [(2, "detour", "stuck")]}
    found = estimated(table({"s0": SHIFTED["s0"] | third, "s1": SHIFTED["s1"]}))
    groups = {figure.between for figure in found.figures if figure.field == "act"}
    assert groups == {("ann", "bob", "cid"), ("ann", "bob"), ("ann", "cid"), ("bob", "cid")}
    assert len(gather_panel(table({"s0": SHIFTED["s0"] | third}), 1).points) == 1


def test_types_are_counted_by_pair_and_tolerance() -> None:
    narrow, wide = estimated(table(SHIFTED)).confusions
    assert sum(map(sum, narrow.counts)) == 1
    at = (wide.types.index("detour: stuck"), wide.types.index("strong: shrink"))
    assert wide.counts[at[0]][at[0]] == 1
    assert wide.counts[at[1]][wide.types.index("detour: other")] == 1


def test_a_missing_figure_says_why_in_the_tables_notes() -> None:
    found = estimated(table(SHIFTED))
    assert one(found, "harm", "alpha", 1).value is None
    assert any("Alpha is undefined" in note for note in agreement_notes(found))
    titles = [rows.title for rows in agreement_tables(found)]
    assert titles[1:3] == ["ann and bob: where marks lie", "ann and bob: what points are"]
