"""Requests out by file and answers in, with a simulator in the other machine's place."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from taste.exchange.carrying import Carried, Lines, choose_endpoint, find_wanted, take_answers
from taste.exchange.files import read_answers, render_wanted, write_lines
from taste.exchange.walking import Stage
from taste.holding import let_go, take_hold
from taste.simulator.server import Simulator
from taste.study import parse_study
from taste.tables import Call, Proposal, Run, Verdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

AWAY = "away@127.0.0.1"
HEADERS = {"x-api-key": "none", "anthropic-version": "2023-06-01"}
Record = dict[str, Any]


@pytest.fixture
def away(simulate: Callable[..., Simulator]) -> Iterator[Simulator]:
    """The model that only the other machine reaches."""
    with simulate() as server:
        yield server


@pytest.fixture
def text(
    simulator: Simulator, away: Simulator, study_text: Callable[..., str], seat: Callable[..., Any]
) -> str:
    """A study whose proposer and judge are away, and whose restater is here."""
    here = {"name": "local", "base_url": simulator.base_url}
    there = {"name": "away", "base_url": away.base_url, "by_file": True}
    return study_text(
        simulator.base_url,
        endpoints=[here, there],
        proposers=[seat("simulated-late") | {"endpoint": "away"}],
        judges=[seat("simulated-judge") | {"endpoint": "away"}],
    )


@pytest.fixture
def allowed(db: Db) -> None:
    _allow(db, f"other, {AWAY}")


def _allow(db: Db, may_send: str) -> None:
    for one in db.exec(select(Session)).all():
        one.may_send = may_send
    db.commit()


@pytest.fixture
def export(db: Db, text: str, now: Any) -> Callable[[], list[Record]]:
    """The lines that the study would carry to the endpoint `away` now."""
    study = parse_study(text, "s.toml")

    def exporting() -> list[Record]:
        endpoint = choose_endpoint(study, "away")
        found = asyncio.run(find_wanted(db, study, text, lambda: now, endpoint))
        return [render_wanted(one) for one in found]

    return exporting


@pytest.fixture
def answer(away: Simulator) -> Callable[[Record], Record]:
    """What the other machine makes of a line."""

    def answering(line: Record) -> Record:
        reply = httpx2.post(
            f"{away.base_url}/v1/messages", json=line["body"], headers=HEADERS, trust_env=False
        )
        return {key: value for key, value in line.items() if key != "body"} | {
            "message": reply.json()
        }

    return answering


@pytest.fixture
def take(db: Db, text: str, now: Any, tmp_path: Path) -> Callable[..., Carried]:
    """take("proposals", lines) imports them."""

    def taking(stage: Stage, lines: list[Record], *, partial: bool = False) -> Carried:
        file = tmp_path / "answers.jsonl"
        write_lines(file, lines)
        study, found = parse_study(text, "s.toml"), Lines(stage, list(read_answers(file)))
        return asyncio.run(take_answers(db, study, text, lambda: now, found, partial=partial))

    return taking


Export = Callable[[], list[Record]]
Answering = Callable[[Record], Record]
Take = Callable[..., Any]


@pytest.fixture
def carried(request: pytest.FixtureRequest, export: Export, answer: Answering) -> list[Record]:
    """The first answers that come back."""
    request.getfixturevalue("allowed")
    return list(map(answer, export()))


@pytest.mark.usefixtures("allowed")
def test_a_study_is_done_by_carrying_files_and_the_other_machine_is_never_reached(  # noqa: PLR0913
    db: Db, text: str, export: Export, answer: Answering, take: Take, away: Simulator,
    start: Callable[..., Any],
) -> None:  # fmt: skip
    proposals = export()
    assert {line["purpose"] for line in proposals} == {"propose", "placebo"}
    assert take("proposals", list(map(answer, proposals))).stored == len(proposals)
    assert "is reached by file" in start(db, text).stopped
    verdicts = export()
    assert {line["purpose"] for line in verdicts} == {"judge"}
    assert take("verdicts", list(map(answer, verdicts))).stored == len(verdicts)
    assert start(db, text).stopped is None
    assert export() == []
    assert away.count == len(proposals) + len(verdicts)


def test_an_imported_answer_is_a_call_and_a_row_like_any_other(
    db: Db, take: Take, carried: list[Record]
) -> None:
    take("proposals", carried)
    for row in db.exec(select(Proposal).where(col(Proposal.call_id).is_not(None))).all():
        call = db.get_one(Call, row.call_id)
        assert (call.mode, call.outcome, call.identity) == ("imported", "answered", row.identity)
        assert (row.outcome, row.simulated, call.simulated) == ("proposed", True, True)
        assert json.loads(call.raw_reply or "")["usage"] == call.usage
        assert call.cost_usd > 0


def test_importing_a_file_twice_changes_nothing(db: Db, take: Take, carried: list[Record]) -> None:
    take("proposals", carried)
    before = len(db.exec(select(Call)).all())
    again = take("proposals", carried)
    assert (again.stored, again.unchanged, again.refused) == (0, len(carried), ())
    assert len(db.exec(select(Call)).all()) == before


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"prompt_hash": "0" * 64}, "its prompt_hash is another"),
        ({"shown_hash": "0" * 64}, "its shown_hash is another"),
        ({"request_hash": "0" * 64}, "its request_hash is another"),
        ({"custom_id": "0" * 64}, "does not ask this"),
        ({"message": {"type": "message"}}, "without a stop reason"),
        ({"message": []}, "message"),
        ({"message": None}, "give either"),
        ({"reply": "x"}, "give either"),
        ({"message": {"type": "error"}}, "not a message"),
    ],
)
def test_a_line_that_answers_another_request_is_refused_and_the_file_with_it(
    db: Db, take: Take, carried: list[Record], wrong: Record, why: str
) -> None:
    lines = [carried[0] | wrong, *carried[1:]]
    done = take("proposals", lines)
    assert (done.stored, [one.line for one in done.refused]) == (0, [1])
    assert why in done.refused[0].reason
    assert db.exec(select(Call)).all() == []
    assert take("proposals", lines, partial=True).stored == len(carried) - 1


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ('{"move": "Look.", "why": "x", "wrong_if": "y"}', "proposed"),
        ('{"move": "Look."}', "malformed"),
        ("Look.", "malformed"),
    ],
)
def test_a_reply_without_its_message_is_held_to_the_same_schema(
    db: Db, take: Take, carried: list[Record], reply: str, outcome: str
) -> None:
    line = {key: value for key, value in carried[0].items() if key != "message"}
    done = take("proposals", [line | {"reply": reply, "usage": {"input_tokens": 9}}])
    assert (done.stored, done.unusable) == (1, int(outcome != "proposed"))
    row = db.exec(select(Proposal).where(Proposal.identity == line["custom_id"])).one()
    assert row.outcome == outcome


def test_another_models_answer_is_no_answer(db: Db, take: Take, carried: list[Record]) -> None:
    line = carried[0] | {"message": carried[0]["message"] | {"model": "other"}}
    take("proposals", [line])
    row = db.exec(select(Proposal).where(Proposal.identity == line["custom_id"])).one()
    assert (row.outcome, row.move) == ("malformed", None)


@pytest.mark.parametrize("may_send", ["none", "away", "local", "away@models.invalid"])
def test_nothing_is_exported_of_a_session_that_may_not_leave(
    db: Db, export: Export, may_send: str
) -> None:
    _allow(db, may_send)
    with pytest.raises(UserError, match="may not be sent to 'away'"):
        export()


def test_an_answer_about_a_session_that_was_withdrawn_meanwhile_is_refused(
    db: Db, take: Take, carried: list[Record], now: Any
) -> None:
    for one in db.exec(select(Session)).all():
        one.withdrawn_at = now
    db.commit()
    done = take("proposals", carried)
    assert (done.stored, len(done.refused)) == (0, len(carried))
    assert "was withdrawn" in done.refused[0].reason


def test_the_file_is_its_owners_alone_and_there_as_a_whole(tmp_path: Path) -> None:
    def broken() -> Iterator[Record]:
        yield {"a": 1}
        raise OSError(28, "No space left on device")

    file = tmp_path / "out.jsonl"
    assert write_lines(file, [{"a": 1}, {"b": 2}]) == 2
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UserError, match="No space left"):
        write_lines(file, broken())
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert len(file.read_text().splitlines()) == 2


def test_verdicts_come_from_the_same_parse(
    db: Db, take: Take, carried: list[Record], export: Export, text: str,
    start: Callable[..., Any],
) -> None:  # fmt: skip
    take("proposals", carried)
    start(db, text)
    first, second, *_ = [
        {key: value for key, value in line.items() if key != "body"} for line in export()
    ]
    good = json.dumps({"reasoning": "r", "verdict": "tie", "confidence": "low"})
    done = take("verdicts", [first | {"reply": good}, second | {"reply": "tie"}])
    assert (done.stored, done.unusable) == (2, 1)
    rows = db.exec(select(Verdict).order_by(col(Verdict.id))).all()
    assert {row.verdict for row in rows} == {"tie", "unscored"}


def test_answers_come_into_no_run_that_another_process_works_on(
    db: Db, take: Take, carried: list[Record], now: Any
) -> None:
    take_hold(db, db.exec(select(Run)).one(), "elsewhere 7 a", now)
    with pytest.raises(UserError, match="run 1 is being worked on by process 7 on elsewhere"):
        take("proposals", carried)
    db.rollback()
    assert not db.exec(select(Call)).all()
    let_go(db, db.exec(select(Run)).one(), "elsewhere 7 a")
    assert take("proposals", carried).stored == len(carried)
