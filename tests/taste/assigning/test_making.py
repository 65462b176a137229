"""Queues as rows: who gets what, in which order, and that the same call adds nothing."""

import random
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from taste.assigning.making import (
    Design,
    Task,
    add_repeats,
    draw_queue,
    make_assignments,
    order_by_cut,
)
from taste.assigning.pairs import find_gold, find_pairs
from taste.assigning.targets import Chosen, Target, find_targets
from taste.assignment_tables import Assignment, CalibrationDraw, Submission
from taste.tables import Comparison, Proposal
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Session

PEOPLE = ("Ada", "Ben", "Cy")


def design(mode: str = "hindsight", **values: Any) -> Design:
    return Design(**{"batch": "b", "mode": mode, "people": PEOPLE, "seed": 7, **values})


def targets(db: Db, now: datetime, mode: str = "hindsight", **chosen: Any) -> tuple[Target, ...]:
    return find_targets(db, Chosen(**chosen), mode, now.date()).targets


def rows(db: Db) -> list[Assignment]:
    return list(db.exec(select(Assignment).order_by(col(Assignment.id))).all())


def test_every_session_gets_its_annotators_once(db: Db, now: datetime) -> None:
    found = targets(db, now)
    made = make_assignments(db, design(overlap=2, due=date(2027, 1, 1)), found, now)
    assert sum(made.queues.values()) == 2 * len(found)
    again = make_assignments(db, design(overlap=2), found, now)
    assert (sum(again.queues.values()), again.there) == (0, 2 * len(found))
    assert {(row.seed, row.due, row.state) for row in rows(db)} == {(7, date(2027, 1, 1), "todo")}


def test_a_known_person_in_another_case_is_not_assigned_the_same_again(
    db: Db, now: datetime
) -> None:
    found = targets(db, now)
    make_assignments(db, design(people=("Ada",)), found, now)
    again = make_assignments(db, design(people=(" ADA",)), found, now)
    assert (dict(again.queues), again.there) == ({"Ada": 0}, len(found))


def test_a_higher_overlap_adds_only_what_is_lacking(db: Db, now: datetime) -> None:
    found = targets(db, now)
    make_assignments(db, design(), found, now)
    make_assignments(db, design(overlap=3), found, now)
    pairs = {(row.session_id, row.annotator_id) for row in rows(db)}
    assert len(rows(db)) == len(pairs) == 3 * len(found)


def test_points_of_sets_and_files_are_assigned_alone_or_as_sessions(
    db: Db, now: datetime, tmp_path: Path
) -> None:
    points = targets(db, now, sets=("more",))
    assert len({one.point_id for one in points}) == 4
    assert len(targets(db, now, sets=("more",), whole=True)) < 4
    point = db.get_one(DecisionPoint, points[0].point_id)
    name = db.get_one(Session, point.session_id).external_id
    file = tmp_path / "points.jsonl"
    file.write_text(f'{{"session": "{name}", "before": "{point.before}", "more": 1}}\n')
    assert targets(db, now, points=file) == points[:1]
    file.write_text(f'{{"session": "{name}", "before": "none"}}\n')
    with pytest.raises(UserError, match=r"points.jsonl, line 1: .* has no event 'none'"):
        targets(db, now, points=file)


def test_who_has_annotated_is_given_no_foresight(db: Db, now: datetime) -> None:
    who = db.exec(select(Annotator.name)).one()
    made = make_assignments(db, design("foresight", people=(who, "Ada"), share=0.5, overlap=2),
                            targets(db, now), now)  # fmt: skip
    assert set(made.queues) == {who, "Ada"}
    assert made.queues[who] == 0
    assert {(one.wanted, one.found) for one in made.short} == {(2, 1)}
    assert {row.share for row in rows(db)} == {0.5}


def test_what_may_not_be_used_is_left_out_and_counted(db: Db, now: datetime) -> None:
    session = db.exec(select(Session)).first()
    assert session is not None
    session.usable_until = date(2020, 1, 1)
    found = find_targets(db, Chosen(), "hindsight", now.date())
    assert all(one.session_id != session.id for one in found.targets)
    assert dict(found.left_out) == {"could be used until 2020-01-01 only": 1}


def test_labels_are_adjudicated_where_two_have_handed_in(db: Db, now: datetime) -> None:
    make_assignments(db, design(people=PEOPLE[:2], overlap=2), targets(db, now), now)
    assert targets(db, now, "adjudicate") == ()
    done = [row for row in rows(db) if row.session_id == rows(db)[0].session_id]
    for row in done:
        values: dict[str, Any] = {"assignment_id": row.id, "number": 1, "empty": True}
        db.add(Submission(identity=f"s{row.id}", guidelines="g", created_at=now, **values))
    db.flush()
    found = targets(db, now, "adjudicate")
    assert [one.session_id for one in found] == [done[0].session_id]
    made = make_assignments(db, design("adjudicate"), found, now)
    assert made.queues == {"Ada": 0, "Ben": 0, "Cy": 1}


@pytest.mark.parametrize(("people", "said"), [((), "name who"), (("Ada", " ada"), "one person")])
def test_people_are_named_once(db: Db, now: datetime, people: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said):
        make_assignments(db, design(people=people), targets(db, now), now)


