"""Trying again what could not be used: new rows, old rows kept, and nothing asked for twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from taste.again import Tried as Again
from taste.again import count_tried, next_identity
from taste.audit import audit
from taste.bundles.exporting import export_bundle
from taste.bundles.importing import import_bundle
from taste.evidence import read_lines
from taste.jobs import find_run, open_jobs
from taste.planning.estimate import estimate_run
from taste.retries import Failure, choose, find_failures, store_retries
from taste.run_tables import Manifest, Retry
from taste.simulator.server import Simulator
from taste.study import Study, parse_study
from taste.tables import Call, Proposal, Restatement, Run, Trial, TrialVerdict, Verdict
from taste.workers import RunResult
from transcripts.db import Db

PLAIN = {
    "forms": ["restated"],
    "provenances": ["blind"],
    "prompts": ["standard"],
    "share_samples": 1,
}
LIMITS = {"budget_usd": 10, "concurrency": 1, "max_wait": 0.01, "attempts": 1}


@dataclass
class Tried:
    """A study whose run has met a fault, and may be gone on with."""

    db: Db
    study: Study
    go: Callable[[], RunResult]
    now: datetime

    @property
    def run(self) -> Run:
        run = find_run(self.db, self.study)
        assert run is not None
        return run

    def failures(self) -> list[Failure]:
        return find_failures(self.db, self.run, self.study)

    def mark(self, *reasons: str) -> list[Failure]:
        chosen = choose(self.failures(), reasons)
        store_retries(self.db, self.run, chosen, self.now)
        self.db.commit()
        return chosen

    def planned(self) -> int:
        return estimate_run(self.db, self.run, self.study, None).calls

    def calls(self) -> int:
        return len(self.db.exec(select(Call.id)).all())


@pytest.fixture
def tried(
    db: Db,
    simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    now: datetime,
) -> Iterator[Callable[..., Tried]]:
    """tried("refusal:1") does a study of two trials with that fault."""
    with ExitStack() as stack:

        def run(*faults: str, **replaced: Any) -> Tried:
            server = stack.enter_context(simulate(*faults))
            values: dict[str, Any] = {"limits": LIMITS, "controls": {"arms": []}, **replaced}
            text = study_text(server.base_url, **values)
            assert start(db, text).stopped is None
            return Tried(db, parse_study(text, "s.toml"), lambda: start(db, text), now)

        yield run


FAILED = [
    ("refusal:1", "proposal", "refusal:frontier_llm"),
    ("max_tokens:1", "proposal", "max_tokens"),
    ("wrong_model:1", "proposal", "wrong model"),
    ("off_schema:1x3", "proposal", "malformed"),
    ("refusal:2", "restatement", "refusal:frontier_llm"),
    ("off_schema:3x3", "restatement", "malformed"),
    ("refusal:4", "verdict", "refusal:frontier_llm"),
    ("malformed:5x3", "verdict", "malformed"),
]


@pytest.mark.parametrize(("fault", "kind", "reason"), FAILED)
def test_a_failure_is_tried_again_as_a_new_row_and_the_first_one_stays(
    tried: Callable[..., Tried], fault: str, kind: str, reason: str
) -> None:
    study = tried(fault)
    (failed,) = study.mark(reason)
    assert (failed.kind, failed.reason) == (kind, reason)
    planned, calls = study.planned(), study.calls()
    assert study.go().stopped is None
    assert (study.failures(), study.planned()) == ([], 0)
    assert 0 < study.calls() - calls <= planned
    tables: list[Any] = [Proposal, Restatement, Verdict]
    rows = [row for table in tables for row in study.db.exec(select(table)).all()]
    assert failed.identity in {row.identity for row in rows}
    assert study.db.exec(select(Retry.reason)).all() == [reason]


KEPT = {"call", "proposal", "restatement", "verdict", "retry"}
"""Tables whose rows stay as they are, whatever is tried again."""


def test_every_trial_is_done_and_linked_to_what_is_wanted_only(
    tried: Callable[..., Tried],
) -> None:
    study = tried("refusal:4")
    study.mark("refusal")
    study.go()
    assert open_jobs(study.db, study.run) == []
    linked = select(Verdict).join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
    verdicts = study.db.exec(linked).all()
    assert [verdict.verdict for verdict in verdicts if verdict.verdict == "unscored"] == []
    assert len(verdicts) == 2 * len(study.db.exec(select(Trial)).all())


def test_what_fails_again_may_be_tried_again(tried: Callable[..., Tried]) -> None:
    study = tried("refusal:4", "max_tokens:11")
    (first,) = study.mark("refusal")
    study.go()
    (second,) = study.mark("max_tokens")
    assert second.identity == next_identity(first.identity)
    study.go()
    assert study.failures() == []
    assert count_tried(study.db, study.run.id) == [
        Again("max_tokens", 1, 1), Again("refusal:frontier_llm", 1, 1)
    ]  # fmt: skip


def test_what_is_audited_holds_before_and_after(tried: Callable[..., Tried]) -> None:
    study = tried("refusal:1")
    study.mark("refusal")
    assert audit(study.db, None, lambda _: None).differences == []
    study.go()
    found = audit(study.db, None, lambda _: None)
    assert (found.differences, found.not_rebuilt) == ([], 0)
    of_runs = study.db.exec(select(Manifest).where(col(Manifest.run_id).is_not(None))).all()
    first, marked, last = ({x for x in read_lines(m.hashes) if x.table in KEPT} for m in of_runs)
    assert (first < last, marked < last, len(marked)) == (True, True, 1)


def test_no_body_is_sent_a_second_time(tried: Callable[..., Tried]) -> None:
    study = tried("refusal:1")
    study.mark("refusal")
    study.go()
    bodies = study.db.exec(select(Call.body_hash)).all()
    assert len(set(bodies)) == len(bodies)


def test_another_study_with_the_same_wish_finds_what_was_paid_for(
    tried: Callable[..., Tried], start: Callable[..., RunResult]
) -> None:
    study = tried("refusal:4")
    study.mark("refusal")
    study.go()
    calls = study.calls()
    text = study.run.study_text.replace('"tried"', '"other"')
    assert start(study.db, text).stopped is None
    other = Tried(study.db, parse_study(text, "o.toml"), lambda: start(study.db, text), study.now)
    other.mark("refusal")
    other.go()
    assert (other.failures(), other.calls()) == ([], calls)


def test_a_probe_is_tried_again(tried: Callable[..., Tried]) -> None:
    study = tried("off_schema:every4x2", "malformed:6", probes={"kinds": ["loading"]})
    (failed,) = study.mark("malformed")
    assert (failed.kind, len(failed.probes), study.planned()) == ("probe", 1, 1)
    study.go()
    assert (study.failures(), study.planned()) == ([], 0)


def test_what_was_tried_again_travels_in_a_bundle(
    tried: Callable[..., Tried], empty: Db, tmp_path: Path
) -> None:
    study = tried("refusal:1")
    study.mark("refusal")
    study.go()
    export_bundle(study.db, study.run, tmp_path / "run.zip")
    import_bundle(empty, tmp_path / "run.zip")
    assert count_tried(empty, study.run.id) == [Again("refusal:frontier_llm", 1, 1)]
    assert audit(empty, None, lambda _: None).differences == []


def test_a_missing_digest_is_what_is_tried_again(tried: Callable[..., Tried]) -> None:
    judging = {"views": ["digest"], "leak_check": False}
    study = tried("refusal:4", judging={**PLAIN, **judging})
    (failed,) = study.mark("refusal")
    assert failed.kind == "digest"
    assert len(failed.verdicts) == 2
    study.go()
    assert study.failures() == []
