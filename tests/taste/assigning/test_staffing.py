"""Fair shares, and whether all roles of a session can be taken at once."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from taste.assigning.staffing import choose_people, staffing_fault
from taste.eligibility import ROLES, Role

PEOPLE = ("Ada", "Ben", "Cy", "Dee")
SETS = st.frozensets(st.sampled_from(PEOPLE))


@given(st.integers(1, 20), st.integers(1, 4), st.integers())
@settings(max_examples=30)
def test_everybody_gets_as_much_and_every_target_its_people(
    count: int, overlap: int, seed: int
) -> None:
    chosen, short = choose_people(
        range(count), PEOPLE, overlap, lambda *_: True, {}, random.Random(seed)
    )
    load = Counter(person for people in chosen.values() for person in people)
    assert max(load.values()) - min(load[p] for p in PEOPLE) <= 1
    assert {len(set(people)) for people in chosen.values()} == {overlap}
    assert not short


def test_who_may_not_is_not_chosen_and_what_lacks_people_is_told() -> None:
    chosen, short = choose_people(
        "xy", PEOPLE[:2], 2, lambda t, p: (t, p) != ("x", "Ada"), {"y": ["Ada"]}, random.Random(1)
    )
    assert chosen == {"x": ["Ben"], "y": ["Ben"]}
    assert [(one.target, one.wanted, one.found) for one in short] == [("x", 2, 1)]


def test_what_is_akin_goes_to_different_people_while_there_are_enough() -> None:
    chosen, _ = choose_people(
        range(8), PEOPLE, 1, lambda *_: True, {}, random.Random(3), akin=lambda one: one % 2
    )
    met = Counter((one % 2, *people) for one, people in chosen.items())
    assert set(met.values()) == {1}


@given(st.fixed_dictionaries(dict.fromkeys(ROLES, SETS)), st.tuples(*[st.integers(0, 2)] * 4))
@settings(max_examples=60)
def test_all_roles_are_staffed_exactly_where_some_choice_of_people_does_it(
    able: dict[Role, frozenset[str]], counts: tuple[int, ...]
) -> None:
    wanted = dict(zip(ROLES, counts, strict=True))
    distinct = [r for r in ROLES if r != "propose" for _ in range(wanted[r])]
    possible = any(
        all(person in able[role] for role, person in zip(distinct, people, strict=False))
        and len(able["propose"] - _judging(distinct, people)) >= wanted["propose"]
        for people in permutations(PEOPLE, len(distinct))
        if len(distinct) <= len(PEOPLE)
    )
    assert (staffing_fault(able, wanted) is None) == possible


def _judging(roles: Sequence[Role], people: tuple[str, ...]) -> set[str]:
    return {person for role, person in zip(roles, people, strict=True) if role == "judge"}
