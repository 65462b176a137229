"""Batches from collecting to booked results, with the real SDK and an endpoint that misbehaves."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from taste.asking import Unanswered
from taste.batching.rows import find_open_batches
from taste.batching.states import abandon_batch
from taste.bodies import How, body_of, hash_body
from taste.holding import STALE, take_hold
from taste.removal import delete_with_all, withdraw_with_all
from taste.run_tables import Batch, BatchItem
from taste.spending import StopRun
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OVERLOADED = {"type": "errored", "error": {"error": {"type": "overloaded_error", "message": "x"}}}
INVALID = {
    "type": "errored",
    "error": {"error": {"type": "invalid_request_error", "message": "too long"}},
}
EXPIRED = {"type": "expired"}
NO_KEY = {"type": "errored", "error": {"error": {"type": "authentication_error", "message": "k"}}}


def _batches(bench: Any) -> list[Batch]:
    return list(bench.db.exec(select(Batch)))


def test_every_answer_of_a_batch_is_a_call_of_its_own_at_half_the_price(bench: Any) -> None:
    bench.go("a", "b", "c")
    calls = bench.calls()
    assert [call.outcome for call in calls] == ["answered"] * 3
    assert {round(call.cost_usd, 9) for call in calls} == {(1000 * 10 + 100 * 50) / 1e6 / 2}
    assert all(call.unit_prices["input"] == 5 for call in calls)
    assert "answer to a" in (bench.answer("a").raw_reply or "")
    assert {call.batch_id for call in calls} == {_batches(bench)[0].id}


def test_a_call_of_a_batch_says_what_its_request_was_built_from(bench: Any) -> None:
    bench.source = {"built": "from this"}
    bench.go("a")
    (call,) = bench.calls()
    order, _ = bench.order("a")
    how = How.from_dict(call.source["how"])
    assert call.source["built"] == "from this"
    assert call.request_hash == order.request.text_hash
    assert call.body_hash == hash_body(body_of(order.request, order.seat, how))


def test_a_context_is_kept_for_an_hour_since_batches_take_long(bench: Any) -> None:
    bench.go("a")
    (request,) = bench.endpoint.remotes["msgbatch_0"].requests
    cached = request["params"]["messages"][0]["content"][0]["cache_control"]
    assert cached == {"type": "ephemeral", "ttl": "1h"}


def test_results_are_read_from_the_named_endpoint_whatever_address_it_gives(bench: Any) -> None:
    bench.go("a")
    assert "GET /v1/messages/batches/msgbatch_0/results" in bench.endpoint.paths
    assert not [path for path in bench.endpoint.paths if "steal" in path]


@pytest.mark.parametrize("passing", [OVERLOADED, EXPIRED])
def test_what_expired_or_met_a_passing_fault_is_asked_again(bench: Any, passing: Any) -> None:
    bench.endpoint.results["a"] = [passing]
    bench.go("a", "b")
    assert [call.outcome for call in bench.calls("a")] == ["retryable", "answered"]
    assert [call.attempt for call in bench.calls("a")] == [1, 2]
    assert len(bench.calls("b")) == 1
    assert [batch.requests for batch in _batches(bench)] == [2, 1]


def test_what_never_gets_an_answer_is_given_up_after_the_attempts_allowed(bench: Any) -> None:
    bench.endpoint.results["a"] = [EXPIRED] * 9
    with pytest.raises(Unanswered, match="no batch brought an answer"):
        bench.go("a")
    assert [call.outcome for call in bench.calls("a")] == ["retryable"] * 3
    assert bench.sender.budget.reserved == pytest.approx(0)


def test_a_refused_request_is_an_outcome_and_is_not_asked_again(bench: Any) -> None:
    bench.endpoint.results["a"] = [INVALID]
    bench.go("a", "b")
    (call,) = bench.calls("a")
    assert (call.outcome, call.error) == ("failed", "invalid_request_error: too long")
    assert call.cost_usd == 0


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"stop_reason": "refusal"}, "refused"),
        ({"stop_reason": "max_tokens"}, "truncated"),
        ({"model": "another"}, "malformed"),
        ({"content": "?"}, "answered"),
    ],
)
def test_what_a_message_says_is_sorted_and_paid_for_like_a_call(
    bench: Any, succeeded: Callable[..., Any], changed: Any, outcome: str
) -> None:
    bench.endpoint.results["a"] = [succeeded("x", **changed)]
    bench.go("a")
    assert bench.calls("a")[0].outcome == outcome
    assert bench.calls("a")[0].cost_usd > 0


def test_a_fault_of_the_whole_run_stops_it_after_everything_else_is_kept(bench: Any) -> None:
    bench.endpoint.results["a"] = [NO_KEY]
    with pytest.raises(StopRun, match="cannot go on: authentication_error"):
        bench.go("a", "b")
    assert [call.outcome for call in bench.calls("a")] == ["fatal"]
    assert bench.calls("b")[0].outcome == "answered"


def test_results_that_are_cut_are_read_again_and_booked_once(bench: Any) -> None:
    bench.endpoint.cuts, bench.endpoint.drop_last = 1, 1
    bench.go("a", "b", "c")
    assert [len(bench.calls(name)) for name in "abc"] == [1, 1, 1]
    assert bench.endpoint.asked == 3


def test_a_result_that_never_comes_is_asked_again(bench: Any) -> None:
    bench.endpoint.drop_last = 3
    bench.go("a", "b")
    outcomes = [call.outcome for call in bench.calls("a")]
    assert outcomes == ["retryable", "answered"]
    assert bench.calls("a")[0].error == "the batch ended without a result for this request"


def test_a_batch_whose_creation_got_no_answer_is_found_and_not_paid_twice(bench: Any) -> None:
    bench.endpoint.lost_creations = 1
    bench.go("a", "b")
    assert len(bench.endpoint.remotes) == 1
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]
    assert any("no answer to its creation" in line for line in bench.told)


def test_a_busy_endpoint_is_asked_again_to_take_a_batch(bench: Any) -> None:
    bench.endpoint.refused = [529, 429]
    bench.go("a")
    assert bench.answer("a") is not None
    assert [batch.status for batch in _batches(bench)] == ["ended"]


def test_an_endpoint_that_takes_no_batch_is_named_and_nothing_is_left_waiting(bench: Any) -> None:
    bench.endpoint.refused = [401]
    with pytest.raises(StopRun, match="'local' takes no batch"):
        bench.go("a")
    assert [batch.status for batch in _batches(bench)] == ["lost"]
    assert find_open_batches(bench.db, bench.run.id) == []


def test_another_process_collects_what_an_earlier_one_handed_over(bench: Any) -> None:
    bench.endpoint.looks = 10**6
    _hand_over_only(bench, "a", "b")
    bench.endpoint.remotes["msgbatch_0"].looks = 0
    bench.restart()
    bench.go("a", "b")
    assert len(bench.endpoint.remotes) == 1
    assert bench.answer("a") is not None
    assert bench.answer("b") is not None


def test_what_waits_at_an_endpoint_counts_against_the_budget_after_a_restart(bench: Any) -> None:
    _hand_over_only(bench, "a", "b")
    waiting = sum(item.reserved_usd for item in bench.db.exec(select(BatchItem)))
    bench.restart()
    _open_only(bench)
    assert bench.sender.budget.reserved == pytest.approx(waiting)
    assert waiting > 0


@pytest.mark.parametrize("taken", [True, False])
def test_a_kill_while_a_batch_is_handed_over_pays_for_it_once(bench: Any, taken: bool) -> None:
    _hand_over_only(bench, "a", "b")
    (batch,) = _batches(bench)
    batch.status, batch.remote_id = "collected", None
    bench.db.commit()
    if not taken:
        bench.endpoint.remotes.clear()
    bench.restart()
    bench.go("a", "b")
    assert bench.endpoint.asked == 2
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]


def test_a_batch_that_turns_out_to_be_anothers_is_not_used(bench: Any) -> None:
    _hand_over_only(bench, "a", "b")
    (batch,) = _batches(bench)
    batch.status, batch.remote_id = "collected", None
    bench.db.commit()
    for number, request in enumerate(bench.endpoint.remotes["msgbatch_0"].requests):
        request["custom_id"] = f"theirs-{number}"
    bench.restart()
    bench.go("a", "b")
    assert [each.status for each in _batches(bench)] == ["lost", "ended"]
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]
    assert bench.sender.budget.reserved == pytest.approx(0)


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("looks", [0, 1, 3])
def test_a_batch_without_an_answer_is_found_next_to_anothers_of_its_size(
    bench: Any, foreign: Callable[[int], None], looks: int, killed: bool
) -> None:
    foreign(looks)
    bench.endpoint.lost_creations = 1
    if killed:
        _hand_over_only(bench, "a", "b")
        bench.restart()
    bench.go("a", "b")
    assert list(bench.endpoint.remotes) == ["msgbatch_0", "msgbatch_1"]
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]
    assert [batch.remote_id for batch in _batches(bench)] == ["msgbatch_1"]
    assert bench.sender.budget.reserved == pytest.approx(0)


def test_nothing_is_paid_again_while_nobody_can_tell_whose_a_batch_is(bench: Any) -> None:
    bench.endpoint.lost_creations, bench.endpoint.looks, bench.endpoint.unreadable = 1, 0, 3
    with pytest.raises(StopRun, match=r"may be batch 1, but no result of it can be read"):
        bench.go("a", "b")
    assert [batch.status for batch in _batches(bench)] == ["collected"]
    bench.restart()
    bench.go("a", "b")
    assert bench.endpoint.asked == 2
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]


def test_the_money_of_a_batch_that_is_given_up_is_free_and_its_requests_are_made_again(
    bench: Any,
) -> None:
    _hand_over_only(bench, "a", "b")
    take_hold(bench.db, bench.run, "elsewhere 7 a", NOW)
    with pytest.raises(UserError, match="run 1 is being worked on"):
        abandon_batch(bench.db, _batches(bench)[0], NOW + STALE)
    abandon_batch(bench.db, _batches(bench)[0], NOW + STALE + timedelta(seconds=1))
    bench.restart()
    _open_only(bench)
    assert bench.sender.budget.reserved == 0
    bench.go("a", "b")
    assert [each.status for each in _batches(bench)] == ["abandoned", "ended"]
    assert [len(bench.calls(name)) for name in "ab"] == [1, 1]


def test_a_batch_holds_no_more_requests_than_is_allowed(bench: Any) -> None:
    bench.options = {"most_requests": 2}
    bench.restart()
    bench.go("a", "b", "c", "d", "e")
    assert [len(remote.requests) for remote in bench.endpoint.remotes.values()] == [2, 2, 1]
    assert len(bench.calls()) == 5


def test_a_batch_is_no_larger_than_is_allowed(bench: Any) -> None:
    bench.options = {"most_bytes": 1000}
    bench.restart()
    bench.go("a", "b", "c")
    assert len(bench.endpoint.remotes) > 1
    assert all(batch.bytes <= 1000 for batch in _batches(bench))


def test_the_budget_is_never_overshot_however_many_batches_it_takes(bench: Any) -> None:
    bench.budget_usd = 0.045
    bench.restart()
    bench.go("a", "b", "c")
    assert len(bench.endpoint.remotes) > 1
    assert bench.sender.budget.spent <= bench.budget_usd
    assert len(bench.calls()) == 3


def test_a_budget_that_is_reached_stops_the_run_with_nothing_waiting(bench: Any) -> None:
    bench.budget_usd = 0.03
    bench.restart()
    with pytest.raises(StopRun, match="the budget"):
        bench.go(*"abcdefgh")
    assert bench.sender.budget.spent <= bench.budget_usd
    assert bench.sender.budget.reserved == pytest.approx(0)


def test_a_rest_of_adding_and_taking_away_keeps_no_run_waiting(bench: Any) -> None:
    bench.budget_usd = 0.001
    bench.restart()
    bench.sender.budget.reserved = 1e-17
    with pytest.raises(StopRun, match="the budget"):
        bench.go("a")


def test_what_is_canceled_is_not_asked_again_by_the_same_start(bench: Any) -> None:
    _hand_over_only(bench, "a")
    bench.endpoint.remotes["msgbatch_0"].canceled = True
    bench.endpoint.remotes["msgbatch_0"].looks = 0
    bench.restart()
    with pytest.raises(Unanswered, match="canceled"):
        bench.go("a")
    assert [call.error for call in bench.calls("a")] == ["canceled"]
    bench.restart()
    bench.go("a")
    assert bench.answer("a") is not None


def test_the_names_of_requests_are_what_any_endpoint_takes(bench: Any) -> None:
    bench.go("ä" * 300)
    (request,) = bench.endpoint.remotes["msgbatch_0"].requests
    assert len(request["custom_id"]) <= 64
    assert request["custom_id"].replace("-", "").isalnum()
    assert request["custom_id"].isascii()


def test_no_row_of_a_batch_holds_the_text_of_a_request_or_a_key(bench: Any) -> None:
    bench.go("a")
    request = bench.endpoint.remotes["msgbatch_0"].requests[0]["params"]
    context = request["messages"][0]["content"][0]["text"]
    (item,) = bench.db.exec(select(BatchItem))
    assert context not in json.dumps(item.about)
    assert "sk-very-secret-key" not in json.dumps(item.about)


@pytest.mark.parametrize("delete", [True, False])
def test_an_answer_about_a_session_that_was_removed_meanwhile_is_paid_for_and_not_kept(
    bench: Any, now: datetime, delete: bool
) -> None:
    _hand_over_only(bench, "a")
    (item,), point = bench.db.exec(select(BatchItem)), bench.db.exec(select(DecisionPoint)).first()
    item.about = {**item.about, "point_id": point.id}
    bench.db.commit()
    session = [bench.db.get_one(Session, point.session_id)]
    if delete:
        delete_with_all(bench.db, session, None, now, force=True)
    else:
        withdraw_with_all(bench.db, session, None, now)
    bench.restart()
    bench.go("a")
    (call,) = bench.calls("a")
    assert (call.raw_reply, call.cost_usd > 0) == ("[withdrawn]", True)


def _hand_over_only(bench: Any, *questions: str) -> None:
    """What a process does that is killed while its batch is at the endpoint."""

    async def going() -> None:
        await bench.sender.open()
        for question in questions:
            await bench._ask(question)
        for endpoint in list(bench.sender._spools):
            await bench.sender._hand_over(endpoint)

    asyncio.run(going())


def _open_only(bench: Any) -> None:
    asyncio.run(bench.sender.open())
