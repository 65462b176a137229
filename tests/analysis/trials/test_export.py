"""A run's trials as a file: the same figures come out of it as out of the database."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.errors import TableError
from analysis.figures.everything import estimate_everything
from analysis.figures.findings import Finding
from analysis.figures.outline import outline_table
from analysis.report.material import read_rows
from analysis.trials.export import write_trial_file
from analysis.trials.files import read_trial_file
from analysis.trials.table import SURFACES, TrialTable, tabulate
from taste.study import parse_study
from taste.tables import Run
from transcripts.db import Db

Key = tuple[str, str, str, str]


def figures_of(table: TrialTable, run: Run) -> dict[Key, Finding]:
    study = parse_study(run.study_text, "study")
    figures = estimate_everything(table, outline_table(table, study.analysis, study))
    return {(one.name, one.set, one.arm, one.against): one for one in figures.findings}


@pytest.fixture(scope="module")
def mine(still_world: Db, still_run: Run) -> dict[Key, Finding]:
    """The figures of the small world by way of its database."""
    return figures_of(tabulate(read_rows(still_world, still_run)), still_run)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_a_file_gives_the_figures_of_the_database(
    still_world: Db, still_run: Run, mine: dict[Key, Finding], tmp_path: Path, ending: str
) -> None:
    rows = read_rows(still_world, still_run)
    read = read_trial_file(write_trial_file(rows, tmp_path / f"trials{ending}"))
    assert read.simulated
    theirs = figures_of(read, still_run)
    assert mine.keys() == theirs.keys()
    for key, one in mine.items():
        other = theirs[key]
        assert (one.value is None, one.low is None) == (other.value is None, other.low is None)
        found, expected = ((x.value or 0, x.low or 0, x.high or 0) for x in (one, other))
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9), key


def by_number(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = frame["item"].astype(str).str.rpartition("/")[2].astype(int)
    return frame.assign(number=numbers).sort_values(["set", "number", "arm", "order"])


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_a_file_gives_every_column_of_the_database(
    world: Db, run: Run, tmp_path: Path, ending: str
) -> None:
    known: dict[str, Any] = {
        "prompt": "reworded", "agent_family": "f", "session_date": date(2026, 1, 2),
        "cutoff": date(2025, 1, 2), "judge_confidence": "low", "judge_probability": 0.25,
        "evidence_turns": 3, **dict.fromkeys(SURFACES, 2), "in_share": True,
    }  # fmt: skip
    rows = [replace(row, **known) for row in read_rows(world, run)]
    read = read_trial_file(write_trial_file(rows, tmp_path / f"trials{ending}"))
    mine, theirs = (by_number(table.frame) for table in (tabulate(rows), read))
    for name in (*known, "hindsight", "proposal_chars", "form", "provenance"):
        assert theirs[name].tolist() == mine[name].tolist(), name
    assert read.notes == ()


def test_a_cell_that_a_spreadsheet_would_run_is_made_text(
    world: Db, run: Run, tmp_path: Path
) -> None:
    rows = [row for row in read_rows(world, run) if row.arm == "stock"]
    hostile = [replace(row, reason="=cmd()", session="@x") for row in rows]
    text = write_trial_file(hostile, tmp_path / "t.csv").read_text(encoding="utf-8")
    assert "'=cmd()" in text
    assert ",=cmd()" not in text
    assert ",@x" not in text


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"ends in none of \.csv, \.parquet, \.jsonl"):
        write_trial_file([], tmp_path / "t.xlsx")
