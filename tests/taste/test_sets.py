from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from taste.points import read_point
from taste.proposer import request_for
from taste.set_rules import SetRule
from taste.sets import Frozen, freeze_set, get_set, read_items
from taste.tables import Item, ItemSet, SetExclusion
from taste.wall import Wall
from transcripts.annotations import Label, annotate
from transcripts.db import Db
from transcripts.decision_points import resolve_point
from transcripts.errors import UserError
from transcripts.queries import read_events
from transcripts.tables import Annotation, DecisionPoint, Event, Session

GOOD = {"attribution": "human", "knowable": "yes", "recovery": "full", "codebook": "1.0"}
Mark = Callable[..., Annotation]
Freeze = Callable[..., Frozen]


@pytest.fixture
def session(bare: Db) -> Session:
    return bare.exec(select(Session)).one()


@pytest.fixture
def places(bare: Db, session: Session) -> list[str]:
    """Event ids of the human acts that a prefix precedes, in order."""
    assert session.id is not None
    firsts = {e.act: e.event_id for e in reversed(read_events(bare, session.id, session.thread))}
    acts = sorted(cut for cut in firsts if cut is not None)
    return [firsts[cut] for cut in acts if cut > acts[0]]


@pytest.fixture
def mark(bare: Db, session: Session, places: list[str], now: datetime) -> Mark:
    """mark(2, kind="strong") annotates the third place; without more, a good detour."""

    def marking(place: int, annotator: str = "a", **fields: Any) -> Annotation:
        last = select(Event.event_id).where(Event.session_id == session.id)
        end = bare.exec(last.order_by(col(Event.position).desc())).first()
        label = Label(**{"kind": "detour", "recovered": end, **GOOD, **fields})
        return annotate(bare, session, places[place], annotator, label, now)

    return marking


@pytest.fixture
def freeze(bare: Db, now: datetime) -> Freeze:
    def freezing(
        name: str = "s", kind: Any = "suboptimal", labels: Any = "one", **m: Any
    ) -> Frozen:
        return freeze_set(bare, SetRule(name, kind, labels, **m), now)

    return freezing


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"attribution": "both"}, None),
        ({"knowable": "partly"}, None),
        ({"recovery": None}, None),
        ({"attribution": "agent"}, "attribution agent"),
        ({"attribution": "environment"}, "attribution environment"),
        ({"attribution": None}, "attribution open"),
        ({"knowable": "no"}, "knowable no"),
        ({"knowable": None}, "knowable open"),
        ({"recovered": None}, "not recovered (full)"),
        ({"recovered": None, "recovery": None}, "not recovered (no event)"),
        ({"recovery": "partial"}, "not recovered (partial)"),
        ({"recovery": "never"}, "not recovered (never)"),
        ({"kind": "strong"}, "labelled strong"),
        ({"kind": "neither"}, "labelled neither"),
        ({"kind": "unresolved"}, "labelled unresolved"),
        ({"human_move_source": "inferred"}, "human move inferred"),
        ({"human_move_source": "quoted"}, "human move quoted from no event"),
        ({"span": "words of hindsight"}, "span is not part of the act"),
    ],
)
def test_a_detour_that_the_rules_do_not_take_is_left_out(
    mark: Mark, freeze: Freeze, fields: dict[str, Any], reason: str | None
) -> None:
    mark(0, recovered=mark(3).recovered)
    mark(2, **fields)
    frozen = freeze(per_session=None)
    reasons = {"nested start of the same detour": 1 if reason else 2}
    assert frozen.excluded == reasons | ({reason: 1} if reason else {})
    assert frozen.items == 1


@pytest.mark.parametrize(
    ("kind", "items"), [("suboptimal", {0}), ("strong", {1, 2}), ("pilot", {0, 1, 2})]
)
def test_a_set_takes_its_kind(
    bare: Db, mark: Mark, freeze: Freeze, places: list[str], kind: str, items: set[int]
) -> None:
    mark(0)
    mark(1, kind="strong", attribution=None, recovered=None)
    mark(2, kind="strong")
    mark(3, kind="neither")
    frozen = freeze(kind=kind)
    points = [i.decision_point_id for i in read_items(bare, frozen.item_set)]
    found = {places.index(bare.get_one(DecisionPoint, point).before) for point in points}
    assert found == items
    assert sum(frozen.excluded.values()) == 4 - len(items)


