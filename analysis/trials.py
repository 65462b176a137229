"""The one query for the trials of a run: a row for every verdict, and one for every gap.

Nothing is dropped and nothing is averaged here. What enters a figure is chosen by a `Filter`,
and the one for the headline is `HEADLINE`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from sqlalchemy import Select
from sqlmodel import col, select

from analysis.errors import EstimateError
from taste.study import Study
from taste.tables import Comparison, Item, ItemSet, Proposal, Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session

WIN, LOSS, TIE = "win", "loss", "tie"
UNSCORED = "unscored"
RESTATED = "restated"
BLIND = "blind"
NOT_JUDGED = "no verdict stored"


@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class TrialRow:
    """One verdict on one comparison of one trial, or a trial that has none."""

    set: str
    """Name of the set."""
    item: int
    """Number of the item within its set, from 1."""
    arm: str
    """Who wrote the proposal: a proposer's name, or a control."""
    repeat: int
    """Which proposal of this arm."""
    judge: str | None
    """Who compared; none where the trial has no verdict, as for all columns of a verdict."""
    judge_prompt: str | None
    """sha256 of the judge's prompt; none for a person."""
    view: str | None
    """What the judge was shown besides the two moves."""
    form: str
    """How both moves were worded: restated."""
    provenance: str
    """What the judge was told of who wrote which move: blind."""
    order: str | None
    """Whose move came first: human or proposal."""
    sample: int | None
    """Which verdict of this judge on this comparison."""
    verdict: str | None
    """first, second, tie or unscored, as stored."""
    outcome: str | None
    """The verdict seen from the proposal: win, loss, tie or unscored; computed, never stored."""
    reason: str | None
    """Why the verdict is unscored."""
    exclusion: str | None
    """Why the trial has no score, if it cannot have one."""
    set_kind: str
    """suboptimal, strong, random or pilot."""
    lineage: str
    """Sessions that share recorded work; the cluster of every interval."""
    session: str
    """External id of the session."""
    researcher: str | None
    """Who worked in the session; a pseudonym in reports."""
    project: str | None
    """What the session belongs to; a pseudonym in reports."""
    judge_kind: str | None
    """model or person."""
    proposer_family: str | None
    """Family of the arm's model, as the study states it."""
    judge_family: str | None
    """Family of the judge's model, as the study states it."""
    agent_models: str
    """Models of the recorded agent, as recorded."""
    released: date | None
    """Release date of the arm's model, as the study states it."""
    simulated: bool
    """Whether the run, the proposal or the verdict is simulated."""
    item_id: int
    """Row id of the item."""
    trial_id: int
    """Row id of the trial."""
    proposal_id: int | None
    """Row id of the proposal."""
    comparison_id: int | None
    """Row id of the comparison."""
    verdict_id: int | None
    """Row id of the verdict."""

    @property
    def item_key(self) -> str:
        """The item's name across sets; sorts by number within a set."""
        return f"{self.set}/{self.item:05d}"

    @property
    def is_scored(self) -> bool:
        """Whether the verdict is a win, a loss or a tie."""
        return self.outcome not in (None, UNSCORED)

    @property
    def gap(self) -> str | None:
        """Why this row gives no score, or None if it does."""
        if self.is_scored:
            return None
        if self.exclusion:
            return self.exclusion
        return f"unscored: {self.reason}" if self.verdict else NOT_JUDGED


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows enter a figure, by the columns that say how a verdict was come by."""

    view: str
    form: str
    provenance: str
    judge_kind: str

    def takes(self, row: TrialRow) -> bool:
        """Whether a verdict enters; a row without one always stays, to be counted as a gap."""
        if (row.form, row.provenance) != (self.form, self.provenance):
            return False
        return row.verdict is None or (row.view, row.judge_kind) == (self.view, self.judge_kind)


HEADLINE = Filter(view="full", form=RESTATED, provenance=BLIND, judge_kind="model")
"""Which rows make the headline; design.md has more views and forms than exist so far."""


def compute_outcome(verdict: str, order: str) -> str:
    """Returns a verdict as seen from the proposal.

    Raises:
        EstimateError: the verdict or the order is not one of the stored words.
    """
    if order not in ("human", "proposal"):
        raise EstimateError(f"{order!r} is no order of a comparison; expected human or proposal.")
    if verdict in (TIE, UNSCORED):
        return verdict
    if verdict not in ("first", "second"):
        raise EstimateError(f"{verdict!r} is no verdict; expected first, second, tie, unscored.")
    return WIN if (verdict == "first") == (order == "proposal") else LOSS


def read_trials(db: Db, run: Run, study: Study) -> tuple[TrialRow, ...]:
    """Reads every trial of a run with its verdicts, in a stable order.

    Args:
        db: holds the run.
        run: whose trials to read.
        study: the run's own, for families and release dates.

    Raises:
        EstimateError: a stored verdict or order is none of the known words.
    """
    seats = _Seats(study)
    found = db.connection().execute(_query(run)).mappings()
    return tuple(_row(values, run, seats) for values in found)


class _Seats:
    """What the study states about the models behind arms and judges."""

    def __init__(self, study: Study) -> None:
        self.families = {seat.name: seat.family for seat in study.proposers}
        self.released = {seat.name: seat.released for seat in study.proposers}
        self.judges = {seat.name: seat.family for seat in study.judges}


def _query(run: Run) -> Select[Any]:
    columns = (
        ItemSet.name.label("set"), ItemSet.kind.label("set_kind"),  # type: ignore[attr-defined]
        *(col(column) for column in (
            Item.number, Item.lineage, Trial.arm, Trial.repeat, Trial.exclusion,
            Trial.item_id, Trial.proposal_id, Session.external_id, Session.researcher,
            Session.project, Session.agent_models, Comparison.order, Verdict.judge,
            Verdict.prompt_hash, Verdict.view, Verdict.sample, Verdict.verdict, Verdict.reason,
            Verdict.judge_kind,
        )),
        col(Trial.id).label("trial_id"), col(Comparison.id).label("comparison_id"),
        col(Verdict.id).label("verdict_id"),
        col(Proposal.simulated).label("proposal_simulated"),
        col(Verdict.simulated).label("verdict_simulated"),
    )  # fmt: skip
    order = (
        ItemSet.name, Item.number, Trial.arm, Trial.repeat, Verdict.judge, Verdict.view,
        Comparison.order, Verdict.sample, Verdict.id,
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(Trial)
        .join(Item, col(Item.id) == col(Trial.item_id))
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .outerjoin(Proposal, col(Proposal.id) == col(Trial.proposal_id))
        .outerjoin(TrialVerdict, col(TrialVerdict.trial_id) == col(Trial.id))
        .outerjoin(Verdict, col(Verdict.id) == col(TrialVerdict.verdict_id))
        .outerjoin(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .where(col(Trial.run_id) == run.id)
        .order_by(*(col(column) for column in order))
    )
    return query


def _row(values: Mapping[Any, Any], run: Run, seats: _Seats) -> TrialRow:
    verdict, order, arm = values["verdict"], values["order"], values["arm"]
    proposer = arm.removeprefix("placebo:")
    return TrialRow(
        item=values["number"],
        judge_prompt=values["prompt_hash"],
        form=RESTATED,
        provenance=BLIND,
        outcome=None if verdict is None else compute_outcome(verdict, order),
        session=values["external_id"],
        proposer_family=seats.families.get(proposer),
        judge_family=seats.judges.get(values["judge"]),
        agent_models=", ".join(values["agent_models"]),
        released=seats.released.get(proposer),
        simulated=run.simulated
        or bool(values["proposal_simulated"])
        or bool(values["verdict_simulated"]),
        **{name: values[name] for name in _COPIED},
    )


_COPIED = (
    "set", "arm", "repeat", "judge", "view", "order", "sample", "verdict", "reason", "exclusion",
    "set_kind", "lineage", "researcher", "project", "judge_kind", "item_id", "trial_id",
    "proposal_id", "comparison_id", "verdict_id",
)  # fmt: skip


def describe_columns() -> dict[str, str]:
    """Returns every column of the trials table with its sentence, for the report."""
    fields: Mapping[str, Any] = TrialRow.__pydantic_fields__  # type: ignore[attr-defined]
    return {name: field.description for name, field in fields.items()}
