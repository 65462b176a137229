"""Arms whose rate is known beforehand: where one is off, the judging is off, and not the models.

The placebo has to score one half and a shuffled move little. Both are tested on every set, adjusted
together (Holm). What recovery and an oracle score is told beside them and tests nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

from analysis.figures.arm_scores import POOLED_PLACEBO
from analysis.figures.board import Board, SetBoard
from analysis.figures.findings import HALF, Finding
from analysis.figures.nulls import minus_constant
from analysis.figures.outline import SHUFFLED
from analysis.figures.pairs import plain_rate
from analysis.intervals import EVEN
from analysis.multiplicity import holm

EXPECTED = "minus its expected value"
MOST_SHUFFLED = 0.2
"""What a judge that reads gives an earlier move of the session at most."""
ALARM = 0.05
"""The family's level, whatever the level of the intervals."""
ADJUSTED = "p_adjusted_checks"
EXPECTED_EVEN = "the human's own act written up by a model: one half is expected"
EXPECTED_LOW = "a human move from earlier in the session: at most 0.2 is expected, one-sided"
NOT_TESTED = "not tested: no p value can be had, so nothing speaks for the judge here"
NEAR_ONE = "what brought the session back on track: near 1 is expected"
CEILING = "by a model that was shown the whole session: what this judge lets anyone win"


def estimate_checks(board: Board) -> Iterator[Finding]:
    """Yields the family of expected values, then what recovery and oracles score."""
    family = [one for found in board.sets for one in _tested(board, found)]
    adjusted = holm({n: _p_value(one) for n, one in enumerate(family)})
    for number, one in enumerate(family):
        p = adjusted.adjusted[number]
        told = one if p is not None else one.told(NOT_TESTED)
        yield told.with_extra(
            p=_p_value(one),
            **{ADJUSTED: p},
            family=adjusted.size,
            alarm=None if p is None else p <= ALARM,
        )
    for found in board.sets:
        yield from _told(board, found)


def _tested(board: Board, found: SetBoard) -> Iterator[Finding]:
    for arm, against, constant, note in (
        (POOLED_PLACEBO, HALF, EVEN, EXPECTED_EVEN),
        (SHUFFLED, f"{MOST_SHUFFLED:g}", MOST_SHUFFLED, EXPECTED_LOW),
    ):
        if arm in found.scores:
            bare = Finding("checks", EXPECTED, found.name, arm, against, role="secondary")
            filled = minus_constant(board, found, bare, constant)
            rate = None if filled.value is None else filled.value + constant
            yield filled.told(note).with_extra(rate=rate, expected=constant)


def _p_value(finding: Finding) -> float | None:
    """Two-sided for the placebo; of no more than expected for the shuffled moves."""
    p = finding.p_value
    if p is None or finding.value is None or finding.arm != SHUFFLED:
        return p
    return p / 2 if finding.value > 0 else 1 - p / 2


def _told(board: Board, found: SetBoard) -> Iterator[Finding]:
    for arm in found.scores:
        kind = arm.partition(":")[0]
        if kind == "recovery":
            bare = Finding("checks", "recovery", found.name, arm, role="secondary")
            yield plain_rate(board, found, bare).told(NEAR_ONE)
        elif kind == "oracle":
            for judge, scores in found.by_judge.items():
                own = replace(found, scores=scores)
                bare = Finding("checks", "practical ceiling", found.name, arm, judge)
                if arm in scores:
                    yield plain_rate(board, own, replace(bare, role="secondary")).told(CEILING)
