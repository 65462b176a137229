"""Tables of trials made on the spot, and what must hold of every figure of any of them."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.estimates import Estimate
from analysis.figures.everything import Figures, estimate_everything
from analysis.figures.families import PlanAge
from analysis.figures.findings import SECTIONS, Finding
from analysis.figures.outline import outline_table
from analysis.report.statistics import figures_as_json, render_text
from analysis.trials.checks import check_table
from analysis.trials.files import as_categories
from analysis.trials.table import TrialTable
from taste.plan import Plan

Rows = list[dict[str, Any]]
EARLY = PlanAge(datetime(2026, 1, 1, tzinfo=UTC), None)
"""Of a plan that was fixed before there was anything to see."""
SELECTION = {"bottom": 0.2, "top": 0.2, "reliability": 0.8}
ROLES = {"primary", "secondary", "descriptive", "exploratory"}


def make_rows(
    rates: dict[str, dict[str, float]] | None = None,
    *,
    items: int = 12,
    lineages: int = 4,
    judges: Iterable[str] = ("j",),
    seed: int = 1,
    **more: Any,
) -> Rows:
    """Returns rows of set -> arm -> rate; every value in `more` stands in all of them."""
    rng = np.random.default_rng(seed)
    rates = rates or {
        "suboptimal": {"late": 0.7, "early": 0.5, "stock": 0.4},
        "strong": {"late": 0.3, "early": 0.3, "stock": 0.2},
    }
    return [
        {
            "set": set_name, "item": item, "arm": arm, "repeat": 1, "judge": judge,
            "order": order, "sample": 1,
            "score": float(rng.choice([1.0, 0.5, 0.0], p=[0.9 * rate, 0.1, 0.9 * (1 - rate)])),
            "lineage": f"L{item % lineages}", **more,
        }
        for set_name, arms in rates.items()
        for item in range(1, items + 1)
        for arm, rate in arms.items()
        for judge in judges
        for order in ("human", "proposal")
    ]  # fmt: skip


def make_table(rows: Rows) -> TrialTable:
    """Returns the table that a file with these rows holds."""
    return check_table(as_categories(pd.DataFrame(rows, dtype=object), "table"), "table")


def estimate(rows: Rows, **plan: Any) -> Figures:
    """Returns all figures of rows, after checking what must hold of any; once for equal rows."""
    return _estimate(json.dumps(rows), Plan(**{"draws": 999, "selection": SELECTION, **plan}))


@lru_cache
def _estimate(rows: str, plan: Plan) -> Figures:
    table = make_table(json.loads(rows))
    figures = estimate_everything(table, outline_table(table, plan), age=EARLY)
    assert_sound(figures)
    return figures


def find(figures: Figures | Iterable[Finding], name: str, **wanted: str) -> list[Finding]:
    """Returns the findings of a name, by whatever else is asked of them."""
    found = figures.findings if isinstance(figures, Figures) else figures
    return [
        one for one in found
        if one.name == name and all(getattr(one, key) == value for key, value in wanted.items())
    ]  # fmt: skip


def find_one(figures: Figures | Iterable[Finding], name: str, **wanted: str) -> Finding:
    """Returns the only finding of that description."""
    (one,) = find(figures, name, **wanted)
    return one


def estimate_of(finding: Finding) -> Estimate:
    """Returns the finding's estimate, which is there."""
    assert finding.estimate is not None, finding.note
    return finding.estimate


def assert_sound(figures: Figures) -> None:
    """Whatever the table: plain finite numbers, ordered intervals, a reason for every gap."""
    for one in figures.findings:
        assert one.section in SECTIONS
        assert one.role in ROLES
        assert one.name
        assert one.value is not None or one.note or one.extra, one
        for value in (one.value, *one.extra.values()):
            _assert_plain(value, one)
        if one.estimate is not None:
            _assert_estimate(one.estimate, one)
    json.dumps(figures_as_json(figures), allow_nan=False)
    assert not any("nan" in line.split() for line in render_text(figures, everything=True))


def _assert_plain(value: object, of: Finding) -> None:
    assert value is None or type(value) in (float, int, bool, str), (type(value), of)
    if isinstance(value, float):
        assert math.isfinite(value), of


def _assert_estimate(estimate: Estimate, of: Finding) -> None:
    assert (estimate.low is None) == (estimate.high is None), of
    if estimate.low is not None and estimate.high is not None:
        assert estimate.low - 1e-12 <= estimate.value <= estimate.high + 1e-12, of
    assert estimate.p_value is None or 0 <= estimate.p_value <= 1, of
    assert 0 < estimate.clusters <= estimate.n, of


def update(rows: Rows, **values: Any) -> Rows:
    """Returns rows with other values: constants, or what a function makes of each row."""
    return [
        {**row, **{name: v(row) if callable(v) else v for name, v in values.items()}}
        for row in rows
    ]  # fmt: skip


@pytest.fixture
def lab() -> SimpleNamespace:
    """Makes rows and tables, estimates everything of them, and finds figures again."""
    return SimpleNamespace(
        rows=make_rows, update=update, table=make_table, estimate=estimate, find=find,
        one=find_one, of=estimate_of, assert_sound=assert_sound,
    )  # fmt: skip