def test_starts_with_one_recovery_are_one_item_and_the_last_start_stands(
    bare: Db, mark: Mark, freeze: Freeze, places: list[str]
) -> None:
    mark(0)
    mark(2)
    mark(1, recovered=places[3])
    frozen = freeze()
    points = [i.decision_point_id for i in read_items(bare, frozen.item_set)]
    assert [bare.get_one(DecisionPoint, p).before for p in points] == [places[1], places[2]]
    assert frozen.excluded == {"nested start of the same detour": 1}


def test_a_start_that_is_left_out_for_itself_hides_no_other(mark: Mark, freeze: Freeze) -> None:
    mark(0)
    mark(2, knowable="no")
    assert freeze().items == 1
    assert freeze().excluded == {"knowable no": 1}


@pytest.mark.parametrize(("most", "items"), [(1, 1), (2, 2), (9, 3), (None, 3)])
def test_a_cap_keeps_so_many_items_of_a_session(
    mark: Mark, freeze: Freeze, most: int | None, items: int
) -> None:
    for place in (0, 1, 2):
        mark(place, kind="strong")
    frozen = freeze(kind="strong", per_session=most)
    assert frozen.items == items
    assert frozen.excluded == ({f"over {most} a session": 3 - items} if items < 3 else {})


def test_one_annotator_is_not_unanimous(mark: Mark, freeze: Freeze) -> None:
    mark(0)
    with pytest.raises(UserError, match="1 one annotator only"):
        freeze(labels="unanimous")


@pytest.mark.parametrize(
    "fields", [{"kind": "strong"}, {"kind": "neither"}, {"attribution": "agent"}]
)
def test_annotators_who_disagree_are_not_unanimous(
    mark: Mark, freeze: Freeze, fields: dict[str, str]
) -> None:
    mark(0, "a")
    mark(0, "b", **fields)
    with pytest.raises(UserError, match="1 annotators disagree"):
        freeze(labels="unanimous")


def test_unanimous_labels_make_an_item(mark: Mark, freeze: Freeze) -> None:
    mark(0, "a")
    mark(0, "b", rationale="other words", attribution="both")
    mark(1, "a", recovered=None)
    frozen = freeze(labels="unanimous")
    assert (frozen.items, frozen.excluded) == (1, {"one annotator only": 1})


def test_nothing_is_adjudicated_yet(mark: Mark, freeze: Freeze) -> None:
    mark(0)
    with pytest.raises(UserError, match="1 not adjudicated"):
        freeze(labels="adjudicated")


def test_decisions_of_the_agent_are_a_stratum_of_their_own(
    bare: Db, session: Session, mark: Mark, freeze: Freeze, now: datetime
) -> None:
    mark(0)
    last = select(Event).where(Event.session_id == session.id, col(Event.response).is_not(None))
    event = bare.exec(last.order_by(col(Event.position).desc())).first()
    assert event is not None
    annotate(bare, session, event.event_id, "a", Label(kind="strong", codebook="1.0"), now)
    assert freeze(kind="pilot").excluded == {"decision of the agent": 1}
    frozen = freeze("agents", kind="strong", actor="agent")
    assert (frozen.items, frozen.excluded) == (1, {"decision of the human": 1})


def test_a_random_set_draws_every_act_that_has_a_prefix(
    bare: Db, mark: Mark, freeze: Freeze, places: list[str]
) -> None:
    mark(0, kind="neither")
    frozen = freeze(kind="random")
    items = read_items(bare, frozen.item_set)
    points = {bare.get_one(DecisionPoint, item.decision_point_id).before for item in items}
    assert points == set(places)
    assert {item.annotation_id for item in items} == {None}


def test_an_act_before_any_response_is_no_decision_point(
    bare: Db, session: Session, places: list[str]
) -> None:
    first = select(Event).where(Event.session_id == session.id, col(Event.act).is_not(None))
    event = bare.exec(first.order_by(col(Event.position))).first()
    assert event is not None
    with pytest.raises(UserError, match="there is no prefix"):
        resolve_point(bare, session, event.event_id)
    assert event.event_id not in places


