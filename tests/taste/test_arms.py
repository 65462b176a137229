from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from taste.demo.setup import store_persons
from taste.jobs import find_or_add_run
from taste.study import parse_study
from taste.tables import Item, Proposal, Trial
from transcripts.db import Db

URL = "http://127.0.0.1:1"


@pytest.fixture
def arms(
    examples: Db, study_text: Callable[..., str], seat: Callable[..., Any], now: Any
) -> Callable[..., dict[str, set[int]]]:
    """arms(seed=2) gives the arms of a run over 18 items, each with its items."""

    def make(**replaced: Any) -> dict[str, set[int]]:
        two = {"sets": ["suboptimal"], "proposers": [seat("a"), seat("b")]}
        text = study_text(URL, **two | replaced)
        study = parse_study(text, "study.toml")
        run = find_or_add_run(examples, study, text, now, simulated=True)
        found: dict[str, set[int]] = {}
        for trial in examples.exec(select(Trial).where(Trial.run_id == run.id)):
            found.setdefault(trial.arm, set()).add(trial.item_id)
        return found

    return make


def test_stock_is_on_every_item_and_the_other_controls_on_a_quarter(
    arms: Callable[..., dict[str, set[int]]],
) -> None:
    found = arms()
    sizes = {arm: len(items) for arm, items in found.items()}
    quarter = {"echo": 5, "shuffled": 5, "placebo:a": 5, "placebo:b": 5}
    assert sizes == {"a": 18, "b": 18, "stock": 18, **quarter}
    assert len({frozenset(found[arm]) for arm in quarter}) == 1


def test_the_quarter_is_drawn_by_the_seed(arms: Callable[..., dict[str, set[int]]]) -> None:
    first = arms(seed=1)["echo"]
    assert arms(seed=1, name="again")["echo"] == first
    assert arms(seed=2)["echo"] != first


def test_the_quarter_is_drawn_in_each_set(
    examples: Db, arms: Callable[..., dict[str, set[int]]]
) -> None:
    found = arms(sets=["suboptimal", "strong"])["echo"]
    drawn = examples.exec(select(Item).where(col(Item.id).in_(found))).all()
    assert Counter(item.set_id for item in drawn) == {1: 5, 2: 5}


@pytest.mark.parametrize(("share", "size"), [(0, 0), (0.01, 1), (1, 18)])
def test_a_share_is_rounded_up(
    arms: Callable[..., dict[str, set[int]]], share: float, size: int
) -> None:
    assert len(arms(controls={"share": share}).get("echo", set())) == size


EVERY: dict[str, Any] = {"controls": {}}
"""The study file says nothing of the controls."""


def test_by_default_every_control_runs_that_there_is_something_for(
    arms: Callable[..., dict[str, set[int]]],
) -> None:
    found = {arm: len(items) for arm, items in arms(**EVERY).items() if ":" not in arm}
    quarter = {"echo": 5, "shuffled": 5, "recovery": 5}
    assert found == {"a": 18, "b": 18, "stock": 18, **quarter}


def test_there_is_a_recovery_where_there_was_a_detour(
    arms: Callable[..., dict[str, set[int]]],
) -> None:
    assert "recovery" not in arms(sets=["strong"], **EVERY)


def test_the_oracle_is_the_newest_proposer_or_those_that_are_named(
    arms: Callable[..., dict[str, set[int]]], seat: Callable[..., Any]
) -> None:
    dated = [seat("new", released="2026-05-01"), seat("old", released="2025-05-01")]
    found = {arm for arm in arms(proposers=dated, **EVERY) if arm.startswith("oracle")}
    assert found == {"oracle:new"}
    named = arms(proposers=dated, controls={"oracles": ["old", "new"]})
    assert {arm for arm in named if arm.startswith("oracle")} == {"oracle:old", "oracle:new"}


def test_a_person_has_a_trial_where_they_wrote_a_move(
    examples: Db, arms: Callable[..., dict[str, set[int]]], now: datetime
) -> None:
    store_persons(examples, now)
    one = examples.exec(select(Proposal).where(Proposal.arm == "person")).first()
    examples.delete(one)
    examples.commit()
    found = arms(sets=["suboptimal", "strong"], **EVERY)
    assert len(found["person"]) == len(found["stock"]) - 1 == 35
