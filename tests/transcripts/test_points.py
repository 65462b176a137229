"""Annotations as JSON lines: what goes in comes out, and what is wrong is named by its line."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from transcripts.codebook import CHOICES, Codebook, read_codebook
from transcripts.db import Db, open_engine
from transcripts.points import PointsImport, export_points, read_points, store_points
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Annotation, DecisionPoint, Evidence, Table

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

BOOK = read_codebook()
FIRST, CALL, ACT, LATER, END = (f"session-1-e{n}" for n in range(1, 6))
GOOD = {"session": "session-1", "before": ACT, "kind": "detour", "annotator": "Ada"}
Load = Callable[..., PointsImport]


def write_session(script: "Script", path: Path) -> Path:
    script.human("start")
    script.does("Bash", {"n": 1})
    script.human("act")
    script.says("work")
    script.human("end")
    return script.write(path)


@pytest.fixture
def session(script: "Script", db: Db, tmp_path: Path, now: datetime) -> Path:
    path = write_session(script, tmp_path / "a.jsonl")
    import_file(db, path, ImportOptions(), now)
    return path


@pytest.fixture
def load(session: Path, db: Db, now: datetime) -> Load:
    """load(line, …) writes a points file of these lines and stores it."""

    def load(*lines: Any, annotator: str | None = None, partial: bool = False) -> PointsImport:
        path = session.with_name("points.jsonl")
        whole = [x if isinstance(x, bytes) else orjson.dumps(x) for x in lines]
        path.write_bytes(b"\n".join(whole))
        return store_points(db, read_points(path, BOOK), annotator, now, partial=partial)

    return load


def exported(db: Db) -> list[dict[str, Any]]:
    """The lines of an export as a reader of the file gets them."""
    return [orjson.loads(orjson.dumps(line)) for line in export_points(db)]


def test_a_line_is_stored_with_all_its_fields_and_comes_out_again(load: Load, db: Db) -> None:
    line = GOOD | {
        "type": "stuck", "attribution": "both", "knowable": "partly", "recognised": LATER,
        "recognised_by": "agent", "recovered": END, "recovery": "full", "better_move": "test it",
        "initiator": "human", "span": "act", "basis": "expertise", "harm": 2, "confidence": 4,
        "human_move_source": "quoted", "hidden_context": True, "rationale": "why",
        "codebook": "1.0", "evidence_knowable": [{"event": CALL, "start": 0, "end": 3}],
        "evidence_harm": [{"event": LATER}],
    }  # fmt: skip
    assert load(line) == PointsImport(1, 0, ())
    assert exported(db) == [line | {"actor": "human"}]


def test_a_move_that_was_not_recorded_stands_before_a_response(load: Load, db: Db) -> None:
    line = {"session": GOOD["session"], "before": LATER, "kind": "detour", "annotator": "Ada"}
    assert load(line | {"human_move_source": "inferred"}).stored == 1
    assert load(line).stored == 1
    points = db.exec(select(DecisionPoint).order_by(col(DecisionPoint.id))).all()
    assert [(p.actor, p.before) for p in points] == [("human", LATER), ("agent", LATER)]
    assert points[0].cut == points[1].cut


def test_a_quoted_move_names_its_event_and_its_words(load: Load, db: Db) -> None:
    quoted = GOOD | {"before": LATER, "human_move_source": f"quoted({END})"}
    assert "`span` must be the words" in load(quoted).refused[0].reason
    assert (
        "comes before"
        in load(quoted | {"human_move_source": f"quoted({CALL})", "span": "x"}).refused[0].reason
    )
    assert load(quoted | {"span": "end"}).stored == 1
    (line,) = exported(db)
    assert (line["human_move_source"], line["quoted"]) == ("quoted", END)
    assert load(line).unchanged == 1


def test_the_same_lines_again_change_nothing(load: Load, db: Db) -> None:
    load(GOOD)
    assert load(GOOD) == PointsImport(0, 1, ())
    assert len(db.exec(select(Annotation)).all()) == 1


def test_another_label_replaces_the_one_before(load: Load, db: Db) -> None:
    load(GOOD)
    assert load(GOOD | {"kind": "strong"}, GOOD | {"kind": "neither"}).stored == 2
    assert [row.replaces_id for row in db.exec(select(Annotation))] == [None, 1, 2]
    assert [line["kind"] for line in exported(db)] == ["neither"]


def test_two_annotators_stand_side_by_side_on_one_point(load: Load, db: Db) -> None:
    load(GOOD, GOOD | {"annotator": "Bo"})
    assert [line["annotator"] for line in exported(db)] == ["Ada", "Bo"]
    assert len(db.exec(select(DecisionPoint)).all()) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"{broken", "line 1", id="not JSON"),
        pytest.param(b"[]", "expected a JSON object", id="not an object"),
        pytest.param(b"[" * 9999, "nested too deeply", id="deep"),
        pytest.param({"before": ACT, "kind": "detour"}, "'session' is required", id="no session"),
        pytest.param({"session": "s", "kind": "detour"}, "'before' is required", id="no before"),
        pytest.param(GOOD | {"session": "other"}, "import it first", id="unknown session"),
        pytest.param(GOOD | {"session": "session"}, "import it first", id="half a session id"),
        pytest.param(GOOD | {"session": 5}, "'session' must be a text", id="number as session"),
        pytest.param(GOOD | {"annotator": ["x"]}, "'annotator' must be a text", id="list as name"),
        pytest.param(GOOD | {"annotator": None}, "no annotator", id="no annotator"),
        pytest.param(GOOD | {"before": "nothing"}, "has no event 'nothing'", id="unknown event"),
        pytest.param(GOOD | {"before": FIRST}, "precedes every response", id="no prefix"),
        pytest.param(GOOD | {"before": CALL}, "precedes every response", id="first response"),
        pytest.param(GOOD | {"recovered": CALL}, "recovered: event", id="recovered before start"),
        pytest.param(GOOD | {"recognised": "x"}, "recognised: session", id="unknown recognised"),
        pytest.param(GOOD | {"evidence_knowable": [ACT]}, "after the cut", id="late evidence"),
        pytest.param(GOOD | {"evidence_harm": [CALL]}, "before the point", id="early harm"),
        pytest.param(GOOD | {"evidence_harm": [{"event": LATER, "end": 99}]}, "outside", id="span"),
        pytest.param(GOOD | {"kind": "blunder"}, "kind 'blunder' is not one of", id="kind"),
        pytest.param(GOOD | {"kind": ["detour"]}, "kind: Input should be", id="list as kind"),
        pytest.param({"session": "s", "before": "b"}, "kind: Field required", id="no kind"),
        pytest.param(GOOD | {"type": "challenge"}, "type 'challenge' is not one", id="wrong type"),
        pytest.param(GOOD | {"harm": 9}, "harm 9 is not one of", id="harm"),
        pytest.param(GOOD | {"harm": [1]}, "harm: Input should be", id="list as harm"),
        pytest.param(GOOD | {"knowable": "maybe"}, "knowable 'maybe' is not", id="knowable"),
        pytest.param(GOOD | {"certainty": 3}, "certainty: Extra inputs", id="unknown key"),
        pytest.param(b'{"session":"\\ud800","before":"b","kind":"detour","annotator":"a"}',
                     "import it first", id="lone surrogate"),
    ],
)  # fmt: skip
def test_a_line_is_refused_by_its_number_with_the_reason(
    load: Load, db: Db, line: Any, reason: str
) -> None:
    done = load(GOOD, b"", line)
    assert (done.stored, [refusal.line for refusal in done.refused]) == (0, [3])
    assert reason in f"line 1 {done.refused[0].reason}"
    assert db.exec(select(Annotation)).all() == []


def test_nothing_is_left_behind_by_a_refused_file(load: Load, db: Db) -> None:
    load(GOOD, GOOD | {"kind": "blunder"})
    assert [db.exec(select(t)).all() for t in (DecisionPoint, Annotation, Evidence)] == [[], [], []]


def test_with_partial_the_good_lines_are_stored(load: Load, db: Db) -> None:
    done = load(GOOD | {"before": "nothing"}, GOOD, b"{broken", partial=True)
    assert (done.stored, [refusal.line for refusal in done.refused]) == (1, [1, 3])
    assert len(exported(db)) == 1


def test_a_name_for_lines_without_one_and_never_over_one(load: Load, db: Db) -> None:
    load({**GOOD, "annotator": ""}, GOOD | {"before": END}, annotator="Bo")
    assert [line["annotator"] for line in exported(db)] == ["Bo", "Ada"]


@pytest.mark.parametrize("given", [LATER, ACT], ids=["response", "act"])
def test_any_event_of_an_act_or_response_stands_for_its_point(
    load: Load, db: Db, given: str
) -> None:
    load(GOOD | {"before": given})
    assert [(line["before"], line["actor"]) for line in exported(db)] == [
        (given, "agent" if given == LATER else "human")
    ]


def test_older_spellings_are_understood(load: Load, db: Db) -> None:
    load(
        GOOD | {"kind": "agent_detour", "recorded": False, "line": 7, "cut": 1, "type": ""},
        GOOD | {"before": END, "kind": "neither(a commit)", "evidence_knowable": [CALL]},
    )
    one, two = exported(db)
    assert (one["kind"], one["attribution"], one["human_move_source"]) == (
        "detour", "agent", "inferred",
    )  # fmt: skip
    assert (two["kind"], two["rationale"]) == ("neither", "a commit")
    assert two["evidence_knowable"] == [{"event": CALL}]


def test_a_byte_order_mark_is_no_part_of_the_first_line(load: Load) -> None:
    assert load(b"\xef\xbb\xbf" + orjson.dumps(GOOD)).stored == 1


def choices(book: Codebook) -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    for name in set(CHOICES) - {"human_move_source"}:
        yield name, st.none() | st.sampled_from(getattr(book, name))
    for name in ("rationale", "better_move", "span"):
        yield name, st.none() | st.text(max_size=20)
    yield "harm", st.none() | st.sampled_from(sorted(book.harm))
    yield "confidence", st.none() | st.sampled_from(sorted(book.confidence))
    yield "hidden_context", st.booleans()
    yield "recognised", st.sampled_from([None, LATER, END])
    spans: st.SearchStrategy[Any] = st.builds(
        dict, event=st.just(FIRST), start=st.integers(0, 2), end=st.integers(2, 5)
    )
    yield "evidence_knowable", st.lists(spans | st.just(CALL), max_size=3)


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "session": st.just("session-1"),
            "before": st.sampled_from([ACT, LATER]),
            "annotator": st.sampled_from(["Ada", "B\u00f6"]),
            "kind": st.sampled_from(sorted(BOOK.types)),
        },
        optional=dict(choices(BOOK)),
    ),
    max_size=4,
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(lines=LINES)
def test_what_is_exported_and_imported_into_a_copy_changes_nothing(
    new_script: "type[Script]", tmp_path_factory: Any, now: datetime, lines: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("points")
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        import_file(db, write_session(new_script(), folder / "a.jsonl"), ImportOptions(), now)
        for content in (lines, None):
            before = exported(db)
            content = before if content is None else content  # noqa: PLW2901
            file = folder / "points.jsonl"
            file.write_bytes(b"\n".join(orjson.dumps(line) for line in content))
            done = store_points(db, read_points(file, BOOK), None, now, partial=False)
            assert done.refused == ()
        assert (done.stored, exported(db)) == (0, before)


def test_every_point_of_the_recorded_sessions_goes_in(corpus: Path, db: Db, now: datetime) -> None:
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        import_file(db, path, ImportOptions(), now)
    done = store_points(
        db, read_points(corpus / "points.jsonl", BOOK), "reader", now, partial=False
    )
    assert (done.stored, done.refused) == (22, ())
    assert len(exported(db)) == 22