def test_no_prefix_comes_after_one_that_shows_its_move(db: Db, now: datetime) -> None:
    points = targets(db, now, sets=("more",))
    tasks = [Task(replace(one, view="prefix")) for one in points[::-1]]
    session = db.get_one(Session, points[0].session_id)
    for one in points:
        db.get_one(Session, one.session_id).lineage = session.lineage
    queue = order_by_cut(db, tasks)
    cuts = [db.get_one(DecisionPoint, task.target.point_id).cut for task in queue]
    assert cuts == sorted(cuts)
    assert set(queue) == set(tasks)


def test_a_share_of_each_queue_is_assisted() -> None:
    tasks = draw_queue(design(assisted=0.25), [Target(n) for n in range(8)], random.Random(1))
    assert sum(task.assisted for task in tasks) == 2
    assert [task.target.session_id for task in tasks] != list(range(8))


def test_sides_are_balanced_and_repeats_come_later_and_swapped() -> None:
    pairs = [Target(1, n, (n, -n), "full") for n in range(20)]
    drawn = draw_queue(design("judge"), pairs, random.Random(1))
    tasks = add_repeats(drawn, ["s"] * 20, 0.1, random.Random(1))
    first = [task for task in tasks if task.repeat == 1]
    assert sum(task.order == "human" for task in first) == 10
    again = [task for task in tasks if task.repeat == 2]
    assert len(again) == 2
    for task in again:
        earlier = next(one for one in first if one.target == task.target)
        assert earlier.order != task.order
        assert tasks.index(earlier) < 10 <= tasks.index(task)


@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=40)
def test_a_repeat_never_comes_soon_after_its_first(count: int, share: float, seed: int) -> None:
    pairs = [Target(1, n, (n, -n), "full") for n in range(count)]
    chance = random.Random(seed)
    drawn = draw_queue(design("judge"), pairs, chance)
    tasks = add_repeats(drawn, ["s"] * count, share, chance)
    first = {task.target: at for at, task in enumerate(tasks) if task.repeat == 1}
    again = {task.target: at for at, task in enumerate(tasks) if task.repeat == 2}
    assert len(first) == count
    assert len(again) == min((count + 1) // 2, round(share * count))
    assert all(at - first[target] >= len(tasks) // 3 for target, at in again.items())


def test_a_pair_shown_as_a_prefix_never_comes_again_after_a_later_one_of_its_lineage() -> None:
    tasks = [Task(Target(n, n, (n, -n), "prefix"), order="human") for n in range(12)]
    lineages = ["a", "b", "a", "b", "a", "c", *"ddddee"]
    found = add_repeats(tasks, lineages, 0.5, random.Random(1))
    assert {task.target.point_id for task in found if task.repeat == 2} == {3, 4, 5}


def judged(db: Db, now: datetime) -> tuple[list[Target], list[Target]]:
    """Pairs of a calibration sample of all comparisons of one proposer, and gold ones."""
    query = select(Comparison).join(Proposal, col(Proposal.id) == Comparison.proposal_id)
    models = query.where(Proposal.arm == "simulated-late").order_by(col(Comparison.id))
    for number, one in enumerate(db.exec(models).all()):
        values: dict[str, Any] = {"view": "full", "judge": "j", "stratum": "all", "seed": 1}
        values |= {"probability": 1.0, "created_at": now, "comparison_id": one.id}
        db.add(CalibrationDraw(name="c", number=number, **values))
    db.flush()
    return find_pairs(db, "c"), find_gold(db, "full")


def test_pairs_are_judged_with_known_ones_among_them(done: Db, now: datetime) -> None:
    pairs, gold = judged(done, now)
    assert gold
    given = design("judge", people=("Ada",), gold=0.5, repeats=0.5)
    pairs = pairs[:1]
    made = make_assignments(done, given, pairs, now)
    mine = rows(done)
    known = [row for row in mine if row.gold]
    assert (len(known), made.gold_short) == (1, 0)
    assert known[0].decision_point_id != pairs[0].point_id
    for row in known:
        compared = done.get_one(Comparison, row.comparison_id)
        arm = done.get_one(Proposal, compared.proposal_id).arm
        assert (row.gold == "first") == (compared.order == ("human", "proposal")[arm == "recovery"])
    assert not sum(make_assignments(done, given, pairs, now).queues.values())
    assert len({row.identity for row in rows(done)}) == len(mine)


def test_who_wrote_the_move_does_not_judge_it(done: Db, now: datetime) -> None:
    pairs, _ = judged(done, now)
    move = done.exec(select(Proposal).where(Proposal.arm == "simulated-late")).first()
    assert move is not None
    values = move.model_dump(exclude={"id", "content_hash", "call_id", "identity"})
    who = find_or_add_annotator(done, "Ada").id
    done.add(Proposal(**values | {"annotator_id": who, "arm": "person"}, identity="own"))
    done.flush()
    make_assignments(done, design("judge", people=("Ada", "Ben")), pairs, now)
    session = done.get_one(DecisionPoint, move.decision_point_id).session_id
    hers = {row.session_id for row in rows(done) if row.annotator_id == who}
    assert session not in hers
