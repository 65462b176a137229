"""Which rows a frozen set or a finished run consists of, by table: what its manifest names."""

from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col

from taste.assignment_tables import AdjudicatedLabel, Adjudication
from taste.probe_tables import AttackVerdict, Probe, StockFit, TrialProbe
from taste.run_tables import Batch, BatchItem, BridgeVerdict, Look, Retry, Review
from taste.tables import (
    Call,
    Comparison,
    Digest,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.tables import (
    Annotation,
    Annotator,
    DecisionPoint,
    Draw,
    Entry,
    Evidence,
    Screening,
    Session,
    Source,
    Thread,
)

_SIDES = (col(Comparison.human_id), col(Comparison.proposed_id))


def rows_of_set(set_id: int) -> dict[Any, Any]:
    """The tables of a set's rows, each with what is the set's."""
    mine, left_out = col(Item.set_id) == set_id, col(SetExclusion.set_id) == set_id
    points = or_(
        col(DecisionPoint.id).in_(select(col(Item.decision_point_id)).where(mine)),
        col(DecisionPoint.id).in_(select(col(SetExclusion.decision_point_id)).where(left_out)),
    )
    labels = col(Annotation.decision_point_id).in_(select(col(DecisionPoint.id)).where(points))
    annotations = select(col(Annotation.id)).where(labels)
    ruled = col(Adjudication.annotation_id).in_(annotations) | col(Adjudication.id).in_(
        select(col(AdjudicatedLabel.adjudication_id)).where(
            col(AdjudicatedLabel.annotation_id).in_(annotations)
        )
    )
    sessions = select(col(DecisionPoint.session_id)).where(points)
    sample = select(col(ItemSet.sample)).where(col(ItemSet.id) == set_id)
    return {
        ItemSet: col(ItemSet.id) == set_id,
        Item: mine,
        SetExclusion: left_out,
        DecisionPoint: points,
        Annotation: labels,
        Evidence: col(Evidence.annotation_id).in_(annotations),
        Adjudication: ruled,
        AdjudicatedLabel: col(AdjudicatedLabel.adjudication_id).in_(
            select(col(Adjudication.id)).where(ruled)
        ),
        Annotator: col(Annotator.id).in_(select(col(Annotation.annotator_id)).where(labels)),
        Draw: col(Draw.name).in_(sample)
        & col(Draw.decision_point_id).in_(select(col(DecisionPoint.id)).where(points)),
        Session: col(Session.id).in_(sessions),
        Source: col(Source.session_id).in_(sessions),
        Thread: col(Thread.session_id).in_(sessions),
        Screening: col(Screening.session_id).in_(sessions),
        Entry: col(Entry.session_id).in_(sessions),
    }


def rows_of_run(run_id: int) -> dict[Any, Any]:
    """The tables of a run's rows, each with what is the run's."""
    mine = col(Trial.run_id) == run_id
    trials = select(col(Trial.id)).where(mine)
    unwanted = select(col(Retry.identity)).where(col(Retry.run_id) == run_id)
    proposals = select(col(Trial.proposal_id)).where(mine, col(Trial.proposal_id).is_not(None))
    linked = col(TrialVerdict.trial_id).in_(trials)
    verdicts = select(col(TrialVerdict.verdict_id)).where(linked)
    probed = col(TrialProbe.trial_id).in_(trials)
    probes = select(col(TrialProbe.probe_id)).where(probed)
    judged = select(col(Verdict.comparison_id)).where(col(Verdict.id).in_(verdicts))
    compared = col(Comparison.id).in_(judged)
    restated = [select(column).where(compared) for column in _SIDES]
    used = col(Restatement.id).in_(restated[0]) | col(Restatement.id).in_(restated[1])
    digests = select(col(Verdict.digest_id)).where(
        col(Verdict.id).in_(verdicts), col(Verdict.digest_id).is_not(None)
    )
    calls = col(Call.run_id) == run_id
    answered = select(col(Call.id)).where(calls)
    sent = select(col(Call.batch_id)).where(calls, col(Call.batch_id).is_not(None))
    return {
        Run: col(Run.id) == run_id,
        Item: col(Item.id).in_(select(col(Trial.item_id)).where(mine)),
        Trial: mine,
        TrialVerdict: linked,
        TrialProbe: probed,
        Batch: col(Batch.id).in_(sent),
        BatchItem: col(BatchItem.call_id).in_(answered),
        Call: calls,
        Proposal: col(Proposal.id).in_(proposals) | col(Proposal.identity).in_(unwanted),
        Restatement: used | col(Restatement.identity).in_(unwanted),
        Comparison: compared,
        Digest: col(Digest.id).in_(digests) | col(Digest.identity).in_(unwanted),
        Verdict: col(Verdict.id).in_(verdicts) | col(Verdict.identity).in_(unwanted),
        Probe: col(Probe.id).in_(probes) | col(Probe.identity).in_(unwanted),
        **{
            table: col(table.run_id) == run_id
            for table in (AttackVerdict, BridgeVerdict, Look, Retry, Review, StockFit)
        },
    }
