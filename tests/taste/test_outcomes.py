from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from taste.run_costs import run_cost
from taste.simulator.restatement import Restatement as Restated
from taste.tables import Call, Proposal, Restatement, Run, Trial, TrialVerdict, Verdict
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.tables import Session

ALONE: dict[str, Any] = {"controls": {"arms": []}}
Go = Callable[..., RunResult]
Asked = Callable[[], dict[str, int]]


def rows(db: Db, table: type[Any]) -> list[Any]:
    return list(db.exec(select(table).order_by(table.id)).all())


def test_a_trial_without_a_score_says_why(db: Db, struck: Callable[..., RunResult]) -> None:
    struck("refusal:1")
    (trial, *_) = rows(db, Trial)
    assert trial.exclusion == "proposal refused: refused (frontier_llm)"
    (proposal,) = rows(db, Proposal)
    assert (proposal.outcome, proposal.move) == ("refused", None)
    assert "frontier_llm" in str(db.get_one(Call, proposal.call_id).raw_reply)


@pytest.mark.parametrize(
    ("fault", "outcome", "call"),
    [
        ("refusal:1", "refused", "refused"),
        ("max_tokens:1", "truncated", "truncated"),
        ("wrong_model:1", "malformed", "malformed"),
    ],
)
def test_an_unusable_proposal_is_a_row(
    db: Db, struck: Callable[..., RunResult], fault: str, outcome: str, call: str
) -> None:
    assert struck(fault).done == 1
    (proposal,) = rows(db, Proposal)
    assert (proposal.outcome, proposal.move) == (outcome, None)
    assert proposal.reason
    # The human's move is restated meanwhile.
    assert [(row.purpose, row.outcome) for row in rows(db, Call)] == [
        ("propose", call), ("restate", "answered")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "what"), [("refusal:2", "human move"), ("off_schema:3x3", "proposal")]
)
def test_an_unusable_restatement_is_a_row(
    db: Db, struck: Callable[..., RunResult], fault: str, what: str
) -> None:
    struck(fault)
    assert rows(db, Trial)[0].exclusion.startswith(f"{what} not restated: ")
    (excluded,) = [row for row in rows(db, Restatement) if row.outcome == "excluded"]
    assert (excluded.move, bool(excluded.reason)) == (None, True)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refusal:4", "refused (frontier_llm)"),
        ("max_tokens:4", "stopped with 'max_tokens'"),
        ("wrong_model:4", "answered by 'simulated-other'"),
    ],
)
def test_an_unscored_verdict_is_a_row_with_its_reason(
    db: Db, struck: Callable[..., RunResult], fault: str, reason: str
) -> None:
    assert struck(fault).done == 1
    unscored, scored = rows(db, Verdict)
    assert (unscored.verdict, unscored.reason.startswith(reason)) == ("unscored", True)
    assert scored.verdict in {"first", "second", "tie"}
    assert rows(db, Trial)[0].exclusion is None
    assert len(db.exec(select(TrialVerdict)).all()) == 2


@pytest.mark.parametrize(
    ("fault", "purpose"), [("malformed:1", "propose"), ("off_schema:4", "judge")]
)
def test_an_answer_in_another_form_is_asked_for_again(
    db: Db, struck: Callable[..., RunResult], fault: str, purpose: str
) -> None:
    struck(fault)
    calls = [call for call in rows(db, Call) if call.purpose == purpose]
    assert [call.outcome for call in calls] == ["answered"] * {"propose": 2, "judge": 3}[purpose]
    assert len({call.body_hash for call in calls}) == len(calls)
    assert len({call.identity for call in calls}) == len(calls) - 1
    assert [row.outcome for row in rows(db, Proposal)] == ["proposed"]
    assert "unscored" not in {row.verdict for row in rows(db, Verdict)}


@pytest.mark.parametrize("fault", ["malformed:every1", "off_schema:every1"])
def test_an_answer_in_another_form_three_times_is_an_outcome(
    db: Db, struck: Callable[..., RunResult], fault: str
) -> None:
    assert struck(fault).done == 1
    (proposal,) = rows(db, Proposal)
    assert (proposal.outcome, proposal.move) == ("malformed", None)
    assert Counter(row.purpose for row in rows(db, Call)) == {"propose": 3, "restate": 3}


def test_a_judge_that_gives_no_verdict_three_times_is_unscored(
    db: Db, struck: Callable[..., RunResult]
) -> None:
    assert struck("off_schema:4x0").done == 1
    found = [(row.verdict, str(row.reason)[:28]) for row in rows(db, Verdict)]
    assert found == [("unscored", "malformed answer (reasoning:")] * 2
    assert Counter(row.purpose for row in rows(db, Call))["judge"] == 6


def test_equal_restatements_still_get_a_verdict_in_each_order(db: Db, go: Go) -> None:
    go(controls={"arms": ["placebo"], "share": 1})
    trial = db.exec(select(Trial).where(col(Trial.arm).startswith("placebo"))).first()
    assert trial is not None
    linked = select(Verdict).join(TrialVerdict).where(TrialVerdict.trial_id == trial.id)
    verdicts = db.exec(linked).all()
    restated = {row.move for row in rows(db, Restatement)}
    assert len(restated) < len(rows(db, Restatement))
    assert len({verdict.identity for verdict in verdicts}) == len(verdicts) == 2


def test_every_attempt_is_a_row(db: Db, struck: Callable[..., RunResult]) -> None:
    struck("retryable:1")
    calls = [row for row in rows(db, Call) if row.purpose == "propose"]
    assert [(row.attempt, row.outcome) for row in calls] == [(1, "retryable"), (2, "answered")]
    assert len({row.identity for row in calls}) == 1
    assert rows(db, Proposal)[0].call_id == calls[1].id


