"""Pairs of moves to judge, in a database of the annotation tool's tests."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from taste.assignment_tables import Assignment, PersonVerdict
from taste.demo.setup import study_text
from taste.tables import (
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    Trial,
    Verdict,
)
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session

CANARY = "CANARY"
HOSTILE = "\x1b]52;c;AAAA\x07[/red]\u202eevil"


def number(row: Any) -> int:
    assert isinstance(row.id, int)
    return row.id


@dataclass
class Pairs:
    """Pairs to judge by `ann` at the third event of a session: B is the human's."""

    engine: Engine
    session: Session

    def add(self, *names: str, view: str = "full") -> None:
        with Db(self.engine) as db:
            who = find_or_add_annotator(db, "ann")
            trial = self._trial(db)
            for place_, name in enumerate(names, start=1):
                comparison = self._comparison(db, trial, name)
                place: dict[str, Any] = {"session_id": self.session.id, "thread": "main", "seed": 1}
                db.add(
                    Assignment(
                        identity=name,
                        batch="cal",
                        annotator_id=number(who),
                        mode="judge",
                        view=view,
                        number=place_,
                        comparison_id=number(comparison),
                        created_at=trial["at"],
                        **place,
                    )
                )
            db.commit()

    def _trial(self, db: Db) -> dict[str, Any]:
        at = self.session.imported_at
        point = DecisionPoint(
            session_id=number(self.session),
            thread="main",
            cut=7,
            before="e7",
            actor="human",
            prefix_hash="p",
        )
        found = ItemSet(
            name="s", kind="strong", labels="one", actor="human", digest="d", created_at=at
        )
        run = Run(
            study=CANARY,
            study_text=study_text("http://127.0.0.1:1"),
            study_hash="h",
            plan_hash="p",
            simulated=True,
            seed=1,
            status="done",
            started_at=at,
        )
        db.add_all([point, found, run])
        db.flush()
        item = Item(
            set_id=number(found),
            number=1,
            decision_point_id=number(point),
            lineage="l",
            thread="main",
            cut=7,
            prefix_hash="p",
        )
        db.add(item)
        db.flush()
        return {"point": number(point), "run": number(run), "item": number(item), "at": at}

    def _comparison(self, db: Db, trial: dict[str, Any], name: str) -> Comparison:
        proposal = self._proposal(db, trial, name)
        human, proposed = (
            self._restated(db, trial, f"{kind} move of {name} {HOSTILE}", proposal_id)
            for kind, proposal_id in (("human", None), ("model", number(proposal)))
        )
        comparison = Comparison(
            decision_point_id=trial["point"],
            proposal_id=number(proposal),
            human_id=number(human),
            proposed_id=number(proposed),
            order="proposal",
        )
        db.add(comparison)
        db.flush()
        db.add(self._by_model(trial, comparison))
        return comparison

    def _proposal(self, db: Db, trial: dict[str, Any], name: str) -> Proposal:
        proposal = Proposal(
            identity=name,
            decision_point_id=trial["point"],
            arm=f"{CANARY}-{name}",
            repeat=1,
            outcome="proposed",
            why=CANARY,
            shown_hash="x",
            model=CANARY,
            simulated=True,
            created_at=trial["at"],
        )
        db.add(proposal)
        db.flush()
        used: dict[str, Any] = {"arm": name, "repeat": 1, "proposal_id": number(proposal)}
        db.add(Trial(run_id=trial["run"], item_id=trial["item"], **used))
        return proposal

    def _restated(
        self, db: Db, trial: dict[str, Any], move: str, proposal_id: int | None
    ) -> Restatement:
        row = Restatement(
            identity=move,
            decision_point_id=trial["point"],
            proposal_id=proposal_id,
            verbatim=CANARY,
            outcome="restated",
            move=move,
            prompt_hash="x",
            simulated=True,
            created_at=trial["at"],
        )
        db.add(row)
        db.flush()
        return row

    def _by_model(self, trial: dict[str, Any], comparison: Comparison) -> Verdict:
        return Verdict(
            identity=f"model {comparison.id}",
            comparison_id=number(comparison),
            judge=CANARY,
            judge_kind="model",
            view="full",
            sample=1,
            verdict="second",
            reasoning=CANARY,
            shown_hash="elsewhere",
            simulated=True,
            created_at=trial["at"],
        )

    def verdicts(self) -> list[tuple[Verdict, PersonVerdict]]:
        query = select(Verdict, PersonVerdict).join(
            PersonVerdict, col(PersonVerdict.verdict_id) == Verdict.id
        )
        with Db(self.engine) as db:
            return list(db.exec(query.order_by(col(Verdict.id))).all())

    def assignment(self, name: str) -> Assignment:
        with Db(self.engine) as db:
            return db.exec(select(Assignment).where(Assignment.identity == name)).one()
