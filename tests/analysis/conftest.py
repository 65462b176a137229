"""Simulated studies in a database of their own, copied for every test that may change them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from taste.database import open_database
from taste.simulator.rows import store_world
from taste.simulator.world import World
from taste.tables import Run
from transcripts.db import Db

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SMALL = {"suboptimal": 12, "strong": 9}


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one simulated run of 21 items in 5 sessions."""
    file = tmp_path_factory.mktemp("world") / "small.db"
    engine = open_database(str(file))
    with Db(engine) as db:
        store_world(db, World(), 1, NOW, SMALL, sessions=5)
    engine.dispose()
    return file


@pytest.fixture
def world(small_world: Path, tmp_path: Path) -> Iterator[Db]:
    """A copy of the small world, free to be changed."""
    engine = open_database(str(shutil.copy(small_world, tmp_path / "copy.db")))
    with Db(engine) as db:
        yield db
    engine.dispose()


@pytest.fixture
def run(world: Db) -> Run:
    """The simulated run in `world`."""
    return world.exec(select(Run)).one()
