from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.controls import (
    ECHO_CHARS,
    ControlMove,
    StockList,
    echo_move,
    fitted_move,
    numbered_move,
    read_stock,
    shuffled_move,
    stock_move,
)
from taste.earlier_acts import EarlierAct, earlier_acts
from taste.fits import Fitted
from taste.identity import draw_index, identity, settings_of
from taste.points import read_act, read_point
from taste.seats import ModelSeat, Price
from taste.set_rules import SetRule
from taste.sets import freeze_set, get_set, read_items
from taste.study import StudyDisplay
from transcripts.cut import Shown
from transcripts.db import Db
from transcripts.queries import read_events

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def agent(text: str) -> Shown:
    return Shown("agent", "", text, is_error=False)


def human(text: str) -> Shown:
    return Shown("human", "", text, is_error=False)


@pytest.mark.parametrize(
    ("prefix", "move"),
    [
        pytest.param([agent("All done.")], "All done.", id="the last text"),
        pytest.param([agent("Fits.\n\nNext I will plot it.")], "Next I will plot it.", id="offer"),
        pytest.param([agent("Shall I plot it?\n\nIt fits.")], "Shall I plot it?", id="offer first"),
        pytest.param(
            [agent("I can plot it.\n\nOr I could stop.")], "Or I could stop.", id="the last offer"
        ),
        pytest.param([agent("Shall I plot?"), agent("It fits.")], "It fits.", id="the last text"),
        pytest.param([agent("Shall I plot?"), human("no")], "Shall I plot?", id="not the human's"),
        pytest.param([agent("Shall I plot?"), agent("  \n")], "Shall I plot?", id="blank text"),
        pytest.param([agent("A.\n \n\n B: want me to?")], "B: want me to?", id="blank lines"),
        pytest.param([agent("I can " + "x" * 2000)], "x" * ECHO_CHARS, id="shortened"),
    ],
)
def test_echo_is_what_the_agent_last_offered(prefix: list[Shown], move: str) -> None:
    assert echo_move(prefix) == ControlMove(move, "the agent's last text")


@pytest.mark.parametrize(
    "prefix",
    [
        [],
        [human("Shall I?")],
        [Shown("thinking", "", "I will plot.", is_error=False)],
        [Shown("call", "Bash", "next", is_error=False)],
    ],
)
def test_echo_has_nothing_to_say_where_the_agent_said_nothing(prefix: list[Shown]) -> None:
    assert echo_move(prefix) == ControlMove(None, None, "the agent had said nothing")


def test_the_stock_list_is_long_enough_and_repeats_nothing() -> None:
    stock = read_stock()
    assert len(stock.moves) >= 24
    assert len({" ".join(move.lower().split()) for move in stock.moves}) == len(stock.moves)
    assert all(move.endswith(".") and "\n" not in move for move in stock.moves)


@given(st.text())
def test_stock_is_picked_by_the_items_hash_alone(prefix_hash: str) -> None:
    stock = read_stock()
    found = stock_move(prefix_hash, stock)
    index = draw_index(prefix_hash, len(stock.moves))
    assert found.move == stock.moves[index]
    assert found.source == f"stock {stock.version}, move {index + 1}"
    assert found == stock_move(prefix_hash, stock)


def test_stock_uses_the_whole_list() -> None:
    stock = read_stock()
    assert {stock_move(str(n), stock).move for n in range(1000)} == set(stock.moves)


def test_a_numbered_move_is_that_of_the_list_whatever_the_item() -> None:
    assert numbered_move(2, StockList("5", ("a", "b"))) == ControlMove("b", "stock 5, move 2")


def test_a_fitted_move_says_where_it_was_fitted() -> None:
    move = fitted_move(Fitted(1, set_id=3, set_name="tried", run_id=4), StockList("5", ("a", "b")))
    assert move == ControlMove("a", "stock 5, move 1, fitted on tried in run 4")


def test_shuffled_is_an_earlier_act_picked_by_the_items_hash() -> None:
    acts = [EarlierAct("e1", "one"), EarlierAct("e2", "two"), EarlierAct("e3", "three")]
    found = {shuffled_move(str(n), acts) for n in range(50)}
    assert {move.move for move in found} == {"one", "two", "three"}
    assert {move.source for move in found} == {f"the act before e{n}" for n in (1, 2, 3)}


def test_shuffled_has_nothing_to_say_where_nothing_came_before() -> None:
    assert shuffled_move("h", []).reason == "no earlier act in the session"


def test_shuffled_knows_only_acts_that_the_prefix_holds(examples: Db) -> None:
    for name in ("suboptimal", "strong"):
        for item in read_items(examples, get_set(examples, name)):
            text = read_point(examples, item)
            acts = earlier_acts(examples, text.point)
            assert acts
            assert read_act(examples, text.point) not in [act.text for act in acts]
            for act in acts:
                # Rendering shortens a long event and escapes a line that looks like a header.
                line = act.text.splitlines()[0][:60]
                assert line in text.prefix.text


def test_the_act_of_an_agents_decision_is_its_response(examples: Db) -> None:
    shown_in_full = StudyDisplay(names=True)
    freeze_set(examples, SetRule("agents", "random", "one", actor="agent"), NOW)
    for item in read_items(examples, get_set(examples, "agents"))[::7]:
        text = read_point(examples, item, shown_in_full)
        assert read_act(examples, text.point) == text.act
        assert text.act


def test_where_the_agent_decides_shuffled_borrows_from_the_agent(examples: Db) -> None:
    freeze_set(examples, SetRule("agents", "random", "one", actor="agent"), NOW)
    for item in read_items(examples, get_set(examples, "agents"))[::7]:
        text = read_point(examples, item)
        acts = earlier_acts(examples, text.point)
        point = text.point
        own = {e.event_id: e for e in read_events(examples, point.session_id, point.thread)}
        assert all(own[act.before].response for act in acts)
        assert all(own[act.before].position < point.cut for act in acts)


SEAT = ModelSeat(name="n", model="m", price=Price(input=1, output=1))


@pytest.mark.parametrize(
    "change", [{"effort": "low"}, {"max_tokens": 100}], ids=["effort", "max_tokens"]
)
def test_settings_that_are_sent_are_part_of_an_identity(change: dict[str, object]) -> None:
    assert settings_of(SEAT.model_copy(update=change)) != settings_of(SEAT)


@pytest.mark.parametrize(
    "change", [{"name": "x"}, {"price": Price(input=9, output=9)}, {"family": "f"}]
)
def test_what_is_not_sent_is_no_part_of_an_identity(change: dict[str, object]) -> None:
    assert settings_of(SEAT.model_copy(update=change)) == settings_of(SEAT)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_an_identity_stands_for_its_parts(a: list[str], b: list[str]) -> None:
    assert (identity(*a) == identity(*b)) == (a == b)


@given(st.text(), st.integers(1, 1000))
def test_a_draw_is_one_of_the_choices(prefix_hash: str, size: int) -> None:
    assert 0 <= draw_index(prefix_hash, size) < size
