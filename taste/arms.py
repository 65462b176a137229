"""Which arms a study runs on an item of a set, and how often."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from taste.controls import read_stock
from taste.fits import find_fit
from taste.moves import find_persons_moves
from taste.pilots import PILOT
from taste.sets import Where, place_of, read_items
from taste.study import Study
from taste.tables import Item, ItemSet, Run
from transcripts.db import Db
from transcripts.tables import Annotation

ON_A_SHARE = frozenset({"echo", "placebo", "shuffled", "recovery", "oracle"})
"""Controls that run on the recorded share of the items; stock runs on all, as do a fitted stock
move and people's moves where there are any."""
DETOURS = "suboptimal"
"""The kind of set whose sessions got back on track, so that there is a recovery to restate."""
_KIND_OF = {"detour": DETOURS, "strong": "strong"}


@dataclass(frozen=True, slots=True)
class Place:
    """An item among the others of its set."""

    item: Item
    set_kind: str
    """The kind of set that it is in, or would be in if it were not in a pilot set."""
    in_share: bool


def places(db: Db, study: Study, item_set: ItemSet) -> Iterator[Place]:
    """Yield the items of a set, each with whether it is in the random share.

    What a set has of the one that it extends is in the share if it was there, so that a larger set
    asks nothing new of it; the share of what was added is drawn among that alone.
    """
    shared = _shared(db, study, item_set)
    for item in read_items(db, item_set):
        yield Place(item, _kind(db, item_set, item), place_of(item) in shared)


def kind_of(set_kind: str, label: str | None) -> str:
    """What kind an item counts as: a pilot set holds both, each with the controls of its kind."""
    return _KIND_OF.get(label or "", set_kind) if set_kind == PILOT else set_kind


def _kind(db: Db, item_set: ItemSet, item: Item) -> str:
    if item_set.kind != PILOT or item.annotation_id is None:
        return item_set.kind
    return kind_of(item_set.kind, db.get_one(Annotation, item.annotation_id).kind)


def _shared(db: Db, study: Study, item_set: ItemSet) -> set[Where]:
    items = read_items(db, item_set)
    shared: set[Where] = set()
    if item_set.parent_id is not None:
        parent = db.get_one(ItemSet, item_set.parent_id)
        old = {place_of(item) for item in read_items(db, parent)}
        shared = _shared(db, study, parent)
        items = [item for item in items if place_of(item) not in old]
    rng = random.Random(f"{study.seed}:{item_set.digest}")
    drawn = rng.sample(range(len(items)), math.ceil(study.controls.share * len(items)))
    return shared | {place_of(items[number]) for number in drawn}


def arms_of(db: Db, study: Study, run: Run, place: Place) -> Iterator[tuple[str, int]]:
    """Yield the arms of an item with their repeats: proposers, then controls."""
    for proposer in study.proposers:
        yield from ((proposer.name, repeat) for repeat in range(1, study.repeats + 1))
    for arm in study.controls.arms:
        if arm not in ON_A_SHARE or place.in_share:
            yield from _controls(db, (study, run), place, arm)


def _controls(db: Db, of: tuple[Study, Run], place: Place, arm: str) -> Iterator[tuple[str, int]]:
    """Yield one control as often as there are authors or moves for it."""
    study, run = of
    seats = {"placebo": study.proposers, "oracle": study.oracles}
    if arm in seats:
        yield from ((f"{arm}:{seat.name}", 1) for seat in seats[arm])
    elif arm == "person":
        moves = find_persons_moves(db, place.item.decision_point_id)
        yield from ((arm, repeat) for repeat, _ in enumerate(moves, start=1))
    elif arm == "recovery":
        yield from [(arm, 1)] if place.set_kind == DETOURS else []
    elif arm != "stock_fit" or find_fit(db, read_stock().version, run) is not None:
        yield arm, 1
