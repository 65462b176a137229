import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

import taste.points
import taste.proposer
from taste.points import PointText, read_point
from taste.requests import ACTORS, build_request
from taste.sets import get_set, read_items
from taste.simulator.server import Simulator
from taste.tables import Call, Item, Proposal
from taste.wall import Wall, WallError
from taste.workers import RunResult
from transcripts.cut import is_visible
from transcripts.db import Db
from transcripts.decision_points import resolve_point, store_point
from transcripts.queries import find_event, get_session, read_events
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Event, Session

pytestmark = pytest.mark.no_cover

CANARY = "canary-7c1e"


def texts_of(db: Db, *sets: str) -> Iterator[PointText]:
    for name in sets:
        for item in read_items(db, get_set(db, name)):
            yield read_point(db, item)


@pytest.fixture
def text(db: Db) -> PointText:
    return next(texts_of(db, "few"))


def placebo(text: PointText, act: str) -> Any:
    return build_request("placebo", shown=text.prefix.text, act=act, actor=ACTORS[text.point.actor])


def test_correct_requests_pass_for_every_example_item(examples: Db) -> None:
    texts = list(texts_of(examples, "suboptimal", "strong"))
    assert len(texts) == 36
    for text in texts:
        wall = Wall.of(examples, text)
        wall.check(build_request("propose", shown=text.prefix.text))
        wall.check(placebo(text, text.act))
        wall.check_tail(text.tail)


def corpus_items(db: Db, corpus: Path, now: Any) -> Iterator[Item]:
    lines = [json.loads(line) for line in (corpus / "points.jsonl").read_text().splitlines()]
    wanted = {line["session"] for line in lines}
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        if path.stem in wanted:
            import_file(db, path, ImportOptions(), now)
    for line in lines:
        session = get_session(db, line["session"])
        point = store_point(db, session, resolve_point(db, session, line["before"]))
        assert point.id is not None
        yield Item(
            set_id=0, number=1, decision_point_id=point.id, lineage="", thread=point.thread,
            cut=point.cut, prefix_hash=point.prefix_hash,
        )  # fmt: skip


def test_correct_requests_pass_for_every_corpus_point(empty: Db, corpus: Path, now: Any) -> None:
    for item in list(corpus_items(empty, corpus, now)):
        text = read_point(empty, item)
        wall = Wall.of(empty, text)
        wall.check(build_request("propose", shown=text.prefix.text))
        wall.check(placebo(text, text.act))
        wall.check_tail(text.tail)


def later(text: PointText) -> dict[str, str]:
    """Texts that a careless builder could let in."""
    return {
        "the act": f"{text.prefix.text}\n=== human\n{text.act}\n",
        "one event after the cut": text.prefix.text + text.aftermath[:200],
        "a title": f"=== notice\nThe refactor that was never built\n\n{text.prefix.text}",
        "one character": f"{text.prefix.text} ",
        "less than was known": text.prefix.text[1:],
    }


@pytest.mark.parametrize(
    "what",
    ["the act", "one event after the cut", "a title", "one character", "less than was known"],
)
def test_a_prefix_that_differs_in_a_byte_is_refused(db: Db, text: PointText, what: str) -> None:
    with pytest.raises(WallError, match="not the prompt over the prefix"):
        Wall.of(db, text).check(build_request("propose", shown=later(text)[what]))


def test_a_placebo_with_another_act_is_refused(db: Db, text: PointText) -> None:
    with pytest.raises(WallError, match="it was not sent"):
        Wall.of(db, text).check(placebo(text, "Do something else."))


def test_a_placebo_may_hold_the_annotated_span_of_the_act(db: Db, text: PointText) -> None:
    span = text.act[3:20]
    held = replace(text, act=span, span=span)
    Wall.of(db, held).check(placebo(held, span))


def test_a_placebo_with_a_span_from_elsewhere_is_refused(db: Db, text: PointText) -> None:
    held = replace(text, act="never said", span="never said")
    with pytest.raises(WallError):
        Wall.of(db, held).check(placebo(held, "never said"))


def test_a_tail_that_is_not_the_prefixs_is_refused(db: Db, text: PointText) -> None:
    with pytest.raises(WallError, match="is not the prefix's"):
        Wall.of(db, text).check_tail(text.aftermath[-100:])


