import random

import pytest

from analysis.calibration.drawing import Wish, draw_sample
from analysis.calibration.population import Population, Unit
from analysis.calibration.results import Calibrated, estimate_calibration, measured_correlation
from analysis.calibration.told import Told
from analysis.errors import EstimateError
from analysis.trials.columns import ORDERS
from analysis.trials.people import DrawnRow, PersonRow


def population() -> Population:
    """The judge gives every second pair to the model; people are harder, see `told`."""
    units = (
        Unit("strong", "late", f"p{n}", f"c{n % 21}", float(n % 2), n) for n in range(200)
    )  # fmt: skip
    return Population("full", "judge", tuple(units), 0)


def person(number: int, *, wins: bool | None, order: str, **values: object) -> PersonRow:
    right = "first" if wins == (order == "proposal") else "second"
    base = {
        "verdict_id": number, "person": "ada", "pair": (number, number), "comparison_id": number,
        "order": order, "view": "full", "sample": 1, "reason": None, "confidence": "high",
        "verdict": "unscored" if wins is None else right, "shown_hash": "h", "simulated": False,
        "guess": None, "gold": None, "repeat": 1, "batch": "b", "minutes": 2.0,
    }  # fmt: skip
    return PersonRow(**{**base, **values})  # type: ignore[arg-type]


def told(labels: int = 80, *, by_verdict: bool = False) -> Told:
    """People agree with the judge's losses and with half of its wins: the true rate is .25."""
    drawn = draw_sample(population(), Wish(labels, 1, by_verdict))
    numbers = [one.unit.comparison_id for one in drawn]
    draws = (
        DrawnRow("c", (n, n), "full", "judge", one.stratum, one.probability, 1)
        for n, one in zip(numbers, drawn, strict=True)
    )
    chance = random.Random(1)
    people = [person(n, wins=n % 4 == 1, order=chance.choice(ORDERS)) for n in numbers]
    outcomes = {(n, side): "win" if n % 2 else "loss" for n in numbers for side in ORDERS}
    return Told(
        name="c",
        population=population(),
        draws=tuple(draws),
        pairs={(n, n): n for n in numbers},
        judge={((n, n), side): outcome for (n, side), outcome in outcomes.items()},
        people=tuple(people),
        gold=(),
    )


def with_people(told_: Told, *more: PersonRow) -> Calibrated:
    changed = Told(
        told_.name, told_.population, told_.draws, told_.pairs, told_.judge,
        (*told_.people, *(row for row in more if row.gold is None)),
        tuple(row for row in more if row.gold is not None),
    )  # fmt: skip
    return estimate_calibration(changed)


@pytest.mark.parametrize("by_verdict", [False, True])
def test_a_rate_is_corrected_to_what_people_say(by_verdict: bool) -> None:
    (rate,) = estimate_calibration(told(by_verdict=by_verdict)).rates
    assert rate.corrected is not None
    assert rate.corrected.judge.value == 0.5
    assert rate.corrected.estimate.low is not None
    assert rate.corrected.estimate.value == pytest.approx(0.25, abs=0.06)
    assert rate.corrected.estimate.high is not None
    assert rate.corrected.estimate.high < 0.5


def test_judge_and_people_are_compared_on_the_same_pairs() -> None:
    found = estimate_calibration(told())
    assert found.with_people[0].pairs == 80
    assert found.with_people[0].raw is not None
    assert found.with_people[0].raw.value == pytest.approx(0.75, abs=0.1)
    assert found.with_people[0].kappa is not None
    assert found.with_people[0].ac1 is not None
    assert 0 < measured_correlation(told()) < 1


def test_a_swapped_repeat_is_compared_with_the_first_verdict_and_not_with_the_judge() -> None:
    base = told()
    again = [
        person(row.pair[0], wins=row.pair[0] % 4 == 1, repeat=2, order="human")
        for row in base.people[:10]
    ]
    found = with_people(base, *again)
    assert found.repeats.pairs == 10
    assert found.repeats.raw is not None
    assert found.repeats.raw.value == 1
    assert found.with_people[0].pairs == 80


def test_guesses_are_counted_by_whether_they_are_right_and_gold_by_its_answer() -> None:
    base = told()
    numbers = [row.pair[0] for row in base.people[:20]]
    guesses = [
        person(n, wins=True, order="human", repeat=3, guess="first" if at % 2 else "second")
        for at, n in enumerate(numbers)
    ]
    unsure = person(numbers[0], wins=True, order="human", repeat=4, guess="unsure")
    gold = [person(900 + n, wins=True, order="proposal", gold="first") for n in range(8)]
    found = with_people(base, *guesses, unsure, *gold)
    assert (found.probe.answers, found.unsure, found.probe_has_half) == (20, 1, True)
    assert found.gold.estimate is not None
    assert (found.gold.answers, found.gold.estimate.value) == (8, 1)


def test_who_cannot_tell_gives_no_label() -> None:
    base = told(20)
    blank = tuple(person(row.pair[0], wins=None, order="human") for row in base.people)
    with pytest.raises(EstimateError, match="judged 0 of 20 pairs"):
        estimate_calibration(
            Told(base.name, base.population, base.draws, base.pairs, base.judge, blank, ())
        )


def test_two_people_are_compared_under_pseudonyms() -> None:
    base = told()
    ben = [
        person(row.pair[0], wins=row.pair[0] % 4 == 1, order="human", person="ben")
        for row in base.people[:30]
    ]
    (among,) = with_people(base, *ben).among_people
    assert (among.one, among.other, among.pairs) == ("person-1", "person-2", 30)
    assert among.raw is not None
    assert among.raw.value == 1
