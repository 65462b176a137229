"""The set that a pilot runs on: found, or drawn where there is none, apart from what tests use."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from sqlmodel import col, select

from taste.candidates import find_candidates
from taste.pilots import PILOT, leave_taken
from taste.set_rules import Candidate, Labels, SetRule, one_each, without_nested
from taste.sets import Frozen, get_set, read_items, say_why, store_set
from taste.study import Study
from taste.tables import Item, ItemSet
from transcripts.db import Db
from transcripts.errors import UserError

_NAME_CHARS = 58


def find_pilot(db: Db, name: str | None) -> ItemSet:
    """The pilot set of that name; without a name, the only one there is.

    Raises:
        UserError: if the set is of another kind, or there is none, or more than one.
    """
    if name is not None:
        found = get_set(db, name)
        if found.kind != PILOT:
            raise UserError(
                f"the set {name!r} is of kind {found.kind!r}: a pilot set is needed, so that no "
                "set that something is tested on has a say in what is picked."
            )
        return found
    pilots = _pilots(db)
    if not pilots:
        raise UserError("there is no pilot set; `taste sets freeze NAME --set pilot` makes one.")
    if len(pilots) > 1:
        names = ", ".join(pilot.name for pilot in pilots)
        raise UserError(f"there are {len(pilots)} pilot sets ({names}): name one with --set.")
    return pilots[0]


def draw_pilot(db: Db, study: Study, number: int, now: datetime) -> Frozen | None:
    """Freeze so many labelled points, drawn at random, as the study's pilot set.

    None of them is of a session in one of the study's sets. None where there is a pilot set.

    Raises:
        UserError: if no point is left to draw.
    """
    if _pilots(db):
        return None
    rule = _rule(db, study)
    lineages = _lineages(db, study)
    labelled = one_each(without_nested(find_candidates(db, rule, now)))
    free = leave_taken(db, rule, [_apart(one, lineages) for one in labelled])
    if all(one.reason is not None for one in free):
        raise UserError(
            f"there is no pilot set, and no labelled point to draw one from ({say_why(free)}); "
            "mark points in other sessions."
        )
    return store_set(db, rule, _drawn(free, number, study.seed), now)


def _apart(candidate: Candidate, lineages: set[str]) -> Candidate:
    tested = candidate.reason is None and candidate.session.lineage in lineages
    return candidate.without("session is tested on") if tested else candidate


def _rule(db: Db, study: Study) -> SetRule:
    """Whose labels and whose decisions count, as in the study's first set if that is frozen."""
    name = f"{study.name[:_NAME_CHARS]}-pilot"
    first = next(_tested(db, study), None)
    if first is None:
        return SetRule(name, "pilot", "one")
    labels = cast("Labels", first.labels)
    return SetRule(name, "pilot", labels, "agent" if first.actor == "agent" else "human")


def _drawn(candidates: Sequence[Candidate], number: int, seed: int) -> list[Candidate]:
    able = [place for place, one in enumerate(candidates) if one.reason is None]
    taken = set(random.Random(f"{seed}:pilot").sample(able, min(number, len(able))))
    return [
        one.without("not drawn") if one.reason is None and place not in taken else one
        for place, one in enumerate(candidates)
    ]


def choose_items(db: Db, study: Study, pilot: ItemSet, number: int) -> tuple[int, ...]:
    """Draw items of a pilot set, none of a session that the study is tested on.

    Raises:
        UserError: if there are none.
    """
    tested = _lineages(db, study)
    free = [item for item in read_items(db, pilot) if item.lineage not in tested]
    if not free:
        raise UserError(
            f"every session of the pilot set {pilot.name!r} is in a set that the study is tested "
            f"on ({', '.join(study.sets)}); freeze a pilot set of other sessions."
        )
    drawn = random.Random(f"{study.seed}:pilot").sample(free, min(number, len(free)))
    return tuple(sorted(item.id for item in drawn if item.id is not None))


def _pilots(db: Db) -> list[ItemSet]:
    query = select(ItemSet).where(ItemSet.kind == PILOT).order_by(col(ItemSet.name))
    return list(db.exec(query))


def _tested(db: Db, study: Study) -> Iterator[ItemSet]:
    """The study's sets as far as they are frozen: a pilot comes before them, or beside them."""
    for name in study.sets:
        found = db.exec(select(ItemSet).where(ItemSet.name == name)).first()
        if found is not None and found.kind != PILOT:
            yield found


def _lineages(db: Db, study: Study) -> set[str]:
    """The lineages that the study is tested on."""
    sets = [one.id for one in _tested(db, study)]
    return set(db.exec(select(Item.lineage).where(col(Item.set_id).in_(sets))))
