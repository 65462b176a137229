"""In foresight nothing from beyond the frontier comes back, and a move is stored before the act."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from taste.assignment_tables import Assignment, PersonProposal, Submission
from taste.drafts.leases import take_lease
from taste.drafts.store import DraftStore, LostLease, Seen
from taste.eligibility import refuse_ineligible
from taste.foresight import Foresight, Stage, Standing
from taste.moves import find_persons_moves
from taste.points import DEFAULT_STUDY_DISPLAY, PointReader
from taste.tables import Proposal
from tests.annotation_tui.conftest import NOW, Told, put, told
from transcripts.annotations import find_or_add_annotator
from transcripts.db import Db, open_engine
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, PlaceName, Session, Table

MOVE = {"move": "plot the residuals", "why": "cheap", "wrong_if": "", "confidence": 4}
Open = Callable[..., Foresight]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(str(tmp_path / "taste.db"))
    Table.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def open_(engine: Engine) -> Open:
    """open_(session, share=…) opens foresight for `ann`; again, from another terminal."""

    def open_foresight(session: Session, holder: str = "one", **values: Any) -> Foresight:
        number = assign(engine, session, **values)
        assert take_lease(engine, number, holder, NOW, over=True)
        return Foresight(
            engine, number, holder, DraftStore(engine, number, holder, lambda: NOW), lambda: NOW
        )

    return open_foresight


def assign(engine: Engine, session: Session, **values: Any) -> int:
    with Db(engine) as db:
        who = find_or_add_annotator(db, "ann").id
        key = f"{session.external_id} {values.get('mode')}"
        found = db.exec(select(Assignment).where(Assignment.identity == key)).first()
        known: dict[str, Any] = {
            "mode": "foresight",
            "seed": 1,
            "batch": "b",
            "number": 1,
            "created_at": NOW,
        }
        row = found or Assignment(
            identity=key, annotator_id=who or 0, session_id=session.id or 0, thread="main",
            **(known | values),
        )  # fmt: skip
        db.add(row)
        db.commit()
        return row.id or 0


def say(foresight: Foresight, **more: Any) -> Standing:
    foresight.write(foresight.read(), MOVE | more)
    return foresight.commit()


def walk(foresight: Foresight) -> Iterator[Standing]:
    """Go on to the end, answering whatever is asked, and yield all that is shown on the way."""
    standing = foresight.begin()
    while True:
        yield standing
        if standing.stage is Stage.ASKED:
            yield say(foresight)
            foresight.answer(otherwise=True)
        if standing.stage is Stage.OVER:
            return
        standing = foresight.forward()


def test_at_first_the_text_before_the_first_act_with_a_prefix_is_shown(
    engine: Engine, open_: Open
) -> None:
    standing = open_(put(engine, told(), "s")).read()
    assert standing.stage is Stage.ASKED
    assert "line 29" in standing.shown.text
    assert "now train" not in standing.shown.text


def test_the_human_s_move_is_shown_once_the_own_one_is_a_proposal(
    engine: Engine, open_: Open
) -> None:
    foresight = open_(put(engine, told(), "s"))
    assert foresight.read().act is None
    assert say(foresight).act == "now train the model"
    with Db(engine) as db:
        (row,) = db.exec(select(Proposal)).all()
        point = db.get_one(DecisionPoint, row.decision_point_id)
        assert (row.arm, row.move, row.wrong_if, point.cut) == ("person", MOVE["move"], None, 4)
        assert find_persons_moves(db, point.id or 0) == [row]


def test_a_stored_move_cannot_be_changed_or_taken_back(engine: Engine, open_: Open) -> None:
    session = put(engine, told(), "s")
    foresight = open_(session)
    standing = foresight.read()
    shown = say(foresight)
    with pytest.raises(UserError, match="stands as you wrote it"):
        foresight.write(shown, MOVE | {"move": "what the human did"})
    foresight.write(standing, MOVE | {"move": "what the human did"})
    with pytest.raises(UserError, match="nothing to store"):
        foresight.commit()
    assert open_(session, "two").read().stage is Stage.REVEALED


def test_that_the_human_s_move_was_shown_is_as_durable_as_the_own_one(
    engine: Engine, open_: Open
) -> None:
    class Powerless(DraftStore):
        def put(self, name: str, *values: Any) -> None:
            if not name.startswith("asked:"):
                super().put(name, *values)

    session = put(engine, told(), "s")
    number = open_(session)._assignment.id or 0
    store = Powerless(engine, number, "one", lambda: NOW)
    say(Foresight(engine, number, "one", store, lambda: NOW))
    assert open_(session, "two").read().stage is Stage.REVEALED


def test_nobody_proposes_by_file_after_the_human_s_move_was_shown(
    engine: Engine, open_: Open
) -> None:
    session = put(engine, told(), "s")
    foresight = open_(session)
    say(foresight)
    with Db(engine) as db:
        point = foresight._frontier.point(db, 4)
        with pytest.raises(UserError, match="in foresight"):
            refuse_ineligible(db, "propose", "Ann", session, point)


def test_the_text_is_what_a_proposer_is_shown(engine: Engine, open_: Open) -> None:
    session = put(engine, told(), "s")
    with Db(engine) as db:
        db.add(PlaceName(session_id=session.id or 0, position=0, kind="branch", name="the data"))
        db.commit()
    foresight = open_(session)
    standing = foresight.read()
    say(foresight)
    with Db(engine) as db:
        (row,) = db.exec(select(Proposal)).all()
        point = db.get_one(DecisionPoint, row.decision_point_id)
        text = PointReader(db, DEFAULT_STUDY_DISPLAY).read_annotated(point, None).prefix
    assert "look at <branch>" in standing.shown.text
    assert (standing.shown.text, row.shown_hash) == (text.text, text.shown_hash)


def test_nothing_goes_on_before_what_is_asked_is_said(engine: Engine, open_: Open) -> None:
    foresight = open_(put(engine, told(), "s"))
    with pytest.raises(UserError, match="what you would do next"):
        foresight.forward()
    for missing, reason in (("move", "write your move"), ("confidence", "how sure")):
        foresight.write(foresight.read(), MOVE | {missing: None})
        with pytest.raises(UserError, match=reason):
            foresight.commit()
    say(foresight)
    with pytest.raises(UserError, match="done otherwise"):
        foresight.forward()


def test_what_is_said_afterwards_is_kept_beside_the_proposal(engine: Engine, open_: Open) -> None:
    foresight = open_(put(engine, told(), "s"))
    say(foresight)
    foresight.answer(otherwise=False)
    with Db(engine) as db:
        (row,) = db.exec(select(PersonProposal)).all()
    assert (row.confidence, row.otherwise, row.probability) == (4, False, 1.0)
    with pytest.raises(UserError, match="once the human's move is shown"):
        foresight.answer(otherwise=True)


def test_the_frontier_stands_where_it_was_for_every_later_terminal(
    engine: Engine, open_: Open
) -> None:
    session = put(engine, told(), "s")
    first = open_(session)
    say(first)
    first.answer(otherwise=True)
    here = first.forward()
    second = open_(session, "two")
    assert second.read() == here
    with pytest.raises(LostLease):
        first.write(here, MOVE)


def test_no_undo_and_no_lost_draft_moves_the_frontier_back(engine: Engine, open_: Open) -> None:
    foresight = open_(put(engine, told(), "s"))
    foresight._store.change("note:e1", None, "a note", Seen())
    say(foresight)
    foresight.answer(otherwise=True)
    here = foresight.forward()
    assert foresight._store.undo(Seen()) is not None
    assert foresight.read() == here
    foresight._store.put("frontier", {"cut": 0, "over": False})
    assert (foresight.read().cut, foresight.read().stage) == (4, Stage.ANSWERED)


def test_after_the_last_act_it_is_over(engine: Engine, open_: Open) -> None:
    stages = [standing.stage for standing in walk(open_(put(engine, told(), "s")))]
    assert stages == [Stage.ASKED, Stage.REVEALED, Stage.ASKED, Stage.REVEALED, Stage.OVER]


def test_what_is_gone_through_is_handed_in_once(engine: Engine, open_: Open) -> None:
    foresight = open_(put(engine, told(), "s"))
    with pytest.raises(UserError, match="go through every act"):
        foresight.hand_in("codebook 1")
    *_, _last = walk(foresight)
    foresight.hand_in("codebook 1")
    with pytest.raises(UserError, match="handed in already"):
        foresight.hand_in("codebook 1")
    with Db(engine) as db:
        assert [row.number for row in db.exec(select(Submission))] == [1]
        assert db.exec(select(Assignment.state)).all() == ["submitted"]


def test_a_share_of_the_acts_is_asked_at_and_the_seed_alone_says_which(
    engine: Engine, open_: Open
) -> None:
    script = Told()
    for n in range(12):
        script.event("human", f"do {n}").event("agent", f"done {n}")
    asked = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        foresight = open_(put(engine, script, name), share=0.5, seed=seed)
        asked.append([s.cut for s in walk(foresight) if s.stage is Stage.ASKED])
    with Db(engine) as db:
        assert {row.probability for row in db.exec(select(PersonProposal))} == {0.5}
    assert asked[0] == asked[1] != asked[2]
    assert 2 <= len(asked[0]) <= 9


def test_who_may_not_propose_is_shown_nothing(engine: Engine, open_: Open) -> None:
    session = put(engine, told(), "s")
    with Db(engine) as db:
        db.get_one(Session, session.id).researcher = "Ann"
        db.commit()
    with pytest.raises(UserError, match="directed the work"):
        open_(session).begin()


def test_words_that_were_delivered_after_the_next_act_are_not_shown_before_it(
    engine: Engine, open_: Open
) -> None:
    script = (
        Told().event("human", "go").event("agent", "working")
        .event("steering", "stop that", act=2, act_kind="typed", visible_from=2)
        .event("steering", "QUEUED", act=2, act_kind="typed", visible_from=6)
        .event("agent", "still working").event("human", "and now?")
        .event("agent", "the end")
    )  # fmt: skip
    foresight = open_(put(engine, script, "s"))
    assert say(foresight).act == "stop that"
    foresight.answer(otherwise=True)
    assert "QUEUED" not in foresight.forward().shown.text


PARTS = st.lists(
    st.tuples(st.sampled_from(["human", "agent", "call", "result"]), st.integers(0, 3)),
    min_size=3,
    max_size=8,
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parts=PARTS, seed=st.integers(0, 9))
def test_no_word_from_beyond_the_frontier_is_ever_shown(
    engine: Engine, open_: Open, parts: list[tuple[str, int]], seed: int
) -> None:
    script = Told().event("agent", "begun")
    for n, (kind, late) in enumerate(parts, start=1):
        script.event(kind, f"canary{n}!", tool=f"tool{n}!", visible_from=n + late)
    script.event("human", "canary0!")
    foresight = open_(put(engine, script, str(uuid4())), seed=seed, share=0.5)
    for standing in walk(foresight):
        shown = f"{standing.shown.text}{foresight._store.read()}"
        hidden = [row for row in script.rows if row["visible_from"] >= standing.cut]
        assert not any(row["text"] in shown or row["tool"] in shown.split() for row in hidden)
        others = [row for row in script.rows if row["act"] != standing.cut]
        assert not any(row["text"] in (standing.act or "") for row in others)
