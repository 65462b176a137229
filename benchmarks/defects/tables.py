"""The tables that figures start from, straight from a drawn study: no database, no text.

The same rows as of the study stored and read back, without what is known of items and texts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures.outline import Outline, RunSet, outline_study
from analysis.scores import IntArray
from analysis.trials.columns import OUTCOMES, POINTS, UNSCORED, name_item
from analysis.trials.probes import ProbeRow
from analysis.trials.seats import Seats
from analysis.trials.table import (
    DATES,
    NUMBERS,
    TEXTS,
    TrialTable,
    arrange,
    number_column,
    text_column,
)
from taste.simulator.designs import name_set
from taste.simulator.draws import SimulatedTrial, SimulatedVerdict
from taste.simulator.questions import SimulatedProbe
from taste.simulator.studies import SimulatedStudy
from taste.simulator.trial_rows import hash_prompt
from taste.views import LEAKY_DIGEST

_FIRST = {"proposal_first": "proposal", "human_first": "human"}
_KINDS = {"suboptimal": "detour", "strong": "strong"}


def tabulate_drawn(drawn: SimulatedStudy) -> TrialTable:
    """Returns the trials of a drawn study as a table."""
    owner = np.array([n for n, trial in enumerate(drawn.trials) for _ in trial.verdicts])
    said = [verdict for trial in drawn.trials for verdict in trial.verdicts]
    columns = _of_trials(drawn, owner) | _of_verdicts(drawn, said)
    texts, numbers = text_column([None] * len(said)), np.full(len(said), np.nan)
    empty: dict[str, Any] = {**dict.fromkeys(TEXTS, texts), **dict.fromkeys(NUMBERS, numbers)}
    frame = pd.DataFrame(empty | columns)
    chance = number_column([trial.escalation for trial in drawn.trials])[owner]
    escalation = drawn.study.judging.escalation
    strong = frame["judge"] == (escalation.then if escalation else None)
    frame["judge_probability"] = np.where(strong, chance, np.nan)
    frame["judged"] = True
    seats = Seats(drawn.study)
    for name in DATES:
        dates = [seats.of_arm(trial.arm).get(name) for trial in drawn.trials]
        frame[name] = pd.Series(dates, dtype=object).iloc[owner].reset_index(drop=True)
    return TrialTable(arrange(frame), simulated=True)


def _of_trials(drawn: SimulatedStudy, owner: IntArray) -> dict[str, Any]:
    trials, seed, seats = drawn.trials, drawn.study.seed, Seats(drawn.study)

    def texts(read: Callable[[SimulatedTrial], str | None]) -> pd.Categorical:
        return text_column([read(trial) for trial in trials])[owner]

    lineages = texts(lambda trial: _lineage(seed, trial.session))
    in_share = [drawn.items[trial.set, trial.item].in_share for trial in trials]
    return {
        "set": texts(lambda trial: name_set(seed, trial.set)),
        "set_kind": texts(lambda trial: trial.set),
        "item": texts(lambda trial: name_item(name_set(seed, trial.set), trial.item + 1)),
        "arm": texts(lambda trial: trial.arm),
        "lineage": lineages,
        "session": lineages,
        "proposer_family": texts(lambda trial: seats.of_arm(trial.arm)["proposer_family"]),
        "repeat": np.ones(len(owner)),
        "in_share": number_column(in_share)[owner],
        "hindsight": number_column(
            [trial.arm.partition(":")[0] in ("recovery", "oracle") for trial in trials]
        )[owner],
    }


def _of_verdicts(drawn: SimulatedStudy, said: Sequence[SimulatedVerdict]) -> dict[str, Any]:
    families = {judge.name: judge.family for judge in drawn.study.judges}
    judges = text_column([one.judge for one in said])
    outcomes = [OUTCOMES[one.verdict, _FIRST[one.order]] for one in said]
    leaky = f"{UNSCORED}: {LEAKY_DIGEST}"
    return {
        "judge": judges,
        "judge_model": judges,
        "judge_kind": text_column(["model"] * len(said)),
        "judge_family": text_column([families[one.judge] for one in said]),
        "judge_prompt": text_column([hash_prompt(one.condition.prompt) for one in said]),
        "judge_confidence": text_column([one.confidence for one in said]),
        "view": text_column([one.condition.view for one in said]),
        "form": text_column([one.condition.form for one in said]),
        "provenance": text_column([one.condition.provenance for one in said]),
        "prompt": text_column([one.condition.prompt for one in said]),
        "order": text_column([_FIRST[one.order] for one in said]),
        "outcome": text_column(outcomes),
        "gap": text_column([leaky if one == UNSCORED else None for one in outcomes]),
        "score": np.array([POINTS.get(one, np.nan) for one in outcomes]),
        "sample": np.array([one.sample for one in said], dtype=np.float64),
    }


def list_probes(drawn: SimulatedStudy) -> tuple[ProbeRow, ...]:
    """Returns the probes of a drawn study; their row ids are places in its list."""
    sessions = {(trial.set, trial.item): trial.session for trial in drawn.trials}
    return tuple(
        _probe(drawn, probe, sessions[probe.set, probe.item], number)
        for number, probe in enumerate(drawn.probes)
    )


def _probe(drawn: SimulatedStudy, probe: SimulatedProbe, session: int, number: int) -> ProbeRow:
    seed = drawn.study.seed
    answer = next(iter(probe.answer.values()))
    by_model = probe.answer.get("by_model")
    correct = correct_by_model = None
    if probe.kind == "loading":
        correct = answer == _KINDS[probe.set]
    elif probe.order is not None:
        places = ("second", "first") if probe.order == "proposal_first" else ("first", "second")
        correct, correct_by_model = answer == places[0], by_model == places[1]
    lineage = _lineage(seed, session)
    return ProbeRow(
        kind=probe.kind, set=name_set(seed, probe.set), set_kind=probe.set,
        item=name_item(name_set(seed, probe.set), probe.item + 1), arm=probe.arm,
        repeat=None if probe.arm is None else 1,
        order=None if probe.order is None else _FIRST[probe.order],
        view=probe.view, judge=probe.seat, sample=1, answer=answer, by_model=by_model,
        correct=correct, by_model_correct=correct_by_model, reason=None, lineage=lineage,
        session=lineage, researcher=None, project=None, simulated=True, probe_id=number,
    )  # fmt: skip


def outline_drawn(drawn: SimulatedStudy, table: TrialTable) -> Outline:
    """Returns what is to be estimated of a drawn study."""
    seed = drawn.study.seed
    sets = [RunSet(name_set(seed, kind), kind, "human", n) for kind, n in drawn.sizes.items()]
    return outline_study(drawn.study, sets, table)


def _lineage(seed: int, session: int) -> str:
    return f"simulated-{seed}-{session + 1:02d}"
