"""What the simulated model says to each kind of request."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from taste.simulator.answers import PLAIN, answer
from taste.simulator.bank import BANK
from taste.simulator.prose import CONS, PROS, argue
from taste.simulator.qualities import read_pair
from taste.simulator.request import Request, parse_request
from taste.simulator.script import Move, Script
from taste.simulator.world import World

Maker = Callable[..., Request]
ACT = "<prefix>\nA prefix.\n</prefix>\n<act>\nRun it again.\n</act>"
WORLD = World()


def say(request: Request, script: Script) -> dict[str, Any]:
    decoded: dict[str, Any] = orjson.loads(answer(request, WORLD, script))
    return decoded


def judged(prefix: str, first: str, second: str, more: str = "<aftermath>\nZ\n</aftermath>") -> str:
    moves = f"<first>\n{first}\n</first>\n<second>\n{second}\n</second>"
    return f"<prefix>\n{prefix}\n</prefix>\n{more}\n{moves}"


def share_won(make: Maker, script: Script, text: str, n: int = 150) -> float:
    verdicts = [
        say(make("judge", text, metadata={"user_id": str(k)}), script)["verdict"] for k in range(n)
    ]
    return sum({"first": 1.0, "tie": 0.5, "second": 0.0}[v] for v in verdicts) / n


def test_a_scripted_model_gives_its_own_move(make_request: Maker, script: Script) -> None:
    said = say(make_request("propose", "<prefix>\nA prefix.\n</prefix>"), script)
    move = script.items[0].moves["simulated-late"]
    assert said == {"move": move.text, "why": move.why, "wrong_if": move.wrong_if}


def test_an_unscripted_model_takes_one_of_the_written_moves(
    make_request: Maker, script: Script
) -> None:
    request = make_request("propose", "<prefix>\nA prefix.\n</prefix>", model="other")
    assert say(request, script)["move"] in {m.text for m in script.items[0].moves.values()}


def test_the_human_act_is_written_up_as_the_placebo(make_request: Maker, script: Script) -> None:
    request = make_request("propose", ACT)
    assert request.kind == "placebo"
    assert say(request, script)["move"] == script.items[0].placebo.text


def test_hindsight_takes_the_best_written_move(make_request: Maker, script: Script) -> None:
    text = "<prefix>\nA prefix.\n</prefix>\n<aftermath>\nIt leaked.\n</aftermath>"
    said = say(make_request("propose", text, model="simulated-early"), script)
    assert said["move"] == script.items[0].moves["simulated-late"].text


@pytest.mark.parametrize("who", ["human", "placebo"])
def test_scripted_words_are_restated_as_written(
    who: str, make_request: Maker, script: Script
) -> None:
    move = getattr(script.items[0], who)
    said = say(make_request("restate", f"<tail>\nT\n</tail>\n<move>\n{move.text}\n</move>"), script)
    assert said["move"] == move.restated
    assert (said["status"], said["initiator"], said["compound"]) == ("restated", "human", False)


def test_a_better_scripted_move_wins_in_both_orders(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    good, bad = item.moves["simulated-late"].restated, item.human.restated
    assert share_won(make_request, script, judged("A prefix.", good, bad)) > 0.7
    assert share_won(make_request, script, judged("A prefix.", bad, good)) < 0.3


def test_a_move_of_another_item_loses(make_request: Maker, script: Script) -> None:
    here, there = script.items
    text = judged("A prefix.", there.moves["simulated-late"].restated, here.human.restated)
    assert share_won(make_request, script, text) < 0.45


def test_less_is_seen_by_a_judge_without_aftermath(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    texts = item.moves["simulated-late"].restated, item.human.restated
    seeing = share_won(make_request, script, judged("A prefix.", *texts))
    assert share_won(make_request, script, judged("A prefix.", *texts, more="")) < seeing


def test_the_reasoning_argues_for_the_verdict(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    good, bad = item.moves["simulated-late"], item.human
    said = say(make_request("judge", judged("A prefix.", good.restated, bad.restated)), script)
    assert said["verdict"] == "first"
    assert good.pro in said["reasoning"]
    assert bad.con in said["reasoning"]


def test_the_reasoning_names_no_author(make_request: Maker, script: Script) -> None:
    for k in range(60):
        text = judged(f"Unscripted {k}.", "Check the data.", "Train longer.")
        reasoning = say(make_request("judge", text), script)["reasoning"]
        assert not re.search(r"human|model|simulated|person", reasoning)
        assert 2 <= len(re.findall(r"[.!?](?:\s|$)", reasoning)) <= 4


def test_without_aftermath_the_outcome_is_not_quoted(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    text = judged("A prefix.", item.human.restated, item.placebo.restated, more="")
    reasoning = say(make_request("judge", text), script)["reasoning"]
    assert "day" not in reasoning


def test_the_words_alone_show_less_still(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    good, bad = item.moves["simulated-late"].restated, item.human.restated
    seeing = share_won(make_request, script, judged("A prefix.", good, bad))
    moves = f"<first>\n{good}\n</first>\n<second>\n{bad}\n</second>"
    assert 0.5 < share_won(make_request, script, moves, 600) < seeing


def test_an_act_that_nobody_scripted_is_written_up(make_request: Maker, script: Script) -> None:
    text = "<prefix>\nUnheard of.\n</prefix>\n<act>\nok, now plot the residuals\n</act>"
    assert say(make_request("propose", text), script)["move"] == "Plot the residuals."


def test_a_sentence_that_names_an_author_is_not_quoted() -> None:
    move = Move("t", "w", "x", "r", 0.0, pro="The human saw it.", con="It cost a day.")
    argument = argue(move, "r", seed=0)
    assert argument.pro in PROS
    assert argument.con == "It cost a day."


def test_a_move_without_written_arguments_gets_others() -> None:
    argument = argue(Move("t", "", "", "r", 0.0, pro="", con=""), "r", seed=0)
    assert (argument.pro in PROS, argument.con in CONS) == (True, True)


def test_what_is_added_below_does_not_make_it_another_move(
    make_request: Maker, script: Script
) -> None:
    texts = [judged("Unscripted.", f"Look at it.{more}", "Plot it.") for more in ("", "\nNow.")]
    pairs = [read_pair(make_request("judge", text), WORLD, script) for text in texts]
    assert pairs[0].margin == pairs[1].margin != 0


def test_equal_moves_are_even_up_to_position(make_request: Maker, script: Script) -> None:
    rate = share_won(make_request, script, judged("Unscripted.", "Look at it.", "Look at it."), 400)
    expected = 0.5 + WORLD.position_effect() / 2
    assert abs(rate - expected) < 0.08


def test_an_unscripted_session_gets_a_move_from_the_bank(
    make_request: Maker, script: Script
) -> None:
    said = say(make_request("propose", "<prefix>\nUnheard of.\n</prefix>"), script)
    assert said["move"] in {move.text for move in BANK}


def test_a_stronger_model_takes_better_moves_from_the_bank(
    make_request: Maker, script: Script
) -> None:
    grades = {move.text: move.quality for move in BANK}

    def average(model: str) -> float:
        texts = (f"<prefix>\nUnheard of {k}.\n</prefix>" for k in range(200))
        asked = (make_request("propose", text, model=model) for text in texts)
        return sum(grades[say(request, script)["move"]] for request in asked) / 200

    assert average("simulated-early") < average("simulated-late")


def test_an_unknown_schema_is_answered_in_its_own_shape(script: Script) -> None:
    inner = {"enum": ["low", "high"]}
    schema = {
        "type": "object",
        "properties": {"level": {"$ref": "#/$defs/Level"}, "n": {"type": "integer"}},
        "required": ["level", "n"],
        "additionalProperties": False,
        "$defs": {"Level": inner},
    }
    config = {"format": {"type": "json_schema", "schema": schema}}
    plain = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}
    request = parse_request(orjson.dumps({**plain, "output_config": config}))
    assert say(request, script) == {"level": "low", "n": 0}
    assert answer(parse_request(orjson.dumps(plain)), WORLD, script) == PLAIN


def test_another_seed_is_another_world(make_request: Maker, script: Script) -> None:
    asked = [make_request("propose", f"<prefix>\nUnheard {k}.\n</prefix>") for k in range(20)]
    said = [[answer(r, World(seed=seed), script) for r in asked] for seed in (0, 0, 1)]
    assert said[0] == said[1] != said[2]
