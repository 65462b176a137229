import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import delete, select

from taste.jobs import get_run
from taste.pilot_runs import (
    Reviewed,
    add_reviews,
    choose_items,
    pilot_study,
    piloting,
    read_made,
    read_reviews,
    summarize_pilot,
)
from taste.run_tables import Manifest
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.simulator.server import Simulator
from taste.study import Study, parse_study
from taste.tables import Item, ItemSet, Run, SetExclusion
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session


@pytest.fixture
def pilot(db: Db, now: datetime) -> ItemSet:
    """A pilot set of all marked points, of two sessions; no other set is there."""
    for table in (Manifest, SetExclusion, Item, ItemSet):
        db.exec(delete(table))
    db.commit()
    return freeze_set(db, SetRule("p", "pilot", "one"), now).item_set


@pytest.fixture
def run(
    db: Db, pilot: ItemSet, simulator: Simulator, study_text: Callable[..., str], now: datetime
) -> Run:
    """A pilot on one item, done."""
    text = study_text(simulator.base_url, sets=["p"])
    study = pilot_study(parse_study(text, "s.toml"), pilot)
    item = db.exec(select(Item.id).order_by(Item.number)).first()  # type: ignore[arg-type]
    assert item is not None

    async def running() -> Run:
        made = await open_run(db, study, text, now, piloting((item,)))
        await run_study(db, study, made, lambda: now, None, lambda _: None)
        return made

    return asyncio.run(running())


def test_a_pilot_does_everything_on_its_items_alone(db: Db, run: Run) -> None:
    found = summarize_pilot(db, run)
    assert (run.purpose, run.status, found.items, found.sessions) == ("pilot", "done", 1, 1)
    assert found.trials == found.done + sum(found.excluded.values()) > 1
    assert found.cost_usd == pytest.approx(found.cost_per_item_usd)
    assert (found.reviewed, found.rejected, found.simulated) == (0, {}, True)
    assert found.waiting == len(list(read_made(db, run))) > 0


def test_reviews_are_kept_and_the_last_word_counts(db: Db, run: Run, now: datetime) -> None:
    restated, *_, verdict = read_made(db, run)
    assert (restated.kind, verdict.kind) == ("restatement", "verdict")
    said = [Reviewed(identity=one.identity, decision="reject") for one in (restated, verdict)]
    assert add_reviews(db, run, said, now) == 2
    assert add_reviews(db, run, said, now) == 0
    assert add_reviews(db, run, [said[0].model_copy(update={"decision": "accept"})], now) == 1
    assert read_reviews(db, run)[restated.identity].decision == "accept"
    assert summarize_pilot(db, run).rejected == {"verdict": 1}


def test_a_review_of_something_else_is_refused_and_nothing_stored(
    db: Db, run: Run, now: datetime
) -> None:
    one = next(read_made(db, run))
    said = [Reviewed(identity=name, decision="accept") for name in (one.identity, "other")]
    with pytest.raises(UserError, match="made nothing with the identity 'other'"):
        add_reviews(db, run, said, now)
    assert read_reviews(db, run) == {}


@pytest.mark.parametrize("kind", ["suboptimal", "strong"])
def test_a_session_that_was_piloted_is_in_no_later_set_to_test_on(
    db: Db, run: Run, now: datetime, kind: Any
) -> None:
    piloted = db.exec(select(Item.lineage).order_by(Item.number)).first()  # type: ignore[arg-type]
    later = now + timedelta(days=1)
    with suppress(UserError):
        freeze_set(db, SetRule("later", kind, "one"), later)
    query = select(Item.lineage).join(ItemSet).where(ItemSet.name == "later")
    assert piloted not in set(db.exec(query))
    assert run.id is not None


def test_a_pilot_takes_no_session_that_the_study_is_tested_on(
    db: Db, simulator: Simulator, study_text: Callable[..., str], now: datetime
) -> None:
    study: Study = parse_study(study_text(simulator.base_url), "s.toml")
    pilot = freeze_set(db, SetRule("p", "random", "one"), now).item_set
    tested = set(db.exec(select(Item.lineage).join(ItemSet).where(ItemSet.name == "few")))
    every = set(db.exec(select(Session.lineage)))
    if every <= tested:
        with pytest.raises(UserError, match="is in a set that the study is tested on"):
            choose_items(db, study, pilot, 3)
        return
    chosen = choose_items(db, study, pilot, 3)
    assert chosen == choose_items(db, study, pilot, 3)
    assert not {db.get_one(Item, number).lineage for number in chosen} & tested


def test_a_pilot_can_be_read_by_its_number_and_is_never_the_latest_run(db: Db, run: Run) -> None:
    assert get_run(db, run.id).id == run.id
    with pytest.raises(UserError, match="there is no run yet"):
        get_run(db, None)
