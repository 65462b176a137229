"""Databases with work assigned to Ada, and other people's work that she must not see."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assigning.making import Design, make_assignments
from taste.assigning.pairs import find_pairs
from taste.assigning.targets import Chosen, find_targets
from taste.assignment_tables import Assignment, CalibrationDraw
from taste.database import open_database, open_other
from taste.drafts.leases import take_lease
from taste.drafts.store import DraftStore
from taste.tables import Comparison, Proposal
from taste.workpacks.exporting import export_workpack
from taste.workpacks.importing import Brought, import_workpack
from transcripts.db import Db
from transcripts.tables import Annotator


@contextmanager
def opened(file: Path) -> Iterator[Db]:
    engine = open_database(str(file))
    with Db(engine, expire_on_commit=False) as db:
        yield db
    engine.dispose()


@pytest.fixture
def reading(few_file: Path, tmp_path: Path, now: datetime) -> Iterator[Db]:
    """Two sessions to read for Ada and Quillibrand."""
    with opened(Path(shutil.copy(few_file, tmp_path / "taste.db"))) as db:
        found = find_targets(db, Chosen(), "hindsight", now.date()).targets
        make_assignments(db, Design("b", "hindsight", ("Ada", "Quillibrand"), 2), found, now)
        db.commit()
        yield db


@pytest.fixture
def judging(done_file: Path, tmp_path: Path, now: datetime) -> Iterator[Db]:
    """Two pairs for Ada and Quillibrand to judge, in full and by their digests."""
    with opened(Path(shutil.copy(done_file, tmp_path / "done.db"))) as db:
        query = select(Comparison).join(Proposal, col(Proposal.id) == Comparison.proposal_id)
        models = query.where(Proposal.arm == "simulated-late", Comparison.order == "human")
        for number, one in enumerate(db.exec(models.order_by(col(Comparison.id))).all()):
            values: dict[str, Any] = {"comparison_id": one.id, "judge": "canary-judge", "seed": 1}
            values |= {"probability": 1.0, "created_at": now, "stratum": "canary-stratum"}
            db.add_all(
                CalibrationDraw(name="c", number=number, view=view, **values)
                for view in ("full", "digest", "prefix")
            )
        db.flush()
        given = Design("b", "judge", ("Ada", "Quillibrand"), 2, repeats=0.5)
        make_assignments(db, given, find_pairs(db, "c"), now)
        db.commit()
        yield db


@pytest.fixture
def packed(tmp_path: Path, now: datetime) -> Callable[[Db], Path]:
    """packed(db) is the file of Ada's workpack."""

    def export(db: Db) -> Path:
        file = tmp_path / "ada.db"
        export_workpack(db, "Ada", file, now)
        return file

    return export


@pytest.fixture
def bring(now: datetime) -> Callable[[Db, Path], Brought]:
    """bring(db, file) brings a pack back."""

    def brought(db: Db, file: Path) -> Brought:
        engine = open_other(file, "elsewhere")
        with Db(engine) as other:
            found = import_workpack(db, other, file.name, now)
        engine.dispose()
        db.commit()
        return found

    return brought


def works_of(db: Db, name: str = "Ada") -> list[Assignment]:
    query = select(Assignment).join(Annotator, col(Annotator.id) == Assignment.annotator_id)
    mine = query.where(Annotator.name == name).order_by(col(Assignment.number))
    return list(db.exec(mine).all())


def store_of(db: Db, work: Assignment, at: datetime) -> DraftStore:
    """A store that holds the assignment's lease; it has to be let go before a pack comes back."""
    engine = db.get_bind()
    assert isinstance(engine, Engine)
    assert work.id is not None
    take_lease(engine, work.id, "me", at, over=True)
    return DraftStore(engine, work.id, "me", lambda: at)