def test_an_act_of_pictures_alone_is_left_out(
    bare: Db, mark: Mark, freeze: Freeze, places: list[str]
) -> None:
    mark(0)
    mark(1, kind="strong")
    event = bare.exec(select(Event).where(Event.event_id == places[1])).one()
    for part in bare.exec(select(Event).where(Event.act == event.act)):
        part.text = "[image png, 3 KB]"
        bare.add(part)
    bare.commit()
    assert freeze(kind="pilot").excluded == {"act of pictures alone": 1}


def test_the_same_rule_over_the_same_labels_is_the_same_set(
    bare: Db, mark: Mark, freeze: Freeze
) -> None:
    mark(0)
    first, again, other = freeze(), freeze(), freeze("copy")
    assert (first.created, again.created) == (True, False)
    assert first.item_set.id == again.item_set.id
    assert first.item_set.digest == other.item_set.digest
    assert len(bare.exec(select(ItemSet)).all()) == 2


def test_a_frozen_name_stands_for_its_items_for_good(bare: Db, mark: Mark, freeze: Freeze) -> None:
    mark(0)
    digest = freeze().item_set.digest
    mark(1, recovered=None, kind="strong")
    with pytest.raises(UserError, match="'s' is frozen with other items; choose another name"):
        freeze(kind="pilot")
    assert get_set(bare, "s").digest == digest
    assert len(bare.exec(select(Item)).all()) == 1


@pytest.mark.parametrize("other", [{"per_session": 3}, {"labels": "unanimous"}, {}])
def test_the_digest_covers_rule_and_labels(
    mark: Mark, freeze: Freeze, other: dict[str, Any]
) -> None:
    mark(0)
    mark(0, "b")
    first = freeze().item_set.digest
    if not other:
        mark(0, harm=3)
    assert freeze("t", **other).item_set.digest != first


def test_what_was_left_out_is_stored_with_its_reason(bare: Db, mark: Mark, freeze: Freeze) -> None:
    mark(0)
    mark(1, kind="neither")
    mark(2, knowable="no")
    frozen = freeze()
    stored = bare.exec(select(SetExclusion.reason).order_by(col(SetExclusion.reason))).all()
    assert stored == ["knowable no", "labelled neither"]
    assert frozen.excluded == dict.fromkeys(stored, 1)


def test_a_corrected_label_is_the_one_that_counts(mark: Mark, freeze: Freeze) -> None:
    mark(0)
    mark(0, knowable="no")
    with pytest.raises(UserError, match="1 knowable no"):
        freeze()


def test_without_labels_there_is_no_set(bare: Db, freeze: Freeze) -> None:
    with pytest.raises(UserError, match="nothing is annotated"):
        freeze()
    assert bare.exec(select(ItemSet)).all() == []


@pytest.mark.parametrize("name", ["my set", "", "-s", "a/b", "x" * 65])
def test_a_name_that_no_study_could_say_is_refused(mark: Mark, freeze: Freeze, name: str) -> None:
    mark(0)
    with pytest.raises(UserError, match="letters, digits"):
        freeze(name)


def test_a_move_that_is_only_quoted_later_is_an_item_with_the_quoted_words(
    bare: Db, session: Session, freeze: Freeze, now: datetime
) -> None:
    query = select(Event).where(Event.session_id == session.id, col(Event.response).is_not(None))
    events = bare.exec(query.order_by(col(Event.position))).all()
    start, quoting = events[2], events[-1]
    fields: dict[str, Any] = {
        "human_move_source": "quoted",
        "quoted": quoting.event_id,
        "span": quoting.text[:20],
    }
    annotate(
        bare,
        session,
        start.event_id,
        "a",
        Label.model_validate({"kind": "strong"} | GOOD | fields),
        now,
    )
    (item,) = read_items(bare, freeze(kind="strong").item_set)
    text = read_point(bare, item)
    assert (text.point.actor, text.act) == ("human", quoting.text[:20])
    Wall.of(bare, text).check(request_for(text, "placebo:a"))
