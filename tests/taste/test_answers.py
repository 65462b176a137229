import json
from typing import Any

import pytest

from taste.answers import ProposalAnswer, RestatementAnswer, parse_answer
from taste.asking import read_answer
from taste.judge import parse_verdict
from taste.replies import Attempt, Outcome


def answered(text: str) -> Attempt:
    return Attempt(Outcome.ANSWERED, text=text)


def verdict(value: Any, confidence: str = "high") -> str:
    return json.dumps({"reasoning": "since", "verdict": value, "confidence": confidence})


@pytest.mark.parametrize("value", ["first", "second", "tie", "First", " TIE ", "SECOND\n"])
def test_a_verdict_is_read_whatever_its_case(value: str) -> None:
    found = parse_verdict(answered(verdict(value)))
    assert (found["verdict"], found["reason"]) == (value.strip().lower(), None)
    assert found["reasoning"] == "since"


@pytest.mark.parametrize(("said", "read"), [("low", "low"), (" Medium", "medium"), ("9", None)])
def test_a_confidence_that_is_none_of_the_words_is_unknown(said: str, read: str | None) -> None:
    found = parse_verdict(answered(verdict("tie", said)))
    assert (found["verdict"], found["confidence"]) == ("tie", read)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(verdict("neither"), "unknown verdict 'neither'", id="neither"),
        pytest.param(verdict("first move"), "unknown verdict 'first move'", id="a sentence"),
        pytest.param(verdict(""), "unknown verdict ''", id="empty"),
        pytest.param(verdict(1), "malformed answer (verdict: ", id="a number"),
        pytest.param(verdict(None), "malformed answer (verdict: ", id="null"),
        pytest.param('{"verdict":"first"}', "malformed answer (reasoning: ", id="no reasoning"),
        pytest.param(verdict("tie")[:-1] + ',"sure":1}', "malformed answer (sure: ", id="more"),
        pytest.param(f"```json\n{verdict('tie')}\n```", "malformed answer (", id="fenced"),
        pytest.param(verdict("tie")[:-3], "malformed answer (", id="cut"),
        pytest.param("first", "malformed answer (", id="a word"),
        pytest.param("[]", "malformed answer (", id="a list"),
        pytest.param("", "malformed answer (", id="nothing"),
        pytest.param('{"reasoning":"\\ud800","verdict":"tie"}', "malformed", id="half a pair"),
    ],
)
def test_anything_else_is_unscored_with_its_reason(text: str, reason: str) -> None:
    found = parse_verdict(answered(text))
    assert found["verdict"] == "unscored"
    assert str(found["reason"]).startswith(reason)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TRUNCATED, Outcome.FAILED])
def test_what_is_no_answer_is_never_read_as_one(outcome: Outcome) -> None:
    attempt = Attempt(outcome, "why", text=verdict("first"))
    assert parse_verdict(attempt) == {"verdict": "unscored", "reason": "why"}
    assert read_answer(ProposalAnswer, Attempt(outcome)) == outcome.value


def test_a_proposal_has_its_three_fields() -> None:
    answer = {"move": "Plot it.", "why": "w", "wrong_if": "x"}
    assert parse_answer(ProposalAnswer, json.dumps(answer)) == ProposalAnswer(**answer)
    assert isinstance(parse_answer(ProposalAnswer, json.dumps({"move": "Plot it."})), str)


def test_a_restatements_words_are_read_whatever_their_case() -> None:
    answer = {"status": "Restated", "move": "m", "initiator": "Agent_Offer ", "reason": ""}
    found = parse_answer(RestatementAnswer, json.dumps({**answer, "compound": True}))
    assert isinstance(found, RestatementAnswer)
    assert (found.status, found.initiator, found.compound) == ("restated", "agent_offer", True)


def test_what_no_row_can_hold_is_replaced_in_an_answer() -> None:
    answer = {"move": "a\0b", "why": "", "wrong_if": ""}
    read = parse_answer(ProposalAnswer, json.dumps(answer))
    assert isinstance(read, ProposalAnswer)
    assert read.move == "a\ufffdb"
    assert "\0" not in str(parse_answer(ProposalAnswer, json.dumps({**answer, "\0": 1})))
