import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from taste.identity import identity
from taste.moves import find_persons_moves, read_moves, store_moves
from taste.points import read_point
from taste.sets import get_set, read_items
from taste.tables import Proposal, Restatement, Trial
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.points import PointsImport
from transcripts.tables import Annotator, DecisionPoint, Session

Store = Callable[..., PointsImport]
Go = Callable[..., RunResult]
MOVE = "Plot the residuals first."


@pytest.fixture
def points(db: Db) -> list[dict[str, str]]:
    """Keys of the strong moves' points, in the order of sessions and places."""
    found = []
    for item in read_items(db, get_set(db, "more")):
        point = db.get_one(DecisionPoint, item.decision_point_id)
        session = db.get_one(Session, point.session_id)
        found.append({"session": session.external_id, "before": point.before})
    return found


@pytest.fixture
def store(db: Db, tmp_path: Path, now: datetime) -> Store:
    """store(line, ..., person="Ada", later=1) imports a file of these lines, minutes later."""

    def run(*lines: dict[str, Any] | str, person: str = "Ada", later: int = 0) -> PointsImport:
        file = tmp_path / "moves.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return store_moves(db, read_moves(file), person, now + timedelta(minutes=later))

    return run


def persons(db: Db) -> list[Proposal]:
    query = select(Proposal).where(Proposal.arm == "person").order_by(col(Proposal.id))
    return list(db.exec(query).all())


def reason(done: PointsImport) -> str:
    (refusal,) = done.refused
    return refusal.reason


def test_a_move_is_a_proposal_of_a_person_without_a_call(
    db: Db, store: Store, points: list[dict[str, str]]
) -> None:
    line = {**points[0], "move": f" {MOVE} ", "why": "cheap", "wrong_if": "they are flat"}
    assert store(line) == PointsImport(1, 0, ())
    (row,) = persons(db)
    assert (row.move, row.why, row.wrong_if) == (MOVE, "cheap", "they are flat")
    assert (row.outcome, row.hindsight, row.simulated) == ("proposed", False, False)
    assert (row.call_id, row.model, row.prompt_hash) == (None, None, None)
    assert db.get_one(Annotator, row.annotator_id).name == "Ada"


def test_a_person_is_taken_to_have_seen_what_a_proposer_is_shown(
    db: Db, store: Store, points: list[dict[str, str]]
) -> None:
    store({**points[0], "move": MOVE})
    text = read_point(db, read_items(db, get_set(db, "more"))[0])
    assert persons(db)[0].shown_hash == text.prefix.shown_hash


def test_a_line_may_say_what_text_was_shown(
    db: Db, store: Store, points: list[dict[str, str]]
) -> None:
    given = identity("another text")
    store({**points[0], "move": MOVE, "shown_hash": given})
    assert persons(db)[0].shown_hash == given


def test_the_same_file_again_changes_nothing(
    db: Db, store: Store, points: list[dict[str, str]]
) -> None:
    lines = [{**point, "move": MOVE} for point in points]
    assert store(*lines) == PointsImport(4, 0, ())
    assert store(*lines, later=1) == PointsImport(0, 4, ())
    assert len(persons(db)) == 4


def test_a_persons_latest_move_counts_and_the_earlier_ones_are_kept(
    db: Db, store: Store, points: list[dict[str, str]]
) -> None:
    for minute, move in enumerate(("One.", "Two.", "One.")):
        assert store({**points[0], "move": move}, later=minute).stored == 1
    point = persons(db)[0].decision_point_id
    assert [row.move for row in persons(db)] == ["One.", "Two.", "One."]
    assert [row.id for row in find_persons_moves(db, point)] == [persons(db)[2].id]


def test_people_keep_their_numbers_whoever_comes_later_or_corrects(
    db: Db, store: Store, points: list[dict[str, str]], now: datetime
) -> None:
    store({**points[0], "move": "By Ada."}, person="Ada")
    store({**points[0], "move": "By Ben."}, person="Ben", later=1)
    store({**points[0], "move": "Again by Ada."}, person="Ada", later=2)
    point = persons(db)[0].decision_point_id
    found = [(row.move, row.repeat) for row in find_persons_moves(db, point)]
    assert found == [("Again by Ada.", 1), ("By Ben.", 2)]
    earlier = find_persons_moves(db, point, now + timedelta(minutes=1))
    assert [row.move for row in earlier] == ["By Ada.", "By Ben."]


