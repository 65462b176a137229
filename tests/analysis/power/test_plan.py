from dataclasses import replace
from itertools import pairwise

import pytest

from analysis.errors import EstimateError
from analysis.power.assumptions import Spread
from analysis.power.detectable import detectable_contrast, detectable_mean
from analysis.power.labour import Labour
from analysis.power.plan import (
    Plan,
    clustering,
    contrasted,
    figures,
    first_set,
    growth,
    sampling,
    with_icc,
)

PLAN = Plan(
    items=129,
    clusters=25,
    other_items=127,
    rate=Spread(0.5, 0.1, 0.1),
    difference=Spread(0.45, 0.05, 0.2),
    sets=(Spread(0.45, 0.1), Spread(0.45, 0.1)),
    people=Spread(0.5, 0.1),
)
LABOUR = Labour(minutes_per_session=20, minutes_per_item=5, session_yield=0.5, annotators=2)


def test_the_figures_are_those_of_their_estimators() -> None:
    found = figures(PLAN)
    assert found.rate == detectable_mean(first_set(PLAN, PLAN.rate))
    assert found.difference == detectable_mean(first_set(PLAN, PLAN.difference))
    assert found.contrast == detectable_contrast(contrasted(PLAN))


def test_without_a_second_set_there_is_no_contrast() -> None:
    assert figures(replace(PLAN, other_items=0)).contrast is None


@pytest.mark.parametrize("other", [-1, 1])
def test_a_second_set_of_one_item_is_refused(other: int) -> None:
    with pytest.raises(EstimateError, match=f"other_items is {other}"):
        figures(replace(PLAN, other_items=other))


def test_a_second_set_smaller_than_the_clusters_lies_in_as_many_as_it_has_items() -> None:
    found = figures(replace(PLAN, other_items=10, size_cv=0.5))
    assert found.contrast is not None
    assert (found.contrast.items, found.contrast.clusters) == (139, 25)


def test_new_sessions_buy_more_than_old_ones() -> None:
    for row in growth(PLAN, LABOUR):
        assert row.new.rate.mde < row.old.rate.mde < figures(PLAN).rate.mde
        assert row.old.rate.items == row.new.rate.items == 129 + row.extra_items
        assert row.new.rate.clusters == 25 + row.extra_sessions
        assert row.old.rate.half_width > row.old.rate.floor


def test_new_sessions_cost_their_screening_and_that_of_those_that_yield_nothing() -> None:
    doubled = growth(PLAN, LABOUR)[2]
    assert (doubled.extra_items, doubled.extra_sessions) == (129, 25)
    assert doubled.old_minutes == 2 * 5 * (129 + 127)
    assert doubled.new_minutes == doubled.old_minutes + 2 * 20 * 25 / 0.5


def test_a_cost_that_is_not_known_stays_unknown() -> None:
    row = growth(PLAN, Labour(minutes_per_item=5))[0]
    assert row.old_minutes is not None
    assert row.new_minutes is None
    assert growth(PLAN, Labour())[0].old_minutes is None


def test_more_samples_help_ever_less() -> None:
    widths = [row.difference.half_width for row in sampling(PLAN)]
    gains = [a - b for a, b in pairwise(widths)]
    assert [row.samples for row in sampling(PLAN)] == [1, 2, 3, 5, 10]
    assert gains[0] > gains[1] > 0


def test_repeats_are_tried_where_proposals_are_known_to_vary() -> None:
    spreads = (Spread(0.5, 0.1, 0.1, 0.02), Spread(0.45, 0.05, 0.2, 0.04))
    rows = sampling(replace(PLAN, rate=spreads[0], difference=spreads[1]))
    assert [(row.repeats, row.samples) for row in rows[5:]] == [(2, 1), (3, 1), (5, 1), (10, 1)]


def test_without_known_noise_nothing_is_said_of_samples() -> None:
    assert sampling(replace(PLAN, rate=Spread(0.5, 0.1))) == ()


def test_other_iccs_keep_the_proportion_of_the_difference() -> None:
    moved = with_icc(PLAN, 0.2)
    assert (moved.rate.icc, moved.difference.icc) == (0.2, 0.1)
    assert with_icc(replace(PLAN, rate=Spread(0.5, 0.0)), 0.2).difference.icc == 0.1
    rows = clustering(PLAN)
    assert [row.icc for row in rows] == [0.0, 0.05, 0.1, 0.2, 0.3]
    assert rows[2].figures.rate.mde == pytest.approx(figures(PLAN).rate.mde)
