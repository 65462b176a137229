import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taste.requests import build_request
from taste.seats import ModelSeat, Price
from taste.spending import Budget, StopRun, cost_of, most_cost, prompt_cost

PRICE = Price(input=1, output=5)
NOT_SHOWN = {"digest": None, "taken": None, "labels": None}
SEAT = ModelSeat(name="judge", model="simulated-judge", endpoint="local", price=PRICE)


@given(
    texts=st.lists(st.text(min_size=0, max_size=60), min_size=4, max_size=4),
    max_tokens=st.integers(16, 4096),
)
@settings(max_examples=50)
def test_no_answer_of_byte_long_tokens_costs_more_than_is_set_aside(
    texts: list[str], max_tokens: int
) -> None:
    names = ("shown", "aftermath", "first", "second")
    request = build_request("judge", **NOT_SHOWN, **dict(zip(names, texts, strict=True)))
    seat = SEAT.model_copy(update={"max_tokens": max_tokens})
    size = len((request.context + request.question).encode())
    usage = {"cache_creation_input_tokens": size, "output_tokens": max_tokens}
    assert cost_of(usage, seat.price) <= most_cost(request, seat)


def test_a_budget_ends_though_no_call_of_a_run_is_ever_answered() -> None:
    budget = Budget(1)
    while budget.fits(0.2):
        budget.doubtful += prompt_cost(200_000, SEAT)
    assert budget.spent == 0
    with pytest.raises(StopRun, match=r"\$0.00 spent, about \$0.8\d in doubt"):
        budget.reserve(0.2)


def test_what_is_cached_is_booked_at_its_own_price() -> None:
    usage = {
        "input_tokens": 1e6,
        "cache_creation_input_tokens": 1e6,
        "cache_read_input_tokens": 1e6,
        "output_tokens": 1e6,
    }
    assert cost_of(usage, PRICE) == pytest.approx(1 + 1.25 + 0.1 + 5)
    own = Price(input=1, output=5, cache_write=2, cache_read=0)
    assert cost_of(usage, own) == pytest.approx(1 + 2 + 0 + 5)
    assert cost_of({"input_tokens": None}, PRICE) == 0
