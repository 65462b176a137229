"""What is to be estimated: sets, models, judges and the plan, from a study or from a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analysis.figures.arm_scores import POOLED_PLACEBO, list_judges
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable
from taste.study import Plan, Study

STOCK = "stock"
CONTROLS = (STOCK, "echo", POOLED_PLACEBO, "shuffled", "person", "recovery", "oracle")
"""Arms that are no models: by these names, or with something after a colon."""


@dataclass(frozen=True)
class RunSet:
    """A set as it was used."""

    name: str
    kind: str
    """suboptimal, strong, random or pilot."""
    actor: str
    """Whose move is the other one: human or agent."""
    items: int


@dataclass(frozen=True)
class Outline:
    """What is to be estimated."""

    sets: tuple[RunSet, ...]
    models: tuple[str, ...]
    """By release date; those without one come last."""
    judges: tuple[str, ...]
    plan: Plan
    released: Mapping[str, date] = field(default_factory=dict, hash=False)
    """Model -> when it came out, of those for which that is known."""
    families: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Model -> its family, of those for which that is known."""

    judge_models: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Judge -> the model behind it, of those for which that is known."""
    judge_families: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Judge -> its family, of those for which that is known."""

    def named(self, kind: str) -> tuple[str, ...]:
        """Names of the sets of a kind."""
        return tuple(found.name for found in self.sets if found.kind == kind)


def outline_study(
    study: Study, sets: Sequence[RunSet], table: TrialTable, wanted: Filter = HEADLINE
) -> Outline:
    """Returns what a study says, with any judge beside its own that gave a verdict."""
    planned = [judge.name for judge in study.judges if judge.view == wanted.view]
    released = {seat.name: seat.released for seat in study.proposers if seat.released}
    return Outline(
        sets=tuple(sets),
        models=order_by_release([seat.name for seat in study.proposers], released),
        judges=list_judges(table.choose(wanted), planned),
        plan=study.analysis,
        released=released,
        families={seat.name: seat.family for seat in study.proposers if seat.family},
        judge_models=_first_known(table.frame, "judge", "judge_model"),
        judge_families=_judge_families(study),
    )


def outline_table(
    table: TrialTable, plan: Plan, study: Study | None = None, wanted: Filter = HEADLINE
) -> Outline:
    """Returns what a table holds; a study beside it adds release dates, families and the plan."""
    frame = table.frame
    arms = sorted(frame["arm"].astype(object).unique())
    models = [arm for arm in arms if arm.partition(":")[0] not in CONTROLS]
    released = _first_known(frame, "arm", "released")
    families = _first_known(frame, "arm", "proposer_family")
    if study is not None:
        released |= {seat.name: seat.released for seat in study.proposers if seat.released}
        families |= {seat.name: seat.family for seat in study.proposers if seat.family}
    counts = frame.groupby("set", observed=True)["item"].nunique()
    kinds = frame.astype({"set": object, "set_kind": object}).groupby("set")["set_kind"].first()
    return Outline(
        sets=tuple(RunSet(str(n), str(kinds[n]), "human", int(counts[n])) for n in counts.index),
        models=order_by_release(models, released),
        judges=list_judges(table.choose(wanted)),
        plan=plan if study is None else study.analysis,
        released={arm: day for arm, day in released.items() if arm in models},
        families={arm: family for arm, family in families.items() if arm in models},
        judge_models=_first_known(frame, "judge", "judge_model"),
        judge_families=_first_known(frame, "judge", "judge_family") | _judge_families(study),
    )


def order_by_release(models: Sequence[str], released: Mapping[str, date]) -> tuple[str, ...]:
    """Returns models by release date; those without one come last, in the order given."""
    dated = sorted((m for m in models if m in released), key=lambda model: released[model])
    return (*dated, *(model for model in models if model not in released))


def _judge_families(study: Study | None) -> dict[str, str]:
    judges = study.judges if study is not None else ()
    return {judge.name: judge.family for judge in judges if judge.family}


def _first_known(frame: pd.DataFrame, of: str, column: str) -> dict[str, Any]:
    known = frame.loc[frame[of].notna() & frame[column].notna(), [of, column]].astype(object)
    return dict(known.drop_duplicates(of).itertuples(index=False, name=None))
