"""What the probes of a run answered: how far its judging was blind. None of it enters a rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select
from sqlmodel import col, select

from analysis.clusters import FloatArray
from analysis.errors import EstimateError
from analysis.trials.columns import ORDERS, VIEWS, name_item
from analysis.trials.filters import HEADLINE
from analysis.trials.table import TrialTable
from taste.probe_tables import Probe, TrialProbe
from taste.tables import Comparison, Item, ItemSet, Proposal, Restatement, Run, Trial
from transcripts.db import Db
from transcripts.tables import DecisionPoint, Session

LOADING, IDENTITY, FAITHFULNESS = "loading", "identity", "faithfulness"
_ANSWERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    LOADING: ("kind", ("detour", "strong")),
    IDENTITY: ("taken", ("first", "second")),
    FAITHFULNESS: ("same", ("same", "partly", "different")),
}
"""Kind of probe -> the field that answers it, and its words."""
_KINDS = {"suboptimal": "detour", "strong": "strong"}
"""Kind of set -> what its human moves are."""
_PLACES = {"human": ("first", "second"), "proposal": ("second", "first")}
"""Order of a comparison -> where the human move stands, and where the proposal."""


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """One probe; of an item's own move once an item, of a proposal or comparison once a trial."""

    kind: str
    """loading, identity or faithfulness."""
    set: str
    set_kind: str
    item: str
    """As in the trials table: set and number."""
    arm: str | None
    """Whose proposal was asked about; None where it was the human move alone."""
    repeat: int | None
    order: str | None
    """Whose move stood first, where two were shown: human or proposal."""
    view: str | None
    judge: str
    """Name of the seat that answered."""
    sample: int
    answer: str | None
    """detour or strong; which move was taken: first or second; same, partly or different."""
    by_model: str | None
    """Of identity: which move a model wrote, first or second."""
    correct: bool | None
    """Whether the answer is true; None without one, for faithfulness, and for other sets."""
    by_model_correct: bool | None
    """The same of `by_model`; None also where no model wrote the proposal."""
    reason: str | None
    """Why there is no answer."""
    lineage: str
    session: str
    researcher: str | None
    project: str | None
    simulated: bool
    probe_id: int


def read_probes(db: Db, run: Run) -> tuple[ProbeRow, ...]:
    """Reads every probe that the trials of a run use, in a stable order.

    A probe of the human move is linked to every trial of its item, and read once an item.

    Raises:
        EstimateError: a stored kind or answer is none of the known words.
    """
    rows: dict[tuple[int, int | None, int | None], ProbeRow] = {}
    for values in db.connection().execute(_query(run)).mappings():
        of_item = values["comparison_id"] is None and values["asked_proposal"] is None
        trial = None if of_item else values["trial_id"]
        row = _row(values, of_item)
        rows[row.probe_id, values["item_id"], trial] = row
    return tuple(sorted(rows.values(), key=_place))


def tabulate_probes(rows: Sequence[ProbeRow]) -> pd.DataFrame:
    """Returns probes in columns, by the names and in the order of `ProbeRow`; None is missing."""
    names = [field.name for field in fields(ProbeRow)]
    columns = {name: list(map(attrgetter(name), rows)) for name in names}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=object) for name in names})


def score_probed(rows: Sequence[ProbeRow], table: TrialTable) -> FloatArray:
    """Returns what each probed trial scored with the judge that was probed, under the same view.

    Args:
        rows: n probes.
        table: the trials of the same run.

    Returns:
        (n,) points: mean over samples inside each order, then over the two orders; NaN for a
        probe of no trial, and where an order has no score.
    """
    frames = [table.choose(replace(HEADLINE, view=view)).frame for view in VIEWS]
    judged = pd.concat([frame[frame["judged"]] for frame in frames])
    keys = [judged[name].astype(object).to_numpy() for name in (*_TRIAL, "order")]
    by_order = pd.Series(judged["score"].to_numpy()).groupby(keys).mean().unstack()
    both = by_order.reindex(columns=list(ORDERS)).mean(axis=1, skipna=False).to_dict()
    return np.array([both.get(_of_trial(row), np.nan) for row in rows], dtype=np.float64)


_TRIAL = ("item", "arm", "repeat", "judge", "view")
_of_trial = attrgetter(*_TRIAL)


def _query(run: Run) -> Select[Any]:
    columns = (
        col(ItemSet.name).label("set"), col(ItemSet.kind).label("set_kind"),
        col(Session.external_id).label("session"), col(Proposal.model).label("written_by"),
        col(Restatement.proposal_id).label("asked_proposal"), col(Trial.id).label("trial_id"),
        col(Probe.id).label("probe_id"), col(Probe.seat).label("judge"),
        *(col(column) for column in (
            Probe.kind, Probe.view, Probe.sample, Probe.answer, Probe.reason, Probe.simulated,
            Probe.comparison_id, Trial.item_id, Trial.arm, Trial.repeat, Item.number,
            Item.lineage, Session.researcher, Session.project, Comparison.order,
        )),
    )  # fmt: skip
    query: Select[Any] = (
        select(*columns)
        .select_from(TrialProbe)
        .join(Probe, col(Probe.id) == col(TrialProbe.probe_id))
        .join(Trial, col(Trial.id) == col(TrialProbe.trial_id))
        .join(Item, col(Item.id) == col(Trial.item_id))
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .join(Session, col(Session.id) == col(DecisionPoint.session_id))
        .outerjoin(Proposal, col(Proposal.id) == col(Trial.proposal_id))
        .outerjoin(Restatement, col(Restatement.id) == col(Probe.restatement_id))
        .outerjoin(Comparison, col(Comparison.id) == col(Probe.comparison_id))
        .where(col(Trial.run_id) == run.id)
    )
    return query


_COPIED = (
    "kind", "set", "set_kind", "order", "view", "judge", "sample", "reason", "lineage", "session",
    "researcher", "project", "simulated", "probe_id",
)  # fmt: skip


def _row(values: Mapping[Any, Any], of_item: bool) -> ProbeRow:
    kind, stored = values["kind"], values["answer"] or {}
    if kind not in _ANSWERS:
        raise EstimateError(f"{kind!r} is no kind of probe; expected {', '.join(_ANSWERS)}.")
    field, words = _ANSWERS[kind]
    answer = _word(stored, field, words)
    by_model = _word(stored, "by_model", words) if kind == IDENTITY else None
    truth, model_place = _PLACES.get(values["order"], (None, None))
    if kind == LOADING:
        truth = _KINDS.get(values["set_kind"])
    return ProbeRow(
        item=name_item(values["set"], values["number"]),
        arm=None if of_item else values["arm"],
        repeat=None if of_item else values["repeat"],
        answer=answer,
        by_model=by_model,
        correct=_is_true(answer, truth),
        by_model_correct=_is_true(by_model, model_place if values["written_by"] else None),
        **{name: values[name] for name in _COPIED},
    )


def _word(stored: Mapping[str, Any], field: str, words: Sequence[str]) -> str | None:
    word = stored.get(field)
    if word is not None and word not in words:
        raise EstimateError(f"{word!r} is no answer to {field!r}; expected {', '.join(words)}.")
    return word


def _is_true(answer: str | None, truth: str | None) -> bool | None:
    return None if answer is None or truth is None else answer == truth


def _place(row: ProbeRow) -> tuple[Any, ...]:
    return (
        row.kind, row.set, row.item, row.arm or "", row.repeat or 0, row.view or "", row.judge,
        row.order or "", row.sample, row.probe_id,
    )  # fmt: skip
