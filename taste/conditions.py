"""How a verdict is come by: view, form, provenance, prompt; and what a study wants of a trial.

Pure. The first condition is the headline's. What would cost as much again as the headline runs on
the recorded share of the items, for models' first proposals and for stock.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from taste.judging import EVERYWHERE, Form, Prompt, Provenance
from taste.seats import Judge, View
from taste.study import Study

STOCK = "stock"
ON_A_DIGEST: frozenset[View] = frozenset({"digest", "digest_open"})


@dataclass(frozen=True, slots=True)
class Condition:
    """How a verdict is come by."""

    view: View
    form: Form = "restated"
    provenance: Provenance = "blind"
    prompt: Prompt = "standard"

    @property
    def is_base(self) -> bool:
        """Whether only the view can differ from the headline's."""
        return (self.form, self.provenance, self.prompt) == ("restated", "blind", "standard")


@dataclass(frozen=True, slots=True)
class TrialKind:
    """What of a trial decides how it is judged."""

    arm: str
    repeat: int
    in_share: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Verdicts that a study wants of one judge on one trial: so many in each order."""

    condition: Condition
    samples: int


def wanted_verdicts(study: Study, judge: Judge, trial: TrialKind) -> Iterator[Wanted]:
    """Yield what one judge is asked about a trial, the headline's condition first."""
    views = views_of(study, judge)
    escalated = study.judging.escalation
    further = trial.in_share and _is_compared(study, trial)
    if escalated and judge.name == escalated.then:
        further = False
    for number, view in enumerate(views):
        if number == 0 or view in EVERYWHERE or further:
            again = study.judging.share_samples if further and number == 0 else 1
            yield Wanted(Condition(view), max(study.samples, again))
    if further:
        yield from (Wanted(one, study.samples) for one in _ablations(study, views[0]))


def probed_views(study: Study, judge: Judge, trial: TrialKind) -> tuple[View, ...]:
    """The views under which a judge is asked whose move is whose: models' moves, on the share."""
    if "identity" not in study.probes.kinds or not (trial.in_share and trial.repeat == 1):
        return ()
    if trial.arm not in {seat.name for seat in study.proposers}:
        return ()
    escalated = study.judging.escalation
    if escalated and judge.name == escalated.then:
        return ()
    return views_of(study, judge)


def wants_digest(study: Study, trial: TrialKind) -> bool:
    """Whether a judge may be asked about a trial under a view that rests on a digest."""
    return any(
        wanted.condition.view in ON_A_DIGEST
        for judge in study.judges
        for wanted in wanted_verdicts(study, judge, trial)
    )


def _is_compared(study: Study, trial: TrialKind) -> bool:
    """Whether every view and form is wanted: of models' first proposals, and of stock."""
    models = {seat.name for seat in study.proposers}
    return trial.repeat == 1 and trial.arm in {STOCK, *models}


def views_of(study: Study, judge: Judge) -> tuple[View, ...]:
    """The views that a judge is asked under, those first that run on every item."""
    views = (judge.view,) if judge.view else study.judging.views
    first = [view for view in EVERYWHERE if view in views]
    return (*first, *(view for view in views if view not in first))


def _ablations(study: Study, view: View) -> Iterator[Condition]:
    """One thing changed at a time, under the first view."""
    judging = study.judging
    for form in judging.forms:
        if form != "restated":
            yield Condition(view, form=form)
    for provenance in judging.provenances:
        if provenance != "blind":
            yield Condition(view, provenance=provenance)
    for prompt in judging.prompts:
        if prompt != "standard":
            yield Condition(view, prompt=prompt)
