import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from annotation_tui.desk import Annotating
from annotation_tui.pair_desk import PairDesk, is_probed
from annotation_tui.screens.judging import Judging
from annotation_tui.widgets.passage import Passage
from taste.drafts.leases import take_lease
from taste.submitting.judging import standing_verdicts
from tests.annotation_tui.conftest import carets_of_commits
from tests.annotation_tui.judged_pairs import CANARY, Pairs
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.tables import Session


@pytest.fixture
def pairs(engine: Engine, session: Session) -> Pairs:
    return Pairs(engine, session)


def unprobed(count: int) -> list[str]:
    return [name for name in map(str, range(40)) if not is_probed(name)][:count]


PROBED = next(name for name in map(str, range(40)) if is_probed(name))


def test_a_verdict_takes_three_keys_and_the_next_pair_follows(stage: Any, pairs: Pairs) -> None:
    one, two = unprobed(2)
    pairs.add(one, two)

    async def script(drive: Any) -> None:
        await drive.press("b", "3", "enter")
        assert f"move of {two}" in drive.screen_text()

    asyncio.run(stage.read(script))
    ((verdict, person),) = pairs.verdicts()
    assert (verdict.verdict, verdict.confidence, verdict.judge_kind) == ("second", "high", "person")
    assert (verdict.judge, verdict.call_id, verdict.simulated) == ("person", None, True)
    assert (person.guess, pairs.assignment(one).state) == (None, "submitted")


def test_after_some_verdicts_one_key_goes_on_with_the_first_open_pair(
    stage: Any, pairs: Pairs
) -> None:
    names = unprobed(3)
    pairs.add(*names)

    async def judge(drive: Any) -> None:
        await drive.press("b", "3", "enter", "a", "2", "enter", "q", "enter")
        assert f"move of {names[2]}" in drive.screen_text()

    async def again(drive: Any) -> None:
        assert f"move of {names[2]}" in drive.screen_text()

    asyncio.run(stage.read(judge))
    asyncio.run(stage.read(again))


def test_what_cannot_be_told_is_unscored_and_a_change_of_mind_a_further_verdict(
    pairs: Pairs, codebook: Codebook
) -> None:
    (name,) = unprobed(1)
    pairs.add(name)
    task = pairs.assignment(name)
    desk = PairDesk(Annotating(pairs.engine, "ann", codebook, lambda: task.created_at), task)
    desk.choose("choice", "cannot tell")
    assert desk.hand_in(None) == 1
    desk.choose("choice", "tie")
    desk.choose("confidence", "low")
    assert desk.hand_in(None) == 2
    told = [(row.verdict, row.reason, row.sample) for row, _ in pairs.verdicts()]
    assert told == [("unscored", "cannot tell", 1), ("tie", None, 2)]
    with Db(pairs.engine) as db:
        assert db.connection().execute(standing_verdicts()).scalars().all() == [
            pairs.verdicts()[1][0].id
        ]


def test_an_older_verdict_that_comes_in_later_replaces_nothing(
    pairs: Pairs, codebook: Codebook
) -> None:
    (name,) = unprobed(1)
    pairs.add(name)
    task = pairs.assignment(name)
    times = [task.created_at]
    desk = PairDesk(Annotating(pairs.engine, "ann", codebook, lambda: times[-1]), task)
    for days, choice in ((0, "tie"), (-1, "first")):
        times.append(task.created_at + timedelta(days=days))
        desk.choose("choice", choice)
        desk.choose("confidence", "low")
        desk.hand_in(None)
    with Db(pairs.engine) as db:
        (stands,) = db.connection().execute(standing_verdicts()).scalars()
    assert stands == pairs.verdicts()[0][0].id


def test_an_incomplete_verdict_is_refused_and_kept_as_undo_left_it(
    stage: Any, pairs: Pairs
) -> None:
    pairs.add(*unprobed(1))

    async def script(drive: Any) -> None:
        await drive.press("a", "b", "u", "enter")
        assert "how sure" in drive.status

    asyncio.run(stage.read(script))
    assert pairs.verdicts() == []

    async def again(drive: Any) -> None:
        assert "[a A]" in drive.screen_text()

    asyncio.run(stage.read(again))


def test_a_share_of_the_pairs_is_followed_by_the_question_whose_move_is_whose(
    stage: Any, pairs: Pairs
) -> None:
    pairs.add(PROBED)

    async def script(drive: Any) -> None:
        await drive.press("a", "2", "enter")
        assert "human's?" in drive.screen_text()
        assert pairs.verdicts() == []
        await drive.press("b")

    asyncio.run(stage.read(script))
    ((verdict, person),) = pairs.verdicts()
    assert (verdict.verdict, person.guess) == ("first", "second")


def test_a_reason_survives_as_it_is_typed(stage: Any, pairs: Pairs) -> None:
    pairs.add(*unprobed(1))

    async def script(drive: Any) -> None:
        await drive.press("r")
        await drive.type("abc 123")
        await drive.press("left", "left")

    asyncio.run(stage.read(script))

    async def again(drive: Any) -> None:
        await drive.press("x", "enter", "a", "1", "enter")

    asyncio.run(stage.read(again))
    ((verdict, _),) = pairs.verdicts()
    assert verdict.reasoning == "abc 1x23"


@pytest.mark.sqlite
def test_a_kill_after_any_commit_leaves_the_reason_with_its_caret(stage: Any, pairs: Pairs) -> None:
    pairs.add(*unprobed(1))

    async def script(drive: Any) -> None:
        await drive.press("r", "a")
        with carets_of_commits(drive.engine, "verdict", "reason") as kept:
            await drive.press("b", "backspace", "c")
        assert kept == [("ab", 2), ("a", 1), ("ac", 2)]

    asyncio.run(stage.read(script))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_nothing_tells_whose_move_is_whose_and_hostile_text_is_shown_as_text(
    stage: Any, pairs: Pairs, size: tuple[int, int]
) -> None:
    (name,) = unprobed(1)
    pairs.add(name)

    async def script(drive: Any) -> None:
        text = drive.screen_text()
        assert CANARY not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert f"model move of {name}" in text
        assert "[/red]" in text
        assert ("human move of" in text) == (size[0] >= 120)
        await drive.press("tab")
        assert "human move of" in drive.screen_text()

    asyncio.run(stage.read(script, size))


def test_what_another_terminal_holds_is_read_only_until_it_is_taken_over(
    stage: Any, pairs: Pairs, engine: Engine
) -> None:
    (name,) = unprobed(1)
    pairs.add(name)
    task = pairs.assignment(name)
    take_lease(engine, task.id or 0, "elsewhere", task.created_at.replace(year=2030))

    async def script(drive: Any) -> None:
        await drive.press("a")
        assert "[a A]" not in drive.screen_text()
        await drive.press("ctrl+t", "a")
        assert "[a A]" in drive.screen_text()

    asyncio.run(stage.read(script))


def test_a_prefix_judge_never_sees_what_came_after(stage: Any, pairs: Pairs) -> None:
    pairs.add(*unprobed(1), view="prefix")

    async def script(drive: Any) -> None:
        assert isinstance(drive.app.screen, Judging)
        texts = drive.app.screen.query_one("#beside", Passage)._texts
        assert "boom" in str(texts)
        assert "go back" not in str(texts)

    asyncio.run(stage.read(script))
