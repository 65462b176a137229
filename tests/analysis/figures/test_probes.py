"""Probes: what a restatement and a view give away, from answers made by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.everything import Beside, Figures, estimate_everything
from analysis.figures.findings import LOADING_ACCURACY, TAKEN
from analysis.figures.outline import outline_table
from analysis.trials.probes import ProbeRow
from taste.plan import Plan

PROBE = ProbeRow(
    kind="loading", set="suboptimal", set_kind="suboptimal", item="suboptimal/1", arm=None,
    repeat=None, order=None, view=None, judge="j", sample=1, answer="detour", by_model=None,
    correct=True, by_model_correct=None, reason=None, lineage="L1", session="S", researcher=None,
    project=None, simulated=False, probe_id=1,
)  # fmt: skip


def loading(set_name: str, item: int, correct: bool | None) -> ProbeRow:
    return replace(
        PROBE, set=set_name, set_kind=set_name, item=f"{set_name}/{item}", correct=correct,
        answer=None if correct is None else "detour",
    )  # fmt: skip


def identity(item: int, order: str, correct: bool, **more: Any) -> ProbeRow:
    values = {
        "kind": "identity", "item": f"strong/{item}", "set": "strong", "set_kind": "strong",
        "arm": "late", "repeat": 1, "order": order, "view": "digest", "answer": "first",
        "correct": correct, "by_model_correct": True, **more,
    }  # fmt: skip
    return replace(PROBE, **values)


def estimate(lab: SimpleNamespace, probes: list[ProbeRow], *, digest: bool = True) -> Figures:
    """All figures of a table whose items score their number over 20, with probes beside."""
    views = ("full", "digest") if digest else ("full",)
    rows = lab.update(
        [row for view in views for row in lab.rows(view=view)], score=lambda r: r["item"] / 20
    )
    table = lab.table(rows)
    outline = outline_table(table, Plan(draws=999))
    figures = estimate_everything(table, outline, beside=Beside(probes=probes))
    lab.assert_sound(figures)
    return figures


def test_a_guesser_of_one_kind_is_no_better_than_one_half(lab: SimpleNamespace) -> None:
    probes = [
        loading(s, item, s == "strong") for s in ("suboptimal", "strong") for item in range(1, 13)
    ]
    found = lab.one(estimate(lab, probes), LOADING_ACCURACY, against="½")
    assert found.value == 0.5


def test_loading_is_the_mean_of_both_sets_accuracies(lab: SimpleNamespace) -> None:
    probes = [loading("suboptimal", item, item <= 9) for item in range(1, 13)]
    probes += [loading("strong", item, item <= 6) for item in range(1, 9)]
    figures = estimate(lab, probes)
    found = lab.one(figures, LOADING_ACCURACY, against="½")
    assert found.value == pytest.approx((0.75 + 0.75) / 2)
    assert lab.of(found).null == 0.5
    assert found.low < 0.75 < found.high
    alone = lab.find(figures, LOADING_ACCURACY, against="")
    assert {one.set: one.value for one in alone} == {"suboptimal": 0.75, "strong": 0.75}
    assert {one.p_value for one in alone} == {None}


def test_with_one_kind_of_set_loading_cannot_be_told(lab: SimpleNamespace) -> None:
    probes = [loading("strong", item, True) for item in range(1, 13)]
    found = lab.one(estimate(lab, probes), LOADING_ACCURACY, against="½")
    assert (found.value, found.note.startswith("not estimated")) == (None, True)


def test_probes_without_an_answer_are_counted(lab: SimpleNamespace) -> None:
    probes = [loading(s, item, True) for s in ("suboptimal", "strong") for item in range(1, 9)]
    probes += [loading("strong", item, None) for item in (9, 10)]
    found = lab.one(estimate(lab, probes), LOADING_ACCURACY, against="½")
    assert (found.value, found.extra["unanswered"]) == (1.0, 2)


def test_a_kind_that_is_always_given_away_is_found(lab: SimpleNamespace) -> None:
    probes = [loading(s, item, True) for s in ("suboptimal", "strong") for item in range(1, 13)]
    lineages = [replace(one, lineage=f"L{n % 4}") for n, one in enumerate(probes)]
    figures = estimate(lab, lineages)
    found = lab.one(figures, LOADING_ACCURACY, against="½")
    assert found in figures.defects
    assert found.extra["sign_flip_p"] == 2 / 2**4


def test_identity_is_told_by_view_and_judge(lab: SimpleNamespace) -> None:
    probes = [identity(i, o, i % 4 == 0) for i in range(1, 13) for o in ("human", "proposal")]
    probes += [identity(i, "human", True, view="full", judge="k") for i in range(1, 13)]
    figures = estimate(lab, probes)
    hidden = lab.one(figures, TAKEN.format("digest"), arm="j")
    assert (hidden.value, hidden.extra["items"]) == (0.25, 12)
    shown = lab.one(figures, TAKEN.format("full"), arm="k")
    assert (shown.value, "this view shows it" in shown.note) == (1.0, True)
    assert lab.one(figures, "which move a model wrote, view digest").value == 1.0


def test_only_models_are_asked_about(lab: SimpleNamespace) -> None:
    probes = [identity(item, "human", True, arm="stock") for item in range(1, 13)]
    assert not lab.find(estimate(lab, probes), TAKEN.format("digest"))


def test_the_rate_where_every_guess_was_wrong(lab: SimpleNamespace) -> None:
    right = {"human": lambda item: item > 5, "proposal": lambda item: item > 7}
    probes = [identity(i, o, right[o](i)) for i in range(1, 13) for o in ("human", "proposal")]
    name = "win rate where the guess was wrong, view digest"
    found = lab.one(estimate(lab, probes), name, set="strong", arm="j")
    assert found.value == pytest.approx((1 + 2 + 3 + 4 + 5) / 5 / 20)
    assert found.extra["where_right"] == pytest.approx((8 + 9 + 10 + 11 + 12) / 5 / 20)


def test_a_handful_of_wrong_guesses_has_no_rate_of_its_own(lab: SimpleNamespace) -> None:
    probes = [identity(item, "human", item > 4) for item in range(1, 13)]
    found = lab.one(estimate(lab, probes), "win rate where the guess was wrong, view digest")
    assert (found.value, found.note) == (None, "fewer than 5 items")
    assert found.extra["where_right"] == pytest.approx(sum(range(5, 13)) / 8 / 20)


def test_where_no_guess_was_wrong_that_is_said(lab: SimpleNamespace) -> None:
    probes = [identity(item, "human", True) for item in range(1, 13)]
    found = lab.one(estimate(lab, probes), "win rate where the guess was wrong, view digest")
    assert (found.value, found.note) == (None, "no guess was wrong")


def test_faithfulness_is_told_of_both_moves(lab: SimpleNamespace) -> None:
    words = ["same", "same", "partly", "different"]
    faithful = replace(PROBE, kind="faithfulness", correct=None)
    probes = [
        replace(faithful, item=f"strong/{i}", answer=words[i % 4], arm=arm, repeat=repeat)
        for i in range(1, 13) for arm, repeat in ((None, None), ("late", 1))
    ]  # fmt: skip
    figures = estimate(lab, probes)
    for whose in ("human", "proposals"):
        shares = {
            said: lab.one(figures, f"restatements that say {said}", arm=whose).value
            for said in ("the same", "the same in part", "something else")
        }
        assert shares == {"the same": 0.5, "the same in part": 0.25, "something else": 0.25}


def test_a_guesser_of_one_kind_is_not_found_out_by_the_sizes_of_the_sets(
    lab: SimpleNamespace,
) -> None:
    probes = [loading("suboptimal", item, True) for item in range(1, 13)]
    probes += [loading("strong", item, False) for item in range(1, 7)]
    found = lab.one(estimate(lab, probes), LOADING_ACCURACY, against="½")
    assert (found.value, found.extra["sign_flip_p"]) == (0.5, 1.0)


def test_a_hidden_view_says_what_else_a_right_guess_may_come_from(lab: SimpleNamespace) -> None:
    right = {"human": lambda item: item > 5, "proposal": lambda item: item > 9}
    probes = [identity(i, o, right[o](i)) for i in range(1, 13) for o in ("human", "proposal")]
    figures = estimate(lab, probes)
    assert "takes the better move" in lab.one(figures, TAKEN.format("digest"), arm="j").note
    name = "win rate where the guess was wrong, view digest"
    found = lab.one(figures, name, set="strong", arm="j")
    assert "items chosen by the guess" in found.note
    assert found.extra["items_with_both_guesses"] == 4
