"""A drawing in characters: half-width against sessions, a curve for each items-per-session.

Pure text of at most 80 columns; what is drawn is computed by `width_curves`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.power.assumptions import Aim, Spread
from analysis.power.detectable import AIM, Planned, detectable_mean
from analysis.power.sizes import planned_sizes

PER_SESSION = (1, 2, 4, 8)
FEWEST_SESSIONS = 8
POINTS = 18
WIDTH = 78
HEIGHT = 15
MARGIN = 7
"""Columns for the numbers of the vertical axis."""


@dataclass(frozen=True)
class Curve:
    """Half-widths for so many items in each session."""

    per_session: int
    sessions: tuple[int, ...]
    half_widths: tuple[float, ...]


@dataclass(frozen=True)
class Strokes:
    """The characters that the axes and the plan are drawn with."""

    upright: str
    corner: str
    level: str
    plan: str


UNICODE = Strokes("│", "└", "─", "●")
ASCII = Strokes("|", "+", "-", "@")


def width_curves(spread: Spread, most_sessions: int, aim: Aim = AIM) -> tuple[Curve, ...]:
    """Returns the half-width of one figure against the number of sessions.

    Sizes are as uneven as usual (`planned_sizes`).

    Args:
        spread: of the scores or differences.
        most_sessions: where the curves end, at least 9.
        aim: the level.

    Raises:
        EstimateError: the spread is unusable.
    """
    ends = (FEWEST_SESSIONS, max(most_sessions, FEWEST_SESSIONS + 1))
    sessions = np.unique(np.round(np.geomspace(*ends, POINTS)).astype(int)).tolist()
    return tuple(
        Curve(each, tuple(sessions), tuple(_half_width(spread, g, each, aim) for g in sessions))
        for each in PER_SESSION
    )


def render_curves(
    curves: Sequence[Curve], plan: tuple[float, float] | None = None, strokes: Strokes = UNICODE
) -> str:
    """Returns the curves as text, each drawn with the digit of its items per session.

    Args:
        curves: over the same sessions, ascending.
        plan: sessions and half-width of the plan, marked where it lies inside the drawing.
        strokes: `UNICODE`, or `ASCII` where the terminal shows nothing else.
    """
    first, last = curves[0].sessions[0], curves[0].sessions[-1]
    columns = WIDTH - MARGIN - 1
    top = max(max(curve.half_widths) for curve in curves) * 1.02
    grid = [[" "] * columns for _ in range(HEIGHT)]
    across = np.linspace(first, last, columns)
    for curve in curves:
        heights = np.interp(across, curve.sessions, curve.half_widths)
        for column, height in enumerate(heights.tolist()):
            grid[_row(height, top)][column] = str(curve.per_session)[-1]
    if plan is not None and first <= plan[0] <= last and plan[1] <= top:
        grid[_row(plan[1], top)][round((plan[0] - first) / (last - first) * (columns - 1))] = (
            strokes.plan
        )
    lines = [
        f"{_label(row, top):>{MARGIN}}{strokes.upright}{''.join(cells)}".rstrip()
        for row, cells in enumerate(grid)
    ]
    axis = " " * MARGIN + strokes.corner + strokes.level * columns
    return "\n".join([*lines, axis, _ticks(first, last, columns)])


def _half_width(spread: Spread, sessions: int, per_session: int, aim: Aim) -> float:
    sizes = planned_sizes(per_session * sessions, sessions)
    return detectable_mean(Planned(sizes, spread), aim).half_width


def _row(height: float, top: float) -> int:
    return min(HEIGHT - 1, max(0, HEIGHT - 1 - int(height / top * HEIGHT)))


def _label(row: int, top: float) -> str:
    """Returns the number at every third row: the middle of what the row stands for."""
    return f"{(HEIGHT - row - 0.5) / HEIGHT * top:.3f}" if row % 3 == 1 else ""


def _ticks(first: int, last: int, columns: int) -> str:
    numbers = sorted({round(x) for x in np.linspace(first, last, 6).tolist()})
    line = [" "] * (MARGIN + 1 + columns)
    for number in numbers:
        text = str(number)
        at = MARGIN + 1 + round((number - first) / (last - first) * (columns - 1))
        at = min(at, len(line) - len(text))
        line[at : at + len(text)] = text
    return "".join(line).rstrip()
