"""A set that extends another: its items, what is new besides, and what a run of it asks."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from taste.arms import places
from taste.candidates import find_candidates
from taste.extending import extend_set
from taste.run_tables import Manifest
from taste.set_rules import SetRule, cap
from taste.sets import freeze_set, get_set, place_of, read_items
from taste.study import parse_study
from taste.tables import ItemSet
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, Session

Asked = Callable[[], dict[str, int]]


@pytest.fixture
def half(db: Db, now: datetime) -> ItemSet:
    """`half` holds one strong move of each session; three more points qualify than it holds."""
    return freeze_set(db, SetRule("half", "strong", "one", per_session=1), now).item_set


def lift_cap(db: Db, item_set: ItemSet, most: int | None = None) -> None:
    """As if there had been no more labels when it was frozen."""
    item_set.per_session = most
    db.add(item_set)
    db.commit()


def wheres(db: Db, name: str) -> list[Any]:
    return [place_of(item) for item in read_items(db, get_set(db, name))]


def test_a_larger_set_begins_with_the_items_of_the_old_one(
    db: Db, half: ItemSet, now: datetime
) -> None:
    lift_cap(db, half)
    before = half.model_dump()
    frozen = extend_set(db, "half", "whole", now)
    old, new = wheres(db, "half"), wheres(db, "whole")
    assert new[: len(old)] == old
    assert set(new) == set(wheres(db, "more"))
    assert (frozen.item_set.parent_id, frozen.items) == (half.id, 4)
    assert db.get_one(ItemSet, half.id).model_dump() == before
    made = select(Manifest).where(Manifest.set_id == frozen.item_set.id)
    assert len(db.exec(made).one().hashes.splitlines()) >= 4


def test_extended_again_it_is_the_same(db: Db, half: ItemSet, now: datetime) -> None:
    lift_cap(db, half)
    first, again = extend_set(db, "half", "whole", now), extend_set(db, "half", "whole", now)
    assert (first.created, again.created) == (True, False)
    assert first.item_set.digest == again.item_set.digest


@pytest.mark.usefixtures("half")
def test_the_cap_counts_what_the_old_set_holds(db: Db, now: datetime) -> None:
    with pytest.raises(UserError, match=r"nothing new qualifies .* 2 over 1 a session"):
        extend_set(db, "half", "whole", now)
    assert db.exec(select(ItemSet).where(ItemSet.name == "whole")).first() is None


def test_where_a_cap_has_to_choose_it_keeps_what_is_sure(db: Db, now: datetime) -> None:
    found = find_candidates(db, SetRule("s", "strong", "one"), now)
    kept = [c for c in found if c.reason is None]
    last = max(kept, key=lambda c: c.point.prefix_hash)
    chosen = cap(kept, 1, frozenset({last.point.id}))
    assert last in [c for c in chosen if c.reason is None]


def test_the_old_items_keep_the_labels_that_they_were_frozen_with(
    db: Db, half: ItemSet, now: datetime
) -> None:
    lift_cap(db, half)
    item = read_items(db, half)[0]
    label = db.get_one(Annotation, item.annotation_id)
    label.kind = "neither"
    db.add(label)
    db.commit()
    extend_set(db, "half", "whole", now)
    kept = {place_of(one): one.annotation_id for one in read_items(db, get_set(db, "whole"))}
    assert kept[place_of(item)] == item.annotation_id


def test_what_was_withdrawn_since_is_left_out(db: Db, half: ItemSet, now: datetime) -> None:
    lift_cap(db, half)
    lineage = read_items(db, half)[0].lineage
    for session in db.exec(select(Session).where(Session.lineage == lineage)):
        session.withdrawn_at = now
        db.add(session)
    db.commit()
    grown = extend_set(db, "half", "whole", now)
    assert lineage not in {where[0] for where in wheres(db, "whole")}
    assert any("withdrawn" in reason for reason in grown.excluded)


@pytest.mark.parametrize(
    ("name", "larger", "fault"),
    [
        ("none", "x", "no set"),
        ("half", "few", "frozen with other"),
        ("half", "a b", "cannot name"),
    ],
)
def test_what_cannot_be_extended_is_refused_and_changes_nothing(
    db: Db, half: ItemSet, now: datetime, name: str, larger: str, fault: str
) -> None:
    lift_cap(db, half)
    with pytest.raises(UserError, match=fault):
        extend_set(db, name, larger, now)
    assert len(db.exec(select(ItemSet)).all()) == 3


def test_a_set_of_a_sample_is_not_extended(db: Db, half: ItemSet, now: datetime) -> None:
    half.sample = "drawn"
    db.add(half)
    db.commit()
    with pytest.raises(UserError, match="stands for the sample 'drawn'"):
        extend_set(db, "half", "whole", now)


def test_the_random_share_of_the_old_items_stays(
    db: Db, half: ItemSet, now: datetime, study_text: Callable[..., str]
) -> None:
    lift_cap(db, half)
    grown = extend_set(db, "half", "whole", now).item_set
    study = parse_study(study_text("http://127.0.0.1:1", controls={"share": 0.5}), "s")
    old = {place_of(p.item): p.in_share for p in places(db, study, half)}
    new = {place_of(p.item): p.in_share for p in places(db, study, grown)}
    assert {where: new[where] for where in old} == old
    assert sum(new.values()) == sum(old.values()) + 1


def test_a_run_on_the_larger_set_asks_for_the_new_items_alone(
    db: Db,
    half: ItemSet,
    now: datetime,
    go: Callable[..., Any],
    asked: Callable[[], dict[str, int]],
) -> None:
    lift_cap(db, half)
    new = extend_set(db, "half", "whole", now).items - len(read_items(db, half))
    go(sets=["half"], controls={"arms": ["stock", "echo"], "share": 1})
    asked()
    go(sets=["whole"], controls={"arms": ["stock", "echo"], "share": 1})
    found = asked()
    assert (found["propose"], found["judge"]) == (new, new * 6)
