import re
from collections.abc import Callable
from typing import Any

import pytest

from taste.study import parse_study
from transcripts.errors import UserError

URL = "http://127.0.0.1:1"


@pytest.fixture
def parse(study_text: Callable[..., str]) -> Callable[..., Any]:
    return lambda **replaced: parse_study(study_text(URL, **replaced), "study.toml")


def test_a_study_has_defaults_for_what_is_not_said(parse: Callable[..., Any]) -> None:
    study = parse()
    assert (study.seed, study.repeats, study.samples) == (1, 1, 1)
    assert study.controls.arms == ("stock", "echo", "placebo", "shuffled")
    assert (study.controls.share, study.analysis.primary) == (0.25, ("minus_stock",))


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        pytest.param({"sets": []}, "sets: ", id="no set"),
        pytest.param({"sets": ["a", "a"]}, "a set is named twice: a, a", id="set twice"),
        pytest.param({"sets": ["a b"]}, "sets.0: ", id="set's name"),
        pytest.param({"extra": 1}, "extra: Extra inputs", id="unknown key"),
        pytest.param({"seed": "x"}, "seed: ", id="type"),
        pytest.param({"repeats": 0}, "repeats: ", id="no repeat"),
        pytest.param({"samples": 21}, "samples: ", id="samples"),
        pytest.param({"proposers": []}, "proposers: ", id="no proposer"),
        pytest.param({"judges": []}, "judges: ", id="no judge"),
        pytest.param({"controls": {"arms": ["human"]}}, "controls.arms.0: ", id="arm"),
        pytest.param({"controls": {"share": 1.5}}, "controls.share: ", id="share"),
        pytest.param({"limits": {}}, "limits.budget_usd: Field required", id="no budget"),
        pytest.param({"limits": {"budget_usd": 0}}, "limits.budget_usd: ", id="budget"),
        pytest.param({"analysis": {"level": 1}}, "analysis.level: ", id="level"),
        pytest.param({"analysis": {"primary": "best"}}, "analysis.primary: ", id="plan"),
    ],
)
def test_a_wrong_key_is_named(
    parse: Callable[..., Any], replaced: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as raised:
        parse(**replaced)
    assert str(raised.value).startswith("'study.toml' is not a valid study: ")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"effort": "huge"}, "proposers.0.effort: ", id="effort"),
        pytest.param({"max_tokens": 1}, "proposers.0.max_tokens: ", id="max_tokens"),
        pytest.param({"price": {"input": 1}}, "proposers.0.price.output: ", id="half a price"),
        pytest.param({"price": {"input": -1, "output": 1}}, "price.input: ", id="negative price"),
        pytest.param({"released": "soon"}, "proposers.0.released: ", id="date"),
        pytest.param({"temperature": 0}, "proposers.0.temperature: Extra inputs", id="sampling"),
        pytest.param({"endpoint": "away"}, "names the endpoint 'away'", id="unknown endpoint"),
    ],
)
def test_a_wrong_key_of_a_model_is_named(
    parse: Callable[..., Any], seat: Callable[..., Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as raised:
        parse(proposers=[seat("late", **more)])
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "name", ["stock", "echo", "placebo", "shuffled", "human", "person", "oracle", "recovery"]
)
def test_an_arms_name_is_reserved(
    parse: Callable[..., Any], seat: Callable[..., Any], name: str
) -> None:
    with pytest.raises(UserError, match=f"'{name}' is reserved for a control arm"):
        parse(proposers=[seat(name)])


@pytest.mark.parametrize("name", ["placebo:late", "", "a b", "../x", "a" * 65, "-a"])
def test_a_name_that_could_be_mistaken_is_refused(
    parse: Callable[..., Any], seat: Callable[..., Any], name: str
) -> None:
    with pytest.raises(UserError, match=r"proposers\.0\.name: "):
        parse(proposers=[seat(name)])


@pytest.mark.parametrize("group", ["proposers", "judges"])
def test_a_name_stands_once(
    parse: Callable[..., Any], seat: Callable[..., Any], group: str
) -> None:
    with pytest.raises(UserError, match="names are used twice: x, x"):
        parse(**{group: [seat("x"), seat("x", effort="low")]})


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        pytest.param({"name": "none"}, "endpoints.0.name: ", id="what may be sent nowhere"),
        pytest.param({"base_url": "127.0.0.1:80"}, "expected http://HOST", id="no scheme"),
        pytest.param({"base_url": "file:///etc"}, "expected http://HOST", id="a file"),
        pytest.param({"base_url": "https://u:p@h"}, "holds no key", id="key in the URL"),
        pytest.param({"api_key_env": "sk-ant-1234"}, "endpoints.0.api_key_env: ", id="a key"),
    ],
)
def test_an_endpoint_that_cannot_be_meant_is_refused(
    parse: Callable[..., Any], endpoint: dict[str, str], said: str
) -> None:
    with pytest.raises(UserError) as raised:
        parse(endpoints=[{"name": "local", "base_url": URL, **endpoint}])
    assert said in str(raised.value)
    assert "1234" not in str(raised.value)


