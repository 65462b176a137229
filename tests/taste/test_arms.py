from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from taste.jobs import find_or_add_run
from taste.study import parse_study
from taste.tables import Item, Trial
from transcripts.db import Db

URL = "http://127.0.0.1:1"


@pytest.fixture
def arms(
    examples: Db, study_text: Callable[..., str], seat: Callable[..., Any], now: Any
) -> Callable[..., dict[str, set[int]]]:
    """arms(seed=2) gives the arms of a run over 18 items, each with its items."""

    def make(**replaced: Any) -> dict[str, set[int]]:
        two = [seat("a"), seat("b")]
        text = study_text(URL, proposers=two, **{"sets": ["suboptimal"]} | replaced)
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
