"""Section 7, second half: people's labels, the panel, families and lengths."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.judges.two_phase import two_phase_rate

pytestmark = pytest.mark.no_cover

TWO_PHASE = "win rate corrected by people (two-phase)"


def with_people(lab: SimpleNamespace, labelled: Any, **more: Any) -> Any:
    """The judge's verdicts, and a person's on some items, who gives half of the judge's score."""
    judged = lab.update(lab.rows(judge_kind="model", **more), score=lambda r: (r["item"] % 5) / 4)
    asked = [row for row in judged if labelled(row["item"])]
    by_person = lab.update(asked, judge_kind="person", judge="p", score=lambda r: r["score"] / 2)
    return [*judged, *by_person]


def test_people_who_saw_some_items_correct_the_rate(lab: SimpleNamespace) -> None:
    rows = with_people(lab, lambda item: item % 2, label_probability=0.5)
    found = lab.one(lab.estimate(rows), TWO_PHASE, set="strong", arm="late")
    items = range(1, 13)
    judge = [(i % 5) / 4 for i in items]
    people = [(i % 5) / 8 if i % 2 else float("nan") for i in items]
    expected = two_phase_rate(judge, people, [i % 4 for i in items], [0.5] * 12).estimate
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert (found.extra["labelled"], found.against) == (6, "people")
    assert found.extra["judge_alone"] == pytest.approx(sum(judge) / 12)
    assert found.value < found.extra["judge_alone"]


def test_unknown_chances_are_taken_as_equal(lab: SimpleNamespace) -> None:
    known = lab.estimate(with_people(lab, lambda item: item % 2, label_probability=0.5))
    unknown = lab.estimate(with_people(lab, lambda item: item % 2))
    for name in (TWO_PHASE, "win rate corrected by people (post-stratified)"):
        one, other = (lab.one(f, name, set="strong", arm="late") for f in (known, unknown))
        assert one.value == pytest.approx(other.value)


def test_one_label_corrects_nothing_and_says_so(lab: SimpleNamespace) -> None:
    figures = lab.estimate(with_people(lab, lambda item: item == 1))
    found = lab.one(figures, TWO_PHASE, set="strong", arm="late")
    assert (found.estimate, bool(found.note)) == (None, True)


def test_people_on_one_set_correct_that_set_only(lab: SimpleNamespace) -> None:
    rows = [
        row for row in with_people(lab, lambda item: item % 2)
        if row["judge_kind"] == "model" or row["set"] == "strong"
    ]  # fmt: skip
    figures = lab.estimate(rows)
    assert {one.set for one in lab.find(figures, TWO_PHASE)} == {"strong"}


def test_several_people_of_one_item_are_averaged(lab: SimpleNamespace) -> None:
    rows = with_people(lab, lambda item: item <= 8)
    more = lab.update([r for r in rows if r["judge_kind"] == "person"], judge="q", score=1.0)
    one, other = lab.estimate(rows), lab.estimate([*rows, *more])
    low, high = (lab.one(f, TWO_PHASE, set="strong", arm="late") for f in (one, other))
    assert high.extra["people_alone"] == pytest.approx((low.extra["people_alone"] + 1) / 2)


def test_the_panel_is_the_rate_with_each_judge_beside_it(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(judges="jkl"))
    whole = lab.one(figures, "panel", set="strong", arm="late")
    rate = lab.one(figures, "win rate", set="strong", arm="late")
    assert (whole.value, whole.low, whole.high) == pytest.approx((rate.value, rate.low, rate.high))
    alone = lab.find(figures, "win rate by one judge", set="strong", arm="late")
    assert [one.against for one in alone] == ["j", "k", "l"]
    values = [one.value for one in alone]
    assert (whole.extra["lowest_judge"], whole.extra["highest_judge"]) == pytest.approx(
        (min(values), max(values))
    )
    assert len(lab.find(figures, "panel without one judge", set="strong", arm="late")) == 3


def test_one_judge_is_no_panel(lab: SimpleNamespace) -> None:
    assert not lab.find(lab.estimate(lab.rows()), "panel")


def test_a_judge_that_leans_to_its_family_is_seen(lab: SimpleNamespace) -> None:
    family = {"late": "j", "early": "k", "stock": ""}
    rows = lab.update(
        lab.rows(judges="jk"),
        judge_family=lambda r: r["judge"], proposer_family=lambda r: family[r["arm"]],
        score=lambda r: 0.4 + 0.01 * (r["item"] % 7) + 0.2 * (family[r["arm"]] == r["judge"]),
    )  # fmt: skip
    found = lab.one(lab.estimate(rows), "self-preference", set="strong")
    assert found.value == pytest.approx(0.2)


def test_families_that_are_not_known_are_told(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(lab.rows()), "self-preference", set="strong")
    assert found.note == "not estimated: the families of models and judges are not known"


def test_a_rate_is_told_at_equal_length(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(items=40, lineages=10), human_chars=100,
        proposal_chars=lambda r: 100 + 10 * (r["item"] % 5),
        score=lambda r: 0.2 + 0.15 * (r["item"] % 5) + 0.01 * (r["item"] % 3),
    )  # fmt: skip
    found = lab.one(lab.estimate(rows), "rate at equal length", set="strong", arm="late")
    assert found.extra["mean_difference"] == pytest.approx(20)
    assert found.value < found.extra["raw"]
    assert found.role == "exploratory"


def test_equal_lengths_give_a_reason(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(human_chars=100, proposal_chars=100))
    found = lab.one(figures, "rate at equal length", set="strong", arm="late")
    assert (found.value, bool(found.note)) == (None, True)


def test_chances_are_needed_of_the_labelled_items_alone(lab: SimpleNamespace) -> None:
    def chance(row: dict[str, Any]) -> float | None:
        return 0.2 + row["item"] / 20 if row["item"] % 2 else None

    known = with_people(lab, lambda item: item % 2)
    everywhere = lab.update(known, label_probability=lambda r: 0.2 + r["item"] / 20)
    some = lab.update(known, label_probability=chance)
    one, other = (
        lab.one(lab.estimate(rows), TWO_PHASE, set="strong", arm="late")
        for rows in (everywhere, some)
    )
    assert (one.value, one.low) == (other.value, other.low)


def test_a_labelled_item_without_its_chance_is_told(lab: SimpleNamespace) -> None:
    rows = with_people(lab, lambda item: item % 2)
    gap = lab.update(rows, label_probability=lambda r: None if r["item"] == 3 else 0.5)
    found = lab.one(lab.estimate(gap), TWO_PHASE, set="strong", arm="late")
    assert "taken for a simple random sample" in found.note


def test_people_who_judged_one_order_only_are_told(lab: SimpleNamespace) -> None:
    rows = [
        row for row in with_people(lab, lambda item: item % 2)
        if row["judge_kind"] == "model" or row["order"] == "human"
    ]  # fmt: skip
    found = lab.one(lab.estimate(rows), TWO_PHASE, set="strong", arm="late")
    assert found.note == "not estimated: people judged no item in both orders"
