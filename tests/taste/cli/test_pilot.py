import json
import os
import pty
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import delete

from taste.database import open_database
from taste.run_tables import Manifest
from taste.simulator.server import Simulator
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.db import Db

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
    kinds = [line.split(":")[0].split()[0] for line in said.out.splitlines()]
    assert kinds == [
        "prompt", "proposal", "why", "wrong", "restatement", "restatement", "verdict", "verdict",
        *["call"] * 5, "cost",
    ]  # fmt: skip
    assert "proposal (simulated): " in said.out
    verdicts = [line for line in said.out.splitlines() if line.startswith("verdict ")]
    firsts = [line.split(", the ")[1].split(" first)")[0] for line in verdicts]
    assert sorted(firsts) == ["human's move", "proposal"]
    refused = taste("report", "1", "--db", database)
    assert (refused.code, "no report takes it" in refused.err) == (1, True)


def test_the_exact_prompt_is_shown_on_request_and_the_reply_as_it_came(
    taste: Taste, database: Path, study_file: Path
) -> None:
    tried = ("try", "few:1", "--study", study_file, "--yes", "--prompt", "--db", database)
    first, again = taste(*tried).out, json.loads(taste(*tried, "--json").out)
    assert again["prompt"] in first
    assert f"prompt: {len(again['prompt']):,} characters" in first
    assert json.loads(again["reply"])["type"] == "message"


def test_an_item_may_be_named_as_its_decision_point_is(
    taste: Taste, database: Path, study_file: Path
) -> None:
    rows = map(
        json.loads, taste("sets", "show", "few", "--json", "--db", database).out.splitlines()
    )
    row = next(row for row in rows if row["item"] == "1")
    tried = ("--study", study_file, "--yes", "--json", "--db", database)
    first = json.loads(taste("try", "few:1", *tried).out)
    place = f"{row['session'][:8]}:{row['before']}"
    assert json.loads(taste("try", place, *tried).out)["run_id"] == first["run_id"]


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


@pytest.mark.parametrize("item", ["few", "few:9", "few:x", "none:1", ":1", "999", "f0e996cf:none"])
def test_an_item_that_is_not_there_is_one_sentence(
    taste: Taste, database: Path, study_file: Path, item: str
) -> None:
    said = taste("try", item, "--study", study_file, "--yes", "--db", database)
    assert (said.code, said.out, "Traceback" in said.err) == (1, "", False)


@pytest.fixture
def unfrozen(database: Path) -> None:
    """The database has labelled points and no set."""
    engine = open_database(str(database))
    with Db(engine) as db:
        for table in (Manifest, SetExclusion, Item, ItemSet):
            db.exec(delete(table))
        db.commit()
    engine.dispose()


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """type_in("a\\n") is what a person at a terminal will type."""
    with ExitStack() as opened:

        def typed(keys: str) -> None:
            master, slave = pty.openpty()
            opened.callback(os.close, master)
            os.write(master, keys.encode())
            terminal = opened.enter_context(os.fdopen(slave, encoding="utf-8"))
            monkeypatch.setattr("sys.stdin", terminal)

        yield typed


@pytest.mark.parametrize("command", [("run",), ("try", "few:1", "--study")])
def test_a_person_who_says_no_sends_nothing_and_that_is_no_success(
    taste: Taste, database: Path, study_file: Path, type_in: Callable[[str], None],
    command: tuple[str, ...], simulator: Simulator,
) -> None:  # fmt: skip
    type_in("n\n")
    said = taste(*command, study_file, "--db", database)
    assert (said.code, "taste: nothing was sent." in said.err) == (1, True)
    assert [seen for seen in simulator.requests if seen.kind] == []


def test_a_pilot_of_sessions_that_are_tested_on_is_refused(
    taste: Taste, database: Path, study_file: Path
) -> None:
    said = taste("pilot", study_file, "--yes", "--db", database)
    assert (said.code, "mark points in other sessions" in said.err) == (1, True)


@pytest.mark.usefixtures("unfrozen")
def test_a_pilot_feeds_power_and_the_designs_of_a_plan(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str],
) -> None:  # fmt: skip
    (folder / "s.toml").write_text(study_text(simulator.base_url, sets=["later"]), encoding="utf-8")
    done = taste("pilot", "s.toml", "--items", 6, "--yes", "--json", "--db", database)
    summary = json.loads(done.out)
    assert (done.code, summary["items"], summary["sessions"]) == (0, 6, 2)
    taste("trials", summary["run_id"], "-o", "p.csv", "--db", database)
    of_pilot = ("--pilot", "p.csv", "--arm", "simulated-late")
    assert "pilot: 6 items in 2 clusters" in taste("power", *of_pilot).out
    taste("sets", "freeze", "later", "--set", "random", "--labels", "one", "--db", database)
    said = taste("plan", "s.toml", "--budget", 9, *of_pilot, "--db", database)
    assert (said.code, "from the pilot" in said.out) == (0, True)


@pytest.mark.usefixtures("unfrozen")
def test_a_person_accepts_and_rejects_at_the_terminal_and_goes_on_later(
    taste: Taste, database: Path, study_file: Path, type_in: Callable[[str], None]
) -> None:
    pilot = ("pilot", study_file, "--items", 1, "--yes", "--db", database)
    type_in("a\nwhat\nr\nstop\n")
    first = taste(*pilot)
    assert first.code == 0, first.err
    assert ("restatement (1 of " in first.err, "the same command asks again" in first.err) == (
        True, True,
    )  # fmt: skip
    assert "reviewed: 2\n" in first.out
    assert "rejected: 1 restatement\n" in first.out
    type_in("a\n\x04")
    assert "reviewed: 3\n" in taste(*pilot).out


@pytest.mark.usefixtures("unfrozen")
def test_a_pilots_answers_are_tried_again_on_request_alone(
    taste: Taste, database: Path, folder: Path, simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
) -> None:  # fmt: skip
    limits = {"budget_usd": 10, "concurrency": 1}
    with simulate("refusal:1") as server:
        text = study_text(server.base_url, limits=limits, controls={"arms": []})
        (folder / "s.toml").write_text(text, encoding="utf-8")
        retry = ("retry", "s.toml", "--db", database)
        assert "there was no pilot" in taste(*retry, "--pilot").err
        assert taste("pilot", "s.toml", "--items", 1, "--yes", "--db", database).code == 0
        refused = taste(*retry)
        assert (refused.code, "For its pilot add --pilot" in refused.err) == (1, True)
        again = taste(*retry, "--pilot", "--reason", "refusal", "--yes")
        assert again.out.startswith("run 1: 1 of 1 open trials done")


@pytest.mark.usefixtures("unfrozen")
def test_nothing_of_a_pilot_that_was_stopped_is_put_to_review(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str],
    simulate: Callable[..., Simulator], type_in: Callable[[str], None],
) -> None:  # fmt: skip
    with simulate("fatal:4") as server:
        (folder / "s.toml").write_text(study_text(server.base_url), encoding="utf-8")
        type_in("")
        said = taste("pilot", "s.toml", "--items", 1, "--yes", "--db", database)
    assert (said.code, "so nothing is put to review" in said.err) == (1, True)
    assert "accept, reject or stop" not in said.err
