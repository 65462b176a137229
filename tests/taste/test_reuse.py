from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from taste.conditions import Condition
from taste.proposals import control_identity, model_identity, restatement_identity
from taste.requests import build_request
from taste.seats import Judge, ModelSeat, Price
from taste.tables import Comparison, Proposal, Restatement, Run, TrialVerdict, Verdict
from taste.verdicts import Asked as AskedFor
from taste.verdicts import Pair, verdict_identity
from taste.workers import RunResult
from transcripts.db import Db

pytestmark = pytest.mark.no_cover

ALONE: dict[str, Any] = {"controls": {"arms": []}}
STOCK = {"arms": ["stock"]}
Go = Callable[..., RunResult]
Asked = Callable[[], dict[str, int]]


def rows(db: Db, table: type[Any]) -> list[Any]:
    return list(db.exec(select(table).order_by(table.id)).all())


def test_starting_again_repeats_nothing(db: Db, go: Go, asked: Asked) -> None:
    first = go()
    asked()
    again = go()
    assert asked() == {}
    assert (again.run_id, again.answered, again.total) == (first.run_id, 0, 0)
    assert again.spent_usd == pytest.approx(first.spent_usd)
    assert len(rows(db, Run)) == 1


def test_another_study_on_the_same_items_reuses_every_answer(db: Db, go: Go, asked: Asked) -> None:
    go()
    asked()
    second = go(name="other")
    assert asked() == {}
    assert (second.run_id, second.done, second.spent_usd) == (2, 7, 0)
    assert len(db.exec(select(TrialVerdict)).all()) == 28


def test_a_new_proposer_pays_for_its_own_trials(
    go: Go, asked: Asked, seat: Callable[..., Any]
) -> None:
    go()
    asked()
    go(proposers=[seat("simulated-late"), seat("simulated-early")])
    # Its proposal on two items and its placebo on one; of these the restatements and verdicts.
    found = asked()
    assert (found["propose"], found["placebo"]) == (2, 1)
    assert found.get("restate", 0) <= 3
    assert found["judge"] <= 6


def test_a_new_judge_pays_for_its_verdicts_alone(
    go: Go, asked: Asked, seat: Callable[..., Any]
) -> None:
    go()
    asked()
    go(judges=[seat("simulated-judge"), seat("simulated-second")])
    assert asked() == {"judge": 14}


def test_new_items_pay_for_themselves_alone(go: Go, asked: Asked) -> None:
    go(controls=STOCK)
    asked()
    go(controls=STOCK, sets=["few", "more"])
    # 4 more items, each with a proposal, three restatements and twice two verdicts.
    assert asked() == {"propose": 4, "restate": 12, "judge": 16}


def test_more_samples_pay_for_the_further_ones(db: Db, go: Go, asked: Asked) -> None:
    go(**ALONE)
    asked()
    go(**ALONE, samples=3)
    assert asked() == {"judge": 8}
    assert Counter(verdict.sample for verdict in rows(db, Verdict)) == {1: 4, 2: 4, 3: 4}


def test_more_repeats_pay_for_the_further_ones(db: Db, go: Go, asked: Asked) -> None:
    go(**ALONE)
    asked()
    go(**ALONE, repeats=2)
    assert asked()["propose"] == 2
    assert Counter(proposal.repeat for proposal in rows(db, Proposal)) == {1: 2, 2: 2}


def test_two_trials_that_need_one_restatement_ask_for_it_once(db: Db, go: Go, asked: Asked) -> None:
    go(limits={"budget_usd": 10, "concurrency": 16})
    restated = rows(db, Restatement)
    assert asked()["restate"] == len(restated) == len({row.identity for row in restated})
    assert sum(row.proposal_id is None for row in restated) == 2


def identities(*, simulated: bool) -> set[str]:
    seat = ModelSeat(name="m", model="m", price=Price(input=1, output=1))
    judge = Judge(**seat.model_dump())
    made: Any = Restatement
    human, proposed = (made(verbatim=move, move=move) for move in "ab")
    made = Comparison
    pair = Pair(human, proposed, "human", made(order="human"))
    request = build_request("propose", shown="p")
    return {
        model_identity(request, seat, 1, simulated=simulated),
        control_identity("stock", "p", "m", "s", simulated=simulated),
        restatement_identity("v", "t", seat, (2, 45), simulated=simulated),
        verdict_identity(AskedFor(pair, Condition("full"), 1), judge, "v", simulated=simulated),
    }


def test_no_real_run_reuses_a_simulated_answer() -> None:
    assert len(identities(simulated=True) | identities(simulated=False)) == 8
