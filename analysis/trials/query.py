"""The one query for the trials of a run: a row for every verdict, and one for every gap.

Nothing is dropped and nothing is averaged here. What enters a figure is chosen by a filter, and
the one for the headline is `HEADLINE`, in `analysis.trials.filters`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from analysis.errors import EstimateError
from analysis.trials.columns import BLIND, ORDERS, OUTCOMES, RESTATED, TrialRow
from analysis.trials.facts import read_item_facts
from taste.study import Study
from taste.tables import (
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session


def compute_outcome(verdict: str, order: str) -> str:
    """Returns a verdict as seen from the proposal.

    Raises:
        EstimateError: the verdict or the order is not one of the stored words.
    """
    if order not in ORDERS:
        raise EstimateError(f"{order!r} is no order of a comparison; expected human or proposal.")
    if (verdict, order) not in OUTCOMES:
        raise EstimateError(f"{verdict!r} is no verdict; expected first, second, tie, unscored.")
    return OUTCOMES[verdict, order]


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
    facts = read_item_facts(db, run)
    found = db.connection().execute(_query(run)).mappings()
    return tuple(_row({**values, **facts[values["item_id"]]}, run, seats) for values in found)


class _Seats:
    """What the study states about the models behind arms and judges."""

    def __init__(self, study: Study) -> None:
        self.families = {seat.name: seat.family for seat in study.proposers}
        self.released = {seat.name: seat.released for seat in study.proposers}
        self.judges = {seat.name: seat.family for seat in study.judges}


def _query(run: Run) -> Select[Any]:
    human, proposed = aliased(Restatement), aliased(Restatement)
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
        col(Verdict.model).label("judge_model"),
        col(Verdict.id).label("verdict_id"),
        col(Proposal.simulated).label("proposal_simulated"),
        col(Verdict.simulated).label("verdict_simulated"),
        func.length(human.move).label("human_chars"),
        func.length(proposed.move).label("proposal_chars"),
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
        .outerjoin(human, human.id == col(Comparison.human_id))
        .outerjoin(proposed, proposed.id == col(Comparison.proposed_id))
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
    "judge_model",
    "set_kind", "lineage", "researcher", "project", "judge_kind", "item_id", "trial_id",
    "proposal_id", "comparison_id", "verdict_id", "human_chars", "proposal_chars", "label_rule",
    "label_kind", "label_type", "confidence", "annotators", "label_agreement", "attribution",
    "knowable", "recovery", "initiator", "recognised_by", "human_move_source", "hidden_context",
    "harm", "act_kind", "position", "prefix_events", "prefix_chars", "probability",
)  # fmt: skip
