"""Who is compared with whom, on which comparisons, in which clusters."""

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.no_cover


def test_a_person_who_copies_a_judge_on_some_items_agrees_fully(lab: SimpleNamespace) -> None:
    judged = lab.rows(judge_kind="model")
    copied = [row for row in judged if row["item"] % 3 == 1 and row["arm"] != "early"]
    figures = lab.estimate([*judged, *lab.update(copied, judge_kind="person", judge="alice")])
    found = lab.one(figures, "agreement", arm="j", against="alice")
    assert (found.value, found.estimate.n) == (1, len(copied))


def test_alpha_is_told_over_all_judges_and_over_all_people(lab: SimpleNamespace) -> None:
    people = lab.update(lab.rows(judges="pq"), judge_kind="person")
    figures = lab.estimate([*lab.rows(judges="jk", judge_kind="model"), *people])
    for name in ("judges", "people"):
        found = lab.one(figures, f"alpha over all {name}")
        assert found.estimate.n == 2 * 12 * 3 * 2


def test_one_judge_has_no_alpha(lab: SimpleNamespace) -> None:
    assert not lab.find(lab.estimate(lab.rows()), "alpha over all judges")


def test_judges_are_clustered_as_the_plan_says(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(judges="jk"), researcher=lambda r: f"r{r['item'] % 2}")
    figures = lab.estimate(rows, cluster="researcher")
    assert lab.one(figures, "agreement", arm="j").estimate.clusters == 2
    assert lab.one(figures, "position effect", set="", against="j").estimate.clusters == 2


def test_scores_between_are_left_out_and_counted(lab: SimpleNamespace) -> None:
    rows = lab.update(lab.rows(judges="jk"), score=lambda r: 0.3 if r["item"] == 1 else r["score"])
    found = lab.one(lab.estimate(rows), "agreement", arm="j")
    assert found.note.endswith("24 scores that are no win, tie or loss are left out")


def test_prompts_of_one_judge_are_told_apart(lab: SimpleNamespace) -> None:
    rows = [*lab.rows(judge_prompt="a" * 9), *lab.rows(judge_prompt="b" * 9, seed=2)]
    found = lab.find(lab.estimate(rows), "position effect", set="")
    assert [one.against for one in found] == ["j (prompt aaaaaaaa)", "j (prompt bbbbbbbb)"]
    assert not any("noise" in one.name and one.value for one in lab.estimate(rows).findings)


@pytest.mark.parametrize("column", ["researcher", "project"])
def test_a_cluster_that_is_not_known_of_all_gives_way_to_lineages(
    lab: SimpleNamespace, column: str
) -> None:
    rows = lab.update(lab.rows(), **{column: lambda r: None if r["item"] == 2 else "one"})
    figures = lab.estimate(rows, cluster=column)
    assert lab.find(figures, "win rate")[0].estimate.clusters == 4
    assert f"the plan clusters by {column}, which is not known for every item" in figures.notes[-1]
