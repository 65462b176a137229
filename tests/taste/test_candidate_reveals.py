"""Candidates are seen after a first pass, or in the assisted arm; each step is a row."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from taste.assignment_tables import Assignment, Reveal, Submission
from taste.candidate_reveals import CandidateReveals
from taste.drafts.store import LostLease
from tests.annotation_tui.conftest import NOW, put, told
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db, open_engine
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.tables import Draw, Table

Assign = Callable[..., CandidateReveals]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A session with a candidate, in two lists, and a random point."""
    engine = open_engine(str(tmp_path / "taste.db"))
    Table.metadata.create_all(engine)
    session = put(engine, told(), "s")
    with Db(engine) as db:
        points = [store_point(db, session, resolve_point(db, session, e)).id for e in ("e7", "e4")]
        told_: dict[str, Any] = {"stratum": "unscreened", "seed": 1, "created_at": NOW}
        for name, point, source in (
            ("a", 0, "candidate"),
            ("b", 0, "candidate"),
            ("a", 1, "random"),
        ):
            db.add(
                Draw(
                    name=name, number=point + 1, decision_point_id=points[point] or 0,
                    source=source, score=0.7, reason="doubts", **told_,
                )
            )  # fmt: skip
        db.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def assign(engine: Engine) -> Assign:
    def run(condition: str = "blind", *, handed_in: bool = False) -> CandidateReveals:
        with Db(engine) as db:
            row = Assignment(
                identity="a", batch="b", annotator_id=find_or_add_annotator(db, "ann").id or 0,
                mode="hindsight", condition=condition, session_id=1, thread="main", number=1,
                seed=1, created_at=NOW, holder="one",
            )  # fmt: skip
            db.add(row)
            db.flush()
            if handed_in:
                db.add(
                    Submission(
                        identity="s", assignment_id=row.id or 0, number=1, guidelines="1",
                        created_at=NOW,
                    )
                )  # fmt: skip
            db.commit()
            return CandidateReveals(engine, row.id or 0, "one")

    return run


def reveals(engine: Engine) -> list[tuple[str, int | None]]:
    with Db(engine) as db:
        return [(row.action, row.latency_ms) for row in db.exec(select(Reveal))]


def test_no_candidate_is_returned_before_the_own_first_pass(assign: Assign) -> None:
    early = assign()
    with pytest.raises(UserError, match="your own first pass"):
        early.read()


@pytest.mark.parametrize("how", [{"handed_in": True}, {"condition": "assisted"}])
def test_each_point_is_shown_once_with_its_signals_and_no_random_one(
    assign: Assign, how: dict[str, Any]
) -> None:
    (one,) = assign(**how).read()
    assert (one.before, one.cut, one.signals) == ("e7", 7, "doubts")
    assert (one.judgement, one.score) == (None, None)


def test_each_step_is_a_row_with_the_time_since_it_came_into_view(
    engine: Engine, assign: Assign
) -> None:
    list_ = assign(handed_in=True)
    (one,) = list_.read()
    list_.show(one, NOW)
    list_.judge(one, "unsure", NOW + timedelta(seconds=2))
    list_.judge(one, "rejected", NOW + timedelta(seconds=3))
    assert reveals(engine) == [("shown", None), ("unsure", 2000), ("rejected", 3000)]
    (judged,) = list_.read()
    assert (judged.judgement, judged.score) == ("rejected", 0.7)


def test_only_the_terminal_that_has_the_assignment_writes(engine: Engine, assign: Assign) -> None:
    (one,) = assign(handed_in=True).read()
    with pytest.raises(LostLease):
        CandidateReveals(engine, 1, "two").show(one, NOW)
    assert reveals(engine) == []
