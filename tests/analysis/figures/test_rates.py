"""Section 1: rates with their bounds, their companions, and their other clusters."""

from types import SimpleNamespace

import pytest

from analysis.rates import win_rate

pytestmark = pytest.mark.no_cover


def test_a_rate_is_that_of_the_estimator(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: (r["item"] % 5) / 4)
    found = lab.one(lab.estimate(rows), "win rate", set="strong", arm="late")
    items = range(1, 13)
    expected = win_rate([(i % 5) / 4 for i in items], [i % 4 for i in items])
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.role == "secondary"


def test_shares_are_of_verdicts_and_of_items(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(), score=lambda r: [1.0, 0.5, 0.0, 0.0][r["item"] % 4])
    extra = lab.one(lab.estimate(rows), "win rate", set="strong", arm="late").extra
    assert [extra[name] for name in ("won", "tied", "lost")] == [0.25, 0.25, 0.5]
    assert [extra[f"items_{name}"] for name in ("won", "tied", "lost")] == [0.25, 0.25, 0.5]
    assert extra["without_ties"] == pytest.approx(1 / 3)


def test_all_ties_leave_nothing_without_ties(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), score=0.5))
    assert lab.find(figures, "win rate")[0].extra["without_ties"] is None


def test_what_is_missing_enters_the_bounds(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), score=lambda r: None if r["item"] <= 3 and r["arm"] == "late" else 1.0
    )
    found = lab.one(lab.estimate(rows), "win rate", set="strong", arm="late")
    extra = found.extra
    assert (extra["worst_case"], extra["best_case"], extra["items_with_gaps"]) == (0.75, 1.0, 3)
    assert extra["outer_low"] <= 0.75 <= found.value <= extra["outer_high"]
    assert found.estimate.exclusions == {"no verdict stored": 3}


def test_bounds_stand_also_where_nothing_is_scored(lab: SimpleNamespace) -> None:
    found = lab.find(lab.estimate(lab.rows(outcome="unscored", score=None)), "win rate")[0]
    assert found.value is None
    assert found.note.startswith("not estimated: no item has a score: unscored: no reason given")
    assert (found.extra["worst_case"], found.extra["best_case"]) == (0, 1)


def test_bounds_of_one_cluster_have_no_interval(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(lineages=1), score=lambda r: None if r["item"] == 1 else 1.0)
    extra = lab.find(lab.estimate(rows), "win rate")[0].extra
    assert "outer_low" not in extra
    assert extra["items_with_gaps"] == 1


@pytest.mark.parametrize(("lineages", "there"), [(4, True), (8, False), (1, False)])
def test_fewer_than_8_clusters_have_an_exact_companion(
    lab: SimpleNamespace, lineages: int, there: bool
) -> None:
    rows = lab.rows(items=16, lineages=lineages)
    extra = lab.one(lab.estimate(rows), "win rate", set="strong", arm="late").extra
    assert ("wild_p_of_half" in extra) is there


def test_other_clusters_stand_beside_the_planned_one(lab: SimpleNamespace) -> None:
    rows = lab.update(
        lab.rows(), researcher=lambda r: f"R{r['item'] % 3}", project=lambda r: f"P{r['item'] % 5}"
    )
    figures = lab.estimate(rows)
    for by, clusters in (("researcher", 3), ("project", 5)):
        found = lab.one(figures, f"win rate, clustered by {by}", set="strong", arm="late")
        assert lab.of(found).clusters == clusters
    assert lab.find(figures, "win rate, clustered by researcher x project", set="strong")
    assert not lab.find(figures, "win rate, clustered by session")
    planned = lab.estimate(rows, cluster="project")
    assert lab.of(lab.one(planned, "win rate", set="strong", arm="late")).clusters == 5
    assert lab.find(planned, "win rate, clustered by lineage")


def test_a_level_with_one_cluster_says_so(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.update(lab.rows(), project="p"))
    found = lab.find(figures, "win rate, clustered by project")[0]
    assert found.estimate is None
    assert found.note


def test_items_that_a_model_was_never_run_on_are_counted(lab: SimpleNamespace) -> None:
    rows = [r for r in lab.rows() if r["arm"] != "early" or r["item"] <= 5]
    found = lab.one(lab.estimate(rows), "win rate", set="strong", arm="early")
    assert (found.estimate.n, found.extra["items_not_run"]) == (5, 7)
