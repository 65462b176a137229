import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.power.pilot import Noise, pilot_from_scores
from analysis.power.plan import figures
from analysis.power.planning import Pilots, Stated, make_plan
from taste.cli.designs import Assumed, Rated, rate_designs, read_assumed, write_designs
from taste.planning.designs import Design
from taste.simulator.server import Simulator

Taste = Callable[..., Any]
ASSUMED = read_assumed(Stated(), None)


@pytest.fixture
def whole(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    path = folder / "whole.toml"
    text = study_text(simulator.base_url, judging={}, probes={}, controls={"share": 1})
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_prices_each_arm_view_and_probe_and_leaves_no_row(
    taste: Taste, database: Path, whole: Path, simulator: Simulator
) -> None:
    said = taste("plan", whole, "--db", database)
    assert "study tried (simulated): 14 open trials, up to " in said.err
    for name in ("oracle:simulated-late", "view digest_open", "provenance swapped", "loading",
                 "identity, view wording", "digests"):  # fmt: skip
        assert f"  {name} " in said.out
    assert "tokens, estimated: a token for every 3.5 characters" in said.out
    assert [seen for seen in simulator.requests if seen.kind] == []
    assert (said.code, taste("status", "--db", database).out) == (0, "")


def test_a_plan_as_json_says_the_same(taste: Taste, database: Path, whole: Path) -> None:
    plan = json.loads(taste("plan", whole, "--json", "--db", database).out)
    needed = plan["estimate"]
    assert sum(cost["calls"] for cost in needed["parts"]["arm"].values()) == needed["calls"]
    assert needed["batch_usd"] < needed["expected_usd"] < needed["cold_usd"] < needed["most_usd"]
    assert (plan["simulated"], plan["faults"], plan["prices"]["simulated-judge"]) == (
        True, [], "the study",
    )  # fmt: skip


def test_tokens_are_counted_by_the_endpoint_on_request(
    taste: Taste, database: Path, whole: Path
) -> None:
    said = taste("plan", whole, "--count", "--db", database)
    assert (said.code, "tokens, counted by the endpoints on " in said.out) == (0, True)


def test_no_text_is_sent_for_counting_where_its_session_does_not_allow_it(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    (folder / "far.toml").write_text(study_text("https://models.invalid"), encoding="utf-8")
    said = taste("plan", "far.toml", "--offline", "--count", "--db", database)
    assert (said.code, "may not be sent to 'local'" in said.err) == (1, True)
    planned = taste("plan", "far.toml", "--offline", "--db", database)
    assert (planned.code, "note: the endpoint 'local' was not asked" in planned.out) == (0, True)


def test_limits_of_an_endpoint_say_how_long_it_takes(
    taste: Taste, database: Path, whole: Path
) -> None:
    said = taste("plan", whole, "--requests", 1, "--db", database)
    assert " at 1 requests a minute (stated)" in said.out
    unknown = taste("plan", whole, "--db", database).out
    assert "no limits are known of simulated-judge, simulated-late, simulated-restater:" in unknown


def test_limits_that_earlier_answers_told_are_kept_to_unless_others_are_stated(
    taste: Taste, database: Path, whole: Path
) -> None:
    assert taste("run", whole, "--yes", "--limit", 1, "--db", database).code == 1
    told = json.loads(taste("plan", whole, "--json", "--db", database).out)["estimate"]["pace"]
    rate = told["rates"]["simulated-judge"]
    assert (rate["requests"], rate["input_tokens"]) == (4_000, 2_000_000)
    assert rate["source"].startswith("told by its endpoint on 20")
    said = taste("plan", whole, "--requests", 1, "--db", database).out
    assert (
        "at 1 requests, 2,000,000 input tokens, 400,000 output tokens a minute (stated or" in said
    )


def test_an_endpoint_that_does_not_answer_is_noted(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str]
) -> None:
    (folder / "gone.toml").write_text(study_text("http://127.0.0.1:1"), encoding="utf-8")
    said = taste("plan", "gone.toml", "--db", database)
    assert (said.code, "note: the endpoint 'local' (http://" in said.out) == (0, True)


def test_a_study_that_cannot_be_run_is_refused_with_its_reason(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str], seat: Callable[..., Any],
) -> None:  # fmt: skip
    judge = seat("simulated-judge", max_tokens=10_000_000)
    text = study_text(simulator.base_url, judges=[judge])
    (folder / "much.toml").write_text(text, encoding="utf-8")
    said = taste("plan", "much.toml", "--db", database)
    assert (said.code, "cannot be run as it is: 'simulated-judge': max_tokens" in said.err) == (
        1, True,
    )  # fmt: skip


