"""Copies of a withdrawn session are named, a withdrawn session goes nowhere, and says so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import examples_folder

ONE, OTHER = "bd058990-0419", "cd058990-0419"
EXAMPLE = next(iter(sorted(examples_folder().glob(f"*/{ONE}*.jsonl"))))
Say = Callable[..., Any]


@pytest.fixture
def say(taste: Callable[..., Any], folder: Path) -> Say:
    """say("sessions") runs a command on a database with a session and a fork of it."""
    original = EXAMPLE.read_text(encoding="utf-8")
    (folder / "one.jsonl").write_text(original, encoding="utf-8")
    fork = original.replace(EXAMPLE.stem, EXAMPLE.stem.replace(ONE, OTHER))
    (folder / "other.jsonl").write_text(fork, encoding="utf-8")
    assert taste("import", folder).code == 0
    return taste


def withdrawn(say: Say) -> list[str]:
    rows = map(json.loads, say("sessions", "--json").out.splitlines())
    return [row["external_id"][:13] for row in rows if row["withdrawn_at"]]


@pytest.mark.parametrize("what", ["withdraw", "delete"])
def test_copies_that_stay_are_named(say: Say, what: str) -> None:
    said = say("session", what, ONE, "--yes", "--json")
    assert [name[:13] for name in json.loads(said.out)["copies_left"]] == [OTHER]
    assert f"{OTHER}" in said.err
    assert f"To {what} them too, add --copies." in said.err
    assert len(say("show", OTHER).out.splitlines()) > 50


@pytest.mark.parametrize("what", ["withdraw", "delete"])
def test_copies_go_too_where_that_is_wanted(say: Say, what: str) -> None:
    done = json.loads(say("session", what, ONE, "--copies", "--yes", "--json").out)
    assert (done["sessions"], done["copies_left"]) == (2, [])
    words = EXAMPLE.read_bytes()[5000:5060]
    assert words not in Path("taste.db").read_bytes()


def test_a_copy_of_a_withdrawn_session_is_named_when_it_is_imported(say: Say) -> None:
    say("session", "delete", OTHER, "--yes")
    say("session", "withdraw", ONE, "--yes")
    said = say("import", "other.jsonl")
    assert "1 sessions share work with one that was withdrawn" in said.err
    assert OTHER in said.err


def test_a_withdrawn_session_says_so_wherever_it_is_asked_for(say: Say) -> None:
    before = json.loads(say("show", ONE, "--json").out.splitlines()[-5])["event_id"]
    say("session", "withdraw", ONE, "--yes")
    assert withdrawn(say) == [ONE]
    assert "was withdrawn on " in say("show", ONE).err
    for words in (("show", ONE, "--before", before), ("session", "allow", ONE, "anthropic")):
        said = say(*words)
        assert (said.code, said.out) == (1, "")
        assert " was withdrawn on " in said.err
    assert say("session", "allow", ONE, "none").code == 0


def test_labels_of_a_withdrawn_session_do_not_come_back_from_a_file(say: Say) -> None:
    line = {"session": EXAMPLE.stem, "kind": "neither", "annotator": "ada", "rationale": "words"}
    acts = [json.loads(row) for row in say("show", ONE, "--json").out.splitlines()]
    line["before"] = [row["event_id"] for row in acts if row.get("act")][-1]
    Path("points.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = json.loads(say("points", "import", "points.jsonl", "--json").out)
    assert (done["stored"], done["refused"]) == (1, [])
    say("session", "withdraw", ONE, "--yes")
    other = json.dumps(line | {"rationale": "other words"})
    Path("points.jsonl").write_text(other, encoding="utf-8")
    said = say("points", "import", "points.jsonl")
    assert said.code == 1
    assert "nothing more is said of it" in said.err
    assert '"rationale": "[withdrawn]"' in say("points", "export").out
