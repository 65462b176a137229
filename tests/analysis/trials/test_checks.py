"""What a row of somebody's table may not say, each told with its row."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from analysis.errors import TableError
from analysis.trials.table import TrialTable

Row = dict[str, Any]
Read = Callable[..., TrialTable]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"score": "1.2"}, "score '1.2' is not a number from 0 to 1.", id="score"),
        pytest.param({"score": "-.1"}, "score '-.1' is not a number from 0 to 1.", id="negative"),
        pytest.param({"score": "inf"}, "score 'inf' is not", id="infinite"),
        pytest.param({"score": "1e400"}, "score '1e400' is not", id="too large"),
        pytest.param({"score": "won"}, "score 'won' is not", id="a word as score"),
        pytest.param({"repeat": "-1"}, "repeat '-1' is not a whole number from 0 up.", id="-1"),
        pytest.param({"repeat": "1.5"}, "repeat '1.5' is not a whole number", id="1.5"),
        pytest.param({"repeat": "inf"}, "repeat 'inf' is not a whole number", id="inf"),
        pytest.param({"sample": "x"}, "sample 'x' is not a whole number", id="sample"),
        pytest.param({"repeat": ""}, "repeat is empty.", id="no repeat"),
        pytest.param({"set": ""}, "set is empty.", id="no set"),
        pytest.param({"item": ""}, "item is empty.", id="no item"),
        pytest.param({"arm": ""}, "arm is empty.", id="no arm"),
        pytest.param({"lineage": ""}, "lineage is empty.", id="no lineage"),
        pytest.param({"judge": ""}, "judge is empty.", id="no judge"),
        pytest.param({"view": ""}, "view is empty.", id="no view"),
        pytest.param({"form": ""}, "form is empty.", id="no form"),
        pytest.param({"order": ""}, "order is empty; give one of human, proposal.", id="no order"),
        pytest.param({"order": "left"}, "order 'left' is none of human, proposal.", id="order"),
        pytest.param({"set": "subopt"}, "set 'subopt' is none of suboptimal, strong,", id="set"),
        pytest.param({"view": "all"}, "view 'all' is none of full, digest,", id="view"),
        pytest.param({"form": "raw"}, "form 'raw' is none of restated, verbatim.", id="form"),
        pytest.param({"provenance": "x"}, "provenance 'x' is none of blind,", id="provenance"),
        pytest.param({"prompt": "x"}, "prompt 'x' is none of standard, reworded.", id="prompt"),
        pytest.param({"prompt": ""}, "prompt is empty.", id="no prompt"),
        pytest.param({"judge_kind": "human"}, "judge_kind 'human' is none of model", id="judge"),
        pytest.param({}, "the same key as row 1 (set 'suboptimal', item 'suboptimal/1',", id="key"),
        pytest.param(
            {"lineage": "M", "repeat": 2},
            "item 'suboptimal/1' has another lineage here than in an earlier row.", id="lineages",
        ),
        pytest.param({"set": "x" * 10_000}, "x…' is none of suboptimal", id="10 kB"),
        pytest.param({"set": "\x1b[31m\u202e"}, r"set '\x1b[31m\u202e' is none of", id="hidden"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told_with_its_number(read: Read, change: Row, said: str) -> None:
    with pytest.raises(TableError) as raised:
        read({"item": "0"}, change)
    assert str(raised.value).startswith("'t.csv', row 3: ")
    assert said in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        pytest.param("session", "a", "b", id="session of an item"),
        pytest.param("researcher", "a", "b", id="researcher of an item"),
        pytest.param("confidence", "3", "4", id="confidence of an item"),
        pytest.param("label_kind", "detour", "strong", id="label of an item"),
        pytest.param("minutes", "3", "4.5", id="minutes of an item"),
        pytest.param("agent_family", "a", "b", id="agent of an item"),
        pytest.param("session_date", "2026-01-02", "2026-01-03", id="day of an item"),
        pytest.param("in_share", "true", "false", id="share of an item"),
        pytest.param("evidence_turns", "3", "4", id="evidence of an item"),
        pytest.param("released", "2026-01-02", "2026-01-03", id="release of an arm"),
        pytest.param("cutoff", "2026-01-02", "2026-01-03", id="cutoff of an arm"),
        pytest.param("proposer_family", "a", "b", id="family of an arm"),
        pytest.param("judge_family", "a", "b", id="family of a judge"),
    ],
)
def test_what_has_one_value_has_no_other(read: Read, column: str, one: str, other: str) -> None:
    with pytest.raises(TableError, match=f"row 2: .* has another {column} here than"):
        read({column: other, "repeat": 2}, first={column: one})
    assert read({column: "", "repeat": 2}, first={column: one})


def test_a_set_is_of_one_kind(read: Read) -> None:
    with pytest.raises(TableError, match="row 2: set 'a' has another set_kind"):
        read({"item": "2", "set_kind": "strong"}, first={"set": "a", "set_kind": "pilot"})


def test_a_judge_is_of_one_kind(read: Read) -> None:
    with pytest.raises(TableError, match="row 2: judge 'j' has another judge_kind"):
        read({"item": "2", "judge_kind": "person"})


def test_a_set_may_have_a_name_beside_its_kind(read: Read) -> None:
    table = read({"item": "2"}, first={"set": "mine", "set_kind": "strong"})
    assert set(table.frame["set_kind"]) == {"strong"}
    with pytest.raises(TableError, match="set_kind 'weak' is none of"):
        read(first={"set": "mine", "set_kind": "weak"})


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        pytest.param("arm", "has no column arm; it has 'set', 'item',", id="arm"),
        pytest.param("score", "no column score (or outcome, or verdict with order);", id="score"),
    ],
)
def test_a_column_that_is_missing_is_named(read: Read, dropped: str, said: str) -> None:
    with pytest.raises(TableError) as raised:
        read(first={dropped: ...})
    assert said in str(raised.value)


def test_a_table_of_many_columns_is_not_listed_in_full(read: Read) -> None:
    with pytest.raises(TableError) as raised:
        read(first={"score": ..., **{f"column{n}": "" for n in range(500)}})
    assert str(raised.value).endswith(", ….")
    assert len(str(raised.value)) < 1000


def test_what_a_table_leaves_out_is_noted(read: Read) -> None:
    left_out = (
        "repeat", "sample", "judge", "judge_kind", "view", "form", "provenance", "prompt", "order",
        "lineage",
    )  # fmt: skip
    bare = dict.fromkeys(left_out, ...)
    table = read({"item": "2"}, first=bare)
    for column, taken in (("view", "full"), ("prompt", "standard")):
        assert f"no column '{column}': taken as '{taken}' in every row" in table.notes
    assert any(note.startswith("no column 'order': a score counts") for note in table.notes)
    assert any("clusters unknown, each item is its own cluster" in note for note in table.notes)
    assert (table.clusters_known, table.orders_known) == (False, False)
    assert table.frame["lineage"].tolist() == table.frame["item"].tolist()


def test_a_full_table_has_nothing_to_note(read: Read) -> None:
    assert read().notes == ()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("linage", "column 'linage' is not known and not used (did you mean 'lineage'?)"),
        ("zzzz", "column 'zzzz' is not known and not used"),
        ("\x1b[31m", r"column '\x1b[31m' is not known and not used"),
    ],
)
def test_a_column_that_is_not_known_is_noted(read: Read, column: str, said: str) -> None:
    assert read(first={column: "1"}).notes == (said,)


def test_a_day_is_written_as_a_day(read: Read) -> None:
    with pytest.raises(TableError, match="released 'soon' is no day as YYYY-MM-DD"):
        read(first={"released": "soon"})
    frame = read({"arm": "stock", "released": ""}, first={"released": "2026-01-02"}).frame
    assert [str(day) for day in frame["released"]] == ["2026-01-02", "None"]


def test_flags_are_words_and_make_a_table_simulated(read: Read) -> None:
    assert read(first={"simulated": "true"}).simulated
    assert not read(first={"simulated": "no"}).simulated
    assert read(first={"hidden_context": "YES"}).frame["hidden_context"].tolist() == [1.0]
    with pytest.raises(TableError, match="hidden_context 'perhaps' is not true or false"):
        read(first={"hidden_context": "perhaps"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"judge_confidence": "5"}, "judge_confidence '5' is none of low, medium, high."),
        ({"judge_probability": "0"}, "judge_probability '0' is not a number from 1e-12 to 1."),
        ({"evidence_turns": "-1"}, "evidence_turns '-1' is not a whole number from 0 up."),
        ({"proposal_words": "2.5"}, "proposal_words '2.5' is not a whole number from 0 up."),
        ({"human_hedges": "some"}, "human_hedges 'some' is not a whole number from 0 up."),
        ({"in_share": "maybe"}, "in_share 'maybe' is not true or false."),
        ({"cutoff": "2026"}, "cutoff '2026' is no day as YYYY-MM-DD."),
    ],
)
def test_columns_of_judging_are_checked_like_any_other(read: Read, change: Row, said: str) -> None:
    with pytest.raises(TableError, match="row 1: ") as raised:
        read(first=change)
    assert said in str(raised.value)


def test_a_chance_of_zero_is_no_chance(read: Read) -> None:
    with pytest.raises(TableError, match="probability '0' is not a number from 1e-12 to 1"):
        read(first={"probability": "0"})


def test_rows_stand_in_one_order_whatever_order_they_came_in(read: Read) -> None:
    changes: list[Row] = [{"item": "3"}, {"item": "2"}, {"order": "proposal", "score": "0"}]
    one, other = read(*changes), read(*reversed(changes))
    pd.testing.assert_frame_equal(one.frame, other.frame)
