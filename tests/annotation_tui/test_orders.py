"""What filters let through, what the skim view keeps, and regular expressions that never end."""

import time

import pytest

from annotation_tui.filters import Filter, Own, count_tools, find_corrections, pass_filter
from annotation_tui.index import Index
from annotation_tui.regexes import GivenUp, check_regex, match_all
from annotation_tui.skim import describe_gap, skim
from transcripts.errors import UserError
from transcripts.queries import IndexRow


def index(*kinds: str) -> Index:
    """Events by kind; `!` marks an error, `@` a long text, a word after `:` a tool."""
    rows = []
    for position, told in enumerate(kinds):
        kind, _, tool = told.rstrip("!@").partition(":")
        human = kind in {"human", "steering", "answer"}
        rows.append(
            IndexRow(
                position, f"e{position}", kind, tool, told.endswith("!"), True, 1,
                20_000 if told.endswith("@") else 5, position if human else None,
                kind if human else None, f"r{position}" if kind in {"agent", "call"} else None,
            )
        )  # fmt: skip
    return Index.of(rows)


SESSION = index(
    "human", "agent", "call:Bash", "result:Bash!", "agent", "human",
    "call:Read", "result:Read@", "call:Bash", "result:Bash", "steering", "agent",
)  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (Filter(), list(range(12))),
        (Filter(frozenset({"human"})), [0, 5, 10]),
        (Filter(frozenset({"human", "errors"})), [0, 3, 5, 10]),
        (Filter(tool="Bash"), [2, 3, 8, 9]),
        (Filter(frozenset({"human", "results"}), "Bash"), [0, 3, 5, 9, 10]),
        (Filter(frozenset({"long"})), [7]),
        (Filter(frozenset({"corrections"})), [5, 10]),
        (Filter(frozenset({"marks"})), [1]),
        (Filter(frozenset({"agent"}), unseen=True), [11]),
    ],
)
def test_a_filter_lets_through_any_of_what_is_chosen(chosen: Filter, shown: list[int]) -> None:
    own = Own(marked={1}, is_seen=lambda position: position < 6)
    assert pass_filter(SESSION, chosen, own) == shown
    assert Filter.restore(chosen.capture()) == chosen


def test_corrections_are_told_by_outer_signs_and_tools_by_use() -> None:
    assert find_corrections(SESSION) == [5, 10]
    assert count_tools(SESSION) == [("Bash", 4), ("Read", 2)]


def test_the_skim_view_keeps_acts_and_the_words_before_them() -> None:
    order = skim(SESSION, ())
    assert order.gaps == {1: 3, 6: 9, 11: 11}
    assert list(order.events) == [0, 1, 4, 5, 6, 10, 11]
    assert describe_gap(SESSION, 1, 3) == "1 call, 1 error, 1 agent text"
    assert describe_gap(SESSION, 6, 9) == "2 calls"


def test_a_gap_that_is_opened_shows_its_events() -> None:
    order = skim(SESSION, {7})
    assert list(order.events) == [0, 1, 4, 5, 6, 7, 8, 9, 10, 11]
    assert order.gaps == {1: 3, 11: 11}


def test_a_regular_expression_finds_what_is_displayed() -> None:
    found = match_all(r"^b.\d|\\u001b", [(4, "a1\nB42"), (5, "none"), (9, "\x1b[0m")], lambda: True)
    assert {event: list(spans) for event, spans in found.spans.items()} == {4: [3, 6], 9: [0, 6]}
    assert (found.slow, found.ended) == ([], True)
    many = match_all("a", [(number, "a" * (number % 2)) for number in range(500)], lambda: True)
    assert sorted(many.spans) == list(range(1, 500, 2))


def test_a_catastrophic_expression_loses_one_text_and_can_be_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("annotation_tui.regexes.TEXT_SECONDS", 0.2)
    texts = [(0, "aa"), (1, "a" * 40 + "b"), (2, "ca")]
    found = match_all(r"(a+)+$", texts, lambda: True)
    assert (sorted(found.spans), found.slow) == ([0, 2], [1])
    until = time.monotonic() + 0.1
    with pytest.raises(GivenUp):
        match_all(r"(a+)+$", texts, lambda: time.monotonic() < until)


def test_what_is_no_regular_expression_is_refused_in_one_sentence() -> None:
    with pytest.raises(UserError, match=r"not a regular expression: .*unterminated"):
        check_regex("(")
