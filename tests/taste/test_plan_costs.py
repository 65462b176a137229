from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.cheapest import Billed, by_group, cheapest_cost, choose_mode, naive_cost
from taste.jobs import find_or_add_run
from taste.planning.estimate import estimate_run
from taste.planning.pace import Pace, Rate
from taste.planning.preflight import find_faults, find_warnings, read_facts
from taste.planning.results import Estimate, Load
from taste.planning.tokens import ANSWER_TOKENS, Tokens, known_answers
from taste.seats import LongPrompt, Price
from taste.simulator.server import Simulator
from taste.study import Study, parse_study
from taste.workers import RunResult
from transcripts.db import Db

Go = Callable[..., RunResult]
PRICE = Price(input=1, output=5)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
tokens = st.integers(0, 100_000).map(float)
calls = st.lists(
    st.builds(
        Billed,
        group=st.integers(0, 3),
        price=st.builds(Price, input=st.floats(0.01, 20), output=st.just(5.0)),
        shared=tokens,
        own=tokens,
        answer=tokens,
    ),
    max_size=12,
)


@pytest.fixture
def estimated(
    db: Db, simulator: Simulator, study_text: Callable[..., str], now: Any
) -> Callable[..., Estimate]:
    """estimated(sets=["few"]) is what the study would still send."""

    def estimate(**replaced: Any) -> Estimate:
        text = study_text(simulator.base_url, **replaced)
        study = parse_study(text, "study.toml")
        run = find_or_add_run(db, study, text, now, simulated=True)
        return estimate_run(db, run, study, None)

    return estimate


@given(calls)
def test_the_cheapest_order_never_costs_more_than_caching_nothing(made: list[Billed]) -> None:
    assert cheapest_cost(made) <= naive_cost(made) * (1 + 1e-9) + 1e-12


@given(calls)
def test_more_time_never_makes_a_study_cheaper(made: list[Billed]) -> None:
    long = dict.fromkeys(by_group(made), 1e6)
    assert cheapest_cost(made) <= cheapest_cost(made, long) * (1 + 1e-9) + 1e-12


@given(calls)
def test_the_order_of_like_calls_does_not_change_the_cheapest_cost(made: list[Billed]) -> None:
    alike = [Billed(one.group, PRICE, 1000.0, one.own, one.answer) for one in made]
    assert cheapest_cost(alike) == pytest.approx(cheapest_cost(alike[::-1]))


@pytest.mark.parametrize(
    ("calls", "seconds", "mode"),
    [(1, 0, None), (2, 0, "5m"), (2, 600, None), (3, 600, "1h"), (3, 240, "5m")],
)
def test_a_group_is_cached_where_that_is_cheaper(
    calls: int, seconds: float, mode: str | None
) -> None:
    assert choose_mode([Billed("g", PRICE, 1000, 10, 10)] * calls, seconds) == mode


def test_a_group_of_three_is_written_once_and_read_twice() -> None:
    group = [Billed("g", PRICE, 1_000_000, 0, 0)] * 3
    assert naive_cost(group) == pytest.approx(3)
    assert cheapest_cost(group) == pytest.approx(1.25 + 2 * 0.1)
    assert cheapest_cost(group, {"g": 600}) == pytest.approx(2 + 2 * 0.1)


def test_a_long_prompt_is_paid_for_as_a_whole_at_its_own_rate() -> None:
    price = Price(input=1, output=5, long_prompt=LongPrompt(tokens=100, input=10, output=50))
    assert naive_cost([Billed("g", price, 100, 0, 1)]) == pytest.approx(105e-6)
    assert naive_cost([Billed("g", price, 100, 1, 1)]) == pytest.approx((101 * 10 + 50) / 1e6)


def test_an_estimate_bounds_what_a_start_sends_and_costs(
    go: Go, estimated: Callable[..., Estimate]
) -> None:
    needed = estimated()
    result = go()
    assert (needed.trials, result.answered) == (7, needed.calls)
    assert result.spent_usd <= needed.most_usd
    assert needed.expected_usd <= needed.cold_usd <= needed.most_usd
    assert needed.batch_cold_usd == pytest.approx(needed.cold_usd / 2)
    assert estimated().calls == 0


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_what_is_there_already_is_taken_off(
    go: Go, estimated: Callable[..., Estimate], limit: int
) -> None:
    go(limit=limit)
    needed = estimated()
    assert go().answered == needed.calls


def test_another_study_pays_only_for_what_is_new(
    go: Go, estimated: Callable[..., Estimate], seat: Callable[..., Any]
) -> None:
    go()
    again = {"name": "again", "seed": 1}
    assert estimated(**again).calls == 0
    more = {**again, "samples": 2}
    assert go(**more, limit=None).answered == 14
    both = {**again, "proposers": [seat("simulated-late"), seat("simulated-early")]}
    needed = estimated(**both)
    assert {name for name, cost in needed.parts["arm"].items() if cost.calls} == {
        "simulated-early", "placebo:simulated-early",
    }  # fmt: skip
    assert 0 < go(**both).answered <= needed.calls  # two models may propose one move


def test_the_share_has_its_views_forms_and_probes_counted(
    go: Go, estimated: Callable[..., Estimate]
) -> None:
    everything = {"judging": {}, "probes": {}, "controls": {"share": 1}}
    needed = estimated(**everything)
    assert abs(go(**everything).answered - needed.calls) <= 0.05 * needed.calls
    assert estimated(**everything).calls == 0


