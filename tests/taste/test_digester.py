import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from taste.asking import Asking, Unanswered
from taste.client import Client
from taste.digester import MOST_WORDS, write_digest
from taste.jobs import find_or_add_run
from taste.orders import Order
from taste.points import PointText, read_point
from taste.proposals import add_restatement
from taste.replies import Attempt, Outcome
from taste.sets import get_set, read_items
from taste.spending import Budget
from taste.study import Study, parse_study
from taste.tables import Call, Digest, Restatement
from transcripts.db import Db

MOVE = "Run the benchmark script unchanged for four sizes and put table and figure into the docs."
CLEAN = "The first figures are start-up time. At equal conditions the ratio is 1.61 on that card."
LEAKY = f"{CLEAN} The benchmark script was run unchanged for four sizes."


def draft(text: str) -> Attempt:
    return Attempt(Outcome.ANSWERED, text=json.dumps({"digest": text}), cost_usd=0.5)


def check(reveals: str, quote: str = "") -> Attempt:
    return Attempt(Outcome.ANSWERED, text=json.dumps({"reveals": reveals, "quote": quote}))


@dataclass
class Scripted(Client):
    """A client whose answers are given beforehand."""

    answers: list[Attempt] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    async def send(
        self, order: Order, record: Callable[[Attempt], Awaitable[int]]
    ) -> tuple[Attempt, int]:
        self.orders.append(order)
        attempt = self.answers.pop(0)
        return attempt, await record(attempt)


@dataclass
class Writing:
    """One decision point, and a study to write its digest for."""

    asking: Asking
    client: Scripted
    text: PointText
    study: Study
    human: Restatement

    def write(self, *answers: Attempt) -> Digest:
        self.client.answers[:] = answers
        self.client.orders.clear()
        row = asyncio.run(write_digest(self.asking, self.text, self.study, self.human))
        assert not self.client.answers, "an answer was not asked for"
        return row

    @property
    def asked(self) -> list[str]:
        return [f"{order.request.purpose} by {order.seat.name}" for order in self.client.orders]

    @property
    def rows(self) -> list[tuple[int, str]]:
        found = self.asking.db.exec(select(Digest).order_by("id"))
        return [(row.attempt, row.outcome) for row in found]


@pytest.fixture
def writing(db: Db, study_text: Callable[..., str], now: datetime) -> Callable[..., Writing]:
    """writing(judging={...}) is a point of the examples, with nothing asked yet."""

    def make(**replaced: Any) -> Writing:
        text = study_text("http://127.0.0.1:1", **replaced)
        study = parse_study(text, "study.toml")
        run = find_or_add_run(db, study, text, now, simulated=False)
        db.commit()
        client = Scripted({end.name: end for end in study.endpoints}, study.limits, Budget(1))
        item = next(
            i for i in read_items(db, get_set(db, "few")) if "docs" in read_point(db, i).act
        )
        point = read_point(db, item)
        human = add_restatement(
            db, now, identity=f"human {MOVE}", decision_point_id=point.point.id, verbatim=point.act,
            outcome="restated", move=MOVE, prompt_hash="", simulated=False,
        )  # fmt: skip
        return Writing(Asking(db, run, client, lambda: now), client, point, study, human)

    return make


def test_a_clean_draft_is_written_and_found_again(writing: Callable[..., Writing]) -> None:
    work = writing()
    first = work.write(draft(f" {CLEAN}\n"))
    assert (first.outcome, first.text, first.reason, first.leak) == ("written", CLEAN, None, {})
    assert work.asked == ["digest by simulated-restater"]
    assert work.write().id == first.id
    assert work.rows == [(1, "written")]


def test_a_draft_that_gives_the_move_away_is_kept_and_asked_for_again(
    writing: Callable[..., Writing],
) -> None:
    work = writing()
    assert work.write(draft(LEAKY), draft(CLEAN)).text == CLEAN
    assert work.rows == [(1, "leaky"), (2, "written")]
    leaky = work.asking.db.exec(select(Digest)).first()
    assert leaky is not None
    assert (leaky.text, leaky.leak["found"]["kind"]) == (LEAKY, "share")
    assert str(leaky.reason).startswith("one sentence has ")
    assert [order.variation for order in work.client.orders] == [1, 2]


def test_after_three_leaky_drafts_the_last_is_returned_and_none_is_asked_for_any_more(
    writing: Callable[..., Writing],
) -> None:
    work = writing()
    last = work.write(draft(LEAKY), draft(LEAKY), draft(LEAKY))
    assert (last.attempt, last.outcome) == (3, "leaky")
    assert work.write().id == last.id


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (Attempt(Outcome.TRUNCATED, "stopped with 'max_tokens'"), "stopped with 'max_tokens'"),
        (Attempt(Outcome.ANSWERED, text="[]"), "malformed answer"),
        (draft(" "), "0 words"),
        (draft("so " * (MOST_WORDS + 1)), f"{MOST_WORDS + 1} words"),
    ],
)
def test_a_draft_that_cannot_be_used_is_a_failed_row_and_asked_for_again(
    writing: Callable[..., Writing], attempt: Attempt, reason: str
) -> None:
    work = writing()
    assert work.write(attempt, draft(CLEAN)).attempt == 2
    failed = work.asking.db.exec(select(Digest)).first()
    assert failed is not None
    assert failed.outcome == "failed"
    assert str(failed.reason).startswith(reason)


