"""What a model's sentence says of stock moves and of the other view."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.figures.board import build_board
from analysis.figures.headline import Results, estimate_headline
from analysis.figures.lines import Figure
from analysis.figures.outline import outline_table
from analysis.report.words import headline_sentences
from analysis.trials.checks import check_table
from analysis.trials.files import as_categories
from taste.plan import Plan

RATES = {"late": 0.75, "stock": 0.5}
LESS = {"full": 0.0, "digest": 0.25}


def read(items: int, views: tuple[str, ...] = ("full", "digest"), kept: int = 99) -> Results:
    """A model .25 above stock on detours, both .25 lower under a digest."""
    rows = [
        {
            "set": "suboptimal", "item": item, "arm": arm, "judge": "j", "view": view,
            "order": order, "lineage": f"L{item}",
            "score": rate - LESS[view] + 0.125 * (item % 2 * 2 - 1) * (arm == "late"),
        }
        for item in range(1, items + 1)
        for arm, rate in RATES.items()
        for view in views
        for order in ("human", "proposal")
        if view == "full" or item <= kept
    ]  # fmt: skip
    table = check_table(as_categories(pd.DataFrame(rows, dtype=object), "t"), "t")
    return estimate_headline(table, build_board(table, outline_table(table, Plan())))


def sentence(results: Results) -> str:
    (told,) = headline_sentences(results)
    return told


def minus_stock(results: Results, value: float, low: float | None, high: float | None) -> Results:
    """The same with another difference from stock."""
    contrast = results.minus_stock[0]
    estimate = contrast.figure.estimate
    assert estimate is not None
    changed = replace(estimate, value=value, low=low, high=high, warnings=())
    moved = replace(contrast, figure=Figure(value, "", changed))
    return replace(results, minus_stock=(moved,))


def test_both_views_stand_in_one_sentence() -> None:
    said = sentence(read(12))
    assert "win rate 75 % (" in said
    assert ") above stock moves, and 50 % (" in said
    assert ") under a digest, 25 points (" in said
    assert said.endswith(") above stock moves.")


def test_each_view_has_its_own_words_on_stock() -> None:
    said = sentence(minus_stock(read(12), 0.08, -0.08, 0.23))
    assert "not told apart from stock moves: 8 points (−8 to 23) above, and 50 % (" in said
    assert said.endswith(") under a digest, 25 points (17 to 33) above stock moves.")


def test_a_rate_below_stock_says_so_on_every_set() -> None:
    results = read(12)
    strong = (replace(results.sets[0], name="strong", kind="strong"), *results.sets)
    moved = minus_stock(replace(results, sets=strong), -0.2, -0.3, -0.1)
    lines = [replace(line, set=found.name) for found in strong for line in moved.lines]
    contrasts = [replace(moved.minus_stock[0], set=found.name) for found in strong]
    told = sentence(replace(moved, lines=tuple(lines), minus_stock=tuple(contrasts)))
    assert ", 20 points (10 to 30) below stock moves, and 50 % (" in told
    assert told.endswith("; on 12 strong moves 75 % (66 to 82), below stock moves, and not judged "
                         "under a digest.")  # fmt: skip


def test_a_digest_of_fewer_items_says_of_how_many() -> None:
    assert ") under a digest on 8 items, 25 points (" in sentence(read(12, kept=8))


def test_a_rate_by_other_judges_says_by_whom() -> None:
    told = sentence(replace(read(12), beside_judges=("k", "l")))
    assert ") under a digest by k, l, 25 points (" in told
    assert " by " not in sentence(read(12))


def test_what_was_not_judged_under_a_digest_says_so() -> None:
    assert sentence(read(12, views=("full",))).endswith(", and not judged under a digest.")


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ((0.03, -0.04, 0.1), "not told apart from stock moves: 3 points (−4 to 10) above"),
        ((-0.03, -0.1, 0.04), "not told apart from stock moves: 3 points (−4 to 10) below"),
        ((0.001, -0.04, 0.04), "not told apart from stock moves: level (−4 to 4)"),
        ((0.1, 0.0, 0.2), "not told apart from stock moves: 10 points (0 to 20) above"),
        ((0.1, 0.01, 0.2), "10 points (1 to 20) above stock moves"),
        ((0.004, 0.001, 0.007), "level with stock moves (0 to 1)"),
    ],
)
def test_an_interval_that_holds_zero_is_said_in_words(
    figure: tuple[float, float, float], said: str
) -> None:
    assert f"), {said}, and 50 % (" in sentence(minus_stock(read(12), *figure))


def test_a_copy_of_stock_is_not_told_apart_from_it() -> None:
    told = sentence(minus_stock(read(12), 0.0, None, None))
    assert "not told apart from stock moves: level (" in told
