import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from taste.controls import read_stock
from taste.run_tables import Manifest
from taste.set_rules import SetRule
from taste.sets import freeze_set, get_set, read_items
from taste.simulator.server import Simulator
from taste.tables import Item, ItemSet, SetExclusion, Trial
from transcripts.db import Db

Taste = Callable[..., Any]
MOVES = len(read_stock().moves)


@pytest.fixture
def study_file(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    path = folder / "study.toml"
    text = study_text(simulator.base_url, sets=["left"], controls={"arms": ["stock_fit"]})
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def pilot(db: Db, now: Any) -> None:
    """A pilot set `p` of one item a lineage, and the strong moves that it leaves."""
    for table in (Manifest, SetExclusion, Item, ItemSet):
        for row in db.exec(select(table)):
            db.delete(row)
    db.flush()
    freeze_set(db, SetRule("p", "pilot", "one", per_session=1), now)
    freeze_set(db, SetRule("left", "strong", "one"), now)


@pytest.fixture
def fit(taste: Taste, pilot: None, database: Path, study_file: Path) -> Taste:  # noqa: ARG001
    return lambda *words: taste("stock", "fit", study_file, "--db", database, *words)


def test_the_best_move_is_found_stored_and_told(fit: Taste, simulator: Simulator) -> None:
    said = fit("--yes", "--json")
    found = json.loads(said.out)
    rates = {int(number): rate for number, rate in found["rates"].items()}
    assert len(rates) == MOVES
    assert found["rate"] == max(rates.values())
    assert found["number"] == min(n for n, rate in rates.items() if rate == found["rate"])
    assert (found["set"], found["items"], found["simulated"]) == ("p", 2, True)
    asked = len([seen for seen in simulator.requests if seen.kind])
    assert asked == 2 * (1 + MOVES + 2 * MOVES)


def test_the_price_and_what_the_sets_share_are_said_before_anything_is_sent(
    fit: Taste, simulator: Simulator
) -> None:
    said = fit()
    assert (said.code, said.out) == (1, "")
    assert "the pilot set 'p' shares 2 lineages with the study's sets" in said.err
    assert f"(simulated): {2 * MOVES} open trials, up to {6 * MOVES + 2} calls" in said.err
    assert [seen for seen in simulator.requests if seen.kind] == []


def test_the_table_ends_with_what_the_picked_rate_is_not_and_is_paid_for_once(
    fit: Taste, simulator: Simulator
) -> None:
    said = fit("--yes")
    sent = len([seen for seen in simulator.requests if seen.kind])
    header, first, *_, picked = said.out.splitlines()
    assert header.split() == ["number", "rate", "items", "move"]
    assert len(said.out.splitlines()) == MOVES + 2
    assert picked.startswith(f"picked move {first.split()[0]} of stock 1 (simulated): ")
    assert f"is too high: it was picked as the highest of {MOVES}" in said.err
    assert fit("--yes").out == said.out
    assert len([seen for seen in simulator.requests if seen.kind]) == sent


def test_a_fit_that_was_stopped_goes_on(fit: Taste, db: Db, study_file: Path) -> None:
    whole = study_file.read_text(encoding="utf-8")
    study_file.write_text(whole.replace("budget_usd = 10", "budget_usd = 0.08"), encoding="utf-8")
    stopped = fit("--yes")
    assert (stopped.code, stopped.out) == (1, "")
    assert "the budget of $0.08 is reached" in stopped.err
    study_file.write_text(whole, encoding="utf-8")
    assert fit("--yes").code == 0
    assert {trial.run_id for trial in db.exec(select(Trial))} == {1}


def test_a_study_that_is_run_after_the_fit_has_the_arm_on_every_item(
    fit: Taste, taste: Taste, db: Db, database: Path, study_file: Path
) -> None:
    fit("--yes")
    assert taste("run", study_file, "--yes", "--db", database).code == 0
    trials = db.exec(select(Trial).where(Trial.arm == "stock_fit")).all()
    assert len(trials) == len(read_items(db, get_set(db, "left"))) == 4
    assert {(trial.exclusion, trial.done) for trial in trials} == {(None, True)}


def test_who_fits_after_the_run_is_told_that_the_run_keeps_to_what_there_was(
    fit: Taste, taste: Taste, database: Path, study_file: Path
) -> None:
    taste("run", study_file, "--yes", "--db", database)
    said = fit("--yes")
    assert "has been run before (run 1)" in said.err
    assert "give the study another name" in said.err


def test_without_a_pilot_set_the_command_for_one_is_named(
    taste: Taste, database: Path, study_file: Path
) -> None:
    said = taste("stock", "fit", study_file, "--yes", "--db", database)
    assert (said.code, said.out) == (1, "")
    assert "`taste sets freeze NAME --set pilot` makes one" in said.err
