import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.simulator.server import Simulator

Taste = Callable[..., Any]


@pytest.fixture
def study_file(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    """A study of detours of sessions that are not there yet: all its sets hold is `few`."""
    path = folder / "study.toml"
    path.write_text(study_text(simulator.base_url), encoding="utf-8")
    return path


def test_one_item_is_tried_and_shown_and_no_report_takes_it(
    taste: Taste, database: Path, study_file: Path
) -> None:
    said = taste("try", "few:1", "--study", study_file, "--yes", "--db", database)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("proposal (simulated): ")
    kinds = [line.split(":")[0] for line in lines[1:] if not line.startswith("call")]
    assert kinds == ["restatement", "restatement", "verdict", "verdict"]
    assert len([line for line in lines if line.startswith("call")]) == 5
    refused = taste("report", "1", "--db", database)
    assert (refused.code, "no report takes it" in refused.err) == (1, True)


def test_what_was_tried_is_used_by_the_study_and_is_no_run_of_it(
    taste: Taste, database: Path, study_file: Path
) -> None:
    first = json.loads(
        taste("try", "few:1", "--study", study_file, "--yes", "--json", "--db", database).out
    )
    events = taste("run", study_file, "--yes", "--json", "--db", database).out.splitlines()
    done = json.loads(events[-1])
    assert done["run_id"] != first["run_id"]
    assert len(first["calls"]) + done["answered"] == 26


@pytest.mark.parametrize("item", ["few", "few:9", "few:x", "none:1", ":1"])
def test_an_item_that_is_not_there_is_one_sentence(
    taste: Taste, database: Path, study_file: Path, item: str
) -> None:
    said = taste("try", item, "--study", study_file, "--yes", "--db", database)
    assert (said.code, said.out, "Traceback" in said.err) == (1, "", False)


def test_a_pilot_of_sessions_that_are_tested_on_is_refused(
    taste: Taste, database: Path, study_file: Path, simulator: Simulator,
    study_text: Callable[..., str],
) -> None:  # fmt: skip
    study_file.write_text(study_text(simulator.base_url, sets=["few", "more"]), encoding="utf-8")
    said = taste("pilot", study_file, "--yes", "--db", database)
    assert (said.code, "there is no pilot set" in said.err) == (1, True)
