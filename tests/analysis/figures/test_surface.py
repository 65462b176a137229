"""How the two texts differ to the eye, and the rates if they did not."""

from types import SimpleNamespace
from typing import Any

import pytest

RATES = {"strong": {"late": 0.5, "stock": 0.5}}
EMPTY = {
    f"{side}_{name}": 0
    for side in ("human", "proposal") for name in ("words", "hedges", "lists", "code", "actions")
}  # fmt: skip


def rows(lab: SimpleNamespace, **more: Any) -> list[dict[str, Any]]:
    return list(lab.update(lab.rows(RATES, items=24, lineages=6), **{**EMPTY, **more}))


def test_each_feature_is_told_as_a_mean_difference(lab: SimpleNamespace) -> None:
    given = rows(
        lab, human_words=10, proposal_words=lambda r: 10 + 5 * (r["item"] % 2),
        human_hedges=2, proposal_hedges=0,
    )  # fmt: skip
    figures = lab.estimate(given)
    words = lab.one(figures, "words, proposal less human move", set="strong", arm="late")
    assert (words.value, words.role) == (pytest.approx(2.5), "exploratory")
    assert words.low < 2.5 < words.high
    hedges = lab.one(figures, "hedges, proposal less human move", arm="late")
    assert hedges.value == pytest.approx(-2)


def test_repeats_are_averaged_before_items(lab: SimpleNamespace) -> None:
    one, other = (
        rows(lab, repeat=repeat, proposal_words=words) for repeat, words in ((1, 2), (2, 6))
    )
    figures = lab.estimate([*one, *(row for row in other if row["item"] <= 12)])
    assert lab.one(figures, "words, proposal less human move").value == pytest.approx(3)


def test_at_equal_surface_a_rate_that_words_made_is_lower(lab: SimpleNamespace) -> None:
    given = rows(
        lab, proposal_words=lambda r: r["item"] % 7, proposal_actions=lambda r: r["item"] % 3,
        score=lambda r: min(1, 0.2 + 0.1 * (r["item"] % 7) + 0.02 * (r["item"] % 5)),
    )  # fmt: skip
    found = lab.one(lab.estimate(given), "rate at equal surface", arm="late")
    assert found.value < found.extra["raw"]
    assert found.extra["mean_difference_words"] == pytest.approx(
        sum(i % 7 for i in range(1, 25)) / 24
    )
    assert {"slope_words", "slope_actions"} <= set(found.extra)
    assert "slope_code" not in found.extra


def test_texts_that_look_alike_give_a_reason(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(rows(lab)), "rate at equal surface", arm="late")
    assert (found.value, bool(found.note)) == (None, True)


def test_without_counts_nothing_is_said_of_the_surface(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(RATES))
    assert not lab.find(figures, "rate at equal surface")
    assert not lab.find(figures, "words, proposal less human move")
