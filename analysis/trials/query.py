"""The one query for the trials of a run: a row for every verdict, and one for every gap.

Nothing is dropped and nothing is averaged here. What enters a figure is chosen by a filter, and
the one for the headline is `HEADLINE`, in `analysis.trials.filters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from analysis.errors import EstimateError
from analysis.trials.columns import BLIND, ORDERS, OUTCOMES, RESTATED, STANDARD, TrialRow
from analysis.trials.facts import ITEM_FACTS, read_item_facts
from analysis.trials.hindsight import explain_hindsight
from analysis.trials.moves import Features, name_sides, read_moves
from analysis.trials.people import Pair, PersonRow, label_chances, read_draws, read_people
from analysis.trials.seats import Seats
from taste.seats import is_hindsight
from taste.study import Study
from taste.tables import (
    Comparison,
    Item,
    ItemSet,
    Proposal,
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
        EstimateError: a stored verdict or order is none of the known words, or a proposal that
            was written with hindsight stands under an arm that has none.
    """
    context = _Context(
        Seats(study),
        read_moves(db, run),
        read_item_facts(db, run),
        run.simulated,
        label_chances(read_draws(db)),
    )
    found = db.connection().execute(_query(run)).mappings().all()
    people = _by_people(db, found)
    return tuple(
        _row(values, context)
        for trial, own in groupby(found, key=itemgetter("trial_id"))
        for values in (*own, *people.get(trial, ()))
    )


def _by_people(db: Db, found: Sequence[Mapping[Any, Any]]) -> Mapping[int, list[dict[str, Any]]]:
    """Trial -> what people said of its pair, who were shown what a model judge was shown.

    They are not the run's own, so that a later run that compares the same moves has them too.
    Gold pairs are left out: they were chosen for their answer.
    """
    people = [row for row in read_people(db) if row.gold is None]
    shown: dict[tuple[Pair, str, str], dict[int, Mapping[Any, Any]]] = {}
    for values in found if people else ():
        if values["judge_kind"] == "model" and _is_plain(values):
            pair = values["human_id"], values["proposed_id"]
            trials = shown.setdefault((pair, values["view"], values["shown_hash"]), {})
            trials[values["trial_id"]] = values
    given: dict[int, list[dict[str, Any]]] = {}
    for row in people:
        for trial, values in shown.get((row.pair, row.view, row.shown_hash), {}).items():
            given.setdefault(trial, []).append({**values, **_given_by(row)})
    return given


def _is_plain(values: Mapping[Any, Any]) -> bool:
    """Whether a verdict was come by as people's are: restated, blind, in the standard words."""
    return (values["form"], values["provenance"], values["prompt"]) == (RESTATED, BLIND, STANDARD)


def _given_by(row: PersonRow) -> dict[str, Any]:
    """The columns of a trial's row that are a person's verdict.

    The comparison is the model judge's, which has the same moves, if in the other order.
    """
    return {
        "judge": row.person, "judge_kind": "person", "judge_model": None, "prompt_hash": None,
        "judge_confidence": row.confidence, "order": row.order, "sample": row.sample,
        "verdict": row.verdict, "reason": row.reason,
        "verdict_id": row.verdict_id, "verdict_simulated": row.simulated, "escalation": None,
    }  # fmt: skip


@dataclass(frozen=True)
class _Context:
    """What rows are completed from, beside the query."""

    seats: Seats
    moves: Mapping[tuple[int, str], Features]
    facts: Mapping[int, Mapping[str, Any]]
    simulated: bool
    chances: Mapping[tuple[Pair, str], float]
    """Pair and view -> the chance with which people were asked about it."""


def _query(run: Run) -> Select[Any]:
    columns = (
        ItemSet.name.label("set"), ItemSet.kind.label("set_kind"),  # type: ignore[attr-defined]
        *(col(column) for column in (
            Item.number, Item.lineage, Trial.arm, Trial.repeat, Trial.exclusion,
            Trial.item_id, Trial.proposal_id, Session.external_id, Session.researcher,
            Session.project, Session.agent_models, Comparison.order, Verdict.judge,
            Verdict.prompt_hash, Verdict.view, Verdict.sample, Verdict.verdict, Verdict.reason,
            Verdict.judge_kind, Verdict.form, Verdict.provenance, Verdict.prompt, Trial.in_share,
            Trial.escalation, Session.started, Comparison.human_id, Comparison.proposed_id,
            Proposal.hindsight, Verdict.shown_hash,
        )),
        col(Trial.id).label("trial_id"), col(Comparison.id).label("comparison_id"),
        col(Verdict.model).label("judge_model"), col(Verdict.confidence).label("judge_confidence"),
        col(Verdict.id).label("verdict_id"),
        col(Proposal.simulated).label("proposal_simulated"),
        col(Verdict.simulated).label("verdict_simulated"),
    )  # fmt: skip
    order = (
        ItemSet.name, Item.number, Trial.arm, Trial.repeat, Verdict.judge, Verdict.view,
        Verdict.form, Verdict.provenance, Verdict.prompt, Comparison.order, Verdict.sample,
        Verdict.id,
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


def _row(values: Mapping[Any, Any], context: _Context) -> TrialRow:
    verdict, order, arm = values["verdict"], values["order"], values["arm"]
    seats, form = context.seats, values["form"] or RESTATED
    return TrialRow(
        item=values["number"],
        judge_prompt=values["prompt_hash"],
        form=form,
        provenance=values["provenance"] or BLIND,
        prompt=values["prompt"] or STANDARD,
        outcome=None if verdict is None else compute_outcome(verdict, order),
        hindsight=_hindsight(values),
        label_probability=context.chances.get(
            ((values["human_id"], values["proposed_id"]), values["view"])
        ),
        session=values["external_id"],
        session_date=_day(values["started"]),
        agent_models=", ".join(values["agent_models"]),
        agent_family=seats.agent_family(values["agent_models"]),
        simulated=any((context.simulated, *(values[name] for name in _SIMULATED))),
        **seats.of_arm(arm),
        **seats.of_judge(values["judge"], values["escalation"]),
        **name_sides(*(context.moves.get((values[id_], form), {}) for id_ in _MOVES)),
        **{name: values[name] for name in _COPIED},
        **{name: context.facts[values["item_id"]][name] for name in ITEM_FACTS},
    )


def _hindsight(values: Mapping[Any, Any]) -> bool:
    """Whether the trial's proposal was written with the aftermath in sight.

    Raises:
        EstimateError: the arm's name says otherwise.
    """
    arm, stored = values["arm"], values["hindsight"]
    hindsight = is_hindsight(arm) if stored is None else bool(stored)
    if why := explain_hindsight(arm, hindsight):
        raise EstimateError(f"trial {values['trial_id']}: {why}")
    return hindsight


def _day(started: str | None) -> date | None:
    """Returns the day of a recorded timestamp; None where it is none that ISO 8601 knows."""
    try:
        return datetime.fromisoformat(started or "").date()
    except ValueError:
        return None


_SIMULATED = ("proposal_simulated", "verdict_simulated")
_MOVES = ("human_id", "proposed_id")
_COPIED = (
    "set", "arm", "repeat", "judge", "view", "order", "sample", "verdict", "reason", "exclusion",
    "judge_model", "judge_confidence", "set_kind", "lineage", "researcher", "project",
    "judge_kind", "item_id", "trial_id", "proposal_id", "comparison_id", "verdict_id", "in_share",
)  # fmt: skip
