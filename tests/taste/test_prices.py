from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from taste.cheapest import read_usage
from taste.jobs import hash_study
from taste.prices import find_price, price_study, read_prices, unknown_prices
from taste.run_costs import run_cost
from taste.seats import UNSTATED, FoundPrice, LongPrompt, ModelSeat, Price
from taste.spending import cost_of, most_cost_of
from taste.study import Study, parse_study
from taste.tables import Call
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TIERED = Price(input=1, output=5, long_prompt=LongPrompt(tokens=1_000, input=10, output=50))


@pytest.fixture
def unpriced(study_text: Callable[..., str], seat: Callable[..., Any]) -> Callable[..., Study]:
    """unpriced("claude-haiku-5-5") has a proposer of that model without a price."""

    def make(model: str, base_url: str = "https://api.anthropic.com") -> Study:
        proposer = seat("late", model=model)
        del proposer["price"]
        return parse_study(study_text(base_url, proposers=[proposer]), "study.toml")

    return make


def test_a_price_of_the_study_goes_before_every_other(study_text: Callable[..., str]) -> None:
    study = parse_study(study_text("http://127.0.0.1:1"), "study.toml")
    own = {"simulated-late": FoundPrice(input=9, output=9, source="own")}
    assert price_study(study, NOW, own) == study


def test_the_users_own_price_goes_before_the_shipped_one(
    unpriced: Callable[..., Study],
) -> None:
    own = FoundPrice(input=7, output=8, source="own")
    study = price_study(unpriced("claude-haiku-5-5"), NOW, {"claude-haiku-5-5": own})
    assert study.proposers[0].price == own
    shipped = price_study(unpriced("claude-haiku-5-5"), NOW, {}).proposers[0].price
    assert isinstance(shipped, FoundPrice)
    assert shipped.source.startswith("genai-prices ")


def test_a_price_that_was_found_makes_no_other_study(unpriced: Callable[..., Study]) -> None:
    study = unpriced("claude-haiku-5-5")
    assert hash_study(price_study(study, NOW, {})) == hash_study(study)


def test_a_model_that_nobody_prices_is_refused_by_name(unpriced: Callable[..., Study]) -> None:
    study = unpriced("no-such-model")
    with pytest.raises(UserError, match=r"nobody states what 'no-such-model' costs.*--no-budget"):
        price_study(study, NOW, {})
    free = price_study(study, NOW, {}, no_budget=True)
    assert (unknown_prices(free), free.proposers[0].price) == (["no-such-model"], UNSTATED)


def test_a_model_that_is_reached_by_file_needs_no_price(unpriced: Callable[..., Study]) -> None:
    study = unpriced("no-such-model")
    (endpoint,) = study.endpoints
    far = study.model_copy(update={"endpoints": (endpoint.model_copy(update={"by_file": True}),)})
    assert unknown_prices(price_study(far, NOW, {})) == ["no-such-model"]


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8000", "https://models.invalid"])
def test_a_known_name_at_another_server_has_no_known_price(base_url: str) -> None:
    assert find_price("claude-haiku-5-5", base_url, NOW) is None
    assert find_price("claude-haiku-5-5", None, NOW) is not None


def test_long_prompts_and_hours_in_the_cache_have_their_own_prices() -> None:
    price = find_price("claude-haiku-5-5", None, NOW)
    assert price is not None
    assert (price.input, price.output, price.cache_read) == (0.1, 0.5, 0.01)
    assert (price.cache_write, price.cache_write_1h) == (0.125, 0.2)
    assert price.long_prompt is not None
    assert (price.at(100_000).input, price.at(100_001).input) == (0.1, 0.5)
    assert price.at(100_001).output == 2.5


def test_a_list_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    assert read_prices(file) == {}
    file.write_text('["qwen/local"]\ninput = 0\noutput = 0.5\n', encoding="utf-8")
    assert read_prices(file)["qwen/local"] == FoundPrice(input=0, output=0.5, source=str(file))


@pytest.mark.parametrize("text", ["a = 1", "[m]\ninput = -1\noutput = 1", "[m]\nin = 1", "x ="])
def test_a_broken_list_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"prices\.toml' is no list of prices"):
        read_prices(file)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        ({"input_tokens": 1000}, 1000e-6),
        ({"input_tokens": 1001}, 10_010e-6),
        ({"cache_creation_input_tokens": 100}, 125e-6),
        ({"cache_creation_input_tokens": 100,
          "cache_creation": {"ephemeral_1h_input_tokens": 60}}, (40 * 1.25 + 60 * 2) / 1e6),
        ({"cache_read_input_tokens": 900, "output_tokens": 2}, (90 + 10) / 1e6),
        ({"cache_read_input_tokens": 1100}, 1100e-6),
    ],
)  # fmt: skip
def test_usage_is_paid_for_by_cache_class_and_length(usage: dict[str, Any], usd: float) -> None:
    assert cost_of(usage, TIERED) == pytest.approx(usd)


WORDS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


@given(st.dictionaries(st.sampled_from(WORDS), st.integers(0, 10_000)))
def test_no_usage_costs_more_than_the_most(usage: dict[str, Any]) -> None:
    seat = ModelSeat(name="a", model="a", max_tokens=10_000, price=TIERED)
    assert cost_of(usage, TIERED) <= most_cost_of(int(read_usage(usage).prompt), seat)


ODD = st.none() | st.text() | st.booleans() | st.floats() | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from((*WORDS, "cache_creation")), ODD))
def test_usage_of_any_form_is_read(usage: dict[str, Any]) -> None:
    assert read_usage(usage).input >= 0 or usage["input_tokens"] != usage["input_tokens"]


def test_the_cost_of_a_run_is_split_and_compared_with_the_naive_one(
    db: Db, go: Callable[..., RunResult]
) -> None:
    result = go()
    cost = run_cost(db, result.run_id)
    assert cost.spent == pytest.approx(result.spent_usd)
    for split in (cost.by_model, cost.by_role, cost.by_class):
        assert sum(split.values()) == pytest.approx(cost.spent)
    assert cost.share == pytest.approx(cost.spent / cost.naive)
    assert 0 < cost.cached < 1
    assert set(cost.by_role) == {"propose", "placebo", "restate", "judge"}
    assert run_cost(db, 99).share is None


def test_a_batch_is_compared_with_the_same_calls_one_by_one(
    db: Db, go: Callable[..., RunResult]
) -> None:
    run_id = go().run_id
    before = run_cost(db, run_id).naive
    for row in db.exec(select(Call)).all():
        row.mode, row.cost_usd = "batch", row.cost_usd / 2
        row.unit_prices = {name: value / 2 for name, value in row.unit_prices.items()}
    db.flush()
    assert run_cost(db, run_id).naive == pytest.approx(before)