def test_what_got_no_answer_stays_open_and_is_tried_by_the_next_start(
    db: Db, struck: Callable[..., RunResult], go: Go
) -> None:
    result = struck("retryable:1x4")
    assert "1 trials got no answer" in str(result.stopped)
    assert result.done == 0
    # Two attempts each at the proposal and, meanwhile, at the human's move.
    assert [row.outcome for row in rows(db, Call)] == ["retryable"] * 4
    assert (rows(db, Trial)[0].exclusion, rows(db, Proposal)) == (None, [])
    assert go(**ALONE).done == 2


@pytest.mark.parametrize("missing", ["proposers", "judges"])
def test_a_model_that_is_not_there_is_asked_once_and_keeps_no_other_from_its_work(
    db: Db, go: Go, seat: Callable[..., dict[str, Any]], missing: str
) -> None:
    there = {"proposers": "simulated-late", "judges": "simulated-judge"}[missing]
    gone = seat("gone") | {"model": "unknown-1"}
    result = go(**ALONE, **{missing: [gone, seat(there)]})
    waiting = 2 if missing == "proposers" else result.total
    assert f"{waiting} trials wait, since the endpoint 'local' has no model" in str(result.stopped)
    assert result.done == result.total - waiting
    (lost,) = [call for call in rows(db, Call) if call.model == "unknown-1"]
    assert (lost.outcome, lost.status_code, lost.cost_usd) == ("retryable", 404, 0)
    assert len([call for call in rows(db, Call) if call.purpose == "judge"]) >= 4


@pytest.mark.parametrize("fault", ["fatal:4", "spend_limit:4"])
def test_a_fatal_answer_stops_the_run_and_keeps_what_there_is(
    db: Db, struck: Callable[..., RunResult], go: Go, asked: Asked, fault: str
) -> None:
    result = struck(fault, limit=None)
    assert "cannot be reached" in str(result.stopped)
    outcomes = Counter(row.outcome for row in rows(db, Call))
    assert outcomes == {"answered": 3, "fatal": 1}
    assert [(run.status, run.reason) for run in rows(db, Run)] == [("stopped", result.stopped)]
    go(**ALONE)
    assert asked() == {"propose": 1, "restate": 2, "judge": 4}


def test_everything_that_a_simulator_had_a_part_in_is_labelled(
    db: Db, struck: Callable[..., RunResult], go: Go
) -> None:
    struck("dropped:1")
    go()
    for table in (Run, Call, Proposal, Restatement, Verdict):
        assert {row.simulated for row in rows(db, table)} == {True}


def test_what_may_have_been_billed_without_an_answer_counts_in_later_starts_too(
    db: Db, simulate: Any, study_text: Callable[..., str], start: Callable[..., RunResult]
) -> None:
    with simulate("dropped:1") as server:
        text = study_text(
            server.base_url, limits={"budget_usd": 10, "max_wait": 0.01, "concurrency": 1}
        )
        first, second = start(db, text, limit=1), start(db, text, limit=1)
    cost = run_cost(db, first.run_id)
    assert (cost.doubtful.calls, cost.doubtful.usd > 0) == (1, True)
    assert first.unknown.startswith("1 calls ended without an answer, and what they cost is not")
    assert cost.sentence.endswith(first.unknown)
    assert second.unknown == first.unknown


def test_an_unreliable_cut_excludes_its_trials_unless_it_is_forced(
    db: Db, go: Go, asked: Asked
) -> None:
    for session in db.exec(select(Session)):
        session.cuts_reliable = False
        db.add(session)
    db.commit()
    assert go(**ALONE).done == 2
    assert (asked(), {trial.exclusion for trial in rows(db, Trial)}) == ({}, {"cuts unreliable"})
    go(**ALONE, force_unreliable_cuts=True)
    assert asked() == {"propose": 2, "restate": 4, "judge": 4}


def test_a_row_carries_what_made_it(db: Db, struck: Callable[..., RunResult]) -> None:
    struck("retryable:9")
    for row in (*rows(db, Proposal), *rows(db, Verdict)):
        call = db.get_one(Call, row.call_id)
        assert (row.model, row.prompt_hash) == (call.model_returned, call.prompt_hash)
        assert (row.shown_hash, row.settings) == (call.shown_hash, call.settings)
        assert call.raw_reply
        assert call.request_id
        assert call.unit_prices == {"input": 1.0, "output": 5.0}
        assert call.cost_usd > 0


def test_a_move_that_cannot_be_resolved_excludes_its_trials(
    db: Db, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taste.simulator.answers.restate", lambda *_: Restated("", "human", "odd"))
    go(**ALONE)
    assert {row.exclusion for row in rows(db, Trial)} == {
        "human move not restated: unresolvable (odd)"
    }
    assert rows(db, Verdict) == []


@pytest.mark.sqlite
def test_a_database_that_cannot_be_written_stops_the_run(db: Db, go: Go) -> None:
    refuse = "create trigger full before insert on verdict begin select raise(abort, 'full'); end"
    db.connection().exec_driver_sql(refuse)
    db.commit()
    result = go(**ALONE)
    assert "the database cannot be written (full)" in str(result.stopped)
    assert [run.status for run in rows(db, Run)] == ["stopped"]
    assert rows(db, Verdict) == []
    assert {row.outcome for row in rows(db, Call)} == {"answered"}
    db.connection().exec_driver_sql("drop trigger full")
    db.commit()
    kept = len([row for row in rows(db, Call) if row.purpose == "judge"])
    assert (go(**ALONE).stopped, kept > 0) == (None, True)
    assert len([row for row in rows(db, Call) if row.purpose == "judge"]) == 4
