"""What is to be estimated: sets, models, judges and the plan, from a study or from a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analysis.errors import EstimateError
from analysis.figures.arm_scores import POOLED_PLACEBO, list_judges
from analysis.trials.filters import HEADLINE, Filter
from analysis.trials.table import TrialTable
from taste.judging import Judging
from taste.plan import Plan
from taste.seats import is_hindsight
from taste.study import Study

STOCK = "stock"
STOCK_FIT = "stock_fit"
SHUFFLED = "shuffled"
CONTROLS = (
    STOCK, STOCK_FIT, "echo", POOLED_PLACEBO, SHUFFLED, "person", "recovery", "oracle"
)  # fmt: skip
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
    """Who makes the headline: those that were asked about every trial."""
    plan: Plan
    released: Mapping[str, date] = field(default_factory=dict, hash=False)
    """Model -> when it came out, of those for which that is known."""
    families: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Model -> its family, of those for which that is known."""

    judge_models: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Judge -> the model behind it, of those for which that is known."""
    judge_families: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Judge -> its family, of those for which that is known."""
    cutoffs: Mapping[str, date] = field(default_factory=dict, hash=False)
    """Model -> where its training data end, of those for which that is known."""
    escalated: tuple[str, ...] = ()
    """Judges that were asked about some trials only, each with a known chance."""
    horizon: int = Judging().horizon
    """Turns after the cut; deciding evidence that comes later counts as late."""

    def __post_init__(self) -> None:
        """Refuses a model that was shown what came after the cut.

        Raises:
            EstimateError: a model is an arm with hindsight.
        """
        for model in self.models:
            if is_hindsight(model):
                raise EstimateError(f"{model!r} is shown the aftermath; it can never be a model.")

    def is_own_family(self, judge: str, arm: str) -> bool:
        """Whether a judge is known to be of the family of the model behind an arm."""
        family = self.families.get(arm)
        return family is not None and self.judge_families.get(judge) == family

    def named(self, kind: str) -> tuple[str, ...]:
        """Names of the sets of a kind."""
        return tuple(found.name for found in self.sets if found.kind == kind)


def outline_study(
    study: Study, sets: Sequence[RunSet], table: TrialTable, wanted: Filter = HEADLINE
) -> Outline:
    """Returns what a study says, with any judge beside its own that gave a verdict."""
    released = {seat.name: seat.released for seat in study.proposers if seat.released}
    escalated = _escalated(table, study)
    planned = [
        judge.name
        for judge in study.judges
        if wanted.view in ((judge.view,) if judge.view else study.judging.views)
    ]
    return Outline(
        sets=tuple(sets),
        models=order_by_release([seat.name for seat in study.proposers], released),
        judges=_without(list_judges(table.choose(wanted), planned), escalated),
        plan=study.analysis,
        released=released,
        families={seat.name: seat.family for seat in study.proposers if seat.family},
        judge_models=_first_known(table.frame, "judge", "judge_model"),
        judge_families=_judge_families(study),
        cutoffs={seat.name: seat.cutoff for seat in study.proposers if seat.cutoff},
        escalated=escalated,
        horizon=study.judging.horizon,
    )


def outline_table(
    table: TrialTable, plan: Plan, study: Study | None = None, wanted: Filter = HEADLINE
) -> Outline:
    """Returns what a table holds; a study beside it adds dates, families and the plan."""
    frame = table.frame
    arms = sorted(frame["arm"].astype(object).unique())
    models = [arm for arm in arms if arm.partition(":")[0] not in CONTROLS]
    released, cutoffs, families = (
        {arm: value for arm, value in _first_known(frame, "arm", column).items() if arm in models}
        for column in ("released", "cutoff", "proposer_family")
    )
    for seat in study.proposers if study is not None else ():
        if seat.name in models:
            released |= {seat.name: seat.released} if seat.released else {}
            cutoffs |= {seat.name: seat.cutoff} if seat.cutoff else {}
            families |= {seat.name: seat.family} if seat.family else {}
    escalated = _escalated(table, study)
    return Outline(
        sets=tuple(_read_sets(frame)),
        models=order_by_release(models, released),
        judges=_without(list_judges(table.choose(wanted)), escalated),
        plan=plan if study is None else study.analysis,
        released=released,
        families=families,
        judge_models=_first_known(frame, "judge", "judge_model"),
        judge_families=_first_known(frame, "judge", "judge_family") | _judge_families(study),
        cutoffs=cutoffs,
        escalated=escalated,
        horizon=(study.judging if study is not None else Judging()).horizon,
    )


def order_by_release(models: Sequence[str], released: Mapping[str, date]) -> tuple[str, ...]:
    """Returns models by release date; those without one come last, in the order given."""
    dated = sorted((m for m in models if m in released), key=lambda model: released[model])
    return (*dated, *(model for model in models if model not in released))


def _read_sets(frame: pd.DataFrame) -> Iterator[RunSet]:
    counts = frame.groupby("set", observed=True)["item"].nunique()
    kinds = frame.astype({"set": object, "set_kind": object}).groupby("set")["set_kind"].first()
    for name in counts.index:
        yield RunSet(str(name), str(kinds[name]), "human", int(counts[name]))


def _escalated(table: TrialTable, study: Study | None) -> tuple[str, ...]:
    """The judges that were asked about some trials only."""
    frame = table.frame
    found = set(frame.loc[frame["judge_probability"].notna(), "judge"].astype(object).dropna())
    if study is not None and study.judging.escalation is not None:
        found.add(study.judging.escalation.then)
    return tuple(sorted(found))


def _without(judges: Sequence[str], left_out: Sequence[str]) -> tuple[str, ...]:
    return tuple(judge for judge in judges if judge not in left_out)


def _judge_families(study: Study | None) -> dict[str, str]:
    judges = study.judges if study is not None else ()
    return {judge.name: judge.family for judge in judges if judge.family}


def _first_known(frame: pd.DataFrame, of: str, column: str) -> dict[str, Any]:
    known = frame.loc[frame[of].notna() & frame[column].notna(), [of, column]].astype(object)
    return dict(known.drop_duplicates(of).itertuples(index=False, name=None))
