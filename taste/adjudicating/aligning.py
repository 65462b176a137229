"""Which labels of different annotators are about the same decision. Pure.

Serves adjudication and the figures of agreement alike, so that both compare the same labels.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Generic, TypeVar

What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class Placed(Generic[What]):
    """A label, by whom and where."""

    annotator: str
    actor: str
    """Whose decision it is about: human or agent."""
    cut: int
    act: int | None
    """The number of its human act; none for an agent's decision or a move that is not recorded."""
    what: What


Alike = Callable[[What], Hashable]
Group = tuple[Placed[What], ...]
"""Labels about one decision, at most one by each annotator unless they stand at one cut."""


def align(
    labels: Iterable[Placed[What]], tolerance: int, alike: Alike[What] | None = None
) -> tuple[Group[What], ...]:
    """Put every label into one group, by the order of their places.

    Labels at one place are one group whatever else is near, since a place has one decision. Groups
    at most `tolerance` human acts apart from first to last are joined where no annotator would be
    in twice, so that as few groups remain as can be, then so that joined places are as near as can
    be; labels keep their order along the session. Nothing depends on who is named first.

    Args:
        labels: of one thread of one session.
        tolerance: how many human acts apart; without an act only the same place is the same.
        alike: of what is said, in which labels at two places must be alike to be joined; none: in
            nothing. A detour and a strong move one act on are two decisions to decide on, but what
            people call one place can only be compared where nothing is held against its name.
    """
    ordered = sorted(labels, key=_order)
    places = [tuple(group) for _, group in groupby(ordered, key=lambda one: (one.cut, one.actor))]
    acts = [place for place in places if place[0].act is not None]
    alone = [place for place in places if place[0].act is None]
    return tuple(
        sorted((*_join(acts, tolerance, alike), *alone), key=lambda group: _order(group[0]))
    )


def _order(one: Placed[What]) -> tuple[int, str, str]:
    return (one.cut, one.actor, one.annotator)


def _join(
    places: Sequence[Group[What]], tolerance: int, alike: Alike[What] | None
) -> list[Group[What]]:
    """Cut the row of places into groups, the fewest and then the narrowest."""
    said = [{alike(one.what) if alike else None for one in place} for place in places]
    ends = [_reach(places, start, tolerance, said) for start in range(len(places))]

    @cache
    def cost(start: int) -> tuple[int, int, int]:
        """Groups and their widths from here on, and where the first of them ends."""
        if start == len(places):
            return (0, 0, start)
        # A wider first group first: of equally good ways the one that joins sooner stands.
        return min(
            (
                (1 + cost(end)[0], _width(places[start:end]) + cost(end)[1], end)
                for end in range(ends[start], start, -1)
            ),
            key=lambda found: found[:2],
        )

    for start in reversed(range(len(places))):  # from behind, so that no call goes deep
        cost(start)
    groups, start = [], 0
    while start < len(places):
        end = cost(start)[2]
        groups.append(tuple(label for place in places[start:end] for label in place))
        start = end
    return groups


def _reach(
    places: Sequence[Group[What]], start: int, tolerance: int, said: Sequence[set[Hashable]]
) -> int:
    """The end of the longest group that may begin at a place."""
    seen: set[str] = set()
    for end in range(start, len(places)):
        who = {label.annotator for label in places[end]}
        other = said[start].isdisjoint(said[end])
        if other or seen & who or _width(places[start : end + 1]) > tolerance:
            return end
        seen |= who
    return len(places)


def _width(places: Sequence[Group[What]]) -> int:
    return (places[-1][0].act or 0) - (places[0][0].act or 0)
