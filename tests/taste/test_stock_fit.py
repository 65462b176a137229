from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from taste.controls import StockList, read_stock
from taste.fits import Fitted, find_fit
from taste.jobs import find_or_add_run, open_jobs
from taste.pilot_sets import find_pilot
from taste.pilots import PILOT
from taste.probe_tables import StockFit
from taste.sets import get_set, read_items
from taste.stock_fit import (
    MoveRate,
    count_shared_lineages,
    fitting,
    fitting_study,
    pick,
    store_fit,
)
from taste.study import Study, parse_study
from taste.tables import Item, ItemSet, Proposal, Run, Trial
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError

URL = "http://127.0.0.1:1"
STOCK = StockList("1", ("One.", "Two.", "Three."))
RATES = [MoveRate(1, "One.", 0.5, 4), MoveRate(2, "Two.", 0.75, 4), MoveRate(3, "Three.", 0.75, 4)]
Go = Callable[..., RunResult]


@pytest.fixture
def pilot(db: Db, now: datetime) -> ItemSet:
    """A pilot set of the strong moves, which the set `few` has no part in."""
    return add_set(db, "tried", PILOT, read_items(db, get_set(db, "more")), now)


def add_set(db: Db, name: str, kind: str, items: list[Item], now: datetime) -> ItemSet:
    row = ItemSet(name=name, kind=kind, labels="one", actor="human", digest=name, created_at=now)
    db.add(row)
    db.flush()
    db.add_all(Item(**item.model_dump(exclude={"id"}) | {"set_id": row.id}) for item in items)
    db.commit()
    return row


@pytest.fixture
def study(study_text: Callable[..., str]) -> Callable[..., Study]:
    return lambda **replaced: parse_study(study_text(URL, **replaced), "study.toml")


@pytest.fixture
def fit(db: Db, pilot: ItemSet, study: Callable[..., Study], now: datetime) -> StockFit:
    """Move 2 of 3, fitted by simulated judges."""
    tried = fitting_study(study(), pilot)
    run = find_or_add_run(db, tried, "", now, simulated=True, purpose=fitting(STOCK))
    return store_fit(db, run, pilot, STOCK, RATES, now)


def test_the_only_pilot_set_needs_no_name(db: Db, pilot: ItemSet) -> None:
    assert find_pilot(db, None).id == find_pilot(db, "tried").id == pilot.id


def test_no_other_kind_of_set_is_fitted_on(db: Db) -> None:
    with pytest.raises(UserError, match="'few' is of kind 'suboptimal'"):
        find_pilot(db, "few")
    with pytest.raises(UserError, match="there is no pilot set; "):
        find_pilot(db, None)


@pytest.mark.usefixtures("pilot")
def test_of_two_pilot_sets_one_has_to_be_named(db: Db, now: datetime) -> None:
    add_set(db, "again", PILOT, [], now)
    with pytest.raises(UserError, match=r"2 pilot sets \(again, tried\): name one"):
        find_pilot(db, None)


def test_a_fit_on_items_of_the_study_is_refused(
    db: Db, pilot: ItemSet, study: Callable[..., Study]
) -> None:
    with pytest.raises(UserError, match=r"sets \(few, more\) share 4 items"):
        count_shared_lineages(db, pilot, study(sets=["few", "more"]))
    with pytest.raises(UserError, match=r"sets \(tried\) share 4 items"):
        count_shared_lineages(db, pilot, study(sets=["tried"]))


def test_shared_lineages_are_counted(db: Db, pilot: ItemSet, study: Callable[..., Study]) -> None:
    assert count_shared_lineages(db, pilot, study()) == 2


def test_a_fit_asks_the_headlines_judges_for_the_headlines_verdicts(
    pilot: ItemSet, study: Callable[..., Study], seat: Callable[..., Any]
) -> None:
    judges = [seat("cheap"), seat("strong"), seat("blind", view="prefix"), seat("f", view="full")]
    judging = {"escalation": {"first": "cheap", "then": "strong"}}
    tried = fitting_study(study(judges=judges, judging=judging, probes={}), pilot)
    assert [judge.name for judge in tried.judges] == ["cheap", "f"]
    assert (tried.sets, tried.proposers, tried.probes.kinds) == (("tried",), (), ())
    assert (tried.judging.views, tried.judging.escalation) == (("full",), None)
    assert len(tried.seats) == 3


