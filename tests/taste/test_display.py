"""One display for all arms: part of the study, of what the judge sees, and of the wall's check."""

from collections.abc import Callable, Iterator

import pytest
from sqlmodel import select

from taste.fences import fence
from taste.points import PointText, read_point
from taste.proposer import request_for
from taste.requests import build_request
from taste.sets import get_set, read_items
from taste.simulator.server import Simulator
from taste.study import StudyDisplay, parse_study
from taste.tables import Proposal
from taste.views import show
from taste.wall import Wall
from taste.workers import RunResult
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotation, PlaceName

DISPLAYS = [
    StudyDisplay(),
    StudyDisplay(thinking=True, names=True),
    StudyDisplay(times="relative"),
    StudyDisplay(chars=2_500, judge_chars=1_500),
]
TextStudy = Callable[..., str]


def texts(db: Db, display: StudyDisplay) -> Iterator[PointText]:
    for item in read_items(db, get_set(db, "few")):
        yield read_point(db, item, display)


@pytest.mark.parametrize("display", DISPLAYS, ids=["default", "more", "times", "short"])
def test_the_wall_rebuilds_the_shown_text_with_the_same_display(
    db: Db, display: StudyDisplay
) -> None:
    for text in texts(db, display):
        wall = Wall.of(db, text)
        wall.check(build_request("propose", shown=text.prefix.text))
        wall.check(request_for(text, "placebo:a"))
        wall.check_tail(text.tail)


def test_names_known_before_the_cut_are_masked_in_prefix_act_and_later_on(db: Db) -> None:
    for name in ("tokenizer", "wave solver", "run it"):
        db.add(PlaceName(session_id=1, position=1, kind="branch", name=name))
        db.add(PlaceName(session_id=2, position=1, kind="branch", name=name))
    db.flush()
    for text in texts(db, StudyDisplay()):
        for part in (text.prefix.text, text.act, text.aftermath):
            assert "run it" not in part
        assert "<branch>" in text.prefix.text


def test_a_study_says_what_is_shown_and_nothing_more_can_be_switched_on(
    simulator: Simulator, study_text: TextStudy
) -> None:
    text = study_text(simulator.base_url, display={"times": "relative", "judge_chars": 5000})
    assert parse_study(text, "s").display == StudyDisplay(times="relative", judge_chars=5000)
    for more in ({"titles": True}, {"times": "absolute"}, {"aftermath": True}, {"chars": 1}):
        with pytest.raises(UserError, match="display"):
            parse_study(study_text(simulator.base_url, display=more), "s")


def test_the_judges_prefix_is_the_proposers_and_the_rest_keeps_to_its_own_limit(db: Db) -> None:
    display = StudyDisplay(chars=2_500, judge_chars=1_500)
    for short, long in zip(texts(db, display), texts(db, StudyDisplay()), strict=True):
        request = build_request(
            "judge", **show(short, "full", None).texts, labels=None, first="a", second="b"
        )
        assert fence("prefix", short.prefix.text) in request.context
        assert len(short.prefix.text) <= 2_500
        assert len(short.aftermath) <= 1_500 < len(long.aftermath)
        assert show(short, "full", None).hash != show(long, "full", None).hash


def test_what_the_judge_sees_of_a_long_session_knows_nothing_of_the_annotation(db: Db) -> None:
    display = StudyDisplay(chars=2_500, judge_chars=1_500)
    before = [(text.prefix, text.aftermath) for text in texts(db, display)]
    for row in db.exec(select(Annotation)):
        row.recognised = row.recovered = row.rationale = row.better_move = row.span = None
        row.kind = "strong"
    db.flush()
    assert [(text.prefix, text.aftermath) for text in texts(db, display)] == before


def test_a_proposal_says_what_its_shown_text_had_lost(
    db: Db, simulator: Simulator, study_text: TextStudy, start: Callable[..., RunResult]
) -> None:
    display = {"chars": 1000}
    start(db, study_text(simulator.base_url, display=display, controls={"arms": []}), limit=1)
    (proposal,) = db.exec(select(Proposal)).all()
    text = next(texts(db, StudyDisplay(chars=1000)))
    assert proposal.shown_hash == text.prefix.shown_hash
    assert proposal.shortened == text.prefix.shortened.as_dict()
    assert proposal.shortened["characters"] > 0


def test_another_display_is_another_run(
    db: Db, simulator: Simulator, study_text: TextStudy, start: Callable[..., RunResult]
) -> None:
    one = start(db, study_text(simulator.base_url), limit=0)
    other = start(db, study_text(simulator.base_url, display={"thinking": True}), limit=0)
    assert one.run_id != other.run_id
