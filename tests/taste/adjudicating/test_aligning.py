"""Labels of different annotators are put side by side, whoever is named first."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from analysis.labels.locations import match_positions
from taste.adjudicating.aligning import Group, Placed, align

Marks = dict[str, list[int]]
acts = st.lists(st.integers(0, 12), unique=True, max_size=6)
marks = st.fixed_dictionaries({"ann": acts, "bob": acts, "cid": acts})
tolerances = st.integers(0, 3)


def placed(marks: Marks) -> list[Placed[None]]:
    return [Placed(who, "human", 10 * act, act, None) for who in marks for act in marks[who]]


def aligned(marks: Marks, tolerance: int) -> tuple[Group[None], ...]:
    return align(placed(marks), tolerance)


def places(groups: tuple[Group[None], ...]) -> list[list[tuple[str, int | None]]]:
    return [[(one.annotator, one.act) for one in group] for group in groups]


@given(marks, tolerances)
def test_each_label_is_in_exactly_one_group(marks: Marks, tolerance: int) -> None:
    found = Counter(one for group in aligned(marks, tolerance) for one in group)
    assert found == Counter(placed(marks))


@given(marks, tolerances, st.permutations(["ann", "bob", "cid"]))
def test_nothing_depends_on_who_is_named_first(
    marks: Marks, tolerance: int, names: list[str]
) -> None:
    renamed = dict(zip(marks, names, strict=True))
    groups = aligned({renamed[who]: found for who, found in marks.items()}, tolerance)
    back = {new: old for old, new in renamed.items()}
    found = [{(back[one.annotator], one.act) for one in group} for group in groups]
    assert found == [{(o.annotator, o.act) for o in g} for g in aligned(marks, tolerance)]


@given(marks, tolerances)
def test_a_group_is_as_narrow_as_allowed_and_has_nobody_twice(marks: Marks, tolerance: int) -> None:
    for group in aligned(marks, tolerance):
        positions = [one.act for one in group if one.act is not None]
        assert max(positions) - min(positions) <= tolerance
        assert len({one.annotator for one in group}) == len(group)


@given(marks, tolerances)
def test_labels_at_one_act_are_never_parted(marks: Marks, tolerance: int) -> None:
    groups = aligned(marks, tolerance)
    for act in {one.act for group in groups for one in group}:
        assert sum(act in {one.act for one in group} for group in groups) == 1


@given(acts, acts)
def test_two_annotators_exact_matches_are_those_of_the_largest_matching(
    one: list[int], other: list[int]
) -> None:
    groups = aligned({"ann": one, "bob": other}, 0)
    pairs = match_positions(one, other, 0).pairs
    assert sum(len(group) == 2 for group in groups) == len(pairs)


def test_neighbours_are_joined_and_the_nearer_one_is_preferred() -> None:
    groups = aligned({"ann": [3, 6], "bob": [5]}, 2)
    assert places(groups) == [[("ann", 3)], [("bob", 5), ("ann", 6)]]


def test_two_pairs_are_better_than_one_exact_one_would_leave() -> None:
    groups = aligned({"ann": [3, 5], "bob": [4, 6]}, 1)
    assert places(groups) == [[("ann", 3), ("bob", 4)], [("ann", 5), ("bob", 6)]]


def test_decisions_of_the_agent_are_joined_only_where_they_stand_at_one_place() -> None:
    agents = [Placed("ann", "agent", 7, None, None), Placed("bob", "agent", 8, None, None)]
    human = [Placed("bob", "human", 7, 1, None)]
    assert [len(group) for group in align([*agents, *human], 3)] == [1, 1, 1]
    assert len(align([agents[0], Placed("bob", "agent", 7, None, None)], 3)) == 1


def test_places_are_joined_only_where_what_is_said_of_them_is_alike() -> None:
    said = [Placed(who, "human", 10 * act, act, kind) for who, act, kind in (
        ("ann", 3, "detour"), ("bob", 4, "strong"), ("ann", 8, "detour"), ("bob", 9, "detour"),
    )]  # fmt: skip
    assert [len(group) for group in align(said, 1, alike=str)] == [1, 1, 2]
    assert [len(group) for group in align(said, 1)] == [2, 2]
