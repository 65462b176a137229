"""Section 5: the curve, its break-even, and the random set's own share and weights."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.population.weighted_rates import weighted_rate


def with_random(lab: SimpleNamespace, **more: Any) -> Any:
    drawn = [row for row in lab.rows(seed=5) if row["set"] == "strong"]
    values = {
        "label_kind": lambda r: ["detour", "strong", "neither"][r["item"] % 3],
        "probability": lambda r: 0.1 + 0.05 * r["item"], **more,
    }  # fmt: skip
    return [
        *lab.rows(label_kind=None, probability=None),
        *lab.update(drawn, set="random", **values),
    ]


def test_the_curve_joins_both_rates(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows())
    for share, kind in (("0%", "strong"), ("100%", "suboptimal")):
        end = lab.one(figures, f"rate if {share} were detours", arm="late")
        assert end.value == lab.one(figures, "win rate", set=kind, arm="late").value
        assert end.extra["band_low"] <= end.low <= end.high <= end.extra["band_high"]
    middle = lab.one(figures, "rate if 50% were detours", arm="late")
    mean = lab.one(figures, "mean of both sets", arm="late")
    assert middle.value == pytest.approx(mean.value)


def test_sets_cut_unequally_have_no_common_mean(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(), selection={"bottom": 0.1, "top": 0.3})
    assert not lab.find(figures, "mean of both sets")


def test_a_break_even_is_identified_or_says_that_it_is_not(lab: SimpleNamespace) -> None:
    clear = {"suboptimal": {"m": 0.95}, "strong": {"m": 0.05}}
    found = lab.one(lab.estimate(lab.rows(clear, items=40)), "break-even share of detours")
    assert found.extra["identified"]
    assert 0.3 < found.value < 0.7
    flat = {"suboptimal": {"m": 0.5}, "strong": {"m": 0.5}}
    found = lab.one(lab.estimate(lab.rows(flat)), "break-even share of detours")
    assert not found.extra["identified"]
    assert "break-even not identified" in found.note


def test_the_random_sets_share_is_put_in(lab: SimpleNamespace) -> None:
    figures = lab.estimate(with_random(lab, probability=0.2))
    found = lab.one(figures, "rate at the random set's share of detours", arm="late")
    rates = [
        lab.one(figures, "win rate", set=s, arm="late").value for s in ("suboptimal", "strong")
    ]
    assert found.extra["share"] == pytest.approx(0.5)
    assert found.value == pytest.approx(sum(rates) / 2)
    assert found.extra["share_low"] < 0.5 < found.extra["share_high"]
    bounds = lab.one(figures, "bounds over all decisions, given these shares", arm="late").extra
    assert bounds["low"] == pytest.approx(sum(rates) / 3)
    assert bounds["high"] == pytest.approx(sum(rates) / 3 + 1 / 3)
    assert bounds["low"] <= bounds["if_the_rest_lies_between_low"]
    assert bounds["share_of_detours"] == pytest.approx(1 / 3)


def test_the_share_is_weighted_by_the_chances(lab: SimpleNamespace) -> None:
    rows = with_random(
        lab, probability=lambda r: 0.1 if r["item"] <= 6 else 0.2,
        label_kind=lambda r: "detour" if r["item"] <= 6 else "strong",
    )  # fmt: skip
    found = lab.one(lab.estimate(rows), "rate at the random set's share of detours", arm="late")
    assert found.extra["share"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("kind", [None, "neither"])
def test_a_random_set_without_labels_says_so(lab: SimpleNamespace, kind: str | None) -> None:
    figures = lab.estimate(with_random(lab, label_kind=kind))
    found = lab.one(figures, "rate at the random set's share of detours", arm="late")
    assert found.note == "not estimated: random has no items labelled detour or strong"


def test_drawn_decisions_are_weighted_by_one_over_their_chances(lab: SimpleNamespace) -> None:
    rows = lab.update(with_random(lab), score=lambda r: (r["item"] % 5) / 4)
    found = lab.one(lab.estimate(rows), "rate over drawn decisions", arm="late")
    items = range(1, 13)
    expected = weighted_rate(
        [(i % 5) / 4 for i in items], [i % 4 for i in items], [1 / (0.1 + 0.05 * i) for i in items]
    ).estimate
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


def test_chances_that_are_not_all_known_are_told(lab: SimpleNamespace) -> None:
    rows = with_random(lab, probability=lambda r: None if r["item"] == 3 else 0.1)
    found = lab.one(lab.estimate(rows), "rate over drawn decisions", arm="late")
    assert found.note == "not weighted: the chance of being drawn is not known for every item"


def test_one_cluster_gives_reasons(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(with_random(lab), lineage="L"))
    assert all(one.estimate is None and one.note for one in figures.of("base_rates"))


def test_the_shares_of_the_bounds_are_weighted_and_of_the_labelled_alone(
    lab: SimpleNamespace,
) -> None:
    rows = with_random(
        lab,
        label_kind=lambda r: {0: "detour", 1: "strong", 2: "neither"}.get(r["item"] % 4),
        probability=lambda r: 0.1 if r["item"] % 4 == 0 else 0.5,
    )
    figures = lab.estimate(rows)
    bounds = lab.one(figures, "bounds over all decisions, given these shares", arm="late").extra
    assert bounds["share_of_detours"] == pytest.approx(10 / 14)
    assert bounds["share_of_strong_moves"] == pytest.approx(2 / 14)


def test_nothing_is_said_of_both_sets_together_unless_a_selection_is_stated(
    lab: SimpleNamespace,
) -> None:
    assert lab.find(lab.estimate(lab.rows()), "mean of both sets")
    assert not lab.find(lab.estimate(lab.rows(), selection=None), "mean of both sets")
