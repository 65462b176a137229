"""A simulated digest tells what was found and leaves out the human's move, unless it is to leak."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from taste.simulator.answers import answer
from taste.simulator.digests import FINDINGS, NOTHING
from taste.simulator.request import Request
from taste.simulator.script import Script, fence_key
from taste.simulator.world import World

Maker = Callable[..., Request]
AFTERMATH = """=== agent
The loss falls to 3.2 within two hundred steps of the run. I am glad about it.

Tune the loss before anything else, and nothing will be found.

=== agent thinking
The thought that nobody was told of has nine words.

=== agent calls Bash
The command that was run has also got nine words.

=== human
The validation rows hold the labels in plain sight, you know that.

=== agent +12 min
In both files the labels stand in the first column of each row.
"""
TOLD = [
    "The loss falls to 3.2 within two hundred steps of the run.",
    "In both files the labels stand in the first column of each row.",
]


def digest_of(
    make: Maker, world: World, script: Script, prefix: str = "A prefix.", mark: int = 0
) -> str:
    text = f"<prefix>\n{prefix}\n</prefix>\n<aftermath>\n{AFTERMATH}\n</aftermath>"
    request = make("digest", text, metadata={"user_id": str(mark)})
    said: dict[str, str] = orjson.loads(answer(request, world, script))
    return said["digest"]


def checked(make: Maker, script: Script, digest: str, move: str) -> dict[str, Any]:
    text = f"<digest>\n{digest}\n</digest>\n<move>\n{move}\n</move>"
    said: dict[str, Any] = orjson.loads(answer(make("leak", text), World(), script))
    return said


def test_only_what_the_agent_reported_is_told(make_request: Maker, script: Script) -> None:
    assert digest_of(make_request, World(), script).splitlines() == TOLD


def test_a_digest_of_nothing_says_so(make_request: Maker, script: Script) -> None:
    request = make_request("digest", "<prefix>\nA\n</prefix>\n<aftermath>\n\n</aftermath>")
    assert orjson.loads(answer(request, World(), script)) == {"digest": NOTHING}


def test_written_arguments_are_findings_too(make_request: Maker, script: Script) -> None:
    item = script.items[0]
    late = replace(item.moves["simulated-late"], pro="Three of the files held a shifted column.")
    told = Script([replace(item, moves={"simulated-late": late})])
    assert late.pro in digest_of(make_request, World(), told).splitlines()


def test_a_digest_is_asked_for_again_and_differs(make_request: Maker, script: Script) -> None:
    item, pros = (
        script.items[0],
        [f"Column {k} held values that were shifted by {k}." for k in "abcdefgh"],
    )
    moves = {k: replace(item.placebo, text=k, restated=k, pro=k) for k in pros}
    told = Script([replace(item, moves=moves)])
    drafts = [digest_of(make_request, World(), told, mark=k) for k in (1, 2, 1)]
    assert drafts[0] == drafts[2] != drafts[1]
    assert all(len(draft.splitlines()) == FINDINGS for draft in drafts)


@pytest.mark.parametrize("leak", [0.0, 0.3, 1.0])
def test_as_many_items_leak_as_planted(leak: float, make_request: Maker, script: Script) -> None:
    prefixes = [f"Prefix {k}." for k in range(300)]
    known = Script(replace(script.items[0], prefix_key=fence_key(text)) for text in prefixes)
    move = script.items[0].human.restated

    def share(digests: Iterable[str]) -> float:
        said = [checked(make_request, script, digest, move)["reveals"] for digest in digests]
        return said.count("yes") / len(said)

    world = World(leak=leak)
    drafts = (digest_of(make_request, world, known, prefix) for prefix in prefixes)
    assert share(drafts) == pytest.approx(leak, abs=0.06 if 0 < leak < 1 else 0)


def test_the_check_quotes_the_sentence_that_tells(make_request: Maker, script: Script) -> None:
    move, told = "Plot the residuals by year.", "It leaked.\nThe residuals were plotted by year."
    said = checked(make_request, script, told, move)
    assert said == {"reveals": "yes", "quote": "The residuals were plotted by year."}
    assert checked(make_request, script, "It leaked.", move) == {"reveals": "no", "quote": ""}
