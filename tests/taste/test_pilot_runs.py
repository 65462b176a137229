import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import delete, select

from taste.jobs import find_or_add_run, get_run
from taste.pilot_runs import (
    Reviewed,
    add_reviews,
    pilot_study,
    piloting,
    read_made,
    read_reviews,
    summarize_pilot,
)
from taste.pilot_sets import choose_items, draw_pilot, find_pilot
from taste.run_tables import Manifest
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set, read_items
from taste.simulator.server import Simulator
from taste.study import Study, parse_study
from taste.tables import Item, ItemSet, Run, SetExclusion, Trial
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation

CONTROLS = {"arms": ["stock", "echo", "placebo", "shuffled", "recovery"], "share": 0}
"""On no item of a study, and on every item of a pilot."""


def _drop_sets(db: Db) -> None:
    for table in (Manifest, SetExclusion, Item, ItemSet):
        db.exec(delete(table))
    db.commit()


@pytest.fixture
def pilot(db: Db, now: datetime) -> ItemSet:
    """A pilot set of all marked points, of two sessions; no other set is there."""
    _drop_sets(db)
    return freeze_set(db, SetRule("p", "pilot", "one"), now).item_set


@pytest.fixture
def run(
    db: Db, pilot: ItemSet, simulator: Simulator, study_text: Callable[..., str], now: datetime
) -> Run:
    """A pilot on one item, done."""
    text = study_text(simulator.base_url, sets=["p"], controls=CONTROLS)
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


def test_a_session_that_was_piloted_is_in_no_later_set_to_test_on(
    db: Db, run: Run, now: datetime
) -> None:
    (piloted,) = {item.lineage for item in _items(db, run)}
    db.exec(delete(Item).where(Item.lineage != piloted))  # type: ignore[arg-type]
    later = freeze_set(db, SetRule("later", "strong", "one"), now + timedelta(days=1))
    assert later.excluded["session was piloted"] > 0
    assert piloted not in {item.lineage for item in read_items(db, later.item_set)}


def _items(db: Db, run: Run) -> list[Item]:
    query = select(Item).join(Trial).where(Trial.run_id == run.id)
    return list(db.exec(query))


def test_a_pilot_of_which_nothing_was_sent_bars_no_session(
    db: Db, pilot: ItemSet, study: Study, now: datetime
) -> None:
    items = tuple(item.id for item in read_items(db, pilot) if item.id is not None)
    tried = pilot_study(study, pilot)
    find_or_add_run(db, tried, "", now, simulated=True, purpose=piloting(items))
    assert "session was piloted" not in freeze_set(db, SetRule("r", "pilot", "one"), now).excluded
    with pytest.raises(UserError, match="2 in the set p, 4 labelled strong"):
        freeze_set(db, SetRule("later", "suboptimal", "one"), now + timedelta(days=1))


def test_every_item_of_a_pilot_has_all_controls_of_its_kind(db: Db, run: Run) -> None:
    arms = set(db.exec(select(Trial.arm).where(Trial.run_id == run.id)))
    assert {db.get_one(Annotation, item.annotation_id).kind for item in _items(db, run)} == {
        "detour"
    }
    assert arms == {"simulated-late", "stock", "echo", "placebo:simulated-late", "shuffled",
                    "recovery"}  # fmt: skip


@pytest.fixture
def study(simulator: Simulator, study_text: Callable[..., str]) -> Study:
    """A study on the detours; whether they are frozen is left open."""
    return parse_study(study_text(simulator.base_url), "s.toml")


def test_a_pilot_takes_no_session_that_the_study_is_tested_on(
    db: Db, study: Study, now: datetime
) -> None:
    pilot = freeze_set(db, SetRule("p", "random", "one"), now).item_set
    tested = db.exec(select(Item.lineage).join(ItemSet).where(ItemSet.name == "few")).first()
    db.exec(delete(Item).where(Item.lineage != tested, Item.set_id != pilot.id))  # type: ignore[arg-type]
    chosen = choose_items(db, study, pilot, 3)
    assert (len(chosen), chosen) == (3, choose_items(db, study, pilot, 3))
    assert tested not in {db.get_one(Item, number).lineage for number in chosen}


def test_a_pilot_set_of_tested_sessions_alone_is_refused(
    db: Db, study: Study, now: datetime
) -> None:
    pilot = freeze_set(db, SetRule("p", "random", "one"), now).item_set
    with pytest.raises(UserError, match="is in a set that the study is tested on"):
        choose_items(db, study, pilot, 3)


def test_where_there_is_no_pilot_set_one_is_drawn_at_random_and_once(
    db: Db, study: Study, now: datetime
) -> None:
    _drop_sets(db)
    drawn = draw_pilot(db, study, 4, now)
    assert drawn is not None
    assert (drawn.item_set.name, drawn.items) == ("tried-pilot", 4)
    assert drawn.excluded == {"not drawn": 2}
    assert draw_pilot(db, study, 6, now) is None
    assert find_pilot(db, None).id == drawn.item_set.id


def test_no_pilot_is_drawn_from_sessions_that_the_study_is_tested_on(
    db: Db, study: Study, now: datetime
) -> None:
    with pytest.raises(UserError, match=r"to draw one from \(6 session is tested on\)"):
        draw_pilot(db, study, 4, now)


def test_a_pilot_can_be_read_by_its_number_and_is_never_the_latest_run(db: Db, run: Run) -> None:
    assert get_run(db, run.id).id == run.id
    with pytest.raises(UserError, match="there is no run yet"):
        get_run(db, None)
