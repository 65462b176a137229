import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Taste = Callable[..., Any]
SESSION = "f0e996cf"


def lines(said: Any) -> list[dict[str, Any]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


@pytest.fixture
def say(taste: Taste, database: Path) -> Callable[..., Any]:
    """say("search", "x") runs a command on the database with two example sessions."""
    return lambda *words: taste(*words, "--db", database)


@pytest.mark.parametrize(
    ("options", "many"),
    [
        ((), 2),
        (("--researcher", "nobody"), 0),
        (("--project", "nothing"), 0),
        (("--since", "2000-01-01", "--until", "2100-01-01"), 2),
        (("--until", "2000-01-01"), 0),
        (("--since", "2100-01-01"), 0),
        (("--model", "CLAUDE"), 2),
        (("--model", "nosuch"), 0),
        (("--min-events", "1"), 2),
        (("--min-events", "99999"), 0),
        (("--max-events", "0"), 0),
        (("--marks", "any"), 2),
        (("--marks", "none"), 0),
        (("--marks", "2"), 2),
        (("--marks", "99"), 0),
        (("--marks", "any", "--annotator", "nobody"), 0),
        (("--marks", "none", "--annotator", "nobody"), 2),
        (("--text", "xylophone"), 0),
        (("--open-ended", "unscreened"), 2),
        (("--open-ended", "yes"), 0),
        (("--format", "claude-code"), 2),
        (("--format", "codex"), 0),
        (("--lineage", "nosuch"), 0),
    ],
)
def test_sessions_are_narrowed_down(
    say: Callable[..., Any], options: tuple[str, ...], many: int
) -> None:
    assert len(lines(say("sessions", "--json", *options))) == many


def test_sessions_are_listed_with_marks_and_stratum(say: Callable[..., Any]) -> None:
    said = say(
        "screen", SESSION, "--open-ended", "yes", "--outcome", "visible",
        "--reason", "asks an open question", "--annotator", "ada",
    )  # fmt: skip
    assert said.out.endswith("is in the stratum yes/visible\n")
    (row,) = lines(say("sessions", "--json", "--open-ended", "yes"))
    assert row["external_id"].startswith(SESSION)
    assert (row["stratum"], row["marks"] > 0) == ("yes/visible", True)
    (found,) = lines(say("screen", "--list", "--json"))
    assert (found["annotator"], found["reason"]) == ("ada", "asks an open question")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("sessions", "--since", "yesterday"), "--since 'yesterday': give a day as YYYY-MM-DD"),
        (("sessions", "--marks", "some"), "--marks 'some': give any, none, or a number"),
        (("sessions", "--text", "?!"), "there is no word to look for in '?!'"),
        (("search", "?!"), "there is no word to look for in '?!'"),
        pytest.param(("search", "--raw", '"'), "is not a query of FTS5", marks=pytest.mark.sqlite),
        (("search", "x", "--kind", "joke"), "--kind 'joke' is not one of human, "),
        (("search", "x", "--session", "nosuch"), "no session 'nosuch'"),
        (("screen", SESSION), "give a session, --open-ended, --outcome, --reason and --annotator"),
        (("sample", "--random", "9999", "--seed", "1"), "9999 points are wanted and "),
        (("sample", "--random", "1", "--seed", "1", "--name", "a b"), "cannot name a sample"),
        (("candidates", "--hand-out", "2"), "needs a --seed"),
        (("candidates", "--hand-out", "999", "--seed", "1"), "signs point at "),
        (("session", "set", SESSION), "nothing to set"),
        (("session", "set", SESSION, "--usable-until", "soon"), "--usable-until 'soon'"),
        (("session", "delete", SESSION), "is used in the frozen set"),
        (("session", "delete", SESSION, "--force"), "no terminal to ask on"),
        (("session", "withdraw", SESSION), "no terminal to ask on"),
        (("db", "merge", "nosuch.db"), "there is no database 'nosuch.db'"),
        (("db", "merge", "."), "there is no database '.'"),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    say: Callable[..., Any], words: tuple[str, ...], why: str
) -> None:
    before = say("db", "info", "--json").out
    said = say(*words)
    assert (said.code, said.out) == (1, "")
    assert why in said.err.splitlines()[-1]
    assert said.err.splitlines()[-1].startswith("taste: ")
    assert say("db", "info", "--json").out == before