def let_in_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cut of the rows, not of the stored lines, lets one event too many in."""
    careless = lambda event, cut, thread: is_visible(event, cut + 2, thread)  # noqa: E731
    monkeypatch.setattr(taste.points, "is_visible", careless)


def let_in_a_title(monkeypatch: pytest.MonkeyPatch) -> None:
    """The builder writes a heading above the prefix."""

    def careless(purpose: Any, **texts: str) -> Any:
        return build_request(purpose, **(texts | {"shown": f"# Drift, found\n{texts['shown']}"}))

    monkeypatch.setattr(taste.proposer, "build_request", careless)


def write_another_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """The placebo is built over words that the human did not say."""

    def careless(purpose: Any, **texts: str) -> Any:
        return build_request(purpose, **{k: "Else." if k == "act" else t for k, t in texts.items()})

    monkeypatch.setattr(taste.proposer, "build_request", careless)


@pytest.mark.parametrize("spoil", [let_in_an_event, let_in_a_title])
def test_nothing_is_sent_by_a_builder_that_lets_the_aftermath_in(
    db: Db,
    simulator: Simulator,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], None],
) -> None:
    spoil(monkeypatch)
    result = start(db, study_text(simulator.base_url, controls={"arms": []}))
    assert "not the prompt over the prefix" in str(result.stopped)
    assert [seen.path for seen in simulator.requests if seen.kind] == []
    assert db.exec(select(Call)).all() == []


def test_a_placebo_over_other_words_is_never_sent(
    db: Db,
    simulator: Simulator,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_another_act(monkeypatch)
    controls = {"arms": ["placebo"], "share": 1}
    result = start(db, study_text(simulator.base_url, controls=controls))
    assert "a 'placebo' request" in str(result.stopped)
    assert "placebo" not in {seen.kind for seen in simulator.requests}


def unique_lines(db: Db, text: PointText) -> list[str]:
    """Long lines of the session that nothing before the cut holds."""
    assert text.session.id is not None
    events = read_events(db, text.session.id, text.session.thread)
    known = "\n".join(e.text for e in events if e.visible_from < text.point.cut)
    after = "\n".join(e.text for e in events if e.visible_from >= text.point.cut)
    return [line for line in after.splitlines() if len(line) > 20 and line not in known]


def test_no_proposers_request_holds_a_line_of_the_aftermath(examples: Db) -> None:
    for text in texts_of(examples, "suboptimal", "strong"):
        request = build_request("propose", shown=text.prefix.text)
        sent = request.context + request.question
        lines = unique_lines(examples, text)
        assert lines
        assert [line for line in lines if line in sent] == []


def test_a_canary_in_everything_later_reaches_no_prefix(examples: Db) -> None:
    points = [(text.point.cut, text.session.id) for text in texts_of(examples, "suboptimal")]
    cut, session_id = points[3]
    for event in examples.exec(select(Event).where(Event.session_id == session_id)):
        if event.visible_from >= cut:
            event.text += CANARY
            examples.add(event)
    examples.flush()
    text = list(texts_of(examples, "suboptimal"))[3]
    assert CANARY in text.aftermath
    assert CANARY not in build_request("propose", shown=text.prefix.text).context


def test_what_is_known_of_a_session_as_a_whole_reaches_no_prefix(db: Db, text: PointText) -> None:
    before = read_point(db, next(iter(read_items(db, get_set(db, "few"))))).prefix
    session = db.get_one(Session, text.point.session_id)
    session.project = session.researcher = session.version = CANARY
    session.warnings = [CANARY]
    db.flush()
    assert next(texts_of(db, "few")).prefix == before


def test_what_a_proposer_wrote_names_the_text_that_it_was_shown(
    db: Db,
    simulator: Simulator,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
) -> None:
    start(db, study_text(simulator.base_url), limit=1)
    proposal = db.exec(select(Proposal)).first()
    assert proposal is not None
    assert proposal.shown_hash == next(texts_of(db, "few")).prefix.shown_hash


def test_the_event_at_the_cut_belongs_to_the_act(db: Db, text: PointText) -> None:
    event = find_event(db, text.session, text.point.before)
    assert event is not None
    assert event.act == text.point.cut
    assert event.text in text.act
    assert event.text not in text.prefix.text
