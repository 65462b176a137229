"""A report says what is no longer there of what its figures rest on."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from analysis.report.contents import build_report
from analysis.report.material import read_material
from taste.removal import delete_with_all, withdraw_with_all
from taste.tables import ItemSet, Run
from transcripts.db import Db
from transcripts.tables import Session

pytestmark = pytest.mark.no_cover

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def notices(world: Db, run: Run) -> list[str]:
    report = build_report(read_material(world, run)).run
    assert report is not None
    return list(report.notices)


def first_session(world: Db) -> Session:
    session = world.exec(select(Session).order_by(Session.external_id)).first()
    assert session is not None
    return session


def test_a_report_names_the_items_of_withdrawn_sessions(world: Db, run: Run) -> None:
    assert not any("withdrawn" in notice for notice in notices(world, run))
    withdraw_with_all(world, [first_session(world)], None, NOW)
    (told,) = [notice for notice in notices(world, run) if "withdrawn" in notice]
    assert told.startswith("4 items of 1 session withdrawn since: ")
    assert not any("rebuilt" in notice for notice in notices(world, run))


def test_the_figures_outlive_a_withdrawal(world: Db, run: Run) -> None:
    def scores() -> dict[tuple[str, str], float]:
        report = build_report(read_material(world, run)).run
        assert report is not None
        return dict(report.scores)

    before = scores()
    withdraw_with_all(world, [first_session(world)], None, NOW)
    assert scores() == before


def test_a_report_names_the_sets_that_lost_items(world: Db, run: Run) -> None:
    for item_set in world.exec(select(ItemSet)).all():
        item_set.size = {"suboptimal": 12, "strong": 9}[item_set.kind]
        world.add(item_set)
    world.commit()
    delete_with_all(world, [first_session(world)], None, NOW, force=True)
    told = [notice for notice in notices(world, run) if "not as it was frozen" in notice]
    assert len(told) == 2
    assert all("went with sessions that were deleted since" in notice for notice in told)
