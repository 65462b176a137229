"""Several judges: each on its own, and their equal-weight mean item by item."""

from dataclasses import replace

import pytest
from sqlmodel import select

from analysis.figures.arm_scores import ALL_JUDGES
from analysis.figures.headline import Results, analyse_run
from analysis.figures.outline import RunSet
from analysis.trials.columns import TrialRow
from analysis.trials.query import read_trials
from taste.study import Study, parse_study
from taste.tables import Run
from transcripts.db import Db

SECOND = '\n[[judges]]\nname = "second"\nmodel = "second"\nprice = { input = 1, output = 5 }\n'
SETS = (
    RunSet("simulated-1-suboptimal", "suboptimal", "human", 12),
    RunSet("simulated-1-strong", "strong", "human", 9),
)
ENDPOINT = 'endpoint = "simulator"\n'


@pytest.fixture
def study(run: Run) -> Study:
    """The run's study with a second judge."""
    return parse_study(run.study_text + SECOND + ENDPOINT, "two judges")


@pytest.fixture
def rows(world: Db, study: Study) -> tuple[TrialRow, ...]:
    """Every verdict of the run, and the opposite of it by the second judge."""
    found = read_trials(world, world.exec(select(Run)).one(), study)
    return (*found, *(opposite(row) for row in found))


def opposite(row: TrialRow) -> TrialRow:
    outcome = {"win": "loss", "loss": "win"}.get(row.outcome or "", row.outcome)
    return replace(row, judge="second", outcome=outcome)


def stock(results: Results) -> float | None:
    line = results.line("simulated-1-suboptimal", "stock")
    assert line is not None
    return line.rate.value


def test_two_opposite_judges_meet_at_one_half(rows: tuple[TrialRow, ...], study: Study) -> None:
    results = analyse_run(rows, study, SETS)
    assert results.judges == ("simulated-judge", "second")
    assert {line.judge for line in results.lines} == {ALL_JUDGES}
    assert [line.rate.value for line in results.lines] == pytest.approx([0.5] * 20)


def test_each_judge_keeps_a_line_of_its_own(rows: tuple[TrialRow, ...], study: Study) -> None:
    results = analyse_run(rows, study, SETS)
    own = {x.judge: x for x in results.by_judge if x.arm == "stock" and x.set == SETS[0].name}
    first, second = own["simulated-judge"].rate.value, own["second"].rate.value
    assert first is not None
    assert second == pytest.approx(1 - first)


def test_samples_of_one_judge_do_not_outweigh_the_other(
    rows: tuple[TrialRow, ...], study: Study
) -> None:
    more = tuple(replace(row, sample=2) for row in rows if row.judge == "second")
    assert stock(analyse_run((*rows, *more), study, SETS)) == pytest.approx(0.5)


def test_an_item_that_one_judge_left_open_is_excluded(
    rows: tuple[TrialRow, ...], study: Study
) -> None:
    fewer = [row for row in rows if row.judge != "second" or row.item != 1]
    line = analyse_run(fewer, study, SETS).line("simulated-1-suboptimal", "stock")
    assert line is not None
    assert line.exclusions == {"not scored by every judge": 1}
    assert line.rate.value == pytest.approx(0.5)
