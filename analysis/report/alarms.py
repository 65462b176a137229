"""Puts into words why a headline is not to be believed: an arm that is not where it has to be.

Pure: figures to sentences.
"""

from collections.abc import Iterable, Iterator

from analysis.figures.bridge import SHIFT
from analysis.figures.checks import ADJUSTED
from analysis.figures.everything import Figures
from analysis.figures.findings import Finding
from analysis.figures.lines import figure_of
from analysis.figures.outline import SHUFFLED
from analysis.report.words import count_items, percent, signed1, span, span1, whole

PLACEBO_WHY = (
    "The human’s own move, written up by a model, should draw with itself: moves win or lose here "
    "by who wrote them, and every win rate below carries that."
)
SHUFFLED_WHY = (
    "A move from another place of the session should lose nearly always: the judge may not be "
    "reading, and no win rate below can be taken at its word."
)


def alarm_sentences(figures: Figures) -> tuple[str, ...]:
    """Returns a sentence or two for every expected value that was missed, in order of the sets."""
    return tuple(_sentences(figures))


def drift_sentences(findings: Iterable[Finding]) -> Iterator[str]:
    """Yields a sentence for each judge whose repeated verdicts score otherwise than they did."""
    for one in findings:
        shift = one.estimate
        if one.name != SHIFT or shift is None or shift.low is None or shift.high is None:
            continue
        if not shift.low <= 0 <= shift.high:
            yield (
                f"The judge {one.against} seems to have drifted: asked again for {shift.n} "
                f"verdicts of earlier runs it scores proposals {signed1(one.value)} points "
                f"({span1(figure_of(one))}) from where it did then."
            )


def _sentences(figures: Figures) -> Iterator[str]:
    kinds = {found.name: found.kind for found in figures.outline.sets}
    for one in figures.alarms:
        assert one.value is not None
        expected = one.extra["expected"]
        assert isinstance(expected, float)
        at_most = "at most " if one.arm == SHUFFLED else ""
        items = one.estimate.n if one.estimate else 0
        yield (
            f"On {count_items(items, kinds.get(one.set, ''))} the arm {one.arm} scores "
            f"{percent(one.value + expected)}, {whole(one.value)} points ({span(figure_of(one))}) "
            f"off the {at_most}{percent(expected)} that is expected {_p(one)}. "
            f"{SHUFFLED_WHY if one.arm == SHUFFLED else PLACEBO_WHY}"
        )


def _p(one: Finding) -> str:
    p, size = one.extra[ADJUSTED], one.extra["family"]
    assert isinstance(p, float)
    told = "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")  # noqa: PLR2004
    return f"({told}, adjusted for {size})"
