"""Attacks on a simulated restater: do their words come through to where a judge reads them?"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from taste.attacking.restated import count_survivals
from taste.attacks.corpus import Corpus
from taste.audit import audit
from taste.removal import withdraw_with_all
from taste.tables import Call
from transcripts.db import Db
from transcripts.queries import find_family
from transcripts.tables import Session

pytestmark = pytest.mark.no_cover

Attack = Callable[..., Any]
Only = Callable[..., Corpus]


def test_the_restater_is_asked_about_every_hostile_move_once(
    db: Db, text: str, attack: Attack, only: Only
) -> None:
    attacks = only("move/nothing", "move/ignore-above", "move/comment", "session/comment")
    plan = attack(text, attacks, items=1).plan
    found = count_survivals(db, plan.rewordings(db))
    assert {one.attack: one.asked for one in found} == {"ignore-above": 2, "comment": 2}
    assert all(one.asked == one.survived + one.left_out + one.not_restated for one in found)


def test_what_came_through_is_counted_with_its_words(
    db: Db, text: str, attack: Attack, only: Only
) -> None:
    # a move without a verb that the simulated restater knows: it takes the next sentence
    plan = attack(text, only("move/harmless", "move/ignore-above"), items=1).plan
    found = {one.attack: one for one in count_survivals(db, plan.rewordings(db))}
    assert (found["harmless"].survived, found["harmless"].example) == (
        2,
        "write down what comes out.",
    )
    assert (found["ignore-above"].left_out, found["ignore-above"].example) == (2, None)


def test_attacks_on_judges_and_restater_are_built_again_from_the_rows_alone(
    db: Db, text: str, attack: Attack, orders: Corpus
) -> None:
    attack(text, orders, items=1)
    found = audit(db, None, lambda _: None)
    attacked = [call for call in db.exec(select(Call)) if "attack" in call.source]
    assert {call.purpose for call in attacked} == {"judge", "restate"}
    moved = "row 1 of run, which differs"  # by the fixture, to this server's address
    assert [each for each in found.differences if moved not in each] == []
    assert found.not_rebuilt == 0
    assert found.checked["requests"] == len(db.exec(select(Call.id)).all())


def test_withdrawals_silence_what_a_restater_made_of_hostile_moves(
    db: Db, text: str, attack: Attack, only: Only, now: datetime
) -> None:
    attack(text, only("move/ignore-above"))
    for session in list(db.exec(select(Session))):
        withdraw_with_all(db, find_family(db, session), None, now)
    assert set(db.exec(select(Call.raw_reply))) <= {"[withdrawn]", None}
