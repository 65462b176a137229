"""Who works on what: fair shares among those who may. Pure; chance is an argument.

A target is anything that can be a key: a session, a point, a pair of moves.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Generic, TypeVar

from taste.eligibility import Role

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Short(Generic[T]):
    """A target that not enough people may work on."""

    target: T
    wanted: int
    found: int


def choose_people(  # noqa: PLR0913
    targets: Sequence[T],
    people: Sequence[str],
    overlap: int,
    may: Callable[[T, str], bool],
    had: Mapping[T, Collection[str]],
    chance: random.Random,
    *,
    akin: Callable[[T], Hashable] = lambda one: one,
) -> tuple[dict[T, list[str]], tuple[Short[T], ...]]:
    """Give every target as many people as it lacks, so that all of them get equally much.

    Targets that few may work on come first; among people with equally much chance decides.

    Args:
        targets: what is to be worked on, each once.
        people: who is there.
        overlap: how many people a target is to have.
        may: whether one may work on a target.
        had: who works on a target already.
        chance: decides among equals.
        akin: targets with the same value go to different people as far as there are enough.
    """
    able = {
        one: [p for p in people if p not in had.get(one, ()) and may(one, p)] for one in targets
    }
    order = list(targets)
    chance.shuffle(order)
    order.sort(key=lambda one: len(able[one]))
    load = Counter(p for one in targets for p in had.get(one, ()))
    met = Counter((p, akin(one)) for one in targets for p in had.get(one, ()))
    chosen: dict[T, list[str]] = {}
    short = []
    for one in order:
        free = list(able[one])
        chance.shuffle(free)
        cost = {person: (met[person, akin(one)], load[person]) for person in free}
        free.sort(key=cost.__getitem__)
        known = len(had.get(one, ()))
        chosen[one] = free[: max(0, overlap - known)]
        load.update(chosen[one])
        met.update((person, akin(one)) for person in chosen[one])
        if (found := known + len(chosen[one])) < overlap:
            short.append(Short(one, overlap, found))
    place = {one: number for number, one in enumerate(targets)}
    return chosen, tuple(sorted(short, key=lambda s: place[s.target]))


def staffing_fault(able: Mapping[Role, frozenset[str]], wanted: Mapping[Role, int]) -> str | None:
    """Why a session cannot have all its roles at once, if it cannot; each role alone may do.

    Annotators, adjudicators and judges are different people, and who proposes does not judge: what
    one of these roles does on a session ends another. Who proposes first may annotate afterwards.

    Args:
        able: who may take each role as things stand.
        wanted: how many people each role is to have.
    """
    for role, count in wanted.items():
        if (found := len(able[role])) < count:
            return f"{role}: {found} of {count}"
    if any(_is_staffed(able, wanted, judges) for judges in _judges(able, wanted["judge"])):
        return None
    return "not at once: " + _plan(wanted)


def _plan(wanted: Mapping[Role, int]) -> str:
    return ", ".join(f"{role} {count}" for role, count in wanted.items() if count)


def _judges(able: Mapping[Role, frozenset[str]], count: int) -> Iterator[frozenset[str]]:
    """Every choice of judges, but for people who may do the same and so are alike here."""
    alike: dict[frozenset[Role], list[str]] = {}
    for person in sorted(able["judge"]):
        roles = frozenset(role for role, names in able.items() if person in names)
        alike.setdefault(roles, []).append(person)
    for kinds in combinations_with_replacement(sorted(alike, key=sorted), count):
        taken = Counter(kinds)
        if all(taken[kind] <= len(alike[kind]) for kind in taken):
            yield frozenset(p for kind, n in taken.items() for p in alike[kind][:n])


def _is_staffed(
    able: Mapping[Role, frozenset[str]], wanted: Mapping[Role, int], judges: frozenset[str]
) -> bool:
    if len(able["propose"] - judges) < wanted["propose"]:
        return False
    annotators, adjudicators = able["annotate"] - judges, able["adjudicate"] - judges
    both = annotators | adjudicators
    return (
        len(annotators) >= wanted["annotate"]
        and len(adjudicators) >= wanted["adjudicate"]
        and len(both) >= wanted["annotate"] + wanted["adjudicate"]
    )
