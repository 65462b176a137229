"""What a calibration sample shows: agreement, steadiness, blindness, and the corrected rates.

Which estimator serves which figure; no formula of its own. Of a stratified sample the agreements
are those of the sample; only the rates are weighted back to the population.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from analysis.calibration.told import CATEGORIES, Told, labels_of, outcome_of
from analysis.errors import EstimateError
from analysis.estimates import Estimate
from analysis.judges.two_phase import CorrectedRate, two_phase_rate
from analysis.labels.agreement import agreement
from analysis.rates import win_rate
from analysis.trials.people import Pair, PersonRow

EVEN = 0.5
FEWEST = 4


@dataclass(frozen=True)
class Agreed:
    """How far two sides agree on the same pairs."""

    one: str
    other: str
    pairs: int
    raw: Estimate | None = None
    kappa: Estimate | None = None
    ac1: Estimate | None = None
    why: str | None = None
    """Why there is none."""


@dataclass(frozen=True)
class Share:
    """A share of answers with its interval."""

    answers: int
    estimate: Estimate | None = None
    why: str | None = None
    """Why there is none."""


@dataclass(frozen=True)
class Rate:
    """A win rate: as the judge has it, as people have it, and corrected."""

    set: str
    arm: str
    items: int
    labelled: int
    corrected: CorrectedRate | None = None
    why: str | None = None
    """Why there is none."""


@dataclass(frozen=True)
class Calibrated:
    """A calibration sample and what it shows."""

    name: str
    view: str
    judge: str
    simulated: bool
    drawn: int
    judged: int
    """Pairs that anybody judged."""
    verdicts: int
    people: int
    cannot_tell: int
    minutes: float | None
    """Median of active minutes a verdict."""
    with_people: tuple[Agreed, ...]
    """The judge with each person and with all of them."""
    among_people: tuple[Agreed, ...]
    """Each two people."""
    repeats: Agreed
    """People with themselves, sides swapped."""
    probe: Share
    """Answers to which move is the human's that are right."""
    unsure: int
    probe_has_half: bool | None
    """Whether one half, that is guessing, is inside the interval; None without one."""
    gold: Share
    rates: tuple[Rate, ...]


def estimate_calibration(told: Told, level: float = 0.95) -> Calibrated:
    """Returns what a sample shows.

    Raises:
        EstimateError: too few pairs have a verdict of a person.
    """
    labels = labels_of(told.people)
    if len(labels) < FEWEST:
        raise EstimateError(
            f"people have judged {len(labels)} of {len(told.draws)} pairs of the sample "
            f"{told.name!r}; at least {FEWEST} are needed for anything to be estimated."
        )
    names = _pseudonyms(told.people)
    probe, unsure = _probe(told, level)
    return Calibrated(
        name=told.name,
        view=told.population.view,
        judge=told.population.judge,
        simulated=any(row.simulated for row in told.people),
        drawn=len(told.draws),
        judged=len({row.pair for row in told.people}),
        verdicts=len(told.people),
        people=len(names),
        cannot_tell=sum(outcome_of(row) is None for row in told.people),
        minutes=median(minutes) if (minutes := _minutes(told.people)) else None,
        with_people=tuple(_with_people(told, names, level)),
        among_people=tuple(_among_people(told, names, level)),
        repeats=_repeats(told, level),
        probe=probe,
        unsure=unsure,
        probe_has_half=_has_half(probe.estimate),
        gold=_gold(told, level),
        rates=tuple(_rates(told, labels, level)),
    )


def _pseudonyms(rows: Sequence[PersonRow]) -> dict[str, str]:
    known = dict.fromkeys(row.person for row in rows)
    return {name: f"person-{number}" for number, name in enumerate(known, start=1)}


def _minutes(rows: Sequence[PersonRow]) -> list[float]:
    return [row.minutes for row in rows if row.minutes > 0]


def _agreed(one: str, other: str, rows: Sequence[tuple[str, str, str]], level: float) -> Agreed:
    """Agreement of outcomes.

    Args:
        one: who gave the first.
        other: who gave the second.
        rows: first, second and cluster of each pair.
        level: of the intervals.
    """
    if not rows:
        return Agreed(one, other, 0, why="no pair in common")
    firsts, seconds, clusters = zip(*rows, strict=True)
    try:
        found = agreement(firsts, seconds, clusters, CATEGORIES, level=level)
    except EstimateError as error:
        return Agreed(one, other, len(rows), why=str(error))
    return Agreed(one, other, len(rows), found.raw, found.kappa, found.ac1, found.no_kappa)


