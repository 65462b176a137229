import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.leaks import find_leak, find_unchecked

ACT = (
    "no need for the double run. its the atomics, the order of the sum is different every step. "
    "make the force reduction deterministic: full list, no atomicAdd. then rerun the 200k"
)
MOVE = (
    "Replace the atomic force sum by a fixed-order gather over the full neighbour list and repeat "
    "the 200k-step run."
)
KNOWN = "=== agent\nThe drift is 5.13e-06 per tau. Pair forces are added with atomicAdd.\n"
CLEAN = (
    "The order of the sum is not the source of the drift. With a fixed order two runs are the same "
    "bit for bit, and the slope is 5.11e-06 per tau where it is 5.13e-06 with atomics. It is flat "
    "per unit of time for three time steps. The neighbour list of the GPU is kept twice as long as "
    "it is valid, and that is where the drift comes from."
)
PLANTED = {
    "verbatim": "Make the force reduction deterministic: full list, no atomicAdd.",
    "restated": MOVE,
    "in the past": "The atomic force sum was replaced by a fixed-order gather over the full list.",
    "as a gerund": "Replacing the atomic force sum by a fixed-order gather brought nothing.",
    "in another order": "On the full neighbour list, a fixed-order gather replaced the force sum.",
    "split": "A fixed-order gather was put in place. It goes over the full neighbour list and "
    "replaces the atomic force sum.",
    "lightly paraphrased": "The force sum was rewritten as a fixed-order gather on full lists.",
    "with invisible characters": MOVE.replace("a", "a\u200b").replace("e", "\u2060e"),
    "in capitals": MOVE.upper(),
}
WORDS = ["mask", "padding", "loss", "token", "shard", "reader", "index", "recall", "query", "seed"]


def plant(sentence: str) -> str:
    first, rest = CLEAN.split(". ", 1)
    return f"{first}. {sentence} {rest}"


@pytest.mark.parametrize("sentence", PLANTED.values(), ids=PLANTED)
def test_a_planted_move_is_found(sentence: str) -> None:
    assert find_leak(plant(sentence), [ACT, MOVE], KNOWN) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "The person then asked for another kernel.",
        "They decided against the cheap test.",
        "It was decided to go on without it.",
        "The user opted for the second way.",
        "The offered test was turned down.",
        "The next step brought nothing.",
        "The step that was taken costs speed.",
        "As requested, precision is treated first.",
        "The decision to change the kernel costs eleven minutes.",
        "On the researcher's insistence precision came first.",
    ],
)
def test_telling_who_did_what_is_a_leak_whatever_it_was(sentence: str) -> None:
    leak = find_leak(plant(sentence), [ACT, MOVE], KNOWN)
    assert leak is not None
    assert (leak.kind, leak.sentence) == ("acting", sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Users ask short questions, and logins need a table of users.",
        "They differ in the last digit.",
        "The pool was drawn from two older systems.",
        "The plan of the experiment has a fault: one seed decides.",
        "The person in the picture is not detected.",
        "What is asked for is a number per language.",
    ],
)
def test_people_and_plans_may_be_what_the_digest_is_about(sentence: str) -> None:
    assert find_leak(plant(sentence), [ACT, MOVE], KNOWN) is None


def test_a_clean_digest_may_share_names_and_figures_with_the_move() -> None:
    assert find_leak(CLEAN, [ACT, MOVE], KNOWN) is None


def test_words_that_the_prefix_holds_in_a_row_are_no_run() -> None:
    step = "fixed-order gather over the full neighbour list of the GPU kernel"
    fact = f"The {step} has no influence at all on anything that the energy curve shows."
    move = f"Find out in a new session whether the {step} explains what Ines saw on her machine."
    leak = find_leak(fact, [move], "")
    assert leak is not None
    assert leak.kind == "run"
    assert find_leak(fact, [move], f"The {step} is new.") is None


def test_a_step_that_the_agent_had_offered_is_found_all_the_same() -> None:
    offer = f"I could do this next: {MOVE}"
    assert find_leak(plant(f"{MOVE[:-1]}, in vain."), ["ok go on", MOVE], offer) is not None


def test_a_move_that_is_quoted_over_two_sentences_is_found() -> None:
    act = "All three in one go then. One of them will get it and we save the rounds"
    assert find_leak(plant(f"{act}."), [act], KNOWN) is not None


@pytest.mark.parametrize("act", ["stop", "ok go on", "continue", "", "👍", "Option A for sure"])
def test_a_short_move_is_said_to_be_unchecked(act: str) -> None:
    (reason,) = find_unchecked(CLEAN, [act, MOVE])
    assert reason.startswith("fewer than 4 content words")
    assert find_leak(CLEAN, [act], KNOWN) is None


def test_a_move_in_another_language_is_said_to_be_unchecked() -> None:
    german = "Ersetze die atomare Kraftsumme durch eine Summe in fester Reihenfolge."
    (reason,) = find_unchecked(CLEAN, [german])
    assert reason.startswith("perhaps another language")
    assert find_unchecked(german.replace("Ersetze", "Nichts hilft:"), [german]) == []


@pytest.mark.parametrize(
    ("move", "digest"),
    [
        (
            "Trainiere den Tokenizer mit Zifferngruppen neu und miss den Verlust auf Code.",
            "Der Verlust ist gleich. Trainiere den Tokenizer mit Zifferngruppen neu, hieß es.",
        ),
        ("用三位数字分组重新训练分词器", "损失没有变化。用三位数字分组重新训练分词器没有效果。"),
    ],
)
def test_words_in_a_row_are_found_in_any_language(move: str, digest: str) -> None:
    leak = find_leak(digest, [move], "")
    assert leak is not None
    assert leak.kind == "run"


@given(move=st.lists(st.sampled_from(WORDS), min_size=4, max_size=12, unique=True))
def test_any_move_of_four_words_is_found_where_it_is_repeated(move: list[str]) -> None:
    text = " ".join(move)
    assert find_leak(f"Nothing helps. {text.upper()}, in short.", [text], "") is not None
    assert find_unchecked(f"{text}.", [text]) == []


@given(
    move=st.lists(st.sampled_from(WORDS[:5]), max_size=12),
    facts=st.lists(st.sampled_from(WORDS[5:]), max_size=12),
)
def test_a_digest_without_a_word_of_the_move_has_no_leak(move: list[str], facts: list[str]) -> None:
    assert find_leak(". ".join(facts), [" ".join(move)], "") is None


@given(digest=st.text(), move=st.text(), known=st.text())
def test_whatever_is_found_can_be_stored(digest: str, move: str, known: str) -> None:
    leak = find_leak(digest, [move, digest], known)
    assert leak is None or json.loads(json.dumps(leak.as_dict())) == leak.as_dict()
    assert len(find_unchecked(digest, [move])) <= 1


def test_a_reason_quotes_what_was_found() -> None:
    leak = find_leak(plant(PLANTED["restated"]), [ACT, MOVE], KNOWN)
    assert leak is not None
    assert leak.reason.startswith("repeats 6 of the move's words in a row: 'replac atomic forc")
    told = find_leak(plant(PLANTED["lightly paraphrased"]), [ACT, MOVE], KNOWN)
    assert told is not None
    assert told.reason.startswith("one sentence has ")
