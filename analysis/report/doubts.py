"""Why not to believe a figure further than it goes: controls not run, and what it cannot show.

Pure. A control counts as run where it gave this run something to tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from analysis.figures.headline import Results
from analysis.trials.attacks import AttackRow
from analysis.trials.columns import TrialRow
from analysis.trials.probes import ProbeRow
from taste.study import Study

ARM_ANSWERS = MappingProxyType(
    {
        "stock": "a constant, context-free sentence may do as well as the model",
        "stock_fit": "another context-free sentence may do better than those of the stock list",
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

CONDITION_ANSWERS = MappingProxyType(
    {
        ("form", "verbatim"): "what the restatement itself does to the rates is unknown",
        ("provenance", "labelled"): "what knowing the writer is worth to the judge is unknown",
        ("provenance", "swapped"): "without the labels the wrong way round, what a label is worth "
        "cannot be told from who wrote the move",
        ("prompt", "reworded"): "how much of the rates is the wording of the judge’s prompt is "
        "unknown",
    }
)
"""Column and value of a condition -> what stays open where no verdict was given under it."""

PROBE_ANSWERS = MappingProxyType(
    {
        "loading": "a restatement may give away whether the human’s move was a detour",
        "identity": "whether the judge could tell which move was taken, or a model’s, is unknown",
        "faithfulness": "whether the restatements say what the moves say is unknown",
    }
)
"""Kind of probe -> what stays open where it has no answer."""

REDRAW = (
    "By selection alone, a second draw from the same human would be expected to score about 78 to "
    "95 % on detours and 10 to 26 % on strong moves, so one half is not the score of no skill."
)


@dataclass(frozen=True)
class NotRun:
    """A control that the run does without."""

    name: str
    what: str
    """arm, view, form, provenance, prompt, probe, attack, set, judge."""
    open_question: str


def find_controls_not_run(
    rows: Sequence[TrialRow],
    results: Results,
    probes: Sequence[ProbeRow] = (),
    attacks: Sequence[AttackRow] = (),
) -> tuple[NotRun, ...]:
    """Returns every control of the design that this run has nothing of, with why it matters.

    Args:
        rows: all trials of the run.
        results: for sets and judges.
        probes: of the run.
        attacks: verdicts under attack on the study's sets.
    """
    judged = [row for row in rows if row.is_scored]
    arms = {row.arm.partition(":")[0] for row in judged}
    views = {row.view for row in judged}
    answered = {probe.kind for probe in probes if probe.answer is not None}
    missing = [
        *(NotRun(arm, "arm", why) for arm, why in ARM_ANSWERS.items() if arm not in arms),
        *(NotRun(view, "view", why) for view, why in VIEW_ANSWERS.items() if view not in views),
        *_missing_conditions(judged),
        *(
            NotRun(kind, "probe", why)
            for kind, why in PROBE_ANSWERS.items()
            if kind not in answered
        ),
        *_missing_sets(results),
    ]
    if not attacks:
        why = "how far a text that speaks to the judge moves its verdict is unknown"
        missing.append(NotRun("attacks", "attack", why))
    if not any(row.judge_kind == "person" for row in judged):
        why = "whether people would judge as this model does is unknown"
        missing.append(NotRun("person", "judge", why))
    if len(results.judges) == 1:
        why = "a single model’s leanings go straight into every figure"
        missing.append(NotRun("second model", "judge", why))
    return tuple(missing)


def _missing_conditions(judged: Sequence[TrialRow]) -> Iterator[NotRun]:
    for (column, value), why in CONDITION_ANSWERS.items():
        if not any(getattr(row, column) == value for row in judged):
            yield NotRun(value, column, why)


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


def list_cautions(study: Study, results: Results, rows: Sequence[TrialRow] = ()) -> tuple[str, ...]:
    """Returns what the figures do not show, one sentence or two for each.

    Args:
        study: the run's own.
        results: for the models.
        rows: all trials of the run, for the share that further conditions were run on.
    """
    return (
        "“Judged better” is not “would have worked”: no proposal was carried out.",
        REDRAW,
        "The sets were chosen by people who knew how the sessions ended, and the judge knows it "
        "too: labels and verdicts share one hindsight.",
        "These are not rates over all decisions: every item was chosen for the quality of the "
        "human’s move.",
        "The intervals say how much the figure would move with other sessions like these; they do "
        "not cover errors of the judge, of the labels or of the restatement.",
        *_on_a_share(rows),
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
                f"{', '.join(kin)}, and may favour its own; its figures on them are marked."
            )
        if judge.model == study.restater.model:
            yield (
                f"The judge {judge.name} restated the moves that it judges: it may favour what is "
                "worded its own way."
            )


def _on_a_share(rows: Sequence[TrialRow]) -> Iterator[str]:
    """That controls and further conditions rest on fewer items, where they do."""
    items = {row.item_id for row in rows}
    share = {row.item_id for row in rows if row.in_share}
    if len(share) < len(items) and share:
        yield (
            "The controls other than stock, stock_fit and person, the views beside full and "
            "digest, the other forms, labels and prompts, and the probes of identity and "
            f"faithfulness were run on a random {len(share)} of {len(items)} items: their figures "
            "rest on those."
        )
    if any(row.judge_probability is not None for row in rows):
        yield (
            "The judge asked last saw some trials only, mostly hard ones: it is left out of the "
            "headline, and its own rate is a two-phase estimate."
        )


def _many_models(results: Results) -> Iterator[str]:
    if len(results.models) > 1:
        yield (
            f"{len(results.models)} models are compared side by side without adjusting the "
            "intervals for it."
        )
