import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from taste.asking import Asking
from taste.client import Client
from taste.hindsight import (
    NOT_MARKED,
    WORK_CHARS,
    HindsightRequest,
    propose_in_hindsight,
    read_recovery,
    recovered_work,
    request_in_hindsight,
)
from taste.jobs import find_or_add_run
from taste.orders import Order
from taste.points import PointText, read_point
from taste.proposals import add_proposal, model_identity
from taste.proposer import propose, request_for
from taste.replies import Attempt, Outcome
from taste.requests import Purpose, Request, build_request
from taste.sets import get_set, read_items
from taste.simulator.server import Simulator
from taste.spending import Budget
from taste.study import Study, parse_study
from taste.tables import Proposal, Trial
from taste.wall import Wall, WallError
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.queries import find_event

Go = Callable[..., RunResult]
HINDSIGHT = {"arms": ["recovery", "oracle"], "share": 1}


@pytest.fixture
def study(simulator: Simulator, study_text: Callable[..., str]) -> Study:
    return parse_study(study_text(simulator.base_url, controls=HINDSIGHT), "study.toml")


@pytest.fixture
def text(db: Db) -> PointText:
    """A detour with the place marked where the session got back on track."""
    return read_point(db, read_items(db, get_set(db, "few"))[0])


@pytest.fixture
def asking(db: Db, study: Study, now: Any) -> Asking:
    run = find_or_add_run(db, study, "", now, simulated=True)
    endpoints = {endpoint.name: endpoint for endpoint in study.endpoints}
    client = Client(endpoints, study.limits, Budget(1), clock=lambda: now)
    return Asking(db, run, client, lambda: now)


@pytest.fixture
def ask(asking: Asking) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """ask(propose(...)) awaits and closes the connections."""

    async def done(work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await work
        finally:
            await asking.client.close()

    return lambda work: asyncio.run(done(work))


def test_an_oracle_is_shown_the_prefix_and_how_it_went_on(db: Db, text: PointText) -> None:
    wanted = request_in_hindsight(db, text, "oracle:x")
    assert wanted is not None
    assert wanted.request == build_request(
        "oracle", shown=text.prefix.text, aftermath=text.aftermath
    )


def test_recovery_is_shown_the_tail_and_the_work_that_was_marked(db: Db, text: PointText) -> None:
    wanted = request_in_hindsight(db, text, "recovery")
    assert wanted is not None
    work = recovered_work(db, text)
    assert wanted.request == build_request("recovery", tail=text.tail, work=work)


def test_the_work_holds_the_marked_event_and_nothing_from_before_the_cut(examples: Db) -> None:
    for item in read_items(examples, get_set(examples, "suboptimal")):
        text = read_point(examples, item)
        work = recovered_work(examples, text)
        assert work is not None
        marked = find_event(examples, text.session, text.recovered or "")
        assert marked is not None
        assert marked.text.split("\n")[0][:20] in work
        assert len(work) <= WORK_CHARS
        first = work.split("\n===")[0]
        assert first in text.aftermath
        assert first not in text.prefix.text


def test_where_nothing_is_marked_recovery_says_so_without_a_call(
    asking: Asking, ask: Any, text: PointText, study: Study, simulator: Simulator
) -> None:
    unmarked = replace(text, recovered=None)
    row = ask(propose_in_hindsight(asking, unmarked, "recovery", study))
    assert (row.outcome, row.reason, row.move) == ("none", NOT_MARKED, None)
    assert ask(propose_in_hindsight(asking, unmarked, "recovery", study)).id == row.id
    assert [seen for seen in simulator.requests if seen.kind] == []


def answered(reply: str) -> Attempt:
    return Attempt(Outcome.ANSWERED, text=reply)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ('{"status": "Restated", "move": " Go back. ", "reason": ""}', ("proposed", "Go back.")),
        ('{"status": "unresolvable", "move": "", "reason": "it ends"}', ("none", None)),
        ('{"status": "restated", "move": " ", "reason": ""}', ("none", None)),
        ('{"move": "Go back."}', ("malformed", None)),
    ],
)
def test_what_is_not_restated_is_no_recovery(
    text: PointText, reply: str, found: tuple[str, str | None]
) -> None:
    values = read_recovery(answered(reply), text)
    assert (values["outcome"], values.get("move")) == found
    assert (values.get("reason") is None) == (found[0] == "proposed")


def test_a_study_runs_recovery_on_detours_and_an_oracle_on_every_item(db: Db, go: Go) -> None:
    assert go(sets=["few", "more"], controls=HINDSIGHT).stopped is None
    rows = db.exec(select(Trial.arm, Proposal.hindsight).join(Proposal)).all()
    oracle, recovery = ("oracle:simulated-late", True), ("recovery", True)
    assert Counter(rows) == {oracle: 6, recovery: 2, ("simulated-late", False): 6}


