"""Candidates: the signs that point at an act, and lists that give nothing away."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.finding.candidates import find_candidates, hand_out
from transcripts.finding.signals import SIGNS, Turn, score_of, score_turns, undoes_work
from transcripts.storing.store import ImportOptions, import_file

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


def turn(said: str = "go on with it", **more: Any) -> Turn:
    values = {
        "before": "e1", "cut": 1, "kinds": frozenset({"typed", "human"}), "said": said,
        "errors": 0, "longest": 0, "undoes": False, "left": False,
    }  # fmt: skip
    return Turn(**{**values, **more})


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ("No, use the other file", "turns"),
        ("wait", "turns"),
        ("Actually the test set is smaller", "turns"),
        ("use SGD instead", "turns"),
        ("don't touch the config", "turns"),
        ("dont bother", "turns"),
        ("please revert the last commit", "takes_back"),
        ("undo that", "takes_back"),
        ("git checkout -- src", "takes_back"),
        ("are you sure that this is right", "doubts"),
        ("is it the same data?", "doubts"),
        ("that is a hallucination", "doubts"),
    ],
)
def test_words_are_signs(said: str, sign: str) -> None:
    assert sign in score_turns([turn(said)])[0].signs


@pytest.mark.parametrize(
    "said",
    ["go on", "run the benchmark", "thanks, well done", "the notebook is in nowhere/wait_list.py",
     "x" * 700 + " actually " + "x" * 700],
)  # fmt: skip
def test_other_words_are_none(said: str) -> None:
    assert score_turns([turn(said)])[0].signs == ()


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        ({"kinds": {"interrupt"}}, "interrupts"),
        ({"kinds": {"steering"}}, "interrupts"),
        ({"kinds": {"rejection"}}, "refuses"),
        ({"kinds": {"plan_rejected"}, "said": ""}, "rejects"),
        ({"kinds": {"rewind", "human"}}, "rewind"),
        ({"left": True}, "left"),
        ({"undoes": True}, "undone"),
        ({"longest": 3}, "fails"),
        ({"errors": 6}, "fails"),
    ],
)
def test_what_happens_is_a_sign(fields: dict[str, Any], sign: str) -> None:
    fields = {name: frozenset(v) if isinstance(v, set) else v for name, v in fields.items()}
    assert score_turns([turn(**fields)])[0].signs == (sign,)


def test_an_act_that_is_stopped_next_is_pointed_at() -> None:
    first, second = score_turns([turn("do it all"), turn("stop that")])
    assert (first.signs, second.signs) == (("stopped",), ("turns",))


def test_an_instruction_said_again_repeats() -> None:
    said = ("run the tests on the gpu now", "fine", "now run the tests on the gpu")
    assert [one.signs for one in score_turns([*map(turn, said)])] == [(), (), ("repeats",)]


def test_short_acts_repeat_nothing() -> None:
    assert [one.signs for one in score_turns([turn("go on"), turn("go on")])] == [(), ()]


def test_more_signs_score_more_and_never_one() -> None:
    names = list(SIGNS)
    scores = [score_of(names[:count]) for count in range(len(names) + 1)]
    assert scores == sorted(set(scores))
    assert (scores[0], scores[-1] < 1) == (0.0, True)


@pytest.mark.parametrize(
    ("call", "undoes"),
    [
        ('{"command": "git checkout -- a.py"}', True),
        ('{"command": "git reset --hard HEAD~1"}', True),
        ('{"command": "git checkout -b new"}', False),
        ('{"command": "git status"}', False),
    ],
)
def test_a_call_that_takes_work_back_is_seen(call: str, undoes: bool) -> None:
    assert undoes_work(call) is undoes


@pytest.fixture
def sessions(new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime) -> None:
    """Two sessions: acts that turn, an act after which calls fail, acts without a sign."""
    for name in ("s-1", "s-2"):
        script = new_script(name)
        script.human("start")
        for said in ("carry on", "No, do it another way", "train the model", "fine", "and further"):
            script.says("done")
            script.human(said)
            if said == "train the model":
                for _ in range(3):
                    script.gets(script.does("Bash", {}), "boom", error=True)
        import_file(db, script.write(tmp_path / f"{name}.jsonl"), ImportOptions(), now)


@pytest.mark.usefixtures("sessions")
def test_candidates_come_best_first_with_their_reasons(db: Db, now: datetime) -> None:
    found = find_candidates(db, now)
    assert [one.score for one in found] == [0.4, 0.4, 0.3, 0.3, 0.25, 0.25]
    assert found[0].reason == "changes the direction"
    assert found[2].reason == "calls fail for long after it"
    assert [one.place.session for one in find_candidates(db, now, [1])] == ["s-1"] * 3


@pytest.mark.usefixtures("sessions")
def test_a_list_is_half_candidates_and_half_others_in_random_order(db: Db, now: datetime) -> None:
    draws = hand_out(db, "list", 3, 1, now).draws
    assert sorted(draw.source for draw in draws) == ["candidate"] * 3 + ["random"] * 3
    assert [draw.number for draw in draws] == [1, 2, 3, 4, 5, 6]
    assert len({draw.decision_point_id for draw in draws}) == 6
    assert all((draw.score is None) == (draw.source == "random") for draw in draws)
    assert all((draw.probability is None) == (draw.source == "candidate") for draw in draws)


@pytest.mark.usefixtures("sessions")
def test_the_same_list_is_found_again_and_another_is_refused(db: Db, now: datetime) -> None:
    first, again = hand_out(db, "list", 2, 1, now), hand_out(db, "list", 2, 1, now)
    assert (first.created, again.created) == (True, False)
    assert [d.id for d in first.draws] == [d.id for d in again.draws]
    with pytest.raises(UserError, match="the list 'list' was made otherwise"):
        hand_out(db, "list", 2, 2, now)


@pytest.mark.usefixtures("sessions")
def test_too_few_candidates_are_said(db: Db, now: datetime) -> None:
    with pytest.raises(UserError, match="signs point at 6 acts only"):
        hand_out(db, "list", 7, 1, now)


@pytest.mark.usefixtures("sessions")
def test_the_place_in_the_list_does_not_tell_the_source(db: Db, now: datetime) -> None:
    make: Callable[[int], list[str]] = lambda seed: [  # noqa: E731
        draw.source for draw in hand_out(db, f"list-{seed}", 3, seed, now).draws
    ]
    firsts = [make(seed)[0] for seed in range(12)]
    assert {"candidate", "random"} == set(firsts)
