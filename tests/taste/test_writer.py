"""One writer: calls are rows before they are used, and no answered call is asked again."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlmodel import col, delete, select

from taste.tables import Call, Proposal, Trial, TrialVerdict, Verdict
from taste.workers import RunResult
from transcripts.db import Db

Go = Callable[..., RunResult]
Asked = Callable[[], dict[str, int]]


def test_an_answer_whose_row_is_missing_is_read_again(db: Db, go: Go, asked: Asked) -> None:
    go()
    asked()
    before = sorted(db.exec(select(Verdict.identity)))
    db.exec(delete(TrialVerdict))
    db.exec(delete(Verdict))
    for trial in db.exec(select(Trial).where(col(Trial.exclusion).is_(None))):
        trial.done = False
    db.commit()
    db.connection().exec_driver_sql("update run set status = 'running'")
    result = go()
    assert (asked(), result.answered, result.stopped) == ({}, 0, None)
    assert sorted(db.exec(select(Verdict.identity))) == before


def test_tasks_that_wait_share_a_commit(db: Db, go: Go) -> None:
    commits: list[Any] = []
    note = commits.append
    event.listen(db, "after_commit", note)
    go(limits={"budget_usd": 10, "concurrency": 16})
    event.remove(db, "after_commit", note)
    calls = len(db.exec(select(Call.id)).all())
    rows = len(db.exec(select(Proposal.id)).all()) + len(db.exec(select(Verdict.id)).all())
    assert 0 < len(commits) < 2 * calls + rows
