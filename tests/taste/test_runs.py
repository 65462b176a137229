from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.jobs import find_or_add_run
from taste.run_states import run_states
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Call, Run, TrialVerdict
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

ALONE: dict[str, Any] = {"controls": {"arms": []}}
URL = "http://127.0.0.1:1"
Go = Callable[..., RunResult]
Asked = Callable[[], dict[str, int]]


def rows(db: Db, table: type[Any]) -> list[Any]:
    return list(db.exec(select(table).order_by(table.id)).all())


def test_a_study_is_done_when_every_trial_has_its_verdicts(db: Db, go: Go, asked: Asked) -> None:
    result = go()
    # 2 items: a model and stock on both; echo, placebo and shuffled on one of them.
    assert (result.done, result.total, result.stopped) == (7, 7, None)
    assert asked() == {"propose": 2, "placebo": 1, "restate": 9, "judge": 14}
    assert result.answered == len(rows(db, Call)) == 26
    assert len(db.exec(select(TrialVerdict)).all()) == 14
    assert [(run.status, run.reason) for run in rows(db, Run)] == [("done", None)]


def test_a_limit_does_so_many_trials_and_the_next_start_the_others(
    db: Db, go: Go, asked: Asked
) -> None:
    result = go(limit=3)
    assert (result.done, result.total, result.stopped) == (3, 7, None)
    assert [run.status for run in rows(db, Run)] == ["stopped"]
    assert go().done == 4
    assert asked() == {"propose": 2, "placebo": 1, "restate": 9, "judge": 14}


def test_a_run_is_simulated_as_soon_as_one_of_its_starts_was(
    db: Db, study_text: Callable[..., str], now: Any
) -> None:
    text = study_text(URL)
    study = parse_study(text, "study.toml")
    find_or_add_run(db, study, text, now, simulated=False)
    assert find_or_add_run(db, study, text, now, simulated=True).simulated
    assert find_or_add_run(db, study, text, now, simulated=False).simulated


@pytest.mark.parametrize("fault", ["withdrawn", "expired"])
def test_nothing_of_a_session_without_consent_is_sent(
    db: Db,
    simulator: Simulator,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    now: Any,
    fault: str,
) -> None:
    for session in db.exec(select(Session)).all():
        session.usable_until = now.date().replace(year=2020) if fault == "expired" else None
        session.withdrawn_at = now if fault == "withdrawn" else None
        db.add(session)
    db.commit()
    with pytest.raises(UserError, match=r"was withdrawn on|could be used until 2020"):
        start(db, study_text(simulator.base_url))
    assert [seen for seen in simulator.requests if seen.kind] == []


def test_a_set_that_is_not_there_makes_no_run(db: Db, go: Go) -> None:
    with pytest.raises(UserError, match=r"no set 'gone' \(there are: few, more\)"):
        go(sets=["few", "gone"])
    db.rollback()
    assert rows(db, Run) == []


def test_a_key_that_is_missing_makes_no_run(
    db: Db, start: Callable[..., RunResult], study_text: Callable[..., str]
) -> None:
    with pytest.raises(UserError, match="set LOCAL_KEY in the environment"):
        start(db, study_text("https://models.invalid"))
    assert rows(db, Run) == []


def test_a_loopback_server_that_does_not_answer_makes_no_run(
    db: Db, start: Callable[..., RunResult], study_text: Callable[..., str]
) -> None:
    with pytest.raises(UserError, match="does not answer"):
        start(db, study_text(URL))
    assert rows(db, Run) == []


def test_the_budget_stops_a_run_that_a_higher_one_goes_on_with(
    db: Db, go: Go, asked: Asked
) -> None:
    result = go(limits={"budget_usd": 0.06, "concurrency": 1})
    assert "the budget of $0.06 is reached" in str(result.stopped)
    assert 0 < sum(row.cost_usd for row in rows(db, Call)) <= 0.06
    assert (rows(db, Run)[0].status, result.spent_usd <= 0.06) == ("stopped", True)
    before = sum(asked().values())
    go()
    assert before + sum(asked().values()) == 26


@pytest.mark.sqlite
def test_no_key_is_written_to_the_database(
    db: Db, database: Path, struck: Callable[..., RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    struck("fatal:4", limit=None)
    db.connection().exec_driver_sql("pragma wal_checkpoint(truncate)")
    written = [path.read_bytes() for path in database.parent.iterdir()]
    assert b"simulated-judge" in b"".join(written)
    assert b"secret-key-5c21" not in b"".join(written)


def test_the_state_of_a_run_says_how_far_it_has_got(db: Db, go: Go) -> None:
    go(limit=3)
    (state,) = run_states(db)
    assert (state.trials, state.finished, state.excluded) == (7, 3, 0)
    assert (state.status, state.simulated, state.study) == ("stopped", True, "tried")
    assert state.calls == len(rows(db, Call))
    assert state.spent_usd == pytest.approx(sum(row.cost_usd for row in rows(db, Call)))