@pytest.mark.parametrize(("view", "digests"), [("digest", 2), ("full", 0)])
def test_an_estimate_counts_digests_where_a_judge_reads_them(
    estimated: Callable[..., Estimate], seat: Callable[..., Any], view: str, digests: int
) -> None:
    needed = estimated(judges=[seat("judge", view=view)], judging={})
    other = {name: cost.calls for name, cost in needed.parts["other"].items()}
    assert (other.get("digests", 0), other.get("leak checks", 0)) == (digests, digests)


def test_parts_sum_to_the_whole(estimated: Callable[..., Estimate]) -> None:
    needed = estimated(judging={}, probes={}, controls={"share": 1})
    for group in (("arm",), ("verdicts", "probes", "other")):
        costs = [cost for part in group for cost in needed.parts[part].values()]
        assert sum(cost.calls for cost in costs) == needed.calls
        assert sum(cost.expected for cost in costs) == pytest.approx(needed.expected_usd)
        assert sum(cost.most for cost in costs) == pytest.approx(needed.most_usd)
        assert all(cost.expected <= cost.most for cost in costs)
    assert sum(load.calls for load in needed.seats.values()) == needed.calls


def test_answers_are_taken_to_be_as_long_as_earlier_ones(db: Db, go: Go) -> None:
    go(limit=3)
    known = known_answers(db)
    assert set(known) >= {("simulated-late", "propose"), ("simulated-judge", "judge")}
    assert all(mean > 0 for mean in known.values())
    assert Tokens({}, known).answers["simulated-judge", "judge"] != 400


def test_an_estimate_reckons_with_what_earlier_answers_took(
    db: Db, go: Go, estimated: Callable[..., Estimate]
) -> None:
    before = estimated(name="another", controls={"share": 0})
    go(limit=3)
    loads = estimated(name="another", controls={"share": 0}).seats
    known, judge = known_answers(db), loads["simulated-judge"]
    assert judge.answer == pytest.approx(judge.calls * known["simulated-judge", "judge"])
    usual = before.seats["simulated-judge"]
    assert usual.answer == usual.calls * ANSWER_TOKENS


def test_the_tightest_limit_says_how_long_calls_take() -> None:
    assert Rate(requests=10).minutes(100, 1e9, 1e9) == 10
    assert Rate(requests=10, input_tokens=100).minutes(100, 2000, 0) == 20
    assert Rate().minutes(100, 1, 1) == 0


def _study(study_text: Callable[..., str], **replaced: Any) -> Study:
    return parse_study(study_text("http://127.0.0.1:1", **replaced), "study.toml")


ENTRY = {"id": "simulated-judge", "max_input_tokens": 200_000, "max_tokens": 8_000}


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"max_input_tokens": 1_000}, "exceeds the window of 'simulated-judge', 1,000 tokens"),
        ({"max_tokens": 100}, "answers with at most 100"),
        ({"lifecycle": "retired"}, "is retired"),
        ({}, None),
    ],
)
def test_a_model_that_cannot_do_its_part_is_named(
    study_text: Callable[..., str], entry: dict[str, Any], fault: str | None
) -> None:
    facts = {("local", "simulated-judge"): read_facts(ENTRY | entry)}
    loads = {"simulated-judge": Load(1, 50_000, longest=50_000, point=7)}
    found = list(find_faults(_study(study_text), loads, facts))
    assert (len(found) == 1 and fault in found[0]) if fault else found == []


def test_an_effort_that_a_model_does_not_take_is_named(
    study_text: Callable[..., str], seat: Callable[..., Any]
) -> None:
    study = _study(study_text, judges=[seat("simulated-judge", effort="max")])
    effort = {"supported": True, "low": {"supported": True}, "max": {"supported": False}}
    facts = {("local", "simulated-judge"): read_facts(ENTRY | {"capabilities": {"effort": effort}})}
    (fault,) = find_faults(study, {}, facts)
    assert "does not take effort 'max'; set effort to one of: low, none" in fault


@pytest.mark.parametrize(("days", "named"), [(30, True), (90, False)])
def test_a_model_that_retires_soon_is_named(
    study_text: Callable[..., str], days: int, named: bool
) -> None:
    entry = ENTRY | {"retires_at": (NOW + timedelta(days=days)).isoformat()}
    facts = {("local", "simulated-judge"): read_facts(entry)}
    said = " ".join(find_warnings(_study(study_text), facts, frozenset(), NOW))
    assert ("'simulated-judge' retires on 2026-12-20" in said) == named


ODD = st.none() | st.integers() | st.text() | st.lists(st.integers())
KEYS = st.sampled_from(["id", "max_input_tokens", "retires_at", "capabilities"])


@given(st.dictionaries(KEYS, ODD))
def test_an_entry_of_any_form_is_read(entry: dict[str, Any]) -> None:
    facts = read_facts(entry)
    assert facts.window is None or facts.window > 0


def test_a_pace_without_limits_waits_for_answers_alone(
    estimated: Callable[..., Estimate],
) -> None:
    pace = estimated().pace
    assert pace is not None
    assert (pace.minutes, pace.limited) == (pace.waiting, {})
    assert Pace(4).concurrency == 4