def test_without_a_judge_that_knows_the_session_there_is_no_fit(
    pilot: ItemSet, study: Callable[..., Study], seat: Callable[..., Any]
) -> None:
    with pytest.raises(UserError, match="no judge of the study judges under view full"):
        fitting_study(study(judges=[seat("j", view="digest")]), pilot)


def test_every_move_of_the_list_is_an_arm_on_every_pilot_item(
    db: Db, pilot: ItemSet, study: Callable[..., Study], now: datetime
) -> None:
    tried = fitting_study(study(), pilot)
    run = find_or_add_run(db, tried, "", now, simulated=True, purpose=fitting(STOCK))
    jobs = open_jobs(db, run)
    assert [job.arm for job in jobs] == ["stock:1", "stock:2", "stock:3"] * 4
    assert {job.in_share for job in jobs} == {False}


@pytest.mark.parametrize(
    ("rates", "number"),
    [
        pytest.param(RATES, 2, id="of equals the first"),
        pytest.param([*RATES, MoveRate(4, "x", 1.0, 1)], 2, id="not on too few items"),
        pytest.param([*RATES, MoveRate(4, "x", 1.0, 2)], 4, id="on half of the items"),
        pytest.param([*RATES, MoveRate(4, "x", None, 0)], 2, id="not without a score"),
    ],
)
def test_the_highest_rate_is_picked(rates: list[MoveRate], number: int) -> None:
    assert pick(rates, 4).number == number


def test_where_nothing_is_scored_nothing_is_picked() -> None:
    with pytest.raises(UserError, match="no move has a score on half of the 4 pilot items"):
        pick([MoveRate(1, "One.", None, 0)], 4)


def test_a_runs_fit_is_stored_once(db: Db, fit: StockFit, pilot: ItemSet, now: datetime) -> None:
    run = db.get_one(Run, fit.run_id)
    assert store_fit(db, run, pilot, STOCK, [], now).id == fit.id
    assert (fit.number, fit.rate, fit.items, fit.version) == (2, 0.75, 4, "1")
    assert fit.rates == {"1": 0.5, "2": 0.75, "3": 0.75}


def test_another_version_of_the_list_is_fitted_anew(
    db: Db, pilot: ItemSet, study: Callable[..., Study], fit: StockFit, now: datetime
) -> None:
    tried, newer = fitting_study(study(), pilot), replace(STOCK, version="newer")
    again = find_or_add_run(db, tried, "", now, simulated=True, purpose=fitting(STOCK))
    other = find_or_add_run(db, tried, "", now, simulated=True, purpose=fitting(newer))
    assert again.id == fit.run_id != other.id


def test_a_run_has_the_fit_of_its_own_kind_that_was_there_when_it_began(
    db: Db, fit: StockFit, now: datetime
) -> None:
    values = db.get_one(Run, fit.run_id).model_dump(exclude={"id"})

    def find(version: str = "1", **other: Any) -> Fitted | None:
        return find_fit(db, version, Run(**values | {"started_at": now} | other))

    assert find() == Fitted(number=2, set_id=fit.set_id, set_name="tried", run_id=fit.run_id)
    assert find(simulated=False) is None
    assert find(started_at=now - timedelta(seconds=1)) is None
    assert find(version="2") is None


FITTED: dict[str, Any] = {"controls": {"arms": ["stock_fit"], "share": 0}}


def fitted(db: Db) -> list[Proposal]:
    query = select(Proposal).join(Trial).where(Trial.arm == "stock_fit")
    return list(db.exec(query.order_by(col(Trial.id))).all())


@pytest.mark.usefixtures("fit")
def test_the_fitted_move_is_tried_on_every_item_and_says_where_it_is_from(db: Db, go: Go) -> None:
    go(**FITTED)
    move = read_stock().moves[1]
    source = "stock 1, move 2, fitted on tried in run 1"
    assert [(row.move, row.source) for row in fitted(db)] == [(move, source)] * 2


@pytest.mark.usefixtures("fit")
def test_on_an_item_that_it_was_fitted_on_the_move_has_no_trial_that_counts(db: Db, go: Go) -> None:
    go(sets=["more"], **FITTED)
    why = "proposal none: the stock move was fitted on this item too"
    query = select(Trial.exclusion).where(Trial.arm == "stock_fit")
    assert db.exec(query).all() == [why] * 4


def test_without_a_fit_the_arm_has_no_trial(db: Db, go: Go) -> None:
    go(**FITTED)
    assert fitted(db) == []
