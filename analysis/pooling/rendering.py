"""Pools as text for a terminal of 80 columns, and as plain values for JSON. Pure.

Names come from other people's files: control characters are made visible here.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from analysis.pooling.pools import PooledFigure, Pools, Row
from analysis.pooling.random_effects import METHOD, Pool
from analysis.report.cells import safe
from analysis.report.contents import SIMULATED, SIMULATED_WHY

SCHEMA = 1
"""Version of the JSON; raised when a key changes its meaning or goes."""
WIDTH = 80
NAME_WIDTH = 22
HEADER = ("laboratory", "value", "interval", "n/clusters", "weight")
CUT_NOTE = "intervals of differences are cut at -1 and 1"


def render_pools(pools: Pools, *, everything: bool = False) -> Iterator[str]:
    """Yields the lines of a terminal's view.

    Args:
        pools: what to show.
        everything: whether arms beside models and stock moves are shown as well.
    """
    shown = [one for one in pools.figures if everything or one.is_main]
    if pools.simulated:
        yield from _wrap(f"{SIMULATED}: {SIMULATED_WHY}")
    for one in pools.laboratories:
        rows = f"{one.numbers.trials} rows{_simulated(pools.simulated)}"
        yield from _wrap(f"laboratory {one.name}: {one.numbers.file.name}, {rows}")
    yield from _wrap(f"level {pools.level:g}; {METHOD}; {CUT_NOTE}")
    for note in pools.notes:
        yield from _wrap(f"note: {note}")
    yield from _mapping(pools)
    for figure in shown:
        yield from _figure(figure)
    yield from _row_notes(shown)
    if hidden := len(pools.figures) - len(shown):
        yield ""
        yield from _wrap(
            f"{hidden} figures of other arms are not shown; --all shows them, --json holds all."
        )


def pools_as_json(pools: Pools) -> dict[str, Any]:
    """Returns all pools as plain values, every number in full."""
    return {
        "schema": SCHEMA,
        "simulated": pools.simulated,
        "level": pools.level,
        "laboratories": [
            {"name": one.name, "file": one.numbers.file.name, "rows": one.numbers.trials}
            for one in pools.laboratories
        ],
        "sets": [asdict(each) for each in pools.sets],
        "arms": {arm: dict(names) for arm, names in pools.names.items()},
        "notes": list(pools.notes),
        "figures": [asdict(figure) for figure in pools.figures],
    }


def _mapping(pools: Pools) -> Iterator[str]:
    """Which set of one laboratory stands for which of another, and arms of other names."""
    yield ""
    yield "Sets, matched by kind"
    for name in dict.fromkeys(each.set for each in pools.sets):
        told = (
            f"{each.laboratory} {each.items} items (labels: {each.labels})"
            for each in pools.sets
            if each.set == name
        )
        yield from _wrap(f"  {name}: {', '.join(told)}", "    ")
    for arm, names in pools.names.items():
        others = [f"{name!r} in {lab}" for lab, name in names.items() if name != arm]
        if others:
            yield from _wrap(f"  arm {arm}: {', '.join(others)}", "    ")


def _figure(figure: PooledFigure) -> Iterator[str]:
    yield ""
    yield from _wrap(f"{figure.arm}, {figure.name}, {figure.set}{_simulated(figure.simulated)}")
    table = [HEADER, *(_cells(row) for row in figure.rows if row.value is not None)]
    if figure.pool:
        table.append(_pool_cells(figure.pool))
    if len(table) > 1:
        yield from _aligned(table)
    for row in figure.rows:
        if row.reason:
            yield from _wrap(f"  {row.laboratory}: {row.reason}", "    ")
    yield from _beside(figure) if figure.pool else _no_pool(figure)


def _no_pool(figure: PooledFigure) -> Iterator[str]:
    usable = [row.laboratory for row in figure.rows if row.low is not None]
    whose = f"only {usable[0]} has" if usable else "no laboratory has"
    yield from _wrap(f"  no pool: {whose} this figure with an interval", "    ")


def _beside(figure: PooledFigure) -> Iterator[str]:
    pool = figure.pool
    assert pool is not None
    yield from _wrap(
        f"  tau2 {pool.tau2:.4g}, Q {pool.q:.2f} on {pool.df} df (p {pool.q_p:.3f}), "
        f"I2 {pool.i2:.0%}",
        "    ",
    )
    if pool.predicted_low is not None and pool.predicted_high is not None:
        span = _span(pool.predicted_low, pool.predicted_high)
        yield from _wrap(f"  a further laboratory is expected at {span}", "    ")
    for left in pool.without:
        told = f"{left.value:.3f} ({_span(left.low, left.high)})"
        yield from _wrap(f"  without {figure.entered[left.place]}: {told}", "    ")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        safe(row.laboratory),
        "–" if row.value is None else f"{row.value:.3f}",
        "–" if row.low is None or row.high is None else _span(row.low, row.high),
        f"{row.n}/{row.clusters}" if row.n else "",
        "" if row.weight is None else f"{row.weight:.0%}",
    )


def _pool_cells(pool: Pool) -> tuple[str, ...]:
    number = f"{pool.laboratories} laboratories"
    return ("pooled", f"{pool.value:.3f}", _span(pool.low, pool.high), number, "")


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    cut = [(_cut(row[0]), *row[1:]) for row in table]
    widths = [max(len(row[n]) for row in cut) for n in range(len(HEADER))]
    for row in cut:
        cells = "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))
        yield f"  {cells}".rstrip()


def _row_notes(figures: Sequence[PooledFigure]) -> Iterator[str]:
    """What must be read with laboratories' own figures, each note once."""
    found: dict[str, dict[str, None]] = {}
    for row in (row for figure in figures for row in figure.rows):
        for note in filter(None, row.note.split("; ")):
            found.setdefault(note, {})[row.laboratory] = None
    if found:
        yield ""
    for note, names in found.items():
        yield from _wrap(f"note: {note} (in {', '.join(names)})")


def _span(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def _simulated(simulated: bool) -> str:
    return " (simulated)" if simulated else ""


def _cut(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"


def _wrap(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(safe(text), WIDTH, subsequent_indent=indent, drop_whitespace=True)
