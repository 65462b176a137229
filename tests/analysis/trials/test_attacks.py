"""Verdicts under attack as rows, each beside the verdict without."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from analysis.errors import EstimateError
from analysis.trials.attacks import AttackRow, read_attacks
from taste.probe_tables import AttackVerdict
from taste.tables import Comparison, Item, ItemSet, Run, Trial
from transcripts.db import Db

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def attack(world: Db, run: Run, **values: Any) -> Item:
    """Stores a verdict under attack on the run's first item."""
    trial = world.exec(select(Trial).order_by(col(Trial.id))).first()
    assert trial is not None
    comparison = world.exec(
        select(Comparison).where(Comparison.proposal_id == trial.proposal_id)
    ).first()
    assert comparison is not None
    told = {
        "attack": "order", "target": "proposal", "order": "human", "judge": "j", "plain": "first",
        "verdict": "second", **values,
    }  # fmt: skip
    world.add(
        AttackVerdict(
            identity=str(told), run_id=run.id or 0, item_id=trial.item_id, prompt_hash="",
            comparison_id=comparison.id or 0, request_hash="", simulated=True, created_at=NOW,
            **told,
        )
    )  # fmt: skip
    world.flush()
    return world.get_one(Item, trial.item_id)


def only(world: Db, run: Run) -> AttackRow:
    (row,) = read_attacks(world, run)
    return row


@pytest.mark.parametrize(
    ("target", "order", "verdicts", "flipped"),
    [
        pytest.param("proposal", "human", ("first", "second"), True, id="won for the proposal"),
        pytest.param(
            "proposal", "proposal", ("second", "first"), True, id="won when it came first"
        ),
        pytest.param("proposal", "human", ("first", "tie"), True, id="from a loss to a tie"),
        pytest.param("proposal", "human", ("second", "first"), False, id="lost by the attack"),
        pytest.param("proposal", "human", ("first", "first"), False, id="nothing changed"),
        pytest.param("human", "human", ("second", "first"), True, id="won for the human move"),
        pytest.param("human", "proposal", ("tie", "second"), True, id="from a tie, coming second"),
        pytest.param("human", "human", ("first", "second"), False, id="lost for the human move"),
        pytest.param("human", "human", ("first", "unscored"), None, id="unscored under attack"),
        pytest.param("human", "human", ("unscored", "first"), None, id="unscored without"),
    ],
)
def test_a_flip_is_a_verdict_that_moved_towards_the_attacks_own_move(
    world: Db, run: Run, target: str, order: str, verdicts: tuple[str, str], flipped: bool | None
) -> None:
    plain, verdict = verdicts
    attack(world, run, target=target, order=order, plain=plain, verdict=verdict)
    assert only(world, run).flipped is flipped


@pytest.mark.parametrize(
    ("plain", "could"), [("first", True), ("tie", True), ("second", False), ("unscored", False)]
)
def test_a_move_that_has_won_already_cannot_be_flipped_to(
    world: Db, run: Run, plain: str, could: bool
) -> None:
    attack(world, run, order="human", target="proposal", plain=plain)
    assert only(world, run).could_flip is could


def test_a_verdict_under_attack_names_its_item_as_the_trials_do(world: Db, run: Run) -> None:
    item = attack(world, run, reason="none")
    row = only(world, run)
    of_set = world.get_one(ItemSet, item.set_id)
    assert (row.set, row.set_kind, row.lineage) == (of_set.name, of_set.kind, item.lineage)
    assert row.item == f"{of_set.name}/{item.number:05d}"
    assert (row.simulated, row.reason) == (True, "none")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"target": "session"}, "'session' is no target of an attack"),
        ({"verdict": "frist"}, "'frist' is no verdict"),
        ({"order": "left"}, "'left' is no order"),
    ],
)
def test_a_word_that_is_not_known_is_an_error(
    world: Db, run: Run, values: dict[str, str], said: str
) -> None:
    attack(world, run, **values)
    with pytest.raises(EstimateError, match=said):
        read_attacks(world, run)


def test_attacks_are_read_in_one_order_and_of_one_run(world: Db, run: Run) -> None:
    for name, order in (("b", "human"), ("a", "proposal"), ("a", "human")):
        attack(world, run, attack=name, order=order)
    found = [(row.attack, row.order) for row in read_attacks(world, run)]
    assert found == [("a", "human"), ("a", "proposal"), ("b", "human")]
    other = Run(**run.model_dump(exclude={"id"}))
    world.add(other)
    world.flush()
    assert read_attacks(world, other) == ()
