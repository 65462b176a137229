"""Section 7, second part: how far judges and people agree on the same comparisons."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import pandas as pd

from analysis.errors import EstimateError
from analysis.figures.board import Board
from analysis.figures.escalation import ON_HARD_TRIALS
from analysis.figures.findings import Finding, attempt
from analysis.figures.judges import fractional_note
from analysis.figures.verdicts import (
    CATEGORIES,
    COMPARISON,
    WORDS,
    by_judge,
    paired_verdicts,
    scored_verdicts,
)
from analysis.labels.agreement import Agreement, agreement
from analysis.labels.krippendorff import krippendorff_alpha
from analysis.trials.table import TrialTable

TOO_FEW = 2


def estimate_agreements(board: Board, table: TrialTable, people: TrialTable) -> Iterator[Finding]:
    """Yields agreement of every pair of judges and people, and alpha over all of them.

    Args:
        board: for the plan.
        table: the verdicts that enter the headline.
        people: the same comparisons as people judged them.
    """
    cluster = board.cluster
    judges, persons = (dict(by_judge(scored_verdicts(t, cluster))) for t in (table, people))
    everyone = {**judges, **persons}
    notes = fractional_note(table)
    for one, other in combinations(everyone, TOO_FEW):
        both = paired_verdicts(everyone[one], everyone[other])
        bare = Finding("judges", "", arm=one, against=other, role="secondary")
        some = [ON_HARD_TRIALS] if {one, other} & set(board.outline.escalated) else []
        yield from (found.told(*some, *notes) for found in _agreement(board, bare, both))
    for name, group in (("judges", judges), ("people", persons)):
        if len(group) >= TOO_FEW:
            bare = Finding("judges", f"alpha over all {name}", role="secondary")
            yield _alpha(board, bare, group).told(*notes)


def _agreement(board: Board, bare: Finding, both: pd.DataFrame) -> Iterator[Finding]:
    if both.empty:
        yield replace(bare, name="agreement").told("not estimated: no comparison in common")
        return
    try:
        found = agreement(
            both["first"].tolist(), both["second"].tolist(), both["cluster"].tolist(), CATEGORIES,
            level=board.outline.plan.level,
        )  # fmt: skip
    except EstimateError as error:
        yield replace(bare, name="agreement").told(f"not estimated: {error}")
        return
    yield from tell_agreement(bare, found)


def _alpha(board: Board, bare: Finding, group: Mapping[str, pd.DataFrame]) -> Finding:
    """Krippendorff's alpha, nominal, over the comparisons that at least two of them judged."""
    firsts = [
        rows.sort_values("sample").drop_duplicates(COMPARISON).set_index(COMPARISON)
        for rows in group.values()
    ]
    clusters = pd.concat([rows["cluster"] for rows in firsts])
    clusters = clusters[~clusters.index.duplicated()].sort_index()
    ratings = [
        [None if pd.isna(word) else str(word) for word in words]
        for words in (rows["score"].map(WORDS).reindex(clusters.index) for rows in firsts)
    ]
    labels = clusters.tolist()
    return attempt(
        bare,
        lambda: krippendorff_alpha(
            ratings, labels, categories=CATEGORIES, level=board.outline.plan.level
        ),
    )


def tell_agreement(bare: Finding, found: Agreement) -> Iterator[Finding]:
    """Yields raw agreement with the confusion table, kappa and AC1."""
    table = "; ".join(
        f"{name}: " + ", ".join(map(str, row))
        for name, row in zip(found.categories, found.confusion, strict=True)
    )
    raw = replace(bare, name="agreement", value=found.raw.value, estimate=found.raw)
    yield raw.with_extra(confusion=table)
    kappa = replace(bare, name="kappa")
    if found.kappa is None:
        yield kappa.told(found.no_kappa or "")
    else:
        yield replace(kappa, value=found.kappa.value, estimate=found.kappa)
    yield replace(bare, name="AC1", value=found.ac1.value, estimate=found.ac1)
