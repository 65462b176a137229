import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.simulator.server import Simulator

Taste = Callable[..., Any]


@pytest.fixture
def study_file(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    path = folder / "study.toml"
    path.write_text(study_text(simulator.base_url, controls={"arms": []}), encoding="utf-8")
    return path


@pytest.fixture
def attack(taste: Taste, database: Path, study_file: Path) -> Taste:
    """attack("--json") attacks one item of a study that was run."""
    taste("run", study_file, "--yes", "--db", database)
    return lambda *more: taste("attack", study_file, "--items", 1, "--db", database, *more)


def test_judges_and_restater_are_attacked_and_told_of(attack: Taste) -> None:
    said = attack("--yes")
    assert said.code == 0
    assert "run 2 (simulated), corpus 1: 2 rounds of attacks, " in said.err
    lines = said.out.splitlines()
    assert lines[0].split() == [
        "judge", "attack", "kind", "asked", "flipped", "rate", "95%", "interval", "unscored",
    ]  # fmt: skip
    assert any(line.startswith("simulated-judge  move/ignore-above ") for line in lines)
    assert any(line.startswith("simulated-judge  all that is not ") for line in lines)
    assert any(line.startswith("simulated-restater  ignore-above ") for line in lines)


def test_what_was_attacked_is_told_again_without_a_call(
    attack: Taste, simulator: Simulator
) -> None:
    first = attack("--yes")
    asked = simulator.count
    again = attack()
    assert again.out == first.out
    assert "0 calls, about $0.00" in again.err
    assert [seen for seen in simulator.requests[asked:] if seen.kind] == []


def test_the_figures_come_as_json(attack: Taste) -> None:
    lines = [json.loads(line) for line in attack("--yes", "--json").out.splitlines()]
    hostile = next(line for line in lines if line.get("attack") == "all that is hostile")
    assert hostile["asked"] > 50
    assert hostile["flipped"] == sum(
        line["flipped"] for line in lines if "judge" in line and line["kind"] not in {"", "nothing"}
    )
    assert {"restater", "survived", "left_out", "not_restated"} <= lines[-1].keys()


def test_without_a_yes_no_attack_is_sent(attack: Taste, simulator: Simulator) -> None:
    asked = simulator.count
    said = attack()
    assert (said.code, said.out) == (1, "")
    assert "standard input is no terminal to ask on" in said.err
    assert [seen for seen in simulator.requests[asked:] if seen.kind] == []


def test_a_study_must_have_been_run(taste: Taste, database: Path, study_file: Path) -> None:
    said = taste("attack", study_file, "--yes", "--db", database)
    assert said.code == 1
    assert "has not been run as it stands" in said.err


def test_a_run_of_attacks_is_no_run_of_the_study(
    attack: Taste, taste: Taste, database: Path
) -> None:
    attack("--yes")
    status = taste("status", "--db", database).out
    assert "run 2  tried (attack)  done" in status
    assert taste("trials", "--db", database).code == 0
