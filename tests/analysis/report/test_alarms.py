"""How a missed expected value is put into words."""

from dataclasses import replace

import pytest

from analysis.estimates import Estimate
from analysis.figures.everything import UNKNOWN_AGE, Figures
from analysis.figures.findings import Finding
from analysis.figures.outline import Outline, RunSet
from analysis.report.alarms import PLACEBO_WHY, SHUFFLED_WHY, alarm_sentences
from analysis.trials.filters import HEADLINE
from taste.plan import Plan

ESTIMATE = Estimate(
    value=0.13, low=0.04, high=0.22, level=0.95, method="m", n=32, clusters=20,
    largest_share=0.1, icc=None, design_effect=None, effective_n=None, df=13.0, p_value=0.007,
    null=0.0,
)  # fmt: skip
PLACEBO = Finding(
    "checks", "minus its expected value", "strong", "placebo", "½", 0.13, ESTIMATE,
    extra={"expected": 0.5, "p_adjusted_checks": 0.028, "family": 4, "alarm": True},
)  # fmt: skip


def sentences(*findings: Finding) -> tuple[str, ...]:
    outline = Outline((RunSet("strong", "strong", "human", 127),), ("m",), ("j",), Plan())
    return alarm_sentences(Figures(outline, HEADLINE, False, findings, UNKNOWN_AGE, ()))


def test_an_alarm_says_what_where_and_how_far_off() -> None:
    assert sentences(PLACEBO) == (
        "On 32 strong moves the arm placebo scores 63 %, 13 points (4 to 22) off the 50 % that is "
        f"expected (p = .028, adjusted for 4). {PLACEBO_WHY}",
    )


def test_a_shuffled_move_is_expected_at_most_somewhere() -> None:
    found = replace(PLACEBO, arm="shuffled", extra={**PLACEBO.extra, "expected": 0.2})
    (said,) = sentences(found)
    assert "scores 33 %, 13 points (4 to 22) off the at most 20 % that is expected" in said
    assert said.endswith(SHUFFLED_WHY)


@pytest.mark.parametrize("alarm", [False, None])
def test_what_raises_no_alarm_is_not_put_into_words(alarm: bool | None) -> None:
    assert sentences(PLACEBO.with_extra(alarm=alarm)) == ()


def test_a_tiny_p_value_is_not_zero() -> None:
    assert "(p < .001, adjusted for 4)" in sentences(PLACEBO.with_extra(p_adjusted_checks=1e-9))[0]
