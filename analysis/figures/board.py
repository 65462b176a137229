"""Item scores side by side: for each set a row an item, with every arm's score and its cluster.

What all figures below the headline are estimated from; built once from the trials table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.figures.arm_scores import ArmScores, average_judges, score_arms
from analysis.figures.outline import Outline, RunSet
from analysis.trials.columns import CLUSTER_COLUMNS
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import FACTS, TrialTable

Labels = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
UNKNOWN_CLUSTER = (
    "the plan clusters by {}, which is not known for every item: clusters are lineages instead"
)
SHARES = ("won", "tied", "lost")
BOUNDS = ("worst", "best")


@dataclass(frozen=True)
class SetBoard:
    """One set: its items in order, and what every arm scored on them. Arrays of shape (items,)."""

    name: str
    kind: str
    items: Labels
    levels: Mapping[str, Labels] = field(hash=False)
    """lineage, session, researcher, project -> label of each item, None where it has none."""
    cluster: str
    """Which of them is the cluster of every interval."""
    facts: pd.DataFrame = field(repr=False, compare=False)
    """A row an item, a column a fact."""
    scores: Mapping[str, FloatArray] = field(hash=False)
    """Arm -> score by the mean of the judges; NaN where it has none."""
    by_judge: Mapping[str, Mapping[str, FloatArray]] = field(hash=False)
    """Judge -> arm -> score."""
    parts: Mapping[str, Mapping[str, FloatArray]] = field(hash=False)
    """won, tied, lost, worst, best -> arm -> value; NaN where the arm was not run."""
    reasons: Mapping[str, Mapping[str, int]] = field(hash=False)
    """Arm -> reason -> items without a score."""

    @property
    def clusters(self) -> Labels:
        """The cluster of each item."""
        return self.levels[self.cluster]

    def take(self, kept: Mask) -> "SetBoard":
        """Returns the set with some of its items."""
        cut = partial(_cut, kept=kept)
        return replace(
            self,
            items=self.items[kept],
            levels={name: labels[kept] for name, labels in self.levels.items()},
            facts=self.facts[kept],
            scores=cut(self.scores),
            by_judge={judge: cut(scores) for judge, scores in self.by_judge.items()},
            parts={name: cut(values) for name, values in self.parts.items()},
        )

    def scored(self, *arms: str) -> Mask:
        """Which items all these arms have a score on."""
        missing = np.isnan(np.array([self.scores[arm] for arm in arms]))
        return np.asarray(~np.any(missing, axis=0))

    def run_on(self, arm: str) -> Mask:
        """Which items the arm was run on."""
        return ~np.isnan(self.parts["worst"][arm])


@dataclass(frozen=True)
class Board:
    """All sets of a table under one filter."""

    sets: tuple[SetBoard, ...]
    outline: Outline
    cluster: str
    """What items are clustered by."""
    scored: tuple[ArmScores, ...] = field(repr=False, compare=False)
    """The scores by arm, set and judge that it is made of."""
    notes: tuple[str, ...] = ()

    @property
    def cluster_of(self) -> dict[object, object]:
        """Item -> its cluster, over all sets."""
        pairs = (zip(found.items, found.clusters, strict=True) for found in self.sets)
        return {item: label for pair in pairs for item, label in pair}

    def of_kind(self, kind: str) -> tuple[SetBoard, ...]:
        """The sets of a kind."""
        return tuple(found for found in self.sets if found.kind == kind)

    def pairs(self) -> Iterator[tuple[SetBoard, SetBoard]]:
        """Every suboptimal set with every strong one."""
        for sub in self.of_kind("suboptimal"):
            for strong in self.of_kind("strong"):
                yield sub, strong


def build_board(table: TrialTable, outline: Outline, wanted: Filter = HEADLINE) -> Board:
    """Returns the scores of all arms on all sets.

    Args:
        table: all trials, unfiltered.
        outline: sets, models, judges and plan.
        wanted: which verdicts enter.
    """
    chosen, cluster = table.choose(wanted), choose_cluster(table, outline.plan.cluster)
    scored = score_arms(chosen, outline.judges)
    asked = outline.plan.cluster
    notes = () if cluster == asked else (UNKNOWN_CLUSTER.format(asked),)
    return Board(
        sets=tuple(
            _set_board(
                _known(table, found.name),
                replace(outline, plan=outline.plan.model_copy(update={"cluster": cluster})),
                [one for one in scored if one.set == found.name],
                found,
            )
            for found in outline.sets
        ),
        outline=outline,
        cluster=cluster,
        scored=scored,
        notes=notes,
    )


def choose_cluster(table: TrialTable, wanted: str) -> str:
    """Returns what items are clustered by: what the plan wants where it is known of every item."""
    known = table.frame.loc[table.frame[wanted].notna(), "item"]
    return wanted if set(known) == set(table.frame["item"]) else "lineage"


def _set_board(
    known: pd.DataFrame,
    outline: Outline,
    scored: Sequence[ArmScores],
    found: RunSet,
) -> SetBoard:
    items = np.asarray(known.index.astype(object), dtype=object)
    arms = list(dict.fromkeys(one.arm for one in scored))
    means = {
        arm: average_judges([one for one in scored if one.arm == arm], outline.judge_models)
        for arm in arms
    }
    judges = dict.fromkeys(one.judge for one in scored)
    return SetBoard(
        name=found.name,
        kind=found.kind,
        items=items,
        levels={name: _labels(known[name]) for name in CLUSTER_COLUMNS},
        cluster=outline.plan.cluster,
        facts=known[list(FACTS)].reset_index(drop=True),
        scores={arm: _align(items, one, "score") for arm, one in means.items()},
        by_judge={
            judge: {one.arm: _align(items, one, "score") for one in scored if one.judge == judge}
            for judge in judges
        },
        parts={
            part: {arm: _align(items, one, part) for arm, one in means.items()}
            for part in (*SHARES, *BOUNDS)
        },
        reasons={arm: one.reasons for arm, one in means.items()},
    )


def _known(table: TrialTable, set_name: str) -> pd.DataFrame:
    """Returns a row an item with what any of its rows says of it."""
    rows = table.frame[table.frame["set"] == set_name]
    columns = [*CLUSTER_COLUMNS, *FACTS]
    found: pd.DataFrame = rows.groupby("item", observed=True, sort=False)[columns].first()
    return found


def _labels(column: pd.Series) -> Labels:
    texts = column.astype(object)
    return np.asarray(texts.where(texts.notna(), None), dtype=object)


def _align(items: Labels, scores: ArmScores, part: str) -> FloatArray:
    """Returns a part of an arm's scores in the order of the set; NaN where the arm was not run."""
    values = np.full(len(items), np.nan)
    # Both are sorted: the table by key, an arm's items by name.
    order = np.argsort(items, kind="stable")
    places = order[np.searchsorted(items[order], scores.items)]
    values[places] = getattr(scores.of, part)
    return values


def _cut(values: Mapping[str, FloatArray], kept: Mask) -> dict[str, FloatArray]:
    return {name: array[kept] for name, array in values.items()}
