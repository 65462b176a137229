"""Section 9: the figures again with other rows, other items, and one cluster left out."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.findings import OWN_FAMILY

pytestmark = pytest.mark.no_cover


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
        ("form", "restated", "verbatim", "form verbatim"),
        ("provenance", "blind", "swapped", "provenance swapped"),
        ("prompt", "standard", "reworded", "prompt reworded"),
    ],
)
def test_verdicts_come_by_otherwise_stand_beside_the_headline(
    lab: SimpleNamespace, column: str, usual: str, other: str, said: str
) -> None:
    rows = [
        *lab.rows(judge_prompt="one", **{column: usual}),
        *lab.rows(judge_prompt="two", seed=2, **{column: other}),
    ]
    figures = lab.estimate(rows)
    found = lab.one(figures, said, set="strong", arm="late", against="")
    alone = lab.estimate(lab.rows(seed=2))
    assert found.value == lab.one(alone, "win rate", set="strong", arm="late").value
    assert lab.one(figures, "win rate", set="strong", arm="late").value != found.value


def known(lab: SimpleNamespace, view: str, scores: dict[int, float]) -> list[dict[str, Any]]:
    """Rows of one view on the items that have a score by the judge, the same in both orders."""
    rows = [row for row in lab.rows(view=view) if row["item"] in scores]
    return list(lab.update(rows, score=lambda r: scores[r["item"]]))


def test_items_that_wording_alone_decides_are_left_out_and_counted(lab: SimpleNamespace) -> None:
    full = {1: 1.0, 2: 1.0, 3: 0.0, **dict.fromkeys(range(4, 13), 0.5)}
    wording = {1: 1.0, 2: 0.5, 3: 0.0, 4: 1.0}
    figures = lab.estimate([*known(lab, "full", full), *known(lab, "wording", wording)])
    name = "without items decided by wording alone"
    found = lab.one(figures, name, set="strong", arm="late", against="")
    assert (found.extra["left_out"], found.extra["items"]) == (2, 10)
    assert found.value == pytest.approx((1.0 + 9 * 0.5) / 10)
    assert "known for 4 of 12 items; the rest stay in" in found.note


def test_items_on_which_judges_disagree_are_left_out_and_counted(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(judges="jk"),
        score=lambda r: 1.0 if r["judge"] == "j" or r["item"] > 5 else [0.0, 0.5][r["item"] % 2],
    )
    name = "without items on which judges disagree"
    found = lab.one(lab.estimate(rows), name, set="strong", arm="late", against="")
    assert (found.value, found.extra["left_out"], found.extra["items"]) == (1.0, 5, 7)
    assert "chosen by the verdicts themselves" in found.note
    assert not lab.find(lab.estimate(lab.rows()), name)


def test_late_evidence_is_left_out_and_the_unknown_counted(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), evidence_turns=lambda r: [None, 5, 6][r["item"] % 3])
    name = "without evidence later than 5 turns"
    found = lab.one(lab.estimate(rows), name, set="strong", arm="late", against="")
    assert (found.extra["left_out"], found.extra["items"]) == (4, 8)
    assert "unknown for 4 items, which stay in" in found.note


def test_what_becomes_of_items_without_a_label_is_said(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), confidence=lambda r: [None, 3, 5][r["item"] % 3],
        initiator=lambda r: [None, "human", "unclear"][r["item"] % 3],
    )  # fmt: skip
    figures = lab.estimate(rows)
    for name, left_out, said in (
        ("confidence 4 or more", 8, "unknown for 4 items, which fall out"),
        ("without initiator = unclear", 4, "unknown for 4 items, which stay in"),
    ):
        found = lab.one(figures, name, set="strong", arm="late", against="")
        assert (found.extra["left_out"], said in found.note) == (left_out, True)


def test_sessions_are_told_by_the_training_cutoff(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), cutoff=lambda r: "2026-01-31" if r["arm"] == "late" else None,
        session_date=lambda r: ["2026-01-31", "2026-02-01", None][r["item"] % 3],
    )  # fmt: skip
    figures = lab.estimate(rows)
    for name in ("after", "up to"):
        choice = f"sessions {name} the model's training cutoff"
        found = lab.one(figures, choice, set="strong", arm="late", against="")
        assert (found.extra["items"], found.extra["left_out"]) == (4, 8)
        assert "unknown for 4 items" in found.note
    unknown = lab.one(
        figures, "sessions after the model's training cutoff", set="strong", arm="early"
    )
    assert (unknown.value, "unknown for 12 items" in unknown.note) == (None, True)


def test_a_judge_of_the_models_own_family_is_marked(lab: SimpleNamespace) -> None:
    family = {"late": "one", "early": "two"}
    rows = lab.update(
        lab.rows(judges="jk"), judge_family=lambda r: {"j": "one", "k": "two"}[r["judge"]],
        proposer_family=lambda r: family.get(r["arm"]),
    )  # fmt: skip
    figures = lab.estimate(rows)
    for name in ("judge j alone", "win rate by one judge", "position effect"):
        against = {} if name == "judge j alone" else {"against": "j"}
        marked = {
            one.arm for one in lab.find(figures, name, set="strong", **against)
            if OWN_FAMILY in one.note
        }  # fmt: skip
        assert marked == {"late"}, name