def test_every_fault_is_said_at_once(parse: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match=r"(?s)repeats: .*; samples: "):
        parse(repeats=0, samples=0)


@pytest.mark.parametrize("number", ["inf", "nan", "1e300"])
@pytest.mark.parametrize(
    ("written", "key"), [("budget_usd = 10", "limits.budget_usd"), ("input = 3", "price.input")]
)
def test_money_without_end_is_refused(
    study_text: Callable[..., str], seat: Callable[..., Any], written: str, key: str, number: str
) -> None:
    text = study_text(URL, restater=seat("late", price={"input": 3, "output": 1}))
    assert written in text
    endless = text.replace(written, f"{written.partition('=')[0]}= {number}")
    with pytest.raises(UserError, match=key):
        parse_study(endless, "study.toml")


def test_what_is_not_toml_is_named() -> None:
    with pytest.raises(UserError, match=r"'study.toml' is not valid TOML: .*line 2"):
        parse_study('name = "a"\nsets = [oops]', "study.toml")


def test_plan_proposers_and_sets_make_the_hash_of_the_plan(parse: Callable[..., Any]) -> None:
    assert parse().plan_hash == parse(seed=2, repeats=3).plan_hash
    assert parse().plan_hash != parse(analysis={"level": 0.9}).plan_hash
    assert parse().plan_hash != parse(sets=["other"]).plan_hash


def test_a_plan_has_a_default_for_what_it_does_not_say(parse: Callable[..., Any]) -> None:
    plan = parse().analysis
    assert (plan.test, plan.level, plan.margin, plan.cluster) == ("cr2", 0.95, None, "lineage")
    assert (plan.covariates, plan.draws, plan.selection) == ((), 9_999, None)


def test_a_selection_has_a_default_for_what_it_does_not_say(parse: Callable[..., Any]) -> None:
    found = parse(analysis={"selection": {"bottom": 0.1}}).analysis.selection
    assert found.model_dump() == {"bottom": 0.1, "top": 0.2, "reliability": 0.8}


def test_a_plan_says_all_of_it(parse: Callable[..., Any]) -> None:
    said: dict[str, Any] = {
        "primary": ["minus_stock", "minus_half", "between_sets", "between_models"],
        "test": "wild_bootstrap", "level": 0.9, "margin": 0.05, "cluster": "project",
        "covariates": ["position", "project"], "draws": 1_999,
        "selection": {"bottom": 0.1, "top": 0.3, "reliability": 1},
    }  # fmt: skip
    plan = parse(analysis=said).analysis
    assert plan.model_dump(mode="json") == said


