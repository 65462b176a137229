"""A short session in a database, an assignment of it, and its draft."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assignment_tables import Activity, Assignment
from taste.candidate_reveals import CandidateReveals
from taste.database import open_database
from taste.drafts.leases import take_lease
from taste.drafts.store import DraftStore, Seen
from taste.submitting.hindsight import HandedIn, submit_hindsight
from taste.submitting.marks import DraftMark
from tests.annotation_tui.conftest import put, told
from tests.taste.conftest import NOW
from transcripts.annotations import Label, annotate, find_or_add_annotator
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.tables import Annotation, Draw, Session

BOOK = read_codebook()
WHY = "because the better test was at hand"
DETOUR: dict[str, Any] = {
    "kind": "detour",
    "type": "wrong_cause",
    "attribution": "human",
    "knowable": "yes",
    "evidence_knowable": [{"event": "e3", "start": 0, "end": 6}],
    "harm": 2,
    "evidence_harm": [{"event": "e6", "start": None, "end": None}],
    "recognised": "e7",
    "recognised_by": "human",
    "recovered": "e8",
    "recovery": "full",
    "confidence": 4,
    "rationale": WHY,
}
"""A complete one at the act of e4."""
STRONG: dict[str, Any] = {
    "kind": "strong", "type": "challenge", "confidence": 5, "rationale": WHY,
}  # fmt: skip


def mark(values: dict[str, Any], cut: int = 4, **changed: Any) -> DraftMark:
    """A mark with some fields changed; none takes one away."""
    return DraftMark(cut, f"e{cut}", values).with_(**changed)


class Desk:
    """One annotator's assignment of a session of nine events, with acts at 0, 4 and 7."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.session: Session = put(engine, told(), name)
        with Db(engine) as db:
            row = Assignment(
                identity=name, batch="b", annotator_id=find_or_add_annotator(db, "ann").id or 0,
                mode="hindsight", session_id=self.session.id or 0, thread="main", number=1,
                seed=1, created_at=NOW,
            )  # fmt: skip
            db.add(row)
            db.commit()
            self.number = row.id or 0
        take_lease(engine, self.number, "here", NOW)
        self.store = DraftStore(engine, self.number, "here", lambda: NOW)

    def draft(self, *marks: DraftMark) -> None:
        """Change the draft to hold these marks beside what it holds."""
        known = self.store.read()
        for one in marks:
            name = f"mark:{one.cut}"
            self.store.change(name, known.get(name), one.value(), Seen(8, outcome=True))

    def submit(self, holder: str = "here") -> HandedIn:
        """Hand in what the draft holds."""
        return submit_hindsight(self.engine, self.number, holder, BOOK, "1.0", NOW)

    def see(self, first: int, last: int) -> None:
        """Let some events have been in view for two seconds."""
        with Db(self.engine) as db:
            row = Activity(
                identity=f"{self.number} {first} {last}", assignment_id=self.number, at=NOW,
                active_ms=2000, first=first, last=last, cut=4,
            )  # fmt: skip
            db.add(row)
            db.commit()

    def show_candidate(self) -> None:
        """Show the annotator a candidate at the first point that anybody labelled."""
        with Db(self.engine) as db:
            draw = Draw(
                name="d", number=1, decision_point_id=self.rows()[0].decision_point_id,
                source="candidate", stratum="s", seed=1, created_at=NOW,
            )  # fmt: skip
            db.add(draw)
            db.commit()
        reveals = CandidateReveals(self.engine, self.number, "here")
        reveals.show(reveals.read()[0], NOW)

    def say(self, before: str, label: Label, annotator: str = "ann") -> None:
        """Annotate without the tool."""
        with Db(self.engine) as db:
            annotate(db, self.session, before, annotator, label, NOW)

    def rows(self) -> list[Annotation]:
        """Every annotation of the session, as stored."""
        with Db(self.engine) as db:
            rows = db.exec(select(Annotation).order_by(col(Annotation.id))).all()
            return [row for row in rows if row.id]

    def state(self) -> str:
        """State of the assignment."""
        with Db(self.engine) as db:
            return db.get_one(Assignment, self.number).state


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A new database each time: rows of all tests of one would be counted together."""
    engine = open_database(str(tmp_path / "taste.db"))
    yield Desk(engine, "s-0001")
    engine.dispose()
