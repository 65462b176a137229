"""The picture of a report: win rates with their intervals as one hand-written SVG.

Pure: results to markup. Colours come from CSS variables of the page, so that light, dark and
print are settled there; shape and filling say the same as colour does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import escape

from analysis.figures.arm_scores import POOLED_PLACEBO
from analysis.figures.headline import Results
from analysis.figures.lines import ArmLine
from analysis.figures.outline import STOCK, RunSet
from analysis.report.words import ARM_NOTES, count_items, percent, span
from transcripts.rendering.text import visible_controls

WIDTH = 1000
LABELS = 184
"""Room for the names of the arms."""
VALUES = 122
"""Room right of each plot for the figures in words."""
GAP = 16
TOP = 46
FOOT = 74
MODEL_ROW = 40
CONTROL_ROW = 44
BREAK = 44
"""Room between models and controls."""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
PER_FIGURE = 2
"""Sets side by side."""


@dataclass(frozen=True)
class _Row:
    arm: str
    is_model: bool
    y: float


@dataclass(frozen=True)
class _Panel:
    """The plot of one set: where 0 and 1 lie."""

    found: RunSet
    left: float
    right: float

    def x(self, rate: float) -> float:
        return self.left + rate * (self.right - self.left)


def render_rates(results: Results) -> str:
    """Returns the picture, one SVG for every two sets."""
    pairs = [results.sets[n : n + PER_FIGURE] for n in range(0, len(results.sets), PER_FIGURE)]
    return "\n".join(_render_pair(results, pair) for pair in pairs)


def _render_pair(results: Results, sets: Sequence[RunSet]) -> str:
    rows = _rows(results, sets)
    height = (rows[-1].y if rows else TOP) + MODEL_ROW / 2 + FOOT
    panels = _panels(sets)
    parts = [
        f'<svg class="rates" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{_text(_describe(results, sets))}">',
        *_labels(rows),
    ]
    for panel in panels:
        parts += _frame(panel, rows[0].y if rows else TOP, height - FOOT)
        parts += _stock_line(results, panel, rows)
        for row in rows:
            line = results.line(panel.found.name, row.arm)
            parts += _mark(panel, row, line) if line else _absent(panel, row)
    return "\n".join([*parts, "</svg>"])


def _panels(sets: Sequence[RunSet]) -> list[_Panel]:
    width = (WIDTH - LABELS - GAP * (PER_FIGURE - 1)) / PER_FIGURE
    lefts = [LABELS + number * (width + GAP) for number in range(len(sets))]
    return [
        _Panel(found, left, left + width - VALUES) for found, left in zip(sets, lefts, strict=True)
    ]


def _rows(results: Results, sets: Sequence[RunSet]) -> list[_Row]:
    """Models first, then the controls that ran on any of the sets; single placebos stay out."""
    names = {found.name for found in sets}
    ran = dict.fromkeys(line.arm for line in results.lines if line.set in names)
    controls = [
        arm for arm in ran if arm not in results.models and not arm.startswith(f"{POOLED_PLACEBO}:")
    ]
    rows, y = [], TOP + MODEL_ROW / 2
    for arm in results.models:
        rows.append(_Row(arm, True, y))
        y += MODEL_ROW
    y += BREAK
    for arm in controls:
        rows.append(_Row(arm, False, y))
        y += CONTROL_ROW
    return rows


def _labels(rows: Sequence[_Row]) -> Iterator[str]:
    first_control = next((row for row in rows if not row.is_model), None)
    if first_control:
        y = first_control.y - CONTROL_ROW / 2 - 22
        yield f'<line class="rule" x1="0" x2="{WIDTH}" y1="{y:g}" y2="{y:g}"/>'
        yield f'<text class="group" x="0" y="{y + 18:g}">controls</text>'
    for row in rows:
        note = ARM_NOTES.get(row.arm.partition(":")[0], "") if not row.is_model else ""
        y = row.y + (-2 if note else 5)
        yield f'<text class="arm" x="0" y="{y:g}">{_text(row.arm)}</text>'
        if note:
            yield f'<text class="note" x="0" y="{y + 15:g}">{_text(note)}</text>'


def _frame(panel: _Panel, top: float, bottom: float) -> Iterator[str]:
    """Title, grid, axis, and the line at one half with what it means."""
    first = top - MODEL_ROW / 2 - 4
    yield (
        f'<text class="set {_kind(panel.found)}" x="{panel.left:g}" y="16">'
        f"{_text(count_items(panel.found.items, panel.found.kind))}</text>"
    )
    for tick in TICKS:
        x = panel.x(tick)
        style = "half" if tick == TICKS[2] else "grid"
        yield f'<line class="{style}" x1="{x:g}" x2="{x:g}" y1="{first:g}" y2="{bottom:g}"/>'
        yield f'<text class="tick" x="{x:g}" y="{bottom + 17:g}">{percent(tick)}</text>'
    equal = f"equal to this {_text(panel.found.actor)} move,"
    for number, words in enumerate((equal, "not chance")):
        y = bottom + 36 + 15 * number
        yield f'<text class="meaning" x="{panel.x(0.5):g}" y="{y:g}">{words}</text>'


def _stock_line(results: Results, panel: _Panel, rows: Sequence[_Row]) -> Iterator[str]:
    """A dotted line from the stock arm's rate up through the models."""
    line = results.line(panel.found.name, STOCK)
    row = next((row for row in rows if row.arm == STOCK), None)
    if line and row and line.rate.value is not None:
        x = panel.x(line.rate.value)
        yield (
            f'<line class="stock" x1="{x:g}" x2="{x:g}" '
            f'y1="{rows[0].y - MODEL_ROW / 2:g}" y2="{row.y - 8:g}"/>'
        )