def test_a_model_without_a_price_needs_one_or_no_budget(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str], seat: Callable[..., Any],
) -> None:  # fmt: skip
    unpriced = {key: value for key, value in seat("simulated-late").items() if key != "price"}
    text = study_text(simulator.base_url, proposers=[unpriced])
    (folder / "free.toml").write_text(text, encoding="utf-8")
    said = taste("run", "free.toml", "--yes", "--limit", 1, "--db", database)
    assert (said.code, "nobody states what 'simulated-late' costs" in said.err) == (1, True)
    assert taste("status", "--db", database).out == ""
    free = taste("run", "free.toml", "--yes", "--no-budget", "--db", database)
    assert "the cost of simulated-late is unknown and booked as 0." in free.err
    assert free.code == 0


def test_an_endpoint_without_a_cache_makes_no_call_cheaper(
    taste: Taste, database: Path, folder: Path, simulator: Simulator, study_text: Callable[..., str]
) -> None:
    local = {"name": "local", "base_url": simulator.base_url, "preset": "vllm"}
    text = study_text(simulator.base_url, endpoints=[local | {"api_key_env": "LOCAL_KEY"}])
    (folder / "vllm.toml").write_text(text, encoding="utf-8")
    plan = json.loads(taste("plan", "vllm.toml", "--json", "--db", database).out)
    assert plan["estimate"]["expected_usd"] == pytest.approx(plan["estimate"]["cold_usd"])
    assert any("has no batches" in note for note in plan["notes"])


def test_a_capability_that_an_endpoint_lacks_is_refused_by_name(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str], seat: Callable[..., Any],
) -> None:  # fmt: skip
    local = {"name": "local", "base_url": simulator.base_url, "preset": "ollama"}
    judges = [seat("simulated-judge", effort="low")]
    text = study_text(simulator.base_url, judges=judges, endpoints=[local])
    (folder / "ollama.toml").write_text(text, encoding="utf-8")
    said = taste("plan", "ollama.toml", "--db", database)
    assert (said.code, "asks for effort = 'low', which the endpoint" in said.err) == (1, True)


def test_designs_for_a_budget_come_narrowest_first(
    taste: Taste, database: Path, whole: Path
) -> None:
    lines = taste("plan", whole, "--budget", 0.05, "--json", "--db", database).out.splitlines()
    designs = [json.loads(line) for line in lines]
    assert [one["rate"] for one in designs] == sorted(one["rate"] for one in designs)
    assert all(one["usd"] <= 0.05 for one in designs)
    table = taste("plan", whole, "--budget", 1000, "--db", database).out
    assert table.startswith("±rate  ±diff  models")
    assert taste("status", "--db", database).out == ""


def test_a_budget_without_end_is_refused(taste: Taste, database: Path, whole: Path) -> None:
    said = taste("plan", whole, "--budget", "inf", "--json", "--db", database)
    assert (said.code, said.out, "give a number of USD" in said.err) == (1, "", True)


def test_a_budget_that_pays_for_nothing_says_so(taste: Taste, database: Path, whole: Path) -> None:
    said = taste("plan", whole, "--budget", 0, "--db", database)
    assert (said.code, "pays for no design" in said.err) == (0, True)


def _design(**changed: Any) -> Design:
    values = {"models": 2, "repeats": 1, "judges": 1, "samples": 1, "share": 0.25, "items": 40,
              "first": 40, "usd": 100.0} | changed  # fmt: skip
    return Design(**{"sizes": (1,) * values["first"]} | values)


