"""Simulated studies in a database of their own, copied for every test that may change them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sqlmodel import select

from taste.database import open_database
from taste.simulator.rows import store_world
from taste.simulator.world import World
from taste.tables import Run
from transcripts.db import Db

REFERENCES = Path(__file__).parent / "references"

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
    with open_copy(small_world, tmp_path) as db:
        yield db


@contextmanager
def open_copy(world: Path, folder: Path) -> Iterator[Db]:
    """Opens a copy of a database."""
    engine = open_database(str(shutil.copy(world, folder / "copy.db")))
    with Db(engine) as db:
        yield db
    engine.dispose()


@pytest.fixture(scope="module")
def still_world(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """A copy of the small world that the tests of a module only read."""
    with open_copy(small_world, tmp_path_factory.mktemp("still")) as db:
        yield db


@pytest.fixture(scope="module")
def still_run(still_world: Db) -> Run:
    """The simulated run in `still_world`."""
    return still_world.exec(select(Run)).one()


@pytest.fixture
def run(world: Db) -> Run:
    """The simulated run in `world`."""
    return world.exec(select(Run)).one()


@dataclass(frozen=True)
class Agreement:
    """Holds an estimator against an independent source, and notes by how much they differ."""

    request: pytest.FixtureRequest

    def __call__(
        self,
        estimator: str,
        source: str,
        found: npt.ArrayLike,
        expected: npt.ArrayLike,
        within: float = 1e-6,
    ) -> None:
        """Assert that every number agrees, relative to its size (absolute where that is 0)."""
        theirs = np.atleast_1d(np.asarray(expected, dtype=np.float64))
        ours = np.atleast_1d(np.asarray(found, dtype=np.float64))
        assert ours.shape == theirs.shape
        size = np.where(theirs == 0, 1, np.abs(theirs))
        worst = float(np.max(np.abs(ours - theirs) / size))
        self.request.node.user_properties.append(("reference", (estimator, source, worst)))
        assert worst <= within, f"{estimator}: {ours} is not the {theirs} of {source}"


@pytest.fixture
def agrees(request: pytest.FixtureRequest) -> Agreement:
    """`agrees(estimator, source, found, expected)`; `pytest --references` prints them all."""
    return Agreement(request)


def read_reference(name: str) -> Any:
    """Returns what `references/NAME.R` wrote, or other independent values of that name."""
    return json.loads((REFERENCES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Any:
    """The reference values that the test's module names as `REFERENCE`."""
    return read_reference(request.module.REFERENCE)
