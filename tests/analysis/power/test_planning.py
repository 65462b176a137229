import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import EstimateError
from analysis.power.labour import Harvest, Labour, harvest
from analysis.power.overview import Wishes, power_overview
from analysis.power.pilot import Effort, Noise, pilot_from_scores
from analysis.power.planning import Pilots, Stated, make_plan

LABOUR = Labour(20, 5, items_per_session=1.5, session_yield=0.5)
SCORES = [0.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.5, 0.0, 0.0, 1.0]
CLUSTERS = list("aaabbccdde")
PILOTS = Pilots(
    rate=pilot_from_scores(SCORES, CLUSTERS, Effort([5.0] * 10, 10), Noise(0.1)),
    other=pilot_from_scores(SCORES[:6], CLUSTERS[:6], Effort((), 10)),
)


def test_time_goes_into_sessions_and_into_items_of_both_sets() -> None:
    # A session takes 20 minutes and three items of 5.
    assert harvest(LABOUR, 10, 7) == Harvest(70, 120, 60, 180, 180, 120 * 35)


def test_every_annotator_takes_the_time_again() -> None:
    twice = harvest(replace(LABOUR, annotators=2), 10, 7)
    assert twice.sessions_screened == 60


@given(st.floats(5, 500), st.integers(1, 9), st.floats(0, 60), st.floats(0.1, 60))
def test_no_more_is_had_than_the_time_allows(
    hours: float, people: int, reading: float, marking: float
) -> None:
    labour = Labour(reading, marking, items_per_session=2, session_yield=0.7)
    found = harvest(labour, hours, people)
    assert found.minutes <= 60 * hours * people * (1 + 1e-9)
    assert found.sessions_yielding <= min(found.sessions_screened, found.items)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"minutes_per_session": None}, "minutes_per_session not known"),
        ({"minutes_per_item": -1}, "minutes_per_item is -1"),
        ({"session_yield": 1.5}, "session_yield is 1.5"),
        ({"items_per_session": 0.3}, "items_per_session is 0.3, less than session_yield 0.5"),
        ({"annotators": 0}, "annotators is 0"),
        ({"annotators": 3}, "3 annotators for each session but only 2 people"),
        ({"minutes_per_session": 0, "minutes_per_item": 0}, "are both 0"),
        ({"minutes_per_session": 9999}, "yield no item on average"),
    ],
)
def test_time_that_buys_nothing_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(EstimateError, match=said):
        harvest(replace(LABOUR, **changed), 5, 2)


@pytest.mark.parametrize("hours", [0, -1, math.nan, math.inf])
def test_no_time_is_refused(hours: float) -> None:
    with pytest.raises(EstimateError, match="is no time"):
        harvest(LABOUR, hours, 2)


def test_what_nobody_states_is_assumed_and_said_to_be() -> None:
    planning = make_plan(Stated(129, 25))
    assert (planning.plan.rate.sd, planning.plan.rate.icc) == (0.5, 0.1)
    assert (planning.plan.difference.sd, planning.plan.difference.icc) == (0.45, 0.05)
    assert planning.plan.other_items == 129
    assert planning.sources[0] == "item scores: sd 0.5 assumed, ICC 0.1 assumed"


def test_what_is_stated_goes_before_the_pilot() -> None:
    planning = make_plan(Stated(icc=0.2, verdict_sd=0.1), PILOTS)
    assert (planning.plan.items, planning.plan.clusters, planning.plan.other_items) == (10, 5, 6)
    assert planning.plan.rate.sd == PILOTS.rate.sd
    assert planning.plan.rate.icc == 0.2
    assert planning.plan.rate.verdict_variance == pytest.approx(0.01)
    assert planning.plan.size_cv == PILOTS.rate.size_cv
    assert planning.sources[0].endswith("from the pilot, ICC 0.2 as stated")


def test_a_persons_single_verdicts_vary_as_wins_and_losses_do() -> None:
    planning = make_plan(Stated(60, 12, icc=0.2), PILOTS)
    people, rate = planning.plan.people, planning.plan.rate
    assert people.sd == 0.5
    assert people.icc * people.sd**2 == pytest.approx(rate.icc * rate.sd**2)
    assert make_plan(Stated(60, 12, sd=0.42)).plan.people.sd == 0.42


def test_a_pilot_without_an_icc_leaves_the_usual_one() -> None:
    alone = Pilots(pilot_from_scores([0.0, 1.0, 0.5], list("abc")))
    planning = make_plan(Stated(60, 12), alone)
    assert planning.plan.rate.icc == 0.1
    assert planning.sources[0] == "item scores: sd 0.5 from the pilot, ICC 0.1 assumed"


def test_a_pilot_and_hours_say_what_can_be_had() -> None:
    stated = Stated(hours=30, people=2, labour=Labour(minutes_per_session=20))
    planning = make_plan(stated, PILOTS)
    assert planning.harvest == harvest(Labour(20, 5, 1.0, 0.6, 0.5), 30, 2)
    assert planning.plan.items == planning.harvest.items
    assert planning.plan.clusters == planning.harvest.sessions_yielding


def test_hours_without_a_second_set_go_to_the_first() -> None:
    planning = make_plan(Stated(hours=10, people=7, other_items=0, labour=LABOUR))
    assert planning.plan.other_items == 0
    assert planning.plan.items == math.floor(1.5 * (4200 // 27.5))


@pytest.mark.parametrize("stated", [Stated(), Stated(items=9), Stated(clusters=9)])
def test_a_plan_without_a_size_is_refused(stated: Stated) -> None:
    with pytest.raises(EstimateError, match="How many items in how many clusters"):
        make_plan(stated)


def test_hours_and_items_are_not_both_taken() -> None:
    with pytest.raises(EstimateError, match="Give either hours"):
        make_plan(Stated(items=9, hours=9, labour=LABOUR))


def test_an_overview_looks_at_the_upper_end_of_the_pilots_icc() -> None:
    found = power_overview(make_plan(Stated(60, 12), PILOTS), PILOTS, Wishes())
    assert found.highest_icc == PILOTS.rate.icc_high
    assert found.highest_icc in [row.icc for row in found.clustering]
    assert found.checked == ()
    assert found.effect is None


def test_an_overview_simulates_each_figure_or_says_why_not() -> None:
    planning = make_plan(Stated(60, 12, icc=0.3, difference_icc=0.9, difference_sd=0.15))
    found = power_overview(planning, None, Wishes(seed=1, replicates=300))
    rate, difference, contrast = found.checked
    assert rate.simulated is not None
    assert contrast.simulated is not None
    assert rate.formula == pytest.approx(0.8)
    assert difference.simulated is None
    assert difference.reason is not None


@pytest.mark.parametrize("effect", [0.0, 0.7, math.nan])
def test_an_effect_that_no_rate_can_have_is_refused(effect: float) -> None:
    with pytest.raises(EstimateError, match="effect is"):
        power_overview(make_plan(Stated(60, 12)), None, Wishes(effect=effect))