def test_a_second_run_asks_no_hindsight_arm_again(go: Go, asked: Any) -> None:
    go(controls=HINDSIGHT)
    assert {"oracle", "recovery"} <= set(asked())
    go(controls=HINDSIGHT, name="again")
    assert asked() == {}


# From here on, attempts to get hindsight into a model's rate.


@pytest.mark.parametrize("arm", ["oracle:simulated-late", "recovery"])
def test_the_proposers_own_builder_makes_no_request_for_a_hindsight_arm(
    asking: Asking, ask: Any, text: PointText, study: Study, arm: str
) -> None:
    with pytest.raises(WallError, match="knows the aftermath"):
        request_for(text, arm)
    wall, seat = Wall.of(asking.db, text), study.proposers[0]
    with pytest.raises(WallError, match="knows the aftermath"):
        ask(propose(asking, text, wall, seat, arm, 1))


@pytest.mark.parametrize("purpose", ["propose", "placebo"])
def test_the_client_sends_no_hindsight_under_a_prefix_bound_purpose(
    asking: Asking, ask: Any, text: PointText, study: Study, simulator: Simulator, purpose: Purpose
) -> None:
    wanted = request_in_hindsight(asking.db, text, "oracle:simulated-late")
    assert wanted is not None
    disguised = replace(wanted.request, purpose=purpose)
    order = Order(disguised, study.proposers[0], text.session, Wall.of(asking.db, text))
    with pytest.raises(WallError, match="it was not sent"):
        ask(asking.send(order, "key", text.prefix.shown_hash))
    assert [seen for seen in simulator.requests if seen.kind] == []


def test_the_wall_takes_no_hindsight_request(db: Db, text: PointText) -> None:
    for arm in ("oracle:x", "recovery"):
        wanted = request_in_hindsight(db, text, arm)
        assert wanted is not None
        with pytest.raises(WallError):
            Wall.of(db, text).check(wanted.request)


@pytest.mark.parametrize("purpose", ["propose", "placebo"])
def test_the_type_of_hindsight_carries_no_proposers_request(purpose: Purpose) -> None:
    texts = {"shown": "p", "act": "a", "actor": "x"}
    with pytest.raises(ValueError, match="has no hindsight"):
        HindsightRequest(build_request(purpose, **texts), "h")


def plant(db: Db, now: Any, text: PointText, **values: Any) -> None:
    common: dict[str, Any] = {"repeat": 1, "outcome": "proposed", "move": "Go back."}
    common |= {"shown_hash": "h", "simulated": True, "decision_point_id": text.point.id}
    add_proposal(db, now, **common, **values)
    db.commit()


@pytest.mark.parametrize(
    ("arm", "hindsight"),
    [("simulated-late", True), ("placebo:x", True), ("oracle:x", False), ("recovery", False)],
)
def test_the_database_refuses_hindsight_under_another_name_and_the_name_without_it(
    db: Db, text: PointText, now: Any, arm: str, hindsight: bool
) -> None:
    with pytest.raises(IntegrityError, match="hindsight_arms"):
        plant(db, now, text, identity="x", arm=arm, hindsight=hindsight)


@pytest.mark.parametrize("name", ["oracle", "recovery", "oracle:late", "placebo"])
def test_no_proposer_bears_a_control_arms_name(
    study_text: Callable[..., str], seat: Callable[..., Any], name: str
) -> None:
    with pytest.raises(UserError, match="proposers"):
        parse_study(study_text("http://127.0.0.1:1", proposers=[seat(name)]), "study.toml")


def test_one_text_sent_for_two_purposes_has_two_identities(study: Study) -> None:
    purposes: tuple[Purpose, ...] = ("propose", "placebo", "oracle", "recovery")
    requests = [Request(purpose, "context", "question", "hash") for purpose in purposes]
    found = {model_identity(one, study.proposers[0], 1, simulated=True) for one in requests}
    assert len(found) == len(purposes)


@pytest.mark.parametrize("theirs", ["oracle:simulated-late", "simulated-late"])
def test_a_trial_uses_no_proposal_from_the_other_side(
    db: Db, text: PointText, study: Study, now: Any, go: Go, theirs: str
) -> None:
    """A row is planted where the run will look for the proposal of another arm."""
    wanted = request_in_hindsight(db, text, "oracle:simulated-late")
    assert wanted is not None
    hindsight = theirs.startswith("oracle")
    request = request_for(text, "simulated-late") if hindsight else wanted.request
    key = model_identity(request, study.proposers[0], 1, simulated=True)
    plant(db, now, text, identity=key, arm=theirs, hindsight=hindsight)
    assert "hindsight" in str(go(controls=HINDSIGHT).stopped)
    rows = db.exec(select(Trial.arm, Proposal.hindsight).join(Proposal)).all()
    assert all(hindsight == arm.startswith(("oracle", "recovery")) for arm, hindsight in rows)
