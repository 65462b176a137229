"""How far annotators agree: worked by hand on small tables of labels, with every gap told."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.everything import Beside, estimate_everything
from analysis.figures.findings import Finding
from analysis.figures.labels import NOT_TWICE, estimate_labels
from analysis.figures.outline import outline_table
from analysis.figures.panels import ONE_SESSION
from analysis.figures.places import NO_MEETING, NOT_HANDED_IN
from analysis.trials.labels import LabelTable, Place, PointLabel
from taste.plan import Plan

ACTS = 8
A, B, C = "annotator-1", "annotator-2", "annotator-3"


def label(who: str, session: str, act: int, kind: str = "detour", **more: Any) -> PointLabel:
    """A label at a human act; the session is its own lineage."""
    values: dict[str, Any] = {
        "annotator": who, "lineage": session, "place": Place(session, 1, "main"),
        "cut": 10 * act, "actor": "human", "kind": kind,
    }  # fmt: skip
    return PointLabel(**values | more)


def table(*labels: PointLabel) -> LabelTable:
    places = {found.place for found in labels}
    return LabelTable(labels, {place: tuple(range(0, 10 * ACTS, 10)) for place in places})


def estimate(*labels: PointLabel) -> list[Finding]:
    return list(estimate_labels(table(*labels), 0.95))


def columns(*kinds: str, act: int = 1, **more: Any) -> list[PointLabel]:
    """One point in each session s0, s1 …: `kinds` are words of one letter for each annotator."""
    names = {"d": "detour", "s": "strong", "n": "neither", "u": "unresolved"}
    return [
        label(who, f"s{number}", act, names[letter], **more)
        for who, row in zip((A, B, C), kinds, strict=False)
        for number, letter in enumerate(row)
        if letter != "."
    ]


def marks(who: str, session: str, *acts: int, **more: Any) -> list[PointLabel]:
    return [label(who, session, act, **more) for act in acts]


PARTLY = [
    *marks(A, "s0", 1, 4), *marks(B, "s0", 1, 5), *marks(A, "s1", 2), *marks(B, "s1", 2),
]  # fmt: skip
"""8 acts each; F1 without tolerance is .5 and 1, with chance 2 · 2 · 2 / (8 · 4) and 1/8."""


def test_full_agreement_is_one_and_says_why_it_has_no_interval(lab: SimpleNamespace) -> None:
    found = estimate(*columns("ddss", "ddss"))
    for name in ("alpha of kind (nominal)", "AC1 of kind"):
        one = lab.one(found, name, arm="")
        assert (one.value, one.low, one.role) == (1.0, None, "secondary")
        assert "exactly 1" in one.note
    assert lab.one(found, "agreement of kind", arm="").value == 1.0
    assert [lab.one(found, f"F1 of places, ±{n} acts").value for n in range(4)] == [1.0] * 4
    assert lab.one(found, "boundary similarity").value == 1.0


def test_partial_agreement_is_as_worked_by_hand(lab: SimpleNamespace) -> None:
    """3 detours and 5 strong: alpha 1 - 7 · 2 / (2 · 3 · 5); kappa and AC1 by definition."""
    found = estimate(*columns("ddss", "dsss"))
    assert lab.one(found, "alpha of kind (nominal)").value == pytest.approx(1 - 14 / 30)
    for who in ({"arm": ""}, {"arm": A, "against": B}):
        assert lab.one(found, "agreement of kind", **who).value == 0.75
        assert lab.one(found, "AC1 of kind", **who).value == pytest.approx(19 / 27)
    kappa = lab.one(found, "kappa of kind", arm=A, against=B)
    assert kappa.value == pytest.approx(0.5)
    assert kappa.role == "exploratory"
    raw = lab.one(found, "agreement of kind", arm=A)
    assert raw.extra["confusion"].startswith("detour: 1, 1, 0, 0; strong: 0, 2, 0, 0")


def test_two_who_never_agree_on_the_kind_are_below_chance(lab: SimpleNamespace) -> None:
    found = estimate(*columns("dd", "ss"))
    assert lab.one(found, "agreement of kind", arm="").value == 0.0
    assert lab.one(found, "alpha of kind (nominal)").value == pytest.approx(1 - 3 * 4 / 8)
    assert lab.one(found, "AC1 of kind", arm="").value < 0


def test_places_are_as_worked_by_hand(lab: SimpleNamespace) -> None:
    found = estimate(*PARTLY)
    curve = [lab.one(found, f"F1 of places, ±{n} acts", arm=A, against=B) for n in range(4)]
    assert [one.value for one in curve] == [0.75, 1.0, 1.0, 1.0]
    assert [one.role for one in curve] == ["secondary"] * 2 + ["exploratory"] * 2
    assert curve[0].extra["chance"] == pytest.approx((0.25 + 0.125) / 2)
    above = lab.one(found, "F1 above chance, ±0 acts")
    assert above.value == pytest.approx(0.75 - 0.1875)
    assert lab.one(found, "boundary similarity").value == pytest.approx((1.5 / 2 + 1) / 2)
    distances = lab.one(found, "distances of matched marks")
    assert distances.extra["acts_that_the_second_is_later"] == "0: 2, +1: 1"
    assert not any(NOT_HANDED_IN in one.note for one in (*curve, above, distances))


def test_marks_that_never_meet_have_no_f1_and_no_point_in_common(lab: SimpleNamespace) -> None:
    found = estimate(*(x for s in ("s0", "s1") for x in (*marks(A, s, 1), *marks(B, s, 6))))
    assert lab.one(found, "labelled points").note == NOT_TWICE
    assert not lab.find(found, "alpha of kind (nominal)")
    assert [lab.one(found, f"F1 of places, ±{n} acts").value for n in range(4)] == [0.0] * 4
    assert lab.one(found, "F1 above chance, ±1 acts").value < 0


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param([], id="no label"),
        pytest.param(columns("ds"), id="one annotator"),
        pytest.param([*marks(A, "s0", 1), *marks(B, "s1", 1)], id="two without a session shared"),
    ],
)
def test_nothing_labelled_twice_is_one_finding(labels: list[PointLabel]) -> None:
    (only,) = estimate(*labels)
    assert only.note == NOT_TWICE
    assert only.extra["labels"] == len(labels)
    assert only.extra["points_labelled_twice"] == 0


def test_three_annotators_with_gaps_are_compared_where_they_meet(lab: SimpleNamespace) -> None:
    found = estimate(*columns("dds.n.", "dss.n.", "...dnd"))
    assert lab.one(found, "labelled points").extra["points_labelled_twice"] == 4
    alpha = lab.of(lab.one(found, "alpha of kind (nominal)"))
    assert (alpha.n, alpha.clusters) == (4, 4)
    assert lab.of(lab.one(found, "agreement of kind", arm=A, against=B)).n == 4
    for who in (A, B):
        alone = lab.one(found, "agreement of kind", arm=who, against=C)
        assert (alone.value, alone.note) == (None, "not estimated: one point only")
        nowhere = lab.one(found, "F1 of places", arm=who, against=C)
        assert "Nobody marked anything" in nowhere.note
        assert nowhere.extra["sessions_that_one_read"] == 5


def test_two_of_three_without_a_point_in_common_are_told(lab: SimpleNamespace) -> None:
    found = estimate(*columns("dd..", "dsds", "..ds"))
    none = lab.one(found, "agreement of kind", arm=A, against=C)
    assert (none.value, none.note) == (None, "not estimated: no point that both labelled")


def test_parts_of_the_label_have_an_alpha_each(lab: SimpleNamespace) -> None:
    more: list[dict[str, Any]] = [dict(zip(("harm", "knowable", "type"), v, strict=True)) for v in (
        (1, "no", "other"), (2, "partly", "stuck"), (4, "yes", "other"), (None, None, None),
    )]  # fmt: skip
    labels = [label(who, f"s{n}", 1, **values) for who in (A, B) for n, values in enumerate(more)]
    found = estimate(*labels)
    for name in ("harm (ordinal)", "knowable (ordinal)", "type (nominal)"):
        alpha = lab.one(found, f"alpha of {name}")
        assert (alpha.value, alpha.role) == (1.0, "exploratory")
        assert lab.of(alpha).exclusions == {"fewer than two labels": 1}
    assert "Alpha is undefined" in lab.one(found, "alpha of confidence (ordinal)").note


def test_a_type_is_the_same_only_where_the_kind_is(lab: SimpleNamespace) -> None:
    found = estimate(*columns("ds", "sd", type="other"))
    assert lab.one(found, "alpha of type (nominal)").value < 0


@pytest.mark.parametrize(
    ("other", "better"),
    [("no partly yes partly", True), ("no partly yes yes", False)],
    ids=["one step off", "two steps off"],
)
def test_an_order_counts_near_misses(lab: SimpleNamespace, other: str, better: bool) -> None:
    """The same annotations but for one point, of which the other says no."""
    rows = {A: ["no", "partly", "yes", "no"], B: other.split()}
    labels = [label(w, f"s{n}", 1, knowable=x) for w in rows for n, x in enumerate(rows[w])]
    found = lab.one(estimate(*labels), "alpha of knowable (ordinal)")
    assert (found.value > 0.5) is better


def test_an_unknown_word_is_a_note_and_never_an_error(lab: SimpleNamespace) -> None:
    found = estimate(*columns("ds", "ds", knowable="perhaps"))
    assert "'perhaps', which is no category" in lab.one(found, "alpha of knowable (ordinal)").note


def test_a_kind_of_another_codebook_counts_like_any(lab: SimpleNamespace) -> None:
    found = estimate(*columns("ds", "ds"), label(A, "s2", 1, "lucky"), label(B, "s2", 1, "lucky"))
    assert lab.one(found, "agreement of kind", arm="").value == 1.0
    assert "lucky: 0, 0, 0, 0, 1" in lab.one(found, "agreement of kind", arm=A).extra["confusion"]


def test_one_session_gives_numbers_without_intervals(lab: SimpleNamespace) -> None:
    more: dict[str, Any] = {"lineage": "one"}
    found = estimate(*columns("ddss", "dsss", **more), *columns("d", "d", act=3, **more))
    numbers = [
        lab.one(found, "alpha of kind (nominal)"), lab.one(found, "kappa of kind"),
        lab.one(found, "AC1 of kind", arm=A), lab.one(found, "F1 of places, ±0 acts"),
    ]  # fmt: skip
    assert all(one.value is not None and one.estimate is None for one in numbers)
    assert all(ONE_SESSION in one.note for one in numbers)
    assert numbers[-1].value == 1.0
    distances = lab.one(found, "distances of matched marks")
    assert distances.extra["sessions_that_both_read"] == 4


def test_one_point_labelled_twice_gives_no_agreement(lab: SimpleNamespace) -> None:
    found = estimate(*columns("d", "d"))
    assert lab.one(found, "AC1 of kind").note == "not estimated: one point only"
    assert lab.one(found, "F1 of places, ±0 acts").value == 1.0


def test_sessions_that_one_read_are_counted_but_do_not_enter(lab: SimpleNamespace) -> None:
    found = estimate(*PARTLY, *marks(A, "s2", 3), *marks(B, "s3", 3))
    assert lab.one(found, "F1 of places, ±0 acts").value == 0.75
    distances = lab.one(found, "distances of matched marks")
    assert NOT_HANDED_IN in distances.note
    assert distances.extra["sessions_that_one_read"] == 2
    assert distances.extra["sessions_that_both_read"] == 2


def test_who_looked_at_a_session_and_left_it_counts_as_marking_nothing(
    lab: SimpleNamespace,
) -> None:
    found = estimate(*PARTLY, *marks(A, "s2", 3), *marks(B, "s2", 4, kind="neither"))
    assert lab.one(found, "F1 of places, ±0 acts").value == 0.5


def test_who_handed_a_session_in_without_a_mark_counts_as_marking_nothing(
    lab: SimpleNamespace,
) -> None:
    place = Place("s2", 1, "main")
    both = table(*PARTLY, *marks(A, "s2", 3))
    handed_in = replace(both, handed_in={B: frozenset({place})}, lineages={place: "s2"})
    found = list(estimate_labels(handed_in, 0.95))
    assert lab.one(found, "F1 of places, ±0 acts").value == 0.5
    assert lab.one(found, "distances of matched marks").extra["sessions_that_both_read"] == 3


def test_two_without_a_session_that_both_read_are_told(lab: SimpleNamespace) -> None:
    found = estimate(*PARTLY, *marks(C, "s9", 1))
    assert NO_MEETING in lab.one(found, "F1 of places", arm=A, against=C).note


def test_decisions_without_a_human_act_are_counted_but_have_no_place(lab: SimpleNamespace) -> None:
    agents = [label(who, "s0", 2, actor="agent") for who in (A, B)]
    unrecorded = label(A, "s0", 2, cut=23)
    found = estimate(*PARTLY, *agents, unrecorded)
    assert lab.one(found, "F1 of places, ±0 acts").value == 0.75
    distances = lab.one(found, "distances of matched marks")
    assert distances.extra["marks_at_agents_decisions"] == 2
    assert distances.extra["marks_at_unrecorded_moves"] == 1
    assert lab.one(found, "labelled points").extra["points_labelled_twice"] == 3


def test_a_subagents_thread_stands_beside_the_main_line(lab: SimpleNamespace) -> None:
    inside = Place("s0", 1, "agent-1")
    found = estimate(*PARTLY, *(label(w, "s0", a, place=inside) for w, a in ((A, 1), (B, 7))))
    f1 = lab.of(lab.one(found, "F1 of places, ±0 acts"))
    assert (f1.value, f1.n, f1.clusters) == (pytest.approx(1.5 / 3), 3, 2)
    assert lab.one(found, "distances of matched marks").extra["sessions_that_both_read"] == 3


def test_a_place_given_twice_is_a_note_and_never_an_error(lab: SimpleNamespace) -> None:
    found = estimate(*PARTLY, label(A, "s0", 1, "strong"))
    assert "marks 1 again" in lab.one(found, "F1 of places").note


def test_neither_order_nor_names_of_sessions_matter() -> None:
    labels = [*columns("ddssn", "dsssn", "ds.dn"), *columns("d.s", "d.d", act=4)]
    renamed = [
        replace(x, lineage=x.lineage[::-1], place=x.place._replace(session=x.place.session[::-1]))
        for x in labels
    ]  # fmt: skip
    one, other = estimate(*labels), estimate(*sorted(renamed, key=lambda x: (x.annotator, -x.cut)))
    for a, b in zip(one, other, strict=True):
        assert (a.name, a.arm, a.against) == (b.name, b.arm, b.against)
        assert (a.value, a.low, a.p_value) == pytest.approx((b.value, b.low, b.p_value), abs=1e-12)


def test_all_figures_hold_the_labels_only_where_they_are_known(lab: SimpleNamespace) -> None:
    trials = lab.table(lab.rows())
    outline = outline_table(trials, Plan(draws=999, level=0.9))
    assert not estimate_everything(trials, outline).of("labels")
    labels = table(*columns("ddssnu", "dsssnu", "ds.dnu"), *PARTLY)
    figures = estimate_everything(trials, outline, beside=Beside(labels))
    lab.assert_sound(figures)
    assert {one.estimate.level for one in figures.of("labels") if one.estimate} == {0.9}
    assert {one.role for one in figures.of("labels")} == {
        "descriptive", "secondary", "exploratory",
    }  # fmt: skip