def _rated_by(assumed: Assumed, design: Design) -> Rated:
    return rate_designs([design], assumed)[0]


def _rated(*designs: Design) -> list[Rated]:
    return rate_designs(designs, ASSUMED)


def test_a_design_that_another_beats_is_left_out() -> None:
    dear = _design(usd=200.0)
    assert [one.design for one in _rated(dear, _design())] == [_design()]
    assert len(_rated(_design(usd=50.0, first=20), _design())) == 2
    assert len(_rated(_design(models=4, usd=200.0), _design())) == 2


def test_the_table_has_designs_of_every_number_of_models(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = [_rated(_design(models=1, usd=n, first=40 + n))[0] for n in range(60)]
    write_designs([*one, *_rated(_design(models=12))], ASSUMED, 500, json_=False)
    table = capsys.readouterr().out
    rows = [line.split() for line in table.splitlines() if line.startswith("0.")]
    assert {row[2] for row in rows} == {"1", "12"}
    assert "… and 40 wider ones" in table
    assert all(len(line) <= 80 for line in table.splitlines()[: len(rows) + 1])


def test_an_interval_that_is_narrower_by_less_than_is_told_is_worth_no_money() -> None:
    dear = _design(usd=200.0, samples=2, repeats=5, first=400)
    cheap = _design(usd=100.0, samples=2, repeats=5, first=399)
    assert [one.design for one in _rated(dear, cheap)] == [cheap]


def test_more_repeats_and_more_items_make_intervals_narrower() -> None:
    (plain,) = _rated(_design())
    (repeated,) = _rated(_design(repeats=3))
    (wider,) = _rated(_design(first=20))
    assert repeated.rate < plain.rate < wider.rate
    assert repeated.difference < plain.difference


def test_what_a_pilot_shows_goes_before_what_is_usual_and_what_is_stated_before_both() -> None:
    noise = Noise(verdict_variance=0.01, proposal_variance=0.02)
    shown = Pilots(pilot_from_scores([0, 0.5, 0.4, 1], list("aabb"), noise=noise))
    assumed = read_assumed(Stated(icc=0.3), shown)
    assert (assumed.rate.sd, assumed.rate.icc) == (shown.rate.sd, 0.3)
    assert (assumed.rate.verdict_variance, assumed.rate.proposal_variance) == (0.01, 0.02)
    assert "from the pilot, ICC 0.3 as stated" in assumed.sources[0]


def test_a_pilot_without_repeats_promises_no_more_of_them_than_power_does() -> None:
    noise = Noise(verdict_variance=0.144, samples=3)
    scores = [0.8, 0.9, 1, 0.7, 0.9, 0.85]
    shown = Pilots(pilot_from_scores(scores, list("aabbcc"), noise=noise))
    for stated in (Stated(icc=0.1), Stated(icc=0.1, proposal_sd=0.05)):
        assumed = read_assumed(stated, shown)
        as_piloted, more, fewer = (
            _rated_by(assumed, _design(repeats=repeats, samples=samples)).rate
            for repeats, samples in ((1, 3), (5, 3), (1, 1))
        )
        assert as_piloted == more < fewer
    planned = make_plan(replace(stated, items=40, clusters=40), shown).plan
    assert figures(planned).rate.half_width == pytest.approx(as_piloted)
    assert "leaves no room for what items differ by" in assumed.sources[0]


def test_a_sets_own_clusters_and_the_plans_level_make_the_width() -> None:
    even, uneven = (_design(first=36, sizes=sizes) for sizes in ((3,) * 12, (25, *[1] * 11)))
    at_95, at_90 = (read_assumed(Stated(), None, level) for level in (0.95, 0.9))
    assert _rated_by(at_95, uneven).rate > 2 * _rated_by(at_95, even).rate
    assert _rated_by(at_90, even).rate < _rated_by(at_95, even).rate


def test_a_pilot_that_cannot_be_read_is_named(taste: Taste, database: Path, whole: Path) -> None:
    said = taste("plan", whole, "--budget", 5, "--pilot", "none.csv", "--db", database)
    assert (said.code, "none.csv" in said.err) == (1, True)
