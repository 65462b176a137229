"""What annotators say of a point is appended, checked, and never edited."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import select

from transcripts.annotations import Label, Mark, annotate, current_annotations, list_marks, withdraw
from transcripts.cut import prefix_hash
from transcripts.db import Db
from transcripts.decision_points import locate_point, resolve_point
from transcripts.errors import UserError
from transcripts.points import export_points, read_label
from transcripts.queries import get_session, read_prefix
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Annotation, DecisionPoint, Session

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

ACT, LATER = "session-1-e3", "session-1-e5"
Say = Callable[..., Annotation]


@pytest.fixture
def session(script: "Script", db: Db, tmp_path: Path, now: datetime) -> Session:
    script.human("start")
    script.says("first")
    script.human("act")
    script.human("of two lines")
    script.thinks("hm")
    script.says("work", script.response)
    script.sidechain("a subagent at work")
    script.chained("user", message={"role": "user", "content": "<bash-stdout>x</bash-stdout>"})
    import_file(db, script.write(tmp_path / "a.jsonl"), ImportOptions(), now)
    return get_session(db, "session-1")


@pytest.fixture
def say(db: Db, session: Session, now: datetime) -> Say:
    """say(kind, before, who) annotates."""

    def say(kind: str, before: str = ACT, who: str = "Ada", **more: Any) -> Annotation:
        replaces = more.pop("replaces", None)
        return annotate(
            db, session, before, who, Label(kind=kind, codebook="1.0", **more), now, replaces
        )

    return say


def marks(db: Db, who: str = "Ada") -> list[str]:
    found: list[Mark] = list_marks(db, 1, who)
    return [f"{mark.annotation.kind} at {mark.before}" for mark in found]


def test_a_mark_is_listed_with_its_place_for_its_own_annotator_only(say: Say, db: Db) -> None:
    say("detour")
    say("strong", LATER)
    say("neither", who="Bo")
    assert marks(db) == [f"detour at {ACT}", f"strong at {LATER}"]
    assert marks(db, "Bo") == [f"neither at {ACT}"]
    assert marks(db, "nobody") == []


def test_the_point_s_row_holds_the_hash_of_its_prefix(say: Say, db: Db) -> None:
    say("detour")
    point = db.exec(select(DecisionPoint)).one()
    assert (point.cut, point.before, point.actor) == (2, ACT, "human")
    assert point.prefix_hash == prefix_hash(read_prefix(db, 1, "main", 2))


def test_a_correction_is_a_new_row_and_the_old_one_is_as_it_was(say: Say, db: Db) -> None:
    first = say("detour", rationale="at first").id
    old = db.get_one(Annotation, first).model_dump()
    say("strong")
    assert db.get_one(Annotation, first).model_dump() == old
    assert old["rationale"] == "at first"
    assert marks(db) == [f"strong at {ACT}"]


def test_a_withdrawal_is_a_tombstone_and_nothing_is_gone(say: Say, db: Db, now: datetime) -> None:
    row = say("detour")
    tombstone = withdraw(db, row.id or 0, now)
    assert (tombstone.replaces_id, tombstone.withdrawn, tombstone.digest) == (
        row.id, True, row.digest,
    )  # fmt: skip
    assert (marks(db), current_annotations(db), list(export_points(db))) == ([], [], [])
    assert len(db.exec(select(Annotation)).all()) == 2


def test_withdrawing_a_correction_does_not_bring_back_what_it_replaced(
    say: Say, db: Db, now: datetime
) -> None:
    say("detour")
    withdraw(db, say("strong").id or 0, now)
    assert (marks(db), current_annotations(db)) == ([], [])


def test_after_a_withdrawal_a_new_mark_stands(say: Say, db: Db, now: datetime) -> None:
    withdraw(db, say("detour").id or 0, now)
    assert say("detour").replaces_id is None
    assert marks(db) == [f"detour at {ACT}"]
    assert len(current_annotations(db)) == 1


def test_nobody_replaces_what_somebody_else_said(say: Say, db: Db) -> None:
    mine = say("detour")
    with pytest.raises(UserError, match="is not by 'Bo'"):
        say("strong", who="Bo", replaces=mine.id)
    assert marks(db) == [f"detour at {ACT}"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param("session-1-e4", (2, ACT, "human", "typed"), id="second-line-of-the-act"),
        pytest.param("session-1-e6", (4, LATER, "agent", None), id="second-line-of-the-response"),
    ],
)
def test_any_line_stands_for_its_act_or_response(
    db: Db, session: Session, before: str, expected: tuple[Any, ...]
) -> None:
    point = resolve_point(db, session, before)
    assert (point.cut, point.before, point.actor, point.act_kind) == expected


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        pytest.param("nothing", "has no event", id="unknown"),
        pytest.param("session-1-e1", "precedes every response", id="opening"),
        pytest.param("session-1-e2", "precedes every response", id="first response"),
        pytest.param("session-1-e7", "belongs to the subagent thread 'a1'", id="subagent"),
        pytest.param("session-1-e8", "is neither part of a human act nor", id="shell output"),
    ],
)
def test_what_is_no_decision_point_is_refused(
    db: Db, session: Session, before: str, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        resolve_point(db, session, before)


def test_a_response_that_a_rewind_left_behind_makes_no_prefix(
    new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime
) -> None:
    script = new_script("rewound")
    script.human("start")
    script.human("A")
    script.says("re A")
    script.rewind(1, "B")
    answer = script.says("re B")
    import_file(db, script.write(tmp_path / "b.jsonl"), ImportOptions(), now)
    with pytest.raises(UserError, match="precedes every response"):
        resolve_point(db, get_session(db, "rewound"), answer)


def test_an_opening_can_be_located_although_it_is_no_point(db: Db, session: Session) -> None:
    assert locate_point(db, session, "session-1-e1").cut == 0


def test_a_refused_label_leaves_no_row(say: Say, db: Db) -> None:
    with pytest.raises(UserError, match="recovered"):
        say("detour", recovered="session-1-e1")
    assert [db.exec(select(table)).all() for table in (Annotation, DecisionPoint)] == [[], []]


def test_a_label_is_read_back_as_it_was_given(say: Say, db: Db) -> None:
    spans = [{"event": "session-1-e2", "start": 0, "end": 5}, {"event": "session-1-e1"}]
    row = say("detour", harm=2, evidence_knowable=spans, evidence_harm=[{"event": LATER}])
    label = read_label(db, row)
    assert label.digest == row.digest
    assert [span.event for span in label.evidence_knowable] == ["session-1-e2", "session-1-e1"]


@pytest.mark.parametrize("span", [(3, 2), (-1, 2), (0, 6), (9, None)])
def test_evidence_outside_the_text_of_its_event_is_refused(say: Say, span: tuple[int, int]) -> None:
    evidence = [{"event": "session-1-e2", "start": span[0], "end": span[1]}]
    with pytest.raises(UserError, match="lies outside event 'session-1-e2' \\(5 characters\\)"):
        say("detour", evidence_knowable=evidence)


def test_an_empty_text_is_the_same_label_as_none(say: Say, db: Db) -> None:
    nothing = Label(kind="detour", codebook="1.0")
    assert Label(kind="detour", codebook="1.0", rationale="").digest == nothing.digest
    copied = nothing.model_copy(update={"rationale": "", "type": ""})
    row = annotate(db, get_session(db, "session-1"), ACT, "Ada", copied, say("strong").created_at)
    assert (row.rationale, row.type, row.digest) == (None, None, nothing.digest)


def test_a_known_name_in_another_case_is_the_same_person(say: Say, db: Db) -> None:
    first = say("strong", who="Ada Byron")
    again = say("detour", who=" ada  BYRON")
    assert again.annotator_id == first.annotator_id
    assert marks(db, "ADA byron") == [f"detour at {ACT}"]