def test_a_refusal_is_an_answer(writing: Callable[..., Writing]) -> None:
    work = writing()
    row = work.write(Attempt(Outcome.REFUSED, "refused (no category)"))
    assert (row.outcome, row.reason) == ("failed", "refused (no category)")
    assert work.write().id == row.id


def test_no_answer_leaves_the_draft_open(writing: Callable[..., Writing]) -> None:
    work = writing()
    with pytest.raises(Unanswered):
        work.write(draft(LEAKY), Attempt(Outcome.RETRYABLE, "busy"))
    assert work.rows == [(1, "leaky")]
    assert work.write(draft(CLEAN)).attempt == 2


def test_every_call_is_stored_and_names_the_draft(writing: Callable[..., Writing]) -> None:
    work = writing()
    row = work.write(draft(LEAKY), draft(CLEAN))
    calls = work.asking.db.exec(select(Call).order_by("id")).all()
    assert [(call.purpose, call.cost_usd) for call in calls] == [("digest", 0.5)] * 2
    assert (row.call_id, row.identity) == (calls[1].id, calls[1].identity)


def test_the_act_is_not_shown_to_the_writer(writing: Callable[..., Writing]) -> None:
    work = writing()
    work.write(draft(CLEAN))
    context = work.client.orders[0].request.context
    assert work.text.act in work.text.aftermath
    assert work.text.act not in context
    assert "59x at 4000 cannot be" in context


def test_another_move_or_other_rules_make_another_digest(
    writing: Callable[..., Writing], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = writing()
    work.write(draft(CLEAN))
    work.human.move = "Draw the ratio of the figures over the card's clock, in one plot."
    work.write(draft(CLEAN))
    monkeypatch.setattr("taste.digester.RULES", "other")
    work.write(draft(CLEAN))
    assert work.rows == [(1, "written")] * 3


def test_a_move_too_short_to_compare_is_said_in_the_row(writing: Callable[..., Writing]) -> None:
    work = writing()
    work.human.move = "Stop."
    row = work.write(draft(CLEAN))
    assert row.outcome == "written"
    assert row.leak == {"unchecked": ["fewer than 4 content words: 'Stop.'"]}


def test_the_seats_may_be_named(
    writing: Callable[..., Writing], seat: Callable[..., dict[str, Any]]
) -> None:
    work = writing(digester=seat("writer"), prober=seat("reader"), judging={"leak_check": True})
    work.write(draft(CLEAN), check("no"))
    assert work.asked == ["digest by writer", "leak by reader"]


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (check("No"), "written", None),
        (check("yes", "start-up"), "leaky", "a model says that it gives the move away: 'start-up'"),
        (check("maybe"), "failed", "the leak check said 'maybe', neither yes nor no"),
        (Attempt(Outcome.REFUSED, "refused"), "failed", "the leak check got no answer: refused"),
    ],
)
def test_a_model_may_be_asked_about_a_draft_whose_words_are_clean(
    writing: Callable[..., Writing], answer: Attempt, outcome: str, reason: str | None
) -> None:
    work = writing(judging={"leak_check": True})
    again = [] if outcome == "written" else [draft(CLEAN), check("no")]
    assert work.write(draft(CLEAN), answer, *again).outcome == "written"
    first = work.asking.db.exec(select(Digest).order_by("id")).first()
    assert first is not None
    assert (first.outcome, first.reason) == (outcome, reason)


def test_no_model_is_asked_about_a_draft_that_is_leaky_by_its_words(
    writing: Callable[..., Writing],
) -> None:
    work = writing(judging={"leak_check": True})
    work.write(draft(LEAKY), draft(CLEAN), check("no"))
    assert [order.request.purpose for order in work.client.orders] == ["digest", "digest", "leak"]
    assert MOVE in work.client.orders[2].request.question


def test_a_draft_is_paid_for_even_if_the_check_gets_no_answer(
    writing: Callable[..., Writing],
) -> None:
    work = writing(judging={"leak_check": True})
    with pytest.raises(Unanswered):
        work.write(draft(CLEAN), Attempt(Outcome.RETRYABLE, "busy"))
    work.asking.db.rollback()
    assert [call.purpose for call in work.asking.db.exec(select(Call))] == ["digest", "leak"]
    assert work.rows == []


def test_a_draft_that_was_paid_for_is_checked_and_not_written_again(
    writing: Callable[..., Writing],
) -> None:
    work = writing(judging={"leak_check": True})
    body = {"type": "message", "stop_reason": "end_turn", "model": "simulated-restater"}
    said = {"content": [{"type": "text", "text": json.dumps({"digest": CLEAN})}], "usage": {}}
    paid = replace(draft(CLEAN), raw_reply=json.dumps(body | said))
    with pytest.raises(Unanswered):
        work.write(paid, Attempt(Outcome.RETRYABLE, "busy"))
    row = work.write(check("no"))
    assert work.asked == ["leak by simulated-judge"]
    assert (row.outcome, row.text) == ("written", CLEAN)
    assert work.asking.db.get_one(Call, row.call_id).purpose == "digest"
