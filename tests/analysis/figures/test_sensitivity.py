"""Section 9: the figures again with other rows, other items, and one cluster left out."""

from types import SimpleNamespace

import pytest


def test_items_with_a_flag_are_left_out_in_turn(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), score=lambda r: (r["item"] % 5) / 4,
        recovery=lambda r: ["full", "partial"][r["item"] % 2],
        hidden_context=lambda r: r["item"] == 3,
    )  # fmt: skip
    figures = lab.estimate(rows)
    found = lab.one(figures, "without recovery = partial", set="strong", arm="late", against="")
    kept = [(i % 5) / 4 for i in range(1, 13) if i % 2 == 0]
    assert (found.value, found.extra["items"]) == (pytest.approx(sum(kept) / 6), 6)
    hidden = lab.one(figures, "without hidden_context = yes", set="strong", arm="late", against="")
    assert hidden.extra["items"] == 11
    assert not lab.find(figures, "without recovery = never")


def test_every_choice_tells_rate_and_difference_from_stock(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), confidence=lambda r: r["item"] % 5 + 1)
    figures = lab.estimate(rows)
    found = lab.find(figures, "confidence 4 or more", set="strong", arm="late")
    assert [one.against for one in found] == ["", "stock"]
    assert found[0].extra["items"] == sum(1 for i in range(1, 13) if i % 5 >= 3)


def test_labels_that_all_annotators_share_are_taken_alone(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), annotators=lambda r: 1 + r["item"] % 2,
        label_agreement=lambda r: 1 if r["item"] <= 6 else 0.5,
    )  # fmt: skip
    found = lab.one(
        lab.estimate(rows), "annotators all agree", set="strong", arm="late", against=""
    )
    assert found.extra["items"] == 3


def test_each_label_rule_stands_alone_where_there_are_several(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), label_rule=lambda r: ["one", "unanimous"][r["item"] > 4])
    figures = lab.estimate(rows)
    assert lab.find(figures, "label rule one", set="strong", arm="late")[0].extra["items"] == 4
    assert not lab.find(lab.estimate(lab.rows(label_rule="one")), "label rule one")


def test_the_cluster_that_moves_a_figure_most_is_named(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: 1.0 if r["lineage"] == "L2" else 0.25)
    figures = lab.estimate(rows)
    found = lab.one(figures, "one cluster left out", set="strong", arm="late", against="")
    assert found.extra["most_influential"] == "L2"
    assert found.extra["without_it"] == found.extra["lowest"] == pytest.approx(0.25)
    assert found.extra["highest"] == pytest.approx((1 + 2 * 0.25) / 3)
    assert lab.find(figures, "one cluster left out", set="strong", arm="late", against="stock")


def test_one_cluster_cannot_be_left_out(lab: SimpleNamespace) -> None:
    assert not lab.find(lab.estimate(lab.rows(lineages=1)), "one cluster left out")


def test_every_judge_stands_alone_where_there_are_several(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(judges="jk"))
    for judge in "jk":
        alone = lab.one(figures, f"judge {judge} alone", set="strong", arm="late", against="")
        by = lab.one(figures, "win rate by one judge", set="strong", arm="late", against=judge)
        assert alone.value == by.value
    assert not lab.find(lab.estimate(lab.rows()), "judge j alone")


@pytest.mark.parametrize(
    ("column", "usual", "other", "said"),
    [
        ("view", "full", "digest", "view digest"),
        ("form", "restated", "verbatim", "form verbatim"),
        ("provenance", "blind", "swapped", "provenance swapped"),
    ],
)
def test_verdicts_come_by_otherwise_stand_beside_the_headline(
    lab: SimpleNamespace, column: str, usual: str, other: str, said: str
) -> None:
    rows = [*lab.rows(**{column: usual}), *lab.rows(seed=2, **{column: other})]
    figures = lab.estimate(rows)
    found = lab.one(figures, said, set="strong", arm="late", against="")
    alone = lab.estimate(lab.rows(seed=2))
    assert found.value == lab.one(alone, "win rate", set="strong", arm="late").value
    assert lab.one(figures, "win rate", set="strong", arm="late").value != found.value


def test_another_view_is_told_though_another_judge_had_it(lab: SimpleNamespace) -> None:
    rows = [*lab.rows(view="full"), *lab.rows(view="digest", judges=("digester",), seed=3)]
    found = lab.find(lab.estimate(rows), "view digest", against="")
    assert {(one.set, one.arm) for one in found} == {
        (s, a) for s in ("suboptimal", "strong") for a in ("late", "early")
    }
    assert all(one.estimate is not None for one in found)
