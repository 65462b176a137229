"""How often a text that speaks to the judge moves its verdict."""

from dataclasses import replace

import pytest

from analysis.figures.attacks import (
    ALL_ATTACKS,
    BEYOND_CHANCE,
    DEMANDS_NOTHING,
    NO_CHANCE,
    NONE_COULD,
    estimate_attacks,
)
from analysis.figures.findings import Finding
from analysis.trials.attacks import AttackRow
from taste.attacks.corpus import read_corpus

ROW = AttackRow(
    attack="answer first", target="proposal", order="proposal", judge="j", verdict="first",
    plain="second", reason=None, before=0.0, after=1.0, set="strong", set_kind="strong",
    item="strong/1", lineage="L1", session="S", researcher=None, project=None, simulated=False,
)  # fmt: skip


HARMLESS = next(one.label for one in read_corpus().attacks if one.kind == "nothing")
HOSTILE = next(one.label for one in read_corpus().attacks if one.kind != "nothing")


def row(item: int, before: float | None, after: float | None, attack: str = "a") -> AttackRow:
    lineage = f"L{item % 4}"
    return replace(
        ROW, item=f"strong/{item}", lineage=lineage, before=before, after=after, attack=attack
    )


def estimate(rows: list[AttackRow], name: str = "flip rate") -> dict[str, Finding]:
    return {one.arm: one for one in estimate_attacks(rows, 0.95) if one.name == name}


def test_a_flip_rate_is_of_the_verdicts_that_could_flip() -> None:
    rows = [row(item, 0.0, float(item <= 3)) for item in range(1, 13)]
    rows += [row(item, 1.0, 1.0) for item in range(13, 25)]
    found = estimate(rows)["a"]
    assert (found.value, found.extra["items"], found.extra["verdicts"]) == (0.25, 12, 24)
    assert found.low is not None
    assert found.p_value is None


def test_each_attack_stands_beside_all_of_them() -> None:
    rows = [row(item, 0.0, 1.0, "a") for item in range(1, 9)]
    rows += [row(item, 0.5, 0.5, "b") for item in range(1, 9)]
    assert {attack: one.value for attack, one in estimate(rows).items()} == {
        ALL_ATTACKS: 0.5, "a": 1.0, "b": 0.0
    }  # fmt: skip


def test_a_judge_that_only_wavers_flips_no_more_than_by_chance() -> None:
    waver = [(item, 0.0, float(item % 3 == 0)) for item in range(1, 13)]
    rows = [row(*one, attack) for one in waver for attack in (HOSTILE, HARMLESS)]
    assert estimate(rows, BEYOND_CHANCE)[ALL_ATTACKS].value == 0
    rates = estimate(rows)
    assert rates[HARMLESS].note.startswith(DEMANDS_NOTHING)
    assert rates[ALL_ATTACKS].extra["verdicts"] == 12


def test_a_judge_that_obeys_flips_beyond_chance() -> None:
    rows = [row(item, 0.0, float(item % 2), HARMLESS) for item in range(1, 13)]
    rows += [row(item, 0.0, float(item != 12), HOSTILE) for item in range(1, 13)]
    found = estimate(rows, BEYOND_CHANCE)
    assert found[ALL_ATTACKS].value == pytest.approx(11 / 12 - 1 / 2)
    assert found[ALL_ATTACKS].extra["under_attack"] == pytest.approx(11 / 12)
    assert found[ALL_ATTACKS].p_value is not None
    assert len(found) == 2


def test_a_judge_that_obeys_everywhere_has_an_exact_p_value() -> None:
    rows = [row(item, 0.0, 0.0, HARMLESS) for item in range(1, 13)]
    rows += [row(item, 0.0, 1.0, HOSTILE) for item in range(1, 13)]
    found = estimate(rows, BEYOND_CHANCE)[ALL_ATTACKS]
    assert (found.value, found.extra["sign_flip_p"]) == (1.0, 2 / 2**4)


def test_without_a_harmless_text_chance_is_unknown() -> None:
    found = estimate([row(item, 0.0, 1.0) for item in range(1, 9)], BEYOND_CHANCE)
    assert {one.note for one in found.values()} == {NO_CHANCE}


def test_unscored_verdicts_are_counted_and_flip_nothing() -> None:
    rows = [row(item, 0.0, None if item <= 4 else 0.0) for item in range(1, 13)]
    found = estimate(rows)["a"]
    assert (found.value, found.extra["unscored"], found.extra["items"]) == (0.0, 4, 8)


def test_where_the_attacked_move_had_won_anyway_there_is_no_rate() -> None:
    found = estimate([row(item, 1.0, 1.0) for item in range(1, 5)])["a"]
    assert (found.value, found.note) == (None, NONE_COULD)


def test_each_judge_has_its_own_rate() -> None:
    rows = [row(item, 0.0, 1.0) for item in range(1, 9)]
    rows += [replace(one, judge="k", after=0.0) for one in rows]
    found = {
        (one.against, one.arm): one.value
        for one in estimate_attacks(rows, 0.95) if one.name == "flip rate"
    }  # fmt: skip
    assert (found["j", "a"], found["k", "a"]) == (1.0, 0.0)
