"""Probes as rows: each once, its answer held against what is true."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlmodel import col, select

from analysis.errors import EstimateError
from analysis.trials.columns import TrialRow
from analysis.trials.probes import ProbeRow, read_probes, score_probed, tabulate_probes
from analysis.trials.query import read_trials
from analysis.trials.table import tabulate
from taste.probe_tables import Probe, TrialProbe
from taste.study import parse_study
from taste.tables import Comparison, Proposal, Run, Trial
from transcripts.db import Db

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def trials(world: Db, run: Run) -> tuple[TrialRow, ...]:
    return read_trials(world, run, parse_study(run.study_text, "study"))


def trial(trials: tuple[TrialRow, ...], arm: str, kind: str, order: str) -> TrialRow:
    return next(r for r in trials if (r.arm, r.set_kind, r.order) == (arm, kind, order))


def add_probe(world: Db, row: TrialRow, kind: str, answer: dict[str, str], **more: Any) -> Probe:
    comparison = world.get_one(Comparison, row.comparison_id)
    probe = Probe(
        identity=f"{kind} {row.comparison_id} {answer} {more}", kind=kind, answer=answer,
        decision_point_id=comparison.decision_point_id, seat=row.judge or "", prompt_hash="",
        shown_hash="", simulated=True, created_at=NOW, **more,
    )  # fmt: skip
    world.add(probe)
    world.flush()
    return probe


def link(world: Db, probe: Probe, *trials: int | None) -> None:
    world.add_all([TrialProbe(trial_id=t or 0, probe_id=probe.id or 0) for t in trials])
    world.flush()


def probe_human(world: Db, row: TrialRow, kind: str, answer: dict[str, str], **more: Any) -> Probe:
    human = world.get_one(Comparison, row.comparison_id).human_id
    probe = add_probe(world, row, kind, answer, restatement_id=human, **more)
    of_item = select(Trial.id).where(col(Trial.item_id) == row.item_id)
    link(world, probe, *world.exec(of_item))
    return probe


def probe_identity(world: Db, row: TrialRow, taken: str, by_model: str, **more: Any) -> None:
    answer = {"taken": taken, "by_model": by_model}
    told: dict[str, Any] = {"comparison_id": row.comparison_id, "view": "full", **more}
    link(world, add_probe(world, row, "identity", answer, **told), row.trial_id)


def only(world: Db, run: Run) -> ProbeRow:
    (row,) = read_probes(world, run)
    return row


@pytest.mark.parametrize(
    ("kind", "answer", "correct"),
    [
        ("suboptimal", "detour", True), ("suboptimal", "strong", False),
        ("strong", "strong", True), ("strong", "detour", False),
    ],
)  # fmt: skip
def test_loading_is_right_where_it_names_the_kind_of_the_set(
    world: Db, run: Run, trials: tuple[TrialRow, ...], kind: str, answer: str, correct: bool
) -> None:
    row = trial(trials, "stock", kind, "human")
    probe_human(world, row, "loading", {"kind": answer})
    found = only(world, run)
    assert (found.correct, found.answer, found.set_kind) == (correct, answer, kind)
    assert (found.item, found.lineage, found.session) == (row.item_key, row.lineage, row.session)


@pytest.mark.parametrize("kind", ["loading", "faithfulness"])
def test_a_probe_of_the_human_move_is_read_once_an_item(
    world: Db, run: Run, trials: tuple[TrialRow, ...], kind: str
) -> None:
    row = trial(trials, "stock", "strong", "human")
    answer = {"loading": {"kind": "strong"}, "faithfulness": {"same": "partly"}}[kind]
    probe = probe_human(world, row, kind, answer)
    linked = world.exec(select(TrialProbe).where(TrialProbe.probe_id == probe.id)).all()
    found = only(world, run)
    assert len(linked) > 2
    assert (found.arm, found.repeat, found.order, found.probe_id) == (None, None, None, probe.id)


def test_faithfulness_of_a_proposal_is_read_once_a_trial(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    row = trial(trials, "simulated-late", "strong", "human")
    proposed = world.get_one(Comparison, row.comparison_id).proposed_id
    probe = add_probe(world, row, "faithfulness", {"same": "different"}, restatement_id=proposed)
    link(world, probe, row.trial_id)
    found = only(world, run)
    assert (found.arm, found.repeat, found.answer) == ("simulated-late", 1, "different")
    assert (found.correct, found.by_model, found.by_model_correct) == (None, None, None)


@pytest.mark.parametrize(
    ("order", "told", "correct"),
    [
        ("human", ("first", "second"), (True, True)),
        ("human", ("second", "first"), (False, False)),
        ("human", ("first", "first"), (True, False)),
        ("proposal", ("second", "first"), (True, True)),
    ],
)
def test_identity_is_right_where_it_tells_the_two_moves_apart(
    world: Db, run: Run, trials: tuple[TrialRow, ...], order: str, told: tuple[str, str],
    correct: tuple[bool, bool],
) -> None:  # fmt: skip
    probe_identity(world, trial(trials, "simulated-late", "strong", order), *told)
    found = only(world, run)
    assert (found.correct, found.by_model_correct) == correct
    assert (found.order, found.view, found.answer, found.by_model) == (order, "full", *told)


def test_which_a_model_wrote_cannot_be_right_where_none_wrote_any(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    row = trial(trials, "stock", "strong", "human")
    assert world.get_one(Proposal, row.proposal_id).model is None
    probe_identity(world, row, "first", "second")
    assert (only(world, run).correct, only(world, run).by_model_correct) == (True, None)


def test_a_probe_without_an_answer_says_why(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    probe_human(world, trial(trials, "stock", "strong", "human"), "loading", {}, reason="refused")
    found = only(world, run)
    assert (found.answer, found.correct, found.reason) == (None, None, "refused")


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("guess", {}, "'guess' is no kind of probe"),
        ("loading", {"kind": "good"}, "'good' is no answer to 'kind'; expected detour, strong"),
        ("identity", {"taken": "first", "by_model": "both"}, "'both' is no answer to 'by_model'"),
    ],
)
def test_a_word_that_is_not_known_is_an_error(
    world: Db, run: Run, trials: tuple[TrialRow, ...], kind: str, answer: dict[str, str], said: str
) -> None:
    probe_human(world, trial(trials, "stock", "strong", "human"), kind, answer)
    with pytest.raises(EstimateError, match=said):
        read_probes(world, run)


def test_probes_of_another_run_are_not_read(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    probe_human(world, trial(trials, "stock", "strong", "human"), "loading", {"kind": "strong"})
    told = run.model_dump(exclude={"id"})
    other = Run(**told)
    world.add(other)
    world.flush()
    assert read_probes(world, other) == ()


def test_probes_in_columns_stand_in_one_order(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    late = trial(trials, "simulated-late", "strong", "human")
    probe_identity(world, late, "first", "second", view="wording")
    probe_identity(world, late, "first", "second", view="digest")
    probe_human(world, late, "loading", {"kind": "strong"})
    frame = tabulate_probes(read_probes(world, run))
    told = list(zip(frame["kind"], frame["view"], frame["correct"], strict=True))
    assert told == [
        ("identity", "digest", True),
        ("identity", "wording", True),
        ("loading", None, True),
    ]


def test_a_probed_trial_has_the_score_of_its_judge_under_its_view(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    late = trial(trials, "simulated-late", "strong", "human")
    probe_identity(world, late, "first", "second")
    probe_identity(world, late, "first", "second", view="prefix")
    probe_human(world, late, "loading", {"kind": "strong"})
    found = score_probed(read_probes(world, run), tabulate(trials))
    points = {"win": 1.0, "tie": 0.5, "loss": 0.0}
    own = [points[r.outcome or ""] for r in trials if r.trial_id == late.trial_id]
    assert len(own) == 2
    np.testing.assert_array_equal(found, [np.mean(own), np.nan, np.nan])


def test_a_probed_trial_with_one_order_has_no_score(
    world: Db, run: Run, trials: tuple[TrialRow, ...]
) -> None:
    late = trial(trials, "simulated-late", "strong", "human")
    probe_identity(world, late, "first", "second")
    table = tabulate([r for r in trials if r.order == "human"])
    assert np.isnan(score_probed(read_probes(world, run), table)).all()
    assert score_probed((), table).shape == (0,)
