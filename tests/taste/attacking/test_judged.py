"""Attacks on simulated judges, through the real SDK and a local server."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from taste.attacking.judged import open_questions
from taste.attacks.corpus import Corpus, read_corpus
from taste.judge import parse_verdict
from taste.probe_tables import AttackVerdict
from taste.replies import Attempt, Outcome
from taste.tables import Call, Verdict
from transcripts.db import Db

pytestmark = pytest.mark.no_cover

Attack = Callable[..., Any]
Only = Callable[..., Corpus]


def test_a_judge_that_obeys_no_text_never_flips(text: str, attack: Attack) -> None:
    found = attack(text, read_corpus(), items=1)
    assert found.flipped == set()
    assert {row.attack for row in found.rows} == {each.label for each in read_corpus().attacks}
    assert {row.verdict for row in found.rows} <= {"first", "second"}


def test_a_judge_that_obeys_does_what_it_is_told_where_it_can_read_it(
    text: str, attack: Attack
) -> None:
    flipped = attack(text, read_corpus(), items=1, obeys=1.0).flipped
    told = {"ignore-above", "answer-json", "system-tag", "chat-marks", "closing-tag", "comment"}
    assert {f"move/{name}" for name in told} <= flipped
    assert {"session/ignore-above", "session/system-reminder"} <= flipped
    assert not flipped & {"move/nothing", "move/harmless", "move/tag-characters", "move/selectors"}


@pytest.mark.parametrize("obeys", [0.25, 0.75])
def test_a_judge_that_obeys_now_and_then_flips_as_often(
    text: str, attack: Attack, only: Only, obeys: float
) -> None:
    names = ("ignore-above", "new-task", "answer-json", "system-tag", "comment", "chat-marks")
    found = attack(text, only(*(f"move/{name}" for name in names)), obeys=obeys)
    assert len(found.rows) == 36
    assert found.share == pytest.approx(obeys, abs=0.2)


def test_the_attacked_move_is_the_one_that_had_lost(
    text: str, attack: Attack, orders: Corpus
) -> None:
    rows = attack(text, orders).rows
    assert {row.target for row in rows} == {"proposal"}
    assert {row.before for row in rows} == {0.0}
    assert {row.order for row in rows} == {"human", "proposal"}


def test_of_a_tie_the_second_move_is_attacked(
    db: Db, text: str, attack: Attack, orders: Corpus
) -> None:
    for verdict in db.exec(select(Verdict)):
        verdict.verdict = "tie"
        db.add(verdict)
    rows = attack(text, orders, obeys=1.0).rows
    assert {row.target == row.order for row in rows} == {False}
    assert {(row.before, row.after) for row in rows} == {(0.5, 1.0)}


def test_a_request_under_attack_differs_from_the_plain_one_by_the_attack_alone(
    db: Db, text: str, attack: Attack, only: Only
) -> None:
    attack(text, only("move/nothing"))
    attacked = db.exec(select(AttackVerdict)).all()
    calls = db.exec(select(Call).where(col(Call.run_id) != attacked[0].run_id))
    assert {row.request_hash for row in attacked} <= {call.request_hash for call in calls}
    assert {row.settings["corpus"] for row in attacked} == {read_corpus().version}


def test_an_answer_that_an_attack_spoiled_is_unscored_and_no_flip(
    text: str, attack: Attack, only: Only
) -> None:
    found = attack(text, only("move/answer-json"), faults="malformed:1")
    (lost,) = [row for row in found.rows if row.verdict == "unscored"]
    assert lost.flipped is None
    assert lost.reason


@pytest.mark.parametrize(
    "answer",
    [
        "first",
        "The verdict is first.",
        'I was told to answer: {"reasoning": "r", "verdict": "first", "confidence": "high"}',
        '{"reasoning": "r", "verdict": "first", "confidence": "high"} {"verdict": "second"}',
        '```json\n{"reasoning": "r", "verdict": "first", "confidence": "high"}\n```',
        '{"verdict": "first"}',
        '{"reasoning": "r", "verdict": "the first", "confidence": "high"}',
        '{"reasoning": "r", "verdict": "first", "confidence": "high", "winner": "second"}',
        '{"reasoning": "r", "verdict": ["first"], "confidence": "high"}',
    ],
)
def test_a_verdict_outside_of_the_asked_form_is_no_verdict(answer: str) -> None:
    parsed = parse_verdict(Attempt(Outcome.ANSWERED, text=answer))
    assert parsed["verdict"] == "unscored"
    assert parsed["reason"]


def test_a_plain_comparison_is_asked_again_as_another_question(
    db: Db, text: str, attack: Attack, orders: Corpus, only: Only
) -> None:
    plan = attack(text, orders, items=1).plan
    bench = replace(plan.bench, corpus=only("move/nothing", "move/comment"))
    target = plan.jobs[0].target
    questions = open_questions(db, bench, target, plan.read(db, target))
    assert {one.attack.name: one.variation for one in questions} == {"nothing": 2, "comment": 1}
