import pytest

from analysis.power.assumptions import Spread
from analysis.power.picture import ASCII, UNICODE, Strokes, render_curves, width_curves

CURVES = width_curves(Spread(0.5, 0.1), 60)


@pytest.mark.parametrize("strokes", [ASCII, UNICODE], ids=["ascii", "unicode"])
def test_the_drawing_fits_a_terminal(strokes: Strokes) -> None:
    drawn = render_curves(CURVES, (25, 0.12), strokes)
    assert max(map(len, drawn.splitlines())) <= 80
    assert drawn.isascii() == (strokes is ASCII)
    assert drawn.count(strokes.plan) == 1
    assert all(digit in drawn for digit in "1248")


@pytest.mark.parametrize("plan", [None, (100.0, 0.1), (2.0, 0.1), (20.0, 5.0)])
def test_a_plan_outside_the_drawing_is_not_marked(plan: tuple[float, float] | None) -> None:
    assert "@" not in render_curves(CURVES, plan, ASCII)


def test_curves_fall_with_sessions_and_with_items_in_each() -> None:
    for curve in CURVES:
        assert list(curve.half_widths) == sorted(curve.half_widths, reverse=True)
    last = [curve.half_widths[-1] for curve in CURVES]
    assert last == sorted(last, reverse=True)


def test_few_sessions_still_give_an_axis() -> None:
    curves = width_curves(Spread(0.5, 0.1), 2)
    assert curves[0].sessions == (8, 9)
    assert render_curves(curves, None, ASCII).splitlines()[-1].split() == ["8", "9"]
