from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from taste.eligibility import refuse_ineligible
from taste.proposals import add_proposal
from taste.tables import Comparison, Proposal, Restatement
from taste.verdicts import add_verdict
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.decision_points import Point, resolve_point, store_point
from transcripts.errors import UserError
from transcripts.shipped import examples_folder
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import DecisionPoint, Screening, Session

Refused = Callable[..., str | None]


@pytest.fixture
def places(db: Db) -> list[DecisionPoint]:
    """The points of the first session that has two of them, by place."""
    found = list(db.exec(select(DecisionPoint).order_by(col(DecisionPoint.cut))).all())
    first = next(
        p.session_id for p in found if sum(q.session_id == p.session_id for q in found) > 1
    )
    return [point for point in found if point.session_id == first]


@pytest.fixture
def refused(db: Db, places: list[DecisionPoint]) -> Refused:
    """refused("Ada", 1) says why Ada may not propose at the second point, if she may not."""

    def ask(name: str, number: int = 0) -> str | None:
        session = db.get_one(Session, places[number].session_id)
        point: Point = resolve_point(db, session, places[number].before)
        try:
            refuse_ineligible(db, "propose", name, session, point)
        except UserError as error:
            return str(error)
        return None

    return ask


def propose(db: Db, name: str, point: DecisionPoint, now: datetime) -> Proposal:
    row = add_proposal(
        db,
        now,
        identity=f"{name} {point.id}",
        decision_point_id=point.id,
        arm="person",
        repeat=1,
        outcome="proposed",
        move="Plot it.",
        shown_hash="h",
        annotator_id=find_or_add_annotator(db, name).id,
        simulated=False,
    )
    db.commit()
    return row


def test_who_has_seen_nothing_of_a_lineage_may_propose(refused: Refused) -> None:
    assert refused("Ada") is None


@pytest.mark.parametrize("name", ["example-annotator", "Example-Annotator"])
def test_who_has_annotated_on_the_lineage_may_not(refused: Refused, name: str) -> None:
    assert "they have annotated this lineage" in str(refused(name))


@pytest.mark.parametrize("name", ["Mira", " mira "])
def test_who_directed_the_work_may_not(
    db: Db, refused: Refused, places: list[DecisionPoint], name: str
) -> None:
    db.get_one(Session, places[0].session_id).researcher = "Mira"
    db.commit()
    assert "they directed the work of this lineage" in str(refused(name))


def screen(db: Db, name: str, session_id: int, now: datetime) -> None:
    values: dict[str, Any] = {
        "session_id": session_id,
        "annotator_id": find_or_add_annotator(db, name).id,
    }
    values |= {"open_ended": "yes", "outcome_visible": True, "reason": "", "created_at": now}
    db.add(Screening(**values))
    db.commit()


def test_who_has_screened_the_lineage_may_not(
    db: Db, refused: Refused, places: list[DecisionPoint], now: datetime
) -> None:
    screen(db, "Ada", places[0].session_id, now)
    assert "they have screened this lineage" in str(refused("Ada"))


def test_what_was_seen_of_another_lineage_does_not_matter(
    db: Db, refused: Refused, places: list[DecisionPoint], now: datetime
) -> None:
    other = db.exec(select(Session).where(Session.id != places[0].session_id)).first()
    assert other is not None
    assert other.id is not None
    screen(db, "Ada", other.id, now)
    assert refused("Ada") is None
    other.lineage = db.get_one(Session, places[0].session_id).lineage
    db.commit()
    assert refused("Ada") is not None


def compare(db: Db, proposal: Proposal, now: datetime) -> Comparison:
    point = proposal.decision_point_id
    common: dict[str, Any] = {"decision_point_id": point, "outcome": "restated", "prompt_hash": "p"}
    common |= {"simulated": True, "created_at": now}
    human, proposed = (
        Restatement(identity=word, verbatim=word, move=word, **common) for word in ("one", "two")
    )
    db.add_all([human, proposed])
    db.flush()
    numbers: dict[str, Any] = {
        "human_id": human.id,
        "proposed_id": proposed.id,
        "proposal_id": proposal.id,
    }
    row = Comparison(decision_point_id=point, order="human", **numbers)
    db.add(row)
    db.flush()
    return row


def test_who_has_judged_moves_of_it_may_not(
    db: Db, refused: Refused, places: list[DecisionPoint], now: datetime
) -> None:
    compared = compare(db, propose(db, "Ben", places[0], now), now)
    values: dict[str, Any] = {"judge": "Ada", "judge_kind": "person", "view": "full", "sample": 1}
    values |= {"identity": "v", "verdict": "tie", "shown_hash": "h", "simulated": False}
    who = find_or_add_annotator(db, "Ada").id
    add_verdict(db, now, comparison_id=compared.id, annotator_id=who, **values)
    assert "they have judged moves of this lineage" in str(refused("Ada"))


def test_a_session_is_gone_through_forwards(
    db: Db, refused: Refused, places: list[DecisionPoint], now: datetime
) -> None:
    propose(db, "Ada", places[0], now)
    assert refused("Ada", 0) is None
    assert refused("Ada", 1) is None
    propose(db, "Ada", places[1], now)
    assert "whose prefix shows how it went on" in str(refused("Ada", 0))
    assert refused("Ben", 0) is None


@pytest.fixture
def copies(empty: Db, tmp_path: Path, now: datetime) -> tuple[Session, Session]:
    """A session and a copy of it under another id, which a resumed session begins with."""
    (original,) = examples_folder().glob("*/bd058990-0419*.jsonl")
    text = original.read_text(encoding="utf-8")
    copied = tmp_path / f"c{original.name[1:]}"
    copied.write_text(text.replace(original.stem, copied.stem), encoding="utf-8")
    for path in (original, copied):
        import_file(empty, path, ImportOptions(), now)
    first, second = empty.exec(select(Session).order_by(col(Session.external_id))).all()
    assert first.lineage == second.lineage
    return first, second


def test_a_later_point_of_a_copy_shows_how_it_went_on(
    empty: Db, copies: tuple[Session, Session], now: datetime
) -> None:
    early, late = ("e3793ade-68dc-5d36-bcf9-11a15f1c4cf8", "eccd10ba-2178-5696-9924-334d4cd8ed77")
    first, copy = copies
    points = {
        (session.id, before): resolve_point(empty, session, before)
        for session in copies
        for before in (early, late)
    }
    propose(empty, "Ada", store_point(empty, copy, points[copy.id, late]), now)
    with pytest.raises(UserError, match="how it went on"):
        refuse_ineligible(empty, "propose", "Ada", first, points[first.id, early])
    refuse_ineligible(empty, "propose", "Ada", first, points[first.id, late])
