"""The run of the attacks: its draw, its price, its stops; and what it leaves alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from taste.attacking.plans import Plan
from taste.attacking.runs import price_attack
from taste.attacks.corpus import Corpus
from taste.jobs import get_run
from taste.tables import Comparison, Proposal, Restatement, Run, Trial, Verdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

Attack = Callable[..., Any]
Only = Callable[..., Corpus]


def test_the_draw_takes_so_many_items_of_each_set_and_says_what_is_missing(
    text: str, attack: Attack, orders: Corpus
) -> None:
    found = attack(text, orders, items=3)
    assert {row.set for row in found.rows} == {"few", "more"}
    assert len({row.item for row in found.rows}) == 5
    assert found.plan.missing == ("few: 2 of 3 items have a plain verdict",)


def test_more_items_leave_those_that_were_drawn_before(
    text: str, attack: Attack, orders: Corpus
) -> None:
    before = attack(text, orders, items=1)
    after = attack(text, orders, items=2)
    assert after.result.run_id == before.result.run_id
    assert {row.item for row in before.rows} < {row.item for row in after.rows}
    assert len(after.rows) == 2 * len(before.rows)


@pytest.mark.parametrize("alone", [0, 1])
def test_what_was_attacked_stays_drawn_when_more_could_be_drawn(
    db: Db, text: str, attack: Attack, orders: Corpus, alone: int
) -> None:
    points = sorted({row.decision_point_id for row in db.exec(select(Comparison))})
    hidden = [v for v in db.exec(select(Verdict)) if _point(db, v) not in points[alone::2]]
    for verdict in hidden:
        verdict.verdict = "unscored"
    before = {row.item for row in attack(text, orders, items=1).rows}
    for verdict in hidden:
        verdict.verdict = "first"
    assert {row.item for row in attack(text, orders, items=1).rows} == before


def _point(db: Db, verdict: Verdict) -> int:
    return db.get_one(Comparison, verdict.comparison_id).decision_point_id


def test_what_was_asked_is_not_asked_again(
    db: Db, text: str, attack: Attack, orders: Corpus
) -> None:
    first, again = attack(text, orders), attack(text, orders)
    assert again.result.answered == 0
    assert again.rows == first.rows
    assert price_attack(db, again.plan).calls == 0


def test_a_stop_loses_no_answer_and_the_next_start_does_the_rest(
    text: str, attack: Attack, orders: Corpus
) -> None:
    stopped = attack(text, orders, faults="fatal:9")
    assert stopped.result.stopped is not None
    rest = attack(text, orders)
    assert stopped.result.answered > 0
    assert rest.result.stopped is None
    assert stopped.result.answered + rest.result.answered == 6 * 3 + 6 * 2


def test_the_price_counts_every_call(
    db: Db, text: str, attack: Attack, only: Only, orders: Corpus
) -> None:
    plan = attack(text, only("move/nothing")).plan
    wider = Plan(replace(plan.bench, corpus=orders), plan.jobs, ())
    cost = price_attack(db, wider)
    assert cost.calls == 6 * 3 + 6 * 2
    assert 0 < cost.expected < cost.most


def test_no_attack_enters_a_trial_or_a_restatement(
    db: Db, text: str, attack: Attack, orders: Corpus
) -> None:
    tables = (Verdict, Restatement, Proposal, Comparison, Trial)
    before = [len(db.exec(select(table)).all()) for table in tables]
    attack(text, orders, obeys=1.0)
    assert [len(db.exec(select(table)).all()) for table in tables] == before


def test_a_run_of_attacks_has_no_report_of_its_own(
    db: Db, text: str, attack: Attack, orders: Corpus
) -> None:
    run = attack(text, orders).plan.bench.run
    with pytest.raises(UserError, match="stands in the report of the study's own run"):
        get_run(db, run.id)
    assert get_run(db, None).purpose == "study"


def test_a_study_that_was_not_run_cannot_be_attacked(
    db: Db, study_text: Callable[..., str], attack: Attack, orders: Corpus
) -> None:
    with pytest.raises(UserError, match="has not been run as it stands"):
        attack(study_text("{URL}", name="never-run"), orders)
    assert db.exec(select(Run.purpose)).all() == ["study"]


def test_a_session_that_was_withdrawn_is_not_attacked(
    db: Db, text: str, attack: Attack, orders: Corpus, now: datetime
) -> None:
    for session in db.exec(select(Session)):
        session.withdrawn_at = now
        db.add(session)
    with pytest.raises(UserError, match="was withdrawn on"):
        attack(text, orders)
