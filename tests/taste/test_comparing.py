"""Verdicts and probes of a whole study, through the real SDK against simulated models."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from taste.comparing import escalation_chance
from taste.demo.setup import read_script
from taste.judging import Escalation
from taste.probe_tables import Probe, TrialProbe
from taste.prober import has_kind
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.tables import Call, Comparison, Digest, Trial, TrialVerdict, Verdict
from taste.verdicts import ORDERS, Order
from taste.workers import RunResult
from transcripts.db import Db

EVERYTHING: dict[str, Any] = {"judging": {}, "probes": {}, "controls": {"share": 1}}
ALONE: dict[str, Any] = {**EVERYTHING, "controls": {"arms": [], "share": 1}}
Go = Callable[..., RunResult]
Asked = Callable[[], dict[str, int]]


def rows(db: Db, table: type[Any]) -> list[Any]:
    return list(db.exec(select(table)).all())


def test_every_condition_is_judged_in_both_orders(done: Db) -> None:
    found = select(Verdict, Comparison.order).join(Comparison).join(TrialVerdict).join(Trial)
    told = Counter(
        (v.view, v.form, v.provenance, v.prompt, order, v.sample)
        for v, order in done.exec(found.where(Trial.arm == "simulated-late"))
    )
    # Two items: five views (full twice) and four ablations, in two orders.
    assert set(told.values()) == {2}
    assert len(told) == 2 * (5 + 1 + 4)
    assert {key[4] for key in told} == set(ORDERS)


def test_a_study_with_everything_finishes_and_repeats_nothing(
    done: Db,
    simulator: Simulator,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    asked: Asked,
) -> None:
    assert all(trial.done or trial.exclusion for trial in rows(done, Trial))
    arms = {trial.arm.partition(":")[0] for trial in rows(done, Trial)}
    assert arms == {"simulated-late", "stock", "echo", "placebo", "shuffled", "recovery", "oracle"}
    again = start(done, study_text(simulator.base_url, **EVERYTHING, name="again"))
    assert (again.stopped, asked()) == (None, {})


def test_probes_are_linked_to_the_trials_that_they_are_about(done: Db) -> None:
    probes = {row.id: row for row in rows(done, Probe)}
    trials = {row.id: row for row in rows(done, Trial)}
    linked = [(trials[x.trial_id], probes[x.probe_id]) for x in rows(done, TrialProbe)]
    identity = [(trial.arm, probe.view) for trial, probe in linked if probe.kind == "identity"]
    assert Counter(identity) == {("simulated-late", view): 2 for view in VIEWS}
    loading = {probe.id for _, probe in linked if probe.kind == "loading"}
    assert len(loading) == len({trial.item_id for trial in trials.values()}) == 2
    assert all(probe.answer for probe in probes.values())


@pytest.mark.parametrize(
    ("kind", "actor", "asked"),
    [("strong", "human", True), ("random", "human", False), ("suboptimal", "agent", False)],
)
def test_detour_or_strong_is_asked_of_what_a_person_decided(
    kind: str, actor: str, asked: bool
) -> None:
    assert has_kind(kind, actor) is asked


VIEWS = ("full", "digest", "digest_open", "prefix", "wording")


def test_every_row_that_was_asked_for_has_its_call(done: Db) -> None:
    for row in (*rows(done, Verdict), *rows(done, Probe), *rows(done, Digest)):
        call = done.get_one(Call, row.call_id)
        assert (row.prompt_hash, row.shown_hash) == (call.prompt_hash, call.shown_hash)
        assert row.simulated is call.simulated is True


def test_verdicts_on_a_digest_name_it(done: Db) -> None:
    digests = {row.id: row for row in rows(done, Digest)}
    for verdict in rows(done, Verdict):
        assert (verdict.digest_id in digests) == (verdict.view in ("digest", "digest_open"))


def test_what_leaks_is_unscored_after_three_drafts_and_counted(
    examples: Db, study_text: Callable[..., str], start: Callable[..., RunResult]
) -> None:
    db, alone = examples, {**ALONE, "sets": ["suboptimal"]}
    with Simulator(World(seed=1, leak=1.0), read_script(db)) as server:
        assert start(db, study_text(server.base_url, **alone), 2).stopped is None
    assert Counter(row.outcome for row in rows(db, Digest)) == {"leaky": 6}
    told = {(v.verdict, v.reason) for v in rows(db, Verdict) if v.view.startswith("digest")}
    assert told == {("unscored", "leaky digest")}
    assert len(rows(db, TrialVerdict)) == len(rows(db, Verdict))
    assert {row.view for row in rows(db, Probe) if row.kind == "identity"} == {
        "full", "prefix", "wording"
    }  # fmt: skip


SURE = Escalation(first="a", then="b", share=0.3, confidence="low")


def given(first: str, second: str, confidence: str = "high") -> list[tuple[Order, Verdict]]:
    """A verdict in each order: on human first, then on proposal first."""
    made: Any = Verdict
    verdicts = [made(verdict=verdict, confidence=confidence) for verdict in (first, second)]
    return list(zip(ORDERS, verdicts, strict=True))


@pytest.mark.parametrize(
    ("verdicts", "chance"),
    [
        (given("first", "second"), 0.3),
        (given("second", "first"), 0.3),
        (given("tie", "tie"), 0.3),
        (given("first", "first"), 1.0),
        (given("first", "tie"), 1.0),
        (given("unscored", "unscored"), 1.0),
        (given("first", "second", "low"), 1.0),
        (given("first", "second", "medium"), 0.3),
        ([], 1.0),
    ],
)
def test_the_strong_judge_is_called_where_the_cheap_one_is_unsure(
    verdicts: list[tuple[Order, Verdict]], chance: float
) -> None:
    assert escalation_chance(SURE, verdicts) == chance


def test_each_trial_records_the_chance_with_which_the_strong_judge_was_asked(
    db: Db, go: Go, seat: Callable[..., Any]
) -> None:
    escalation = {"first": "cheap", "then": "strong", "share": 0.1}
    go(
        judges=[seat("strong"), seat("cheap")],
        judging={"views": ["full"], "escalation": escalation},
        sets=["few", "more"],
        controls={"arms": ["stock"]},
    )
    asked = set(
        db.exec(select(TrialVerdict.trial_id).join(Verdict).where(Verdict.judge == "strong"))
    )
    trials = [trial for trial in rows(db, Trial) if not trial.exclusion]
    assert {trial.escalation for trial in trials} == {0.1, 1.0}
    assert asked >= {trial.id for trial in trials if trial.escalation == 1}
    assert {trial.id for trial in trials} > asked


def test_the_view_that_runs_everywhere_decides_whoever_is_named_first(
    db: Db, go: Go, seat: Callable[..., Any]
) -> None:
    escalation = {"first": "cheap", "then": "strong", "share": 0.1}
    go(
        judges=[seat("cheap"), seat("strong")],
        judging={"views": ["prefix", "digest"], "escalation": escalation},
        sets=["few", "more"],
        controls={"arms": ["stock"], "share": 0},
    )
    assert {trial.escalation for trial in rows(db, Trial)} == {0.1, 1.0}
