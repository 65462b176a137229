"""Figures as text, as rows of a page and as JSON: what a reader must not misread."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from analysis.estimates import Estimate
from analysis.figures.everything import UNKNOWN_AGE, Figures
from analysis.figures.families import PlanAge
from analysis.figures.findings import Finding
from analysis.figures.outline import Outline, RunSet
from analysis.report.cells import HEADER, OWN_TEST
from analysis.report.statistics import (
    FAMILY as HEADINGS,
)
from analysis.report.statistics import (
    figures_as_json,
    finding_as_json,
    render_findings,
    render_text,
    statistics_tables,
)
from analysis.trials.filters import HEADLINE
from taste.plan import Plan

ESTIMATE = Estimate(
    value=0.25, low=0.1, high=0.4, level=0.95, method="m", n=12, clusters=4, largest_share=0.25,
    icc=None, design_effect=None, effective_n=None, df=2.96, p_value=0.03, null=0.0,
    exclusions={"refused\x1b": 2},
)  # fmt: skip
RATE = Finding("rates", "win rate", "strong", "m", value=0.25, estimate=ESTIMATE, role="secondary")
FAMILY = replace(RATE, section="nulls", name="minus stock", role="primary").with_extra(
    p=0.03, p_by="cr2", p_adjusted=0.06, family=2
)
EARLY = PlanAge(datetime(2026, 1, 1, tzinfo=UTC), None)
LATER = PlanAge(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def make(*findings: Finding, age: PlanAge = UNKNOWN_AGE, simulated: bool = False) -> Figures:
    outline = Outline(
        (RunSet("strong", "strong", "human", 12),), ("m",), ("j",), Plan(),
        released={"m": date(2026, 1, 2)},
    )  # fmt: skip
    return Figures(outline, HEADLINE, simulated, findings, age, ("a note\x1b",))


def lines(*findings: Finding, everything: bool = False, **more: object) -> list[str]:
    return list(render_text(make(*findings, **more), everything=everything))  # type: ignore[arg-type]


def row(found: list[str], name: str) -> str:
    (line,) = [line for line in found if line.startswith(name)]
    return line


def test_a_row_has_value_interval_size_and_df() -> None:
    line = row(lines(RATE), "win rate")
    assert line.split() == [
        "win", "rate", "strong", "m", "0.250", "0.100", "to", "0.400", "0.0300", "12/4", "3.0"
    ]  # fmt: skip


def test_the_p_value_of_one_half_stands_only_where_it_is_asked() -> None:
    of_half = replace(RATE, estimate=replace(ESTIMATE, null=0.5))
    assert "0.0300" not in row(lines(of_half), "win rate")
    assert "0.0300" in row(lines(replace(of_half, against="½")), "win rate")


def test_an_adjusted_p_value_says_so_and_of_how_many() -> None:
    found = lines(FAMILY, age=EARLY)
    assert "0.0600" in found[found.index(HEADINGS["before"]) + 2]
    assert f"    p by {OWN_TEST}, adjusted for 2 (Holm); alone 0.0300" in "\n".join(found)


def test_a_test_that_could_not_be_made_says_so() -> None:
    open_ = FAMILY.with_extra(p=None, p_adjusted=None, family=1)
    told = f"no p value by {OWN_TEST}; it counts among the 1 that are adjusted for"
    assert told in "\n".join(lines(open_))


@pytest.mark.parametrize(
    ("p", "said"), [(0.5, "0.5000"), (1e-9, "<.0001"), (0, "<.0001"), (1, "1.0000")]
)
def test_a_p_value_is_never_zero(p: float, said: str) -> None:
    assert said in row(lines(RATE.with_extra(p=p)), "win rate").split()


def test_a_later_plan_has_no_primary_family() -> None:
    later = replace(FAMILY, role="exploratory")
    found = lines(later, age=LATER)
    assert HEADINGS["before"] not in found
    assert HEADINGS["later"] in found
    assert any("its primary family counts as exploratory" in line for line in found)
    headings = [table.heading for table in statistics_tables(make(later, age=LATER))]
    assert headings[0] == HEADINGS["later"]


def test_exploratory_figures_are_counted_or_shown() -> None:
    more = replace(RATE, role="exploratory", name="another")
    assert lines(RATE, more)[-1].startswith("1 exploratory figures are not shown; --all")
    assert row(lines(RATE, more, everything=True), "another")


def test_what_holds_of_every_row_is_said_once_and_in_order() -> None:
    one, other = RATE.told("zeta", "alpha"), replace(RATE, arm="n").told("zeta", "own", "alpha")
    found = lines(one, other)
    assert [line for line in found if line.startswith("note: ")][-2:] == [
        "note: zeta", "note: alpha"
    ]  # fmt: skip
    assert sum("zeta" in line for line in found) == 1
    assert any(line.startswith("    own") for line in found)


def test_further_numbers_are_named_and_gaps_counted() -> None:
    extra = {"wild_p": 0.123456, "wild_exact": True, "left_out": None, "who": "L\x1b", "count": 3}
    (told,) = [line for line in lines(RATE.with_extra(**extra)) if line.startswith("    ")]
    said = r"wild p 0.1235 (all patterns); who L\u001b; count 3; without a score: refused\u001b 2"
    assert told.strip() == said


def test_an_interval_may_stand_without_an_estimate() -> None:
    bare = Finding("trend", "slope", value=-123.4, role="secondary")
    assert "-123.4  0.100 to –" in row(lines(bare.with_extra(low=0.1, high=None)), "slope")
    assert row(lines(replace(bare, value=None)), "slope").split() == ["slope", "–", "–"]


def test_clusters_that_are_not_known_are_not_counted() -> None:
    assert "12/?" in row(lines(RATE.told("clusters unknown")), "win rate")


def test_names_cannot_move_the_cursor_or_fill_the_screen() -> None:
    found = lines(replace(RATE, arm="\x1b[2J\n\u202e", set="x" * 999))
    line = row(found, "win rate")
    assert r"\u001b[2J \u202e" in line
    assert len(line) < 300
    assert r"note: a note\u001b" in found


def test_a_simulated_table_says_so_first() -> None:
    assert lines(RATE, simulated=True)[0].startswith("SIMULATED")
    assert not lines(RATE)[0].startswith("SIMULATED")


def test_a_page_folds_everything_but_the_primary_family() -> None:
    more = replace(RATE, role="exploratory")
    found = list(statistics_tables(make(FAMILY, RATE, more, age=EARLY)))
    assert [(table.heading, table.folded) for table in found] == [
        (HEADINGS["before"], False), ("Win rates", True), ("Win rates, exploratory", True),
        ("Against the null", True),
    ]  # fmt: skip
    assert all(len(cells) == len(HEADER) for table in found for cells, _ in table.rows)


def test_findings_without_a_table_are_printed_by_section() -> None:
    found = list(render_findings([RATE, FAMILY]))
    assert [line for line in found if line in ("Win rates", "Against the null")] == [
        "Win rates", "Against the null"
    ]  # fmt: skip


def test_json_holds_what_the_figures_hold() -> None:
    found = json.loads(json.dumps(figures_as_json(make(RATE, age=LATER)), allow_nan=False))
    assert found["figures"] == [json.loads(json.dumps(finding_as_json(RATE)))]
    assert found["released"] == {"m": "2026-01-02"}
    assert found["plan_fixed"] == "2026-01-02 00:00:00+00:00"
    assert found["headline_rows"]["view"] == "full"
    assert found["figures"][0]["estimate"]["exclusions"] == {"refused\x1b": 2}
    assert finding_as_json(replace(RATE, estimate=None))["estimate"] is None