def test_one_contrast_may_stand_without_a_list(parse: Callable[..., Any]) -> None:
    assert parse(analysis={"primary": "minus_half"}).analysis.primary == ("minus_half",)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        pytest.param({"primary": []}, "analysis.primary: ", id="no contrast"),
        pytest.param({"primary": ["best"]}, "analysis.primary.0: ", id="unknown contrast"),
        pytest.param(
            {"primary": ["minus_half"] * 2}, "named twice: minus_half, minus_half", id="twice"
        ),
        pytest.param({"covariates": ["harm", "harm"]}, "named twice: harm, harm", id="facts"),
        pytest.param({"covariates": ["colour"]}, "analysis.covariates.0: ", id="unknown fact"),
        pytest.param({"test": "t"}, "analysis.test: ", id="test"),
        pytest.param({"level": 0.5}, "analysis.level: ", id="level"),
        pytest.param({"margin": 0}, "analysis.margin: ", id="no margin"),
        pytest.param({"margin": 1}, "analysis.margin: ", id="margin of one"),
        pytest.param({"cluster": "item"}, "analysis.cluster: ", id="cluster"),
        pytest.param({"draws": 99}, "analysis.draws: ", id="few draws"),
        pytest.param({"draws": 10_000_000}, "analysis.draws: ", id="many draws"),
        pytest.param({"selection": {"bottom": 0}}, "analysis.selection.bottom: ", id="bottom"),
        pytest.param({"selection": {"top": 1}}, "analysis.selection.top: ", id="top"),
        pytest.param(
            {"selection": {"reliability": 1.1}}, "analysis.selection.reliability: ", id="labels"
        ),
        pytest.param({"selection": {"middle": 0.1}}, "Extra inputs", id="unknown share"),
        pytest.param({"selection": {"bottom": 0.6, "top": 0.6}}, "at most 1", id="overlap"),
        pytest.param(
            {"test": "sign_flip", "primary": "between_sets"}, "has no sign flip", id="no flip"
        ),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(
    parse: Callable[..., Any], plan: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as raised:
        parse(analysis=plan)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "plan",
    [
        {"primary": ["minus_half"]}, {"test": "sign_flip"}, {"margin": 0.1},
        {"cluster": "session"}, {"covariates": ["harm"]}, {"selection": {"top": 0.1}},
        {"draws": 1_999},
    ],
    ids=lambda plan: next(iter(plan)),
)  # fmt: skip
def test_every_choice_of_the_plan_is_in_its_hash(
    parse: Callable[..., Any], plan: dict[str, Any]
) -> None:
    assert parse(analysis=plan).plan_hash != parse().plan_hash


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"selection": {"bottom": 0.6, "top": 0.5}}, "at most 1 together"),
        ({"primary": ["between_sets"], "test": "sign_flip"}, "between_sets has no sign flip"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(
    parse: Callable[..., Any], plan: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        parse(analysis=plan)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"judging": {"views": []}}, "judging.views: Tuple should have at least 1 item"),
        (
            {"judging": {"forms": ["verbatim"]}},
            "judging.forms: the headline's own is missing: add ",
        ),
        ({"judging": {"views": ["full", "full"]}}, "judging.views: named twice: full, full"),
        ({"controls": {"arms": ["echo", "echo"]}}, "controls.arms: named twice: echo, echo"),
        ({"probes": {"kinds": ["loading"] * 2}}, "probes.kinds: named twice: loading, loading"),
        ({"judging": {"words": [9, 3]}}, "expected [FEWEST, MOST]"),
        ({"judging": {"escalation": {"first": "a", "then": "a"}}}, "not to the same one"),
        ({"judging": {"escalation": {"first": "a", "then": "b"}}}, "names 'a'; there are only"),
        ({"controls": {"oracles": ["gone"]}}, "names 'gone'; there are only simulated-late"),
        ({"probes": {"kinds": ["mood"]}}, "probes.kinds.0: Input should be 'loading'"),
    ],
)
def test_judging_that_cannot_be_meant_is_refused(
    study_text: Callable[..., str], replaced: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        parse_study(study_text("http://127.0.0.1:1", **replaced), "study.toml")


def test_seats_that_nobody_names_are_taken_by_others(study_text: Callable[..., str]) -> None:
    study = parse_study(study_text("http://127.0.0.1:1"), "study.toml")
    assert study.digester_seat == study.restater
    assert study.prober_seat == study.judges[0]


def test_the_newest_proposer_is_the_oracle_unless_others_are_named(
    study_text: Callable[..., str], seat: Callable[..., Any]
) -> None:
    two = [seat("new", released="2026-05-01"), seat("old", released="2025-05-01"), seat("undated")]
    text = study_text("http://127.0.0.1:1", proposers=two)
    assert [one.name for one in parse_study(text, "s").oracles] == ["new"]
    named = study_text("http://127.0.0.1:1", proposers=two, controls={"oracles": ["old"]})
    assert [one.name for one in parse_study(named, "s").oracles] == ["old"]
