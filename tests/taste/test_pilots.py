from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import delete

from taste.run_tables import Manifest
from taste.set_rules import SetRule
from taste.sets import Frozen, freeze_set, read_items
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.db import Db
from transcripts.errors import UserError

Freeze = Callable[..., Frozen]


@pytest.fixture
def freeze(db: Db, now: datetime) -> Freeze:
    """freeze("p", "pilot", per_session=1) on 2 detours and 4 strong moves, none in a set yet."""
    for table in (Manifest, SetExclusion, Item, ItemSet):
        db.exec(delete(table))
    db.commit()
    return lambda name, kind, **more: freeze_set(db, SetRule(name, kind, "one", **more), now)


def prefixes(db: Db, *frozen: Frozen) -> list[str]:
    return [item.prefix_hash for one in frozen for item in read_items(db, one.item_set)]


def test_a_set_frozen_after_a_pilot_set_leaves_its_items_out(db: Db, freeze: Freeze) -> None:
    pilot = freeze("p", "pilot", per_session=2)
    strong = freeze("s", "strong")
    assert strong.excluded["in the set p"] == 4 - strong.items > 0
    found = prefixes(db, pilot, strong)
    assert len(found) == len(set(found))


def test_a_pilot_set_leaves_out_what_other_sets_hold(db: Db, freeze: Freeze) -> None:
    detours = freeze("d", "suboptimal")
    pilot = freeze("p", "pilot")
    assert (pilot.items, pilot.excluded["in the set d"]) == (4, 2)
    assert not set(prefixes(db, pilot)) & set(prefixes(db, detours))


def test_where_other_sets_hold_everything_there_is_no_pilot_set(freeze: Freeze) -> None:
    freeze("d", "suboptimal")
    freeze("s", "strong")
    with pytest.raises(UserError, match="2 in the set d, 4 in the set s"):
        freeze("p", "pilot")


@pytest.mark.parametrize("kind", ["suboptimal", "strong"])
def test_a_set_frozen_again_is_the_same_whatever_pilot_came_later(
    freeze: Freeze, kind: Any
) -> None:
    first = freeze("s", kind)
    pilot = freeze("p", "pilot")
    assert not freeze("s", kind).created
    assert not freeze("p", "pilot").created
    assert pilot.items + first.items == 6


def test_two_pilot_sets_and_two_others_may_share_items(freeze: Freeze) -> None:
    assert freeze("p", "pilot", per_session=1).items == freeze("q", "pilot", per_session=1).items
    assert freeze("s", "strong").items == freeze("t", "strong").items


def test_a_random_set_stands_for_all_decisions(freeze: Freeze) -> None:
    pilot = freeze("p", "pilot")
    every = freeze("r", "random")
    assert every.items > pilot.items
    assert "in the set p" not in every.excluded
    assert not freeze("p", "pilot").created
