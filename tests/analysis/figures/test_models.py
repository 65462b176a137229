"""Section 4: every pair of models, adjusted together, and slices of each."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.no_cover

MANY = {"strong": {"a": 0.2, "b": 0.5, "c": 0.8, "stock": 0.3}}


def test_every_pair_meets_once_on_every_set(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(MANY))
    pairs = lab.find(figures, "model minus model")
    assert [(one.arm, one.against) for one in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    rates = {one.arm: one.value for one in lab.find(figures, "win rate")}
    for one in pairs:
        assert one.value == pytest.approx(rates[one.arm] - rates[one.against])


def test_pairs_are_adjusted_together(lab: SimpleNamespace) -> None:
    for one in lab.find(lab.estimate(lab.rows(MANY)), "model minus model"):
        assert one.extra["max_t_p"] >= one.extra["sign_flip_p"] - 1e-12


def test_one_cluster_leaves_the_adjusted_p_open(lab: SimpleNamespace) -> None:
    for one in lab.find(lab.estimate(lab.rows(MANY, lineages=1)), "model minus model"):
        assert one.note == "no interval: all items lie in one session"


def test_a_slice_is_held_against_the_rest(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), initiator=lambda r: ["human", "pasted"][r["item"] % 2])
    figures = lab.estimate(rows)
    name = "slice initiator = human, minus the rest"
    found = lab.one(figures, name, set="strong", arm="late")
    assert found.extra["items"] == 6
    rate = lab.one(figures, "win rate", set="strong", arm="late").value
    assert found.value == pytest.approx(2 * (found.extra["inside"] - rate))
    slices = [one for one in figures.of("models") if one.name.startswith("slice")]
    assert {one.extra["family"] for one in slices} == {len(slices)} == {4}
    assert all(one.extra["q"] >= one.p_value - 1e-12 for one in slices)


def test_no_slice_describes_fewer_than_five_items(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), harm=lambda r: 3 if r["item"] <= 4 else 1)
    figures = lab.estimate(rows)
    assert not [one for one in figures.of("models") if one.name.startswith("slice")]
    rows = lab.update(lab.rows(), harm=lambda r: 3 if r["item"] <= 5 else 1)
    assert lab.find(lab.estimate(rows), "slice harm = 1, minus the rest", arm="late")
