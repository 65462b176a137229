"""How blind the judging was, from verdicts: labels swapped, other forms, leaky digests."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.figures.blinding import LEAKY
from analysis.figures.findings import LABEL_SWAP
from taste.views import LEAKY_DIGEST

pytestmark = pytest.mark.no_cover

RATES = {"suboptimal": {"late": 0.5, "early": 0.5, "stock": 0.5}}
FAVOURED = {"blind": 0.5, "labelled": 0.4, "swapped": 0.7}


def labelled(lab: SimpleNamespace, **more: Any) -> list[dict[str, Any]]:
    """Verdicts of a judge that gives what is labelled the person's .1 to .2 more, not to stock."""

    def score(row: dict[str, Any]) -> float:
        model = FAVOURED[row["provenance"]] + 0.02 * (row["item"] % 4)
        return 0.3 if row["arm"] == "stock" else model

    rows = [row for told in FAVOURED for row in lab.rows(RATES, provenance=told, **more)]
    return list(lab.update(rows, score=score))


def test_a_label_is_worth_what_swapping_it_takes_away(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(labelled(lab)), LABEL_SWAP, against="j")
    assert found.value == pytest.approx(0.4 - 0.7)
    assert found.extra["items"] == 12
    assert "below 0" in found.note


def test_each_judge_has_a_label_swap_of_its_own(lab: SimpleNamespace) -> None:
    rows = lab.update(
        labelled(lab, judges="jk"), score=lambda r: 0.5 if r["judge"] == "k" else
        FAVOURED[r["provenance"]] + 0.01 * (r["item"] % 4),
    )  # fmt: skip
    figures = lab.estimate(rows)
    assert lab.one(figures, LABEL_SWAP, against="j").value == pytest.approx(-0.3)
    assert lab.one(figures, LABEL_SWAP, against="k").value == 0


def test_with_one_kind_of_label_nothing_is_swapped(lab: SimpleNamespace) -> None:
    rows = [row for row in labelled(lab) if row["provenance"] != "swapped"]
    assert not lab.find(lab.estimate(rows), LABEL_SWAP)


@pytest.mark.parametrize(
    ("column", "usual", "other", "name"),
    [
        ("form", "restated", "verbatim", "verbatim less restated"),
        ("prompt", "standard", "reworded", "reworded less standard prompt"),
    ],
)
def test_another_form_or_prompt_is_told_by_model(
    lab: SimpleNamespace, column: str, usual: str, other: str, name: str
) -> None:
    rows = [
        row for word in (usual, other)
        for row in lab.rows(RATES, judge_prompt=word, **{column: word})
    ]  # fmt: skip
    worth = {"late": 0.2, "early": -0.1, "stock": 0.0}
    rows = lab.update(
        rows, score=lambda r: 0.5 + worth[r["arm"]] * (r[column] == other) + r["item"] / 99
    )
    found = {one.arm: one.value for one in lab.find(lab.estimate(rows), name)}
    assert found == pytest.approx({"late": 0.2, "early": -0.1})


def test_the_share_of_leaky_digests_is_counted_by_item(lab: SimpleNamespace) -> None:
    digest = lab.update(
        lab.rows(RATES, view="digest", outcome=None, reason=None),
        outcome=lambda r: "unscored" if r["item"] <= 3 else None,
        reason=lambda r: LEAKY_DIGEST if r["item"] <= 3 else None,
        score=lambda r: None if r["item"] <= 3 else r["score"],
    )
    found = lab.one(lab.estimate([*lab.rows(RATES, view="full"), *digest]),
                    "digests that gave the move away")  # fmt: skip
    assert (found.value, found.extra["leaky"], found.extra["items"]) == (0.25, 3, 12)
    assert lab.of(found).p_value is None
    assert f"unscored: {LEAKY_DIGEST}" == LEAKY


def test_a_table_without_probes_says_that_its_family_is_smaller(lab: SimpleNamespace) -> None:
    said = "no probe stands beside these trials"
    assert any(note.startswith(said) for note in lab.estimate(labelled(lab)).notes)
    assert not any(note.startswith(said) for note in lab.estimate(lab.rows()).notes)
