"""A pilot read from a table of trials, against sums done by hand."""

from pathlib import Path

import numpy as np
import pytest

from analysis.errors import EstimateError
from analysis.power.pilot_table import pilots_from_table
from analysis.trials.files import read_trial_file
from analysis.trials.table import TrialTable

HEAD = "set,set_kind,item,arm,repeat,judge,order,sample,score,lineage,minutes"
ITEMS = {"1": ("a", "4"), "2": ("a", "6"), "3": ("b", ""), "4": ("b", "2"), "5": ("c", "4")}
WON = {
    ("sub", "m"): "11 10 11 00 10",
    ("sub", "stock"): "00 10 01 00 11",
    ("str", "m"): "00 10 00 11 00",
}
"""A proposal's points with the human move first and second, item by item."""


def table(folder: Path, extra: tuple[str, ...] = (), head: str = HEAD) -> TrialTable:
    lines = [head, *extra]
    for (name, arm), points in WON.items():
        kind = {"sub": "suboptimal", "str": "strong"}[name]
        for item, both in zip(ITEMS, points.split(), strict=True):
            lineage, minutes = ITEMS[item]
            lines += [
                f"{name},{kind},{item},{arm},1,j,{order},1,{point},{lineage},{minutes}"
                for order, point in zip(("human", "proposal"), both, strict=True)
            ]
    file = folder / "pilot.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_trial_file(file)


def test_scores_clusters_and_minutes_are_those_of_the_table(tmp_path: Path) -> None:
    found = pilots_from_table(table(tmp_path), sessions_screened=12)
    assert (found.rate.items, found.rate.clusters) == (5, 3)
    assert found.rate.mean == pytest.approx(np.mean([1, 0.5, 1, 0, 0.5]))
    assert (found.rate.minutes_per_item, found.rate.items_timed) == (4, 4)
    assert found.rate.session_yield == 0.25


def test_the_difference_is_to_stock_and_the_contrast_to_the_strong_set(tmp_path: Path) -> None:
    found = pilots_from_table(table(tmp_path))
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(np.mean([1, 0, 0.5, 0, -0.5]))
    assert found.other is not None
    assert found.other.mean == pytest.approx(0.3)
    assert found.rate.noise.verdict_variance is None


def test_repeated_verdicts_and_proposals_show_their_noise(tmp_path: Path) -> None:
    # Item 1 of m: a second verdict in either order, and a second proposal that lost twice.
    again = [("1", "human", "2", "0"), ("1", "proposal", "2", "1")]
    again += [("2", "human", "1", "0"), ("2", "proposal", "1", "0")]
    rows = tuple(f"sub,suboptimal,1,m,{r},j,{o},{s},{p},a,4" for r, o, s, p in again)
    found = pilots_from_table(table(tmp_path, rows))
    assert found.rate.noise.verdict_variance == pytest.approx(0.5 / 2)
    # Repeats of .75 and 0 vary by .28125, of which .25 / 2 is the verdicts'.
    assert found.rate.noise.proposal_variance == pytest.approx(0.28125 - 0.125)
    assert found.difference is not None
    assert found.difference.noise.verdict_variance is None


def test_several_models_ask_which_one_is_meant(tmp_path: Path) -> None:
    other = tuple(f"sub,suboptimal,1,n,1,j,{o},1,1,a,4" for o in ("human", "proposal"))
    with pytest.raises(EstimateError, match=r"models \['m', 'n'\]; say which arm"):
        pilots_from_table(table(tmp_path, other))
    assert pilots_from_table(table(tmp_path, other), "m").rate.items == 5


def test_an_arm_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EstimateError, match="no scores of arm 'x'"):
        pilots_from_table(table(tmp_path), "x")


def test_a_control_may_be_planned_with_when_it_is_named(tmp_path: Path) -> None:
    found = pilots_from_table(table(tmp_path), "stock")
    assert found.rate.mean == pytest.approx(0.4)
    assert (found.difference, found.other) == (None, None)
