"""Section 6: a slope over release dates, or in words why there is none."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

DAYS = 60


def dated(lab: SimpleNamespace, models: int, **more: Any) -> Any:
    arms = {f"m{k:02d}": 0.2 + 0.05 * k for k in range(models)}
    rows = lab.rows({"strong": {**arms, "stock": 0.2}}, items=24, lineages=8)
    return lab.update(
        rows,
        released=lambda r: None if r["arm"] == "stock" else str(
            date(2024, 1, 1) + timedelta(DAYS * int(r["arm"][1:]))
        ),
        **more,
    )  # fmt: skip


def test_twelve_models_that_get_better_have_a_slope(lab: SimpleNamespace) -> None:
    figures = lab.estimate(dated(lab, 12))
    found = lab.one(figures, "slope per year")
    assert found.value == pytest.approx(0.05 * 365.25 / DAYS, abs=0.1)
    assert found.extra["low"] < found.value < found.extra["high"]
    assert found.extra["models"] == 12
    assert found.extra["p"] < 0.01
    assert not found.extra["permutation_exact"]


def test_nine_models_are_permuted_exactly(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(dated(lab, 8)), "slope per year")
    assert found.extra["permutation_exact"]
    assert found.extra["permutation_p"] < 0.05


def test_a_slope_is_told_on_other_scales(lab: SimpleNamespace) -> None:
    figures = lab.estimate(dated(lab, 6))
    assert lab.one(figures, "slope per year, weighted by precision").role == "exploratory"
    assert lab.one(figures, "slope per year, logit scale").extra["scale"] == "logit"


def test_families_are_left_out_one_at_a_time(lab: SimpleNamespace) -> None:
    def family(row: Any) -> str:
        return "" if row["arm"] == "stock" else "new" if row["arm"] > "m03" else "old"

    figures = lab.estimate(dated(lab, 12, proposer_family=family))
    found = [one for one in figures.of("trend") if "without the family" in one.name]
    assert len(found) == 2
    assert any(one.note == "fewer than 6 models are left" for one in found)
    assert any(one.value is not None for one in found)


@pytest.mark.parametrize("models", [1, 5])
def test_fewer_than_six_models_are_refused_in_words(lab: SimpleNamespace, models: int) -> None:
    found = lab.one(lab.estimate(dated(lab, models)), "slope per year")
    assert found.value is None
    assert "a trend needs at least 6" in found.note


def test_no_release_date_is_told(lab: SimpleNamespace) -> None:
    found = lab.one(lab.estimate(lab.rows()), "slope per year", set="strong")
    assert "no model has a release date" in found.note


def test_one_release_date_gives_a_reason(lab: SimpleNamespace) -> None:
    rows = lab.update(
        dated(lab, 6), released=lambda r: None if r["arm"] == "stock" else "2024-01-01"
    )
    found = lab.one(lab.estimate(rows), "slope per year")
    assert (found.value, bool(found.note)) == (None, True)


def test_models_that_do_not_vary_at_all_give_a_reason(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(dated(lab, 6), score=1.0))
    assert all(one.value is not None or one.note for one in figures.of("trend"))


def test_a_model_that_cannot_be_used_is_left_out_by_name(lab: SimpleNamespace) -> None:
    rates = {"suboptimal": {f"m{n}": 0.3 + n / 20 for n in range(8)}}
    rows = lab.update(
        [r for r in lab.rows(rates) if r["arm"] != "m3" or r["lineage"] == "L1"],
        released=lambda r: None if r["arm"] == "m5" else f"2026-0{1 + int(r['arm'][1])}-01",
    )
    found = lab.one(lab.estimate(rows), "slope per year")
    assert found.extra["models"] == 6
    assert found.note.startswith("left out (")
    assert "m3, m5" in found.note
