"""Why not to believe a figure further than it goes: controls not run, and what it cannot show.

Pure. The controls are those of the design, whether or not they exist yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from analysis.figures.headline import Results
from analysis.trials.columns import TrialRow
from taste.study import Study

ARM_ANSWERS = MappingProxyType(
    {
        "stock": "a constant, context-free sentence may do as well as the model",
        "echo": "the model may only go on with what the agent had suggested anyway",
        "placebo": "moves may win because a model wrote them, whatever they say",
        "shuffled": "the judge may not be reading the moves",
        "person": "any second draw beats a move that was chosen for being bad; another "
        "person’s move, written from the prefix alone, is the real null",
        "recovery": "the judge may not see what hindsight shows: what in the end brought the "
        "session back on track should win nearly always",
        "oracle": "how much was winnable at all is unknown without a proposer that is shown the "
        "whole session",
    }
)
"""Control arm -> what stays open where it is not run."""

VIEW_ANSWERS = MappingProxyType(
    {
        "full": "this is what the original experiment did",
        "digest": "the judge can look up in the session which move was taken",
        "digest_open": "how much knowing the human’s move is worth to the judge is unknown",
        "prefix": "how much of the verdict is hindsight is unknown",
        "wording": "how much of the verdict is the sound of the two moves alone is unknown",
    }
)
"""View -> what stays open where no judge had it."""

REDRAW = (
    "By selection alone, a second draw from the same human would be expected to score about 78 to "
    "95 % on detours and 10 to 26 % on strong moves, so one half is not the score of no skill."
)


@dataclass(frozen=True)
class NotRun:
    """A control that the run does without."""

    name: str
    what: str
    """arm, view, set, judge."""
    open_question: str


def find_controls_not_run(rows: Sequence[TrialRow], results: Results) -> tuple[NotRun, ...]:
    """Returns every control of the design that gave this run no verdict, with why it matters."""
    judged = [row for row in rows if row.is_scored]
    arms = {row.arm.partition(":")[0] for row in judged}
    views = {row.view for row in judged}
    missing = [
        *(NotRun(arm, "arm", why) for arm, why in ARM_ANSWERS.items() if arm not in arms),
        *(NotRun(view, "view", why) for view, why in VIEW_ANSWERS.items() if view not in views),
        *_missing_sets(results),
    ]
    if not any(row.judge_kind == "person" for row in judged):
        why = "whether people would judge as this model does is unknown"
        missing.append(NotRun("person", "judge", why))
    if len(results.judges) == 1:
        why = "a single model’s leanings go straight into every figure"
        missing.append(NotRun("second model", "judge", why))
    return tuple(missing)


def _missing_sets(results: Results) -> Iterator[NotRun]:
    reasons = {
        "suboptimal": "how often a model would have avoided a detour is unknown",
        "strong": "a model that always proposes something else looks good on detours alone",
        "random": "both sets are chosen by label; what a rate would be over all decisions is "
        "unknown",
    }
    for kind, why in reasons.items():
        if results.find_set(kind) is None:
            yield NotRun(kind, "set", why)


def list_cautions(study: Study, results: Results) -> tuple[str, ...]:
    """Returns what the figures do not show, one sentence or two for each."""
    return (
        "“Judged better” is not “would have worked”: no proposal was carried out.",
        REDRAW,
        "The sets were chosen by people who knew how the sessions ended, and the judge knows it "
        "too: labels and verdicts share one hindsight.",
        "These are not rates over all decisions: every item was chosen for the quality of the "
        "human’s move.",
        "The intervals say how much the figure would move with other sessions like these; they do "
        "not cover errors of the judge, of the labels or of the restatement.",
        *_family_cautions(study),
        *_many_models(results),
        "The sessions may be in a model’s training data.",
    )


def _family_cautions(study: Study) -> Iterator[str]:
    for judge in study.judges:
        kin = [seat.name for seat in study.proposers if seat.family and seat.family == judge.family]
        if kin:
            yield (
                f"The judge {judge.name} is of the same family ({judge.family}) as "
                f"{', '.join(kin)}, and may favour its own."
            )


def _many_models(results: Results) -> Iterator[str]:
    if len(results.models) > 1:
        yield (
            f"{len(results.models)} models are compared side by side without adjusting the "
            "intervals for it."
        )