def _mark(panel: _Panel, row: _Row, line: ArmLine) -> Iterator[str]:
    rate = line.rate
    if rate.value is None:
        yield from _absent(panel, row, "not run" if line.items == 0 else "no score")
        return
    style = f"{_kind(panel.found)} {'model' if row.is_model else 'control'}"
    x, y = panel.x(rate.value), row.y
    if rate.low is not None and rate.high is not None:
        low, high = panel.x(rate.low), panel.x(rate.high)
        yield f'<line class="span {style}" x1="{low:g}" x2="{high:g}" y1="{y:g}" y2="{y:g}"/>'
    yield _shape(panel.found, x, y, style)
    words = span(rate) if rate.low is not None else "no interval"
    yield (
        f'<text class="value" x="{panel.right + 14:g}" y="{y + 5:g}">'
        f'<tspan class="rate">{percent(rate.value)}</tspan> '
        f'<tspan class="interval" dx="4">{_text(words)}</tspan></text>'
    )
    # The heading says how many items the set has, which is not what every arm rests on.
    if (scored := len(line.scores)) != panel.found.items:
        yield (
            f'<text class="note" x="{panel.right + 14:g}" y="{y + 19:g}">'
            f"on {scored} of {panel.found.items}</text>"
        )


def _absent(panel: _Panel, row: _Row, words: str = "not run") -> Iterator[str]:
    yield f'<text class="absent" x="{panel.right + 14:g}" y="{row.y + 5:g}">{words}</text>'


def _shape(found: RunSet, x: float, y: float, style: str) -> str:
    if found.kind == "suboptimal":
        return f'<circle class="mark {style}" cx="{x:g}" cy="{y:g}" r="6"/>'
    if found.kind == "strong":
        return (
            f'<rect class="mark {style}" x="{x - 5.5:g}" y="{y - 5.5:g}" width="11" height="11"/>'
        )
    points = f"{x:g},{y - 7:g} {x + 7:g},{y + 5:g} {x - 7:g},{y + 5:g}"
    return f'<polygon class="mark {style}" points="{points}"/>'


def _kind(found: RunSet) -> str:
    return found.kind if found.kind in ("suboptimal", "strong") else "other"


def _describe(results: Results, sets: Sequence[RunSet]) -> str:
    """What the picture shows, for someone who does not see it."""
    names = {found.name: count_items(found.items, found.kind) for found in sets}
    told = [
        f"{line.arm} on {names[line.set]}: {percent(line.rate.value)} ({span(line.rate)})"
        for line in results.lines
        if line.set in names and line.rate.value is not None
    ]
    return "Win rates with intervals. " + "; ".join(told) + "."


def _text(text: str) -> str:
    return str(escape(visible_controls(text)))
