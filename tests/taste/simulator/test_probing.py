"""Probes are answered as often right as the world says, and by a coin where it is clean."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from taste.seats import VIEWS
from taste.simulator.answers import answer
from taste.simulator.request import Request
from taste.simulator.script import Script
from taste.simulator.world import World

Asked = Callable[..., Request]
Views = dict[str, dict[str, str | None]]
N = 400
OPEN = ("full", "digest_open")


def say(request: Request, world: World, script: Script) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(answer(request, world, script))
    return said


def recognised(asked: Asked, world: World, script: Script, texts: Any) -> float:
    moves = script.items[0].human.restated, script.items[0].moves["simulated-late"].restated
    right = 0
    for mark in range(N):
        first, second = moves[:: -1 if mark % 2 else 1]
        request = asked("identity", "judge", mark, first=first, second=second, **texts)
        said = say(request, world, script)
        assert said["taken"] != said["by_model"]
        right += said["taken"] == ("second" if mark % 2 else "first")
    return right / N


@pytest.mark.parametrize("loading", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("kind", ["detour", "strong"])
def test_a_kind_is_guessed_as_well_as_the_words_are_loaded(
    kind: str, loading: float, make_asked: Asked, script: Script
) -> None:
    told, move = Script([replace(script.items[0], kind=kind)]), script.items[0].human.restated
    asked = (make_asked("loading", "judge", k, move=move) for k in range(N))
    kinds = [say(request, World(loading=loading), told)["kind"] for request in asked]
    assert kinds.count(kind) / N == pytest.approx(0.5 + loading / 2, abs=0.1)


def test_a_kind_that_nobody_scripted_is_a_coins_guess(make_asked: Asked, script: Script) -> None:
    asked = (make_asked("loading", "judge", k, move="Plot it.") for k in range(N))
    kinds = [say(request, World(loading=1.0), script)["kind"] for request in asked]
    assert kinds.count("strong") / N == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("view", VIEWS)
def test_a_clean_judge_recognises_the_human_only_where_it_is_shown(
    view: str, make_asked: Asked, script: Script, views: Views
) -> None:
    expected = 0.9 if view in OPEN else 0.5
    found = recognised(make_asked, World(), script, views[view])
    assert found == pytest.approx(expected, abs=0.1)


def test_recognition_is_as_good_as_planted(make_asked: Asked, script: Script, views: Views) -> None:
    world = World(recognise=0.6, recognise_open=0.2)
    for view, expected in (("prefix", 0.8), ("digest", 0.8), ("full", 0.6)):
        found = recognised(make_asked, world, script, views[view])
        assert found == pytest.approx(expected, abs=0.1)


def test_a_leaky_digest_shows_which_move_was_taken(
    make_asked: Asked, script: Script, views: Views
) -> None:
    leaky = {**views["digest"], "digest": f"Next: {script.items[0].human.restated}"}
    found = recognised(make_asked, World(), script, leaky)
    assert found == pytest.approx(0.9, abs=0.1)


@pytest.mark.parametrize(
    ("move", "restated", "same"),
    [
        ("could you plot the residuals by year?", "Plot the residuals by year.", "same"),
        (
            "plot the residuals, then fit a trend",
            "Plot the residuals by month, station and depth.",
            "partly",
        ),
        ("could you please plot the residuals by year?", "Retrain the tokeniser.", "different"),
        ("yes, go on", "Bisect the commits.", "same"),
        ("go on with the loss", "Tune the loss before anything else.", "same"),
    ],
)
def test_a_restatement_is_the_same_where_it_keeps_the_words(
    move: str, restated: str, same: str, make_asked: Asked, script: Script
) -> None:
    texts = {"tail": "I can bisect the commits.", "move": move, "restated": restated}
    assert say(make_asked("faithfulness", "judge", 0, **texts), World(), script)["same"] == same


def test_the_recovery_is_the_last_step_that_is_directed(make_asked: Asked, script: Script) -> None:
    work = "=== human\nStop that. Check the split by hand.\n\n=== agent\nThe split was wrong."
    said = say(make_asked("recovery", "restater", 0, tail="T", work=work), World(), script)
    assert said == {"status": "restated", "move": "Check the split by hand.", "reason": ""}
    said = say(make_asked("recovery", "restater", 0, tail="T", work="It fell."), World(), script)
    assert (said["status"], said["move"]) == ("unresolvable", "")


def test_a_written_recovery_is_found_by_the_tail(make_asked: Asked, script: Script) -> None:
    told = Script([replace(script.items[0], tail_key=script.items[0].prefix_key)])
    request = make_asked("recovery", "restater", 0, tail="A prefix.", work="It fell.")
    assert say(request, World(), told)["move"] == script.items[0].further["recovery"].text


def test_the_oracle_gives_the_best_move_but_not_the_recovery(
    make_asked: Asked, script: Script
) -> None:
    request = make_asked("oracle", "simulated-early", 0, shown="A prefix.", aftermath="It leaked.")
    assert request.kind == "oracle"
    best = script.items[0].moves["simulated-late"]
    assert say(request, World(), script)["move"] == best.text
