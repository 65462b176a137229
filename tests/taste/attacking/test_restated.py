"""Attacks on a simulated restater: do their words come through to where a judge reads them?"""

from collections.abc import Callable
from typing import Any

from taste.attacking.restated import count_survivals
from taste.attacks.corpus import Corpus
from transcripts.db import Db

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