BAD = [
    pytest.param("no JSON", "Expecting value", id="no JSON"),
    pytest.param("[]", "expected a JSON object", id="no object"),
    pytest.param({"move": "  "}, "move: is blank", id="blank"),
    pytest.param({"move": 1}, "move: Input should be a valid string", id="no text"),
    pytest.param({"moves": ["x"]}, "moves: Extra inputs are not permitted", id="unknown key"),
    pytest.param({"session": "gone"}, "'gone' is not in the database", id="no session"),
    pytest.param({"before": "gone"}, "has no event 'gone'", id="no event"),
    pytest.param({"thread": "agent-1"}, "not on 'agent-1'", id="other thread"),
    pytest.param({"shown_hash": "abc"}, "shown_hash: String should match", id="no hash"),
]


@pytest.mark.parametrize(("wrong", "why"), BAD)
def test_one_bad_line_is_named_and_nothing_is_stored(
    db: Db, store: Store, points: list[dict[str, str]], wrong: dict[str, Any] | str, why: str
) -> None:
    good = {**points[0], "move": MOVE}
    done = store(good, {**good, **wrong} if isinstance(wrong, dict) else wrong)
    assert (done.stored, done.unchanged, done.refused[0].line) == (0, 0, 2)
    assert re.search(why, reason(done))
    assert persons(db) == []
    assert "Ada" not in db.exec(select(Annotator.name)).all()


def test_a_withdrawn_session_takes_no_move(
    db: Db, store: Store, points: list[dict[str, str]], now: datetime
) -> None:
    for session in db.exec(select(Session)):
        session.withdrawn_at = now
    db.commit()
    assert "was withdrawn" in reason(store({**points[0], "move": MOVE}))


PEOPLE: dict[str, Any] = {"sets": ["more"], "controls": {"arms": ["person"], "share": 0}}


def test_a_run_has_a_trial_for_every_persons_move(
    db: Db, store: Store, points: list[dict[str, str]], go: Go
) -> None:
    store({**points[0], "move": "Plot the residuals."}, person="Ada")
    store({**points[0], "move": "Look at ten examples."}, person="Ben", later=-1)
    assert go(**PEOPLE).stopped is None
    query = select(Trial.repeat, Proposal.move).join(Proposal).where(Trial.arm == "person")
    assert sorted(db.exec(query).all()) == [
        (1, "Look at ten examples."),
        (2, "Plot the residuals."),
    ]


def test_one_real_row_serves_simulated_runs_and_real_ones(
    db: Db, store: Store, points: list[dict[str, str]], go: Go
) -> None:
    store({**points[0], "move": MOVE}, later=-1)
    go(**PEOPLE)
    (row,) = persons(db)
    restated = db.exec(select(Restatement).where(Restatement.verbatim == MOVE)).one()
    assert (row.simulated, restated.simulated) == (False, True)


def test_a_correction_does_not_reach_a_run_that_has_begun(
    db: Db, store: Store, points: list[dict[str, str]], go: Go
) -> None:
    store({**points[0], "move": "Before."}, later=-1)
    go(limit=1, **PEOPLE)
    store({**points[0], "move": "After."}, later=1)
    go(**PEOPLE)
    query = select(Proposal.move).join(Trial).where(Trial.arm == "person")
    assert db.exec(query).all() == ["Before."]


def test_who_was_shown_another_text_than_the_study_shows_is_excluded(
    db: Db, store: Store, points: list[dict[str, str]], go: Go
) -> None:
    store({**points[0], "move": MOVE, "shown_hash": identity("another text")}, later=-1)
    go(**PEOPLE)
    query = select(Trial.exclusion).where(Trial.arm == "person")
    why = "the person was shown another text than this study shows"
    assert db.exec(query).all() == [f"proposal none: {why}"]
