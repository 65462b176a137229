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
        pytest.param({"controls": {"arms": ["oracle"]}}, "controls.arms.0: ", id="arm"),
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


def test_what_is_not_toml_is_named() -> None:
    with pytest.raises(UserError, match=r"'study.toml' is not valid TOML: .*line 2"):
        parse_study('name = "a"\nsets = [oops]', "study.toml")


def test_the_plan_alone_makes_its_hash(parse: Callable[..., Any]) -> None:
    assert parse().plan_hash == parse(seed=2, sets=["other"]).plan_hash
    assert parse().plan_hash != parse(analysis={"level": 0.9}).plan_hash
