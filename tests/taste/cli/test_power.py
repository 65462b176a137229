"""`taste power`: what a plan can show, in words and as JSON, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLAN = ("power", "--items", "129", "--clusters", "25")
TIME = ("--minutes-per-session", "20", "--minutes-per-item", "5")
YIELD = ("--items-per-session", "1.2", "--session-yield", "0.5")
Taste = Callable[..., Any]


def test_a_plan_says_what_it_detects_and_what_it_assumes(taste: Taste) -> None:
    said = taste(*PLAN)
    assert (said.code, said.err) == (0, "")
    assert "sd 0.5 assumed, ICC 0.1 assumed" in said.out
    assert "0.172 (50% against 67%)" in said.out
    assert "--verdict-sd" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_ascii_draws_nothing_else(taste: Taste) -> None:
    said = taste(*PLAN, "--ascii", "--effect", "0.1")
    assert said.out.isascii()
    assert "power for an effect of 0.1: rate 0.35, difference 0.52, contrast 0.19" in said.out
    assert "wins and losses: 0.567, exact" in said.out
    assert "@" in said.out


def test_everything_is_one_line_of_json(taste: Taste) -> None:
    found = json.loads(taste(*PLAN, "--json", "--effect", "0.1").out)
    assert found["figures"]["rate"]["mde"] == pytest.approx(0.173, abs=0.002)
    assert found["planning"]["plan"]["items"] == 129
    assert found["effect"]["unclustered_exact"] == pytest.approx(0.567, abs=0.001)
    assert len(found["curves"]) == 4


def test_hours_of_people_become_items_and_sessions(taste: Taste) -> None:
    said = taste("power", "--hours", "40", "--people", "2", *TIME, *YIELD)
    assert said.code == 0, said.err
    assert said.out.startswith("in 80 person-hours: 150 sessions screened, 75 with an item,")
    assert "minutes" in said.out


def test_known_noise_shows_what_more_verdicts_buy(taste: Taste) -> None:
    said = taste(*PLAN, "--verdict-sd", "0.3", "--proposal-sd", "0.1", "--other-items", "0")
    assert "repeats  samples" in said.out
    assert "contrast" not in said.out


def test_the_formula_is_held_against_simulated_studies(taste: Taste) -> None:
    words = (*PLAN, "--sd", "0.45", "--effect", "0.15", "--simulate", "--json")
    found = json.loads(taste(*words, "--seed", "3").out)["checked"]
    assert [one["figure"] for one in found] == ["rate", "difference", "contrast"]
    for one in found:
        assert one["simulated"]["power"] == pytest.approx(one["formula"], abs=0.06)
        assert one["simulated"]["seed"] == 3


def test_simulated_studies_are_told_in_words(taste: Taste) -> None:
    said = taste(*PLAN, "--simulate", "--difference-icc", "0.9", "--difference-sd", "0.1")
    assert "in 4000 studies" in said.out
    assert "No wins, ties and losses have" in said.out


PILOT = """set,set_kind,item,arm,score,lineage,minutes
sub,suboptimal,1,m,1,a,5
sub,suboptimal,2,m,0,a,5
sub,suboptimal,3,m,1,b,5
sub,suboptimal,4,m,0.5,b,5
sub,suboptimal,5,m,0,c,5
sub,suboptimal,6,m,0,c,5
"""


def test_a_pilot_gives_spread_yield_and_minutes(taste: Taste, folder: Path) -> None:
    (folder / "pilot.csv").write_text(PILOT, encoding="utf-8")
    words = ("--pilot", "pilot.csv", "--sessions-screened", "10", "--other-items", "0")
    said = taste("power", *words, "--hours", "60", "--minutes-per-session", "17")
    assert said.code == 0, said.err
    assert said.out.startswith("in 60 person-hours: 180 sessions screened, 54 with an item,")
    assert "108 items marked in the set" in said.out
    assert "sd 0.492 from the pilot" in said.out
    assert "by these few clusters anything from" in said.out
    assert "* as high as the pilot allows" in said.out


def test_a_pilot_that_cannot_be_read_is_one_sentence(taste: Taste) -> None:
    said = taste("power", "--pilot", "none.csv")
    assert (said.code, said.out) == (1, "")
    assert "none.csv" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "How many items in how many clusters is not said"),
        (("--items", "9"), "How many items in how many clusters is not said"),
        (("--items", "9", "--clusters", "12"), "12 clusters but only 9 items"),
        (("--items", "9", "--clusters", "1"), "clusters is 1"),
        ((*PLAN[1:], "--power", "1"), "power is 1.0"),
        ((*PLAN[1:], "--level", "95"), "level is 95.0"),
        ((*PLAN[1:], "--icc", "1"), "the ICC of item scores is 1.0"),
        ((*PLAN[1:], "--icc", "-0.1"), "the ICC of item scores is -0.1"),
        ((*PLAN[1:], "--sd", "0"), "the sd of item scores is 0.0"),
        ((*PLAN[1:], "--size-cv", "90"), "size_cv is 90.0"),
        ((*PLAN[1:], "--margin", "0"), "margin is 0.0"),
        ((*PLAN[1:], "--judge-correlation", "2"), "correlation of judge and people is 2.0"),
        ((*PLAN[1:], "--verdict-sd", "3"), "verdicts and proposals alone vary"),
        ((*PLAN[1:], "--hours", "9", *TIME, *YIELD), "Give either hours, or items"),
        (("--hours", "9"), "minutes_per_session, minutes_per_item, items_per_session"),
        (("--hours", "9", *YIELD), "minutes_per_session, minutes_per_item not known"),
        (("--hours", "0", *TIME, *YIELD), "is no time"),
        ((*PLAN[1:], "--people", "0", "--hours", "9", *TIME, *YIELD), "0 people is no time"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    taste: Taste, words: tuple[str, ...], sentence: str
) -> None:
    said = taste("power", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("taste: ")
    assert sentence in said.err
    assert said.err.count("\n") == 1