def test_words_are_found_with_their_place(say: Callable[..., Any]) -> None:
    hits = lines(say("search", "the", "--json", "--limit", "3"))
    assert [set(hit) for hit in hits] == [
        {"session", "part", "event", "position", "thread", "kind", "snippet"}
    ] * 3
    assert all("[the]" in hit["snippet"].lower() for hit in hits)
    assert {hit["kind"] for hit in lines(say("search", "the", "--json", "--kind", "human"))} == {
        "human"
    }
    assert say("search", "xylophone").out == ""


def test_a_random_sample_becomes_the_random_set(say: Callable[..., Any]) -> None:
    drawn = lines(say("sample", "--random", "3", "--seed", "5", "--json"))
    assert drawn == lines(say("sample", "--random", "3", "--seed", "5", "--json"))
    said = say("sets", "freeze", "r", "--set", "random", "--labels", "one", "--sample", "random-5")
    assert said.out.startswith("r frozen: 3 items")
    rows = lines(say("sets", "show", "r", "--json"))
    assert sorted(r["before"] for r in rows) == sorted(d["before"] for d in drawn)
    (item_set,) = [s for s in lines(say("sets", "list", "--json")) if s["name"] == "r"]
    assert (item_set["sample"], item_set["size"]) == ("random-5", 3)


@pytest.mark.parametrize(
    ("kind", "sample", "why"),
    [
        ("random", "nosuch", "no sample 'nosuch'"),
        ("strong", "random-1", "does not go with 'strong'"),
        ("random", "hand-out-1", "a list of candidates mixed with random points"),
    ],
)
def test_a_set_takes_a_random_sample_only(
    say: Callable[..., Any], kind: str, sample: str, why: str
) -> None:
    assert say("sample", "--random", "1", "--seed", "1").code == 0
    assert say("candidates", "--hand-out", "1", "--seed", "1").code == 0
    said = say("sets", "freeze", "r", "--set", kind, "--labels", "one", "--sample", sample)
    assert (said.code, why in said.err) == (1, True)


def test_candidates_have_score_and_reason(say: Callable[..., Any]) -> None:
    rows = lines(say("candidates", "--json", "--limit", "2"))
    assert [set(row) for row in rows] == [{"session", "before", "score", "reason"}] * 2
    assert rows[0]["score"] >= rows[1]["score"] > 0


def test_a_list_to_hand_out_says_nothing_of_its_points(say: Callable[..., Any]) -> None:
    words = ("candidates", "--hand-out", "2", "--seed", "4")
    rows = lines(say(*words, "--json"))
    assert [set(row) for row in rows] == [{"number", "session", "before"}] * 4
    table = say(*words).out
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["1", "2", "3", "4"]
    assert not any(word in table for word in ("candidate", "random", "score", "0."))


@pytest.mark.parametrize("design", [("--per-session", "1"), ("--strata",)])
def test_another_design_is_another_sample(say: Callable[..., Any], design: tuple[str, ...]) -> None:
    plain = lines(say("sample", "--random", "2", "--seed", "5", "--json"))
    other = lines(say("sample", "--random", "2", "--seed", "5", "--json", *design))
    assert plain[0]["sample"] == "random-5"
    assert other[0]["sample"] in {"random-5-most-1", "random-5-strata"}


def test_a_sample_is_not_taken_for_one_with_a_cap(say: Callable[..., Any]) -> None:
    many = ("sample", "--random", "5", "--seed", "5", "--name", "x")
    assert say(*many).code == 0
    said = say(*many, "--per-session", "1")
    assert said.code == 1
    assert "the sample 'x' is drawn otherwise" in said.err


def test_a_handed_out_list_is_not_taken_for_one_of_another_session(
    say: Callable[..., Any],
) -> None:
    listed = lines(say("candidates", "--hand-out", "2", "--seed", "1", "--json"))
    others = {row["external_id"] for row in lines(say("sessions", "--json"))}
    wrong = next(iter(sorted(others - {listed[0]["session"]})))
    said = say("candidates", wrong, "--hand-out", "2", "--seed", "1")
    assert said.code == 1
    assert "was made otherwise" in said.err


def test_sessions_are_counted_out(say: Callable[..., Any]) -> None:
    rows = {row["session"][:8]: row for row in lines(say("sessions", "--counts", "--json"))}
    events = [row for row in lines(say("show", SESSION, "--json")) if "event_id" in row]
    row = rows[SESSION]
    assert row["responses"] == len({e["response"] for e in events if e["response"]})
    firsts = {e["act"]: e["act_kind"] for e in reversed(events) if e["act"] is not None}
    assert sum(row["acts"].values()) == len(firsts)
    assert row["rewinds"] == list(firsts.values()).count("rewind")
    assert row["threads"] == 2
    assert "human acts" in say("sessions", "--counts").out.splitlines()[0]
