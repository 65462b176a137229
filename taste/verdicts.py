"""Comparisons and verdicts as rows: found by identity, appended, never edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from taste.appending import append_row, find_row, link_rows
from taste.conditions import Condition
from taste.identity import identity, settings_of
from taste.judging import Form
from taste.requests import prompt_hash
from taste.seats import Judge
from taste.tables import Comparison, Restatement, TrialVerdict, Verdict
from transcripts.db import Db

Order = Literal["human", "proposal"]
ORDERS: tuple[Order, Order] = ("human", "proposal")
"""Whose move comes first."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two restated moves in one order, and the row that stands for them."""

    human: Restatement
    proposed: Restatement
    order: Order
    comparison: Comparison

    @property
    def source(self) -> dict[str, str]:
        """What a request about the pair is built from, for its call's row."""
        return {
            "human": self.human.identity,
            "proposed": self.proposed.identity,
            "order": self.order,
        }

    def moves(self, form: Form) -> tuple[str, str]:
        """The human's move and the proposal, in the words of a form."""
        if form == "verbatim":
            return self.human.verbatim, self.proposed.verbatim
        return self.human.move or "", self.proposed.move or ""

    def shown(self, form: Form) -> tuple[str, str]:
        """The moves as a judge meets them."""
        return self.in_order(self.moves(form))

    def in_order(self, pair: tuple[str, str]) -> tuple[str, str]:
        """What goes with the human's move and with the proposal, as a judge meets it."""
        return pair if self.order == "human" else (pair[1], pair[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a judge is asked about a pair: under which condition, and for the how manieth time."""

    pair: Pair
    condition: Condition
    sample: int


def verdict_identity(asked: Asked, judge: Judge, shown_hash: str, *, simulated: bool) -> str:
    """Identity of a verdict: both moves, their order, what the view shows, the judge."""
    condition, pair = asked.condition, asked.pair
    return identity(
        "judge", pair.moves(condition.form), pair.order, shown_hash, condition.view,
        condition.form, condition.provenance, prompt_hash("judge", condition.prompt),
        judge.name, judge.model, settings_of(judge), asked.sample, simulated,
    )  # fmt: skip


def person_verdict_identity(
    pair: Pair, view: str, shown_hash: str, name: str, sample: int, *, simulated: bool
) -> str:
    """Identity of a person's verdict: as a model's, with the person in the place of the seat."""
    return identity(
        "judge", pair.moves("restated"), pair.order, shown_hash, view, "restated", "blind", None,
        name, None, {}, sample, simulated,
    )  # fmt: skip


def find_verdict(db: Db, key: str) -> Verdict | None:
    """The verdict with this identity."""
    return find_row(db, Verdict, identity=key)


def find_or_add_comparison(
    db: Db, human: Restatement, proposed: Restatement, proposal_id: int, order: Order
) -> Comparison:
    """The comparison of two restated moves in one order, made on first use."""
    assert human.id is not None
    assert proposed.id is not None
    found = find_row(db, Comparison, human_id=human.id, proposed_id=proposed.id, order=order)
    return found or append_row(
        db,
        Comparison(
            decision_point_id=human.decision_point_id,
            proposal_id=proposal_id,
            human_id=human.id,
            proposed_id=proposed.id,
            order=order,
        ),
    )


def add_verdict(db: Db, now: datetime, **values: Any) -> Verdict:
    """Append a verdict to the transaction under way."""
    return append_row(db, Verdict(created_at=now, **values))


def link_verdict(db: Db, trial_id: int, verdict: Verdict) -> None:
    """Say that a run's trial uses a verdict."""
    assert verdict.id is not None
    link_rows(db, TrialVerdict, trial_id=trial_id, verdict_id=verdict.id)
