import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.simulator.server import Simulator

Taste = Callable[..., Any]


@pytest.fixture
def study_file(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    path = folder / "study.toml"
    path.write_text(study_text(simulator.base_url), encoding="utf-8")
    return path


def test_a_study_is_run_and_its_state_said(taste: Taste, database: Path, study_file: Path) -> None:
    said = taste("run", study_file, "--yes", "--db", database, "--limit", "2")
    assert said.out.startswith("run 1: 2 of 7 open trials done, ")
    assert (said.code, "taste: 5 of 7 open trials are left" in said.err) == (1, True)
    assert "study tried, run 1 (simulated): 2 open trials, up to " in said.err
    events = taste("run", study_file, "--yes", "--json", "--db", database).out.splitlines()
    assert json.loads(events[-1])["done"] == 5
    status = taste("status", "--db", database).out
    assert status.startswith(
        "run 1  tried  done  simulated  7 of 7 trials, 0 excluded, 26 calls, $"
    )
    assert json.loads(taste("status", "--json", "--db", database).out)["finished"] == 7


def test_without_a_yes_nothing_is_sent(
    taste: Taste, database: Path, study_file: Path, simulator: Simulator
) -> None:
    said = taste("run", study_file, "--db", database)
    assert (said.code, said.out) == (1, "")
    assert "standard input is no terminal to ask on" in said.err
    assert [seen for seen in simulator.requests if seen.kind] == []
    assert "  stopped  " in taste("status", "--db", database).out


@pytest.mark.parametrize("limit", [(), ("--limit", "3")])
def test_a_fatal_answer_ends_with_exit_code_1(
    taste: Taste,
    database: Path,
    simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
    limit: tuple[str, ...],
) -> None:
    with simulate("fatal:5") as server:
        Path("s.toml").write_text(study_text(server.base_url), encoding="utf-8")
        said = taste("run", "s.toml", "--yes", "--db", database, *limit)
    assert said.code == 1
    assert "taste: 'simulated-" in said.err
    assert "cannot be reached: " in said.err
    assert "Traceback" not in said.err
    assert "  stopped  " in taste("status", "--db", database).out


def test_a_study_that_may_not_be_sent_names_the_command(
    taste: Taste,
    database: Path,
    study_text: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    Path("s.toml").write_text(study_text("https://models.invalid"), encoding="utf-8")
    said = taste("run", "s.toml", "--yes", "--db", database)
    assert said.code == 1
    found = re.search(r"To allow it: taste (session allow \S+ local)", said.err)
    assert found is not None
    assert taste(*found[1].split(), "--db", database).code == 0


def test_a_restater_that_also_judges_is_refused_unless_the_study_says_so(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str], seat: Callable[..., Any],
) -> None:  # fmt: skip
    path = folder / "same.toml"
    both = {"restater": seat("simulated-judge"), "controls": {"arms": []}}
    path.write_text(study_text(simulator.base_url, **both), encoding="utf-8")
    said = taste("run", path, "--yes", "--db", database)
    assert (said.code, "the judge 'simulated-judge' and the restater are one" in said.err) == (
        1,
        True,
    )
    allowed = study_text(simulator.base_url, **both, judging={"restater_may_judge": True})
    path.write_text(allowed, encoding="utf-8")
    assert taste("run", path, "--yes", "--db", database).code == 0


def test_the_status_of_one_run_tells_its_cost_and_who_works_on_it(
    taste: Taste, database: Path, study_file: Path
) -> None:
    taste("run", study_file, "--yes", "--db", database)
    said = taste("status", 1, "--db", database).out
    assert "that the same calls would have cost one by one without a cache" in said
    assert re.search(r"^role +judge +0\.", said, re.MULTILINE)
    found = json.loads(taste("status", 1, "--json", "--db", database).out)
    assert found["cost"]["spent"] == pytest.approx(found["spent_usd"])
    missing = taste("status", 9, "--db", database)
    assert (missing.code, "there is no run 9" in missing.err) == (1, True)
