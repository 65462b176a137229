"""A judge that saw only some trials: no headline of its own, and a two-phase rate."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.figures.escalation import ON_HARD_TRIALS, TWO_PHASE
from analysis.judges.two_phase import two_phase_rate

SHARE = 0.5
RATES = {"suboptimal": {"late": 0.5, "stock": 0.4}}


def first(row: dict[str, Any]) -> float:
    """The first judge is unsure of every third item and lenient on the others."""
    return (0.5, 1.0, 0.0)[int(row["item"]) % 3]


def then(row: dict[str, Any]) -> float:
    """The strong judge agrees on two items of three, and gives the unsure ones away."""
    return (0.0, 1.0, 0.25)[int(row["item"]) % 3]


def escalated(lab: SimpleNamespace, **more: Any) -> list[dict[str, Any]]:
    """All trials by `j`; by `k` the unsure ones, and every second of the others."""
    rows = lab.rows(RATES, items=48, lineages=12, **more)
    strong = [row for row in rows if row["item"] % 3 == 0 or row["item"] % 2]
    return [
        *lab.update(rows, score=first, judge_probability=None),
        *lab.update(
            strong, judge="k", score=then,
            judge_probability=lambda r: 1.0 if r["item"] % 3 == 0 else SHARE,
        ),
    ]  # fmt: skip


def test_it_is_left_out_of_the_headline(lab: SimpleNamespace) -> None:
    figures = lab.estimate(escalated(lab))
    assert (figures.outline.judges, figures.outline.escalated) == (("j",), ("k",))
    alone = lab.estimate(lab.update(lab.rows(RATES, items=48, lineages=12), score=first))
    one, other = (lab.one(f, "win rate", arm="late").value for f in (figures, alone))
    assert one == other


def test_its_rate_weighs_trials_by_how_likely_they_were(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(escalated(lab)), TWO_PHASE, arm="late", against="k")
    items = range(1, 49)
    chances = [1.0 if i % 3 == 0 else SHARE for i in items]
    labels = [then({"item": i}) if i % 3 == 0 or i % 2 else np.nan for i in items]
    expected = two_phase_rate(
        [first({"item": i}) for i in items], labels, [i % 12 for i in items], chances
    )
    assert found.value == pytest.approx(expected.estimate.value)
    assert (found.extra["asked"], found.extra["rate_by_the_first_judge"]) == (32, 0.5)
    assert found.value == pytest.approx((0.0 + 1.0 + 0.25) / 3)


def test_every_repeat_counts_with_its_own_chance(lab: SimpleNamespace) -> None:
    rows = [*escalated(lab, repeat=1), *lab.update(lab.rows(RATES, items=48, lineages=12),
            repeat=2, score=first)]  # fmt: skip
    found = lab.one(lab.estimate(rows), TWO_PHASE, arm="late")
    assert lab.of(found).n == 96


def test_its_figures_are_marked_as_of_hard_trials(lab: SimpleNamespace) -> None:
    figures = lab.estimate(escalated(lab))
    own = lab.find(figures, "position effect", against="k")
    assert own
    assert all(ON_HARD_TRIALS in one.note for one in own)
    assert not any(one.against == "k" for one in figures.defects)
    assert ON_HARD_TRIALS in lab.one(figures, "agreement", arm="j", against="k").note


def test_a_handful_of_trials_gives_a_reason(lab: SimpleNamespace) -> None:
    rows = [r for r in escalated(lab) if r["judge"] == "j" or r["item"] < 4]
    found = lab.one(lab.estimate(rows), TWO_PHASE, arm="late")
    assert (found.value, found.note.startswith("not estimated")) == (None, True)


def test_an_unknown_chance_is_not_taken_for_certain_in_silence(lab: SimpleNamespace) -> None:
    known = lab.one(lab.estimate(escalated(lab)), TWO_PHASE, arm="late")
    rows = lab.update(
        escalated(lab),
        judge_probability=lambda r: None if r["item"] == 1 else r["judge_probability"],
    )
    found = lab.one(lab.estimate(rows), TWO_PHASE, arm="late")
    assert "the chance of 1 of the trials that it was asked about is not known" in found.note
    assert "is not known" not in known.note