def _with_people(told: Told, names: Mapping[str, str], level: float) -> Iterator[Agreed]:
    rows = [
        (row.person, (judged, said, told.cluster(row.pair)))
        for row in told.first
        if (said := outcome_of(row)) is not None
        and (judged := told.judge.get((row.pair, row.order))) is not None
    ]
    judge = told.population.judge
    yield _agreed(judge, "all people", [each for _, each in rows], level)
    for person, name in names.items():
        if len(names) > 1:
            yield _agreed(judge, name, [each for who, each in rows if who == person], level)


def _among_people(told: Told, names: Mapping[str, str], level: float) -> Iterator[Agreed]:
    said: defaultdict[str, dict[Pair, str]] = defaultdict(dict)
    for row in told.first:
        if (outcome := outcome_of(row)) is not None:
            said[row.person].setdefault(row.pair, outcome)
    for one, other in combinations(names, 2):
        both = [
            (said[one][pair], said[other][pair], told.cluster(pair))
            for pair in said[one]
            if pair in said[other]
        ]
        yield _agreed(names[one], names[other], both, level)


def _repeats(told: Told, level: float) -> Agreed:
    first = {(row.person, row.pair): outcome_of(row) for row in told.first}
    again = [
        (before, after, told.cluster(row.pair))
        for row in told.people
        if row.repeat > 1
        and (before := first.get((row.person, row.pair))) is not None
        and (after := outcome_of(row)) is not None
    ]
    return _agreed("first verdict", "swapped repeat", again, level)


def _share(right: Sequence[bool], clusters: Sequence[str], level: float) -> Share:
    if not right:
        return Share(0, why="nobody was asked, or nobody answered")
    return _attempted(len(right), lambda: win_rate([float(one) for one in right], clusters, level))


def _attempted(answers: int, make: Callable[[], Estimate]) -> Share:
    try:
        return Share(answers, make())
    except EstimateError as error:
        return Share(answers, why=str(error))


def _probe(told: Told, level: float) -> tuple[Share, int]:
    asked = [row for row in told.people if row.guess is not None]
    sure = [row for row in asked if row.guess != "unsure"]
    right = [(row.guess == "first") == (row.order == "human") for row in sure]
    clusters = [told.cluster(row.pair) for row in sure]
    return _share(right, clusters, level), len(asked) - len(sure)


def _has_half(estimate: Estimate | None) -> bool | None:
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return estimate.low <= EVEN <= estimate.high


def _gold(told: Told, level: float) -> Share:
    """Gold pairs lie outside the population: each pair counts as its own cluster."""
    right = [row.verdict == row.gold for row in told.gold]
    return _share(right, [str(row.pair) for row in told.gold], level)


def _rates(told: Told, labels: Mapping[Pair, float], level: float) -> Iterator[Rate]:
    chances = _chances(told, labels)
    by_unit = {told.pairs[pair]: (label, chances[pair]) for pair, label in labels.items()}
    for cell in told.population.cells:
        numbers = [n for n, unit in enumerate(told.population.units) if unit.cell == cell]
        units = [told.population.units[number] for number in numbers]
        given = [by_unit.get(number, (np.nan, np.nan)) for number in numbers]
        labelled = sum(number in by_unit for number in numbers)
        try:
            corrected = two_phase_rate(
                [unit.score for unit in units],
                [label for label, _ in given],
                [unit.cluster for unit in units],
                [chance for _, chance in given],
                level,
            )
        except EstimateError as error:
            yield Rate(*cell, len(units), labelled, why=str(error))
        else:
            yield Rate(*cell, len(units), labelled, corrected)


def _chances(told: Told, labels: Mapping[Pair, float]) -> dict[Pair, float]:
    """The chance of each labelled pair: that of the draw, times the share that was answered.

    Who has not been asked yet, or could not tell, is taken for missing at random in its stratum.
    """
    drawn = Counter(draw.stratum for draw in told.draws)
    answered = Counter(draw.stratum for draw in told.draws if draw.pair in labels)
    return {
        draw.pair: draw.probability * answered[draw.stratum] / drawn[draw.stratum]
        for draw in told.draws
        if draw.pair in labels
    }


def measured_correlation(told: Told) -> float:
    """How judge and people correlate over the labelled pairs of a sample.

    Raises:
        EstimateError: too few pairs, or one side gave all of them the same score.
    """
    labels = labels_of(told.people)
    if len(labels) < FEWEST:
        raise EstimateError(f"the sample {told.name!r} has {len(labels)} judged pairs: too few.")
    scores = np.array(
        [(told.population.units[told.pairs[pair]].score, label) for pair, label in labels.items()]
    )
    if not scores.std(axis=0).all():
        raise EstimateError(
            f"the sample {told.name!r} shows no correlation: one side never varies."
        )
    return float(np.corrcoef(scores.T)[0, 1])
