"""A later run asks judges again what they said in an earlier one."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from analysis.figures.bridge import SHIFT
from analysis.report.contents import build_report
from analysis.report.material import read_material
from analysis.report.plain import render_markdown
from analysis.trials.bridge import read_bridge
from taste.audit import audit
from taste.bridges import bridge_lacks, count_repeated, draw_bridge
from taste.bundles.exporting import export_bundle
from taste.bundles.importing import import_bundle
from taste.database import open_database
from taste.fences import escape_fences
from taste.identity import identity
from taste.jobs import find_or_add_run, hash_study
from taste.planning.estimate import estimate_run
from taste.points import read_point
from taste.run_tables import BridgeVerdict, Manifest
from taste.sets import get_set, read_items
from taste.simulator.script import Move, Script, ScriptedItem, fence_key
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Call, Run, TrialVerdict, Verdict
from taste.workers import RunResult
from transcripts.db import Db

ALONE: dict[str, Any] = {"controls": {"arms": []}}
Go = Callable[..., RunResult]


def write_script(db: Db) -> Script:
    """Both moves of each item are worth the same to a judge that has not drifted."""
    found = []
    for item in read_items(db, get_set(db, "few")):
        text = read_point(db, item)
        human, model = (
            Move(what, "", "", what, 0.0, "", "")
            for what in (f"Do what item {item.id} asks for.", f"Do else at item {item.id}.")
        )
        keys = [fence_key(escape_fences(part)) for part in (text.prefix.text, text.tail)]
        moves = {"simulated-late": model}
        found.append(ScriptedItem(keys[0], text.act, human, human, moves, tail_key=keys[1]))
    return Script(found)


@pytest.fixture(scope="module")
def once_file(
    few_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
) -> Path:
    """`few_file` after a run of two trials with four verdicts."""
    file = Path(shutil.copy(few_file, tmp_path_factory.mktemp("once") / "once.db"))
    engine = open_database(str(file))
    with (
        Db(engine, expire_on_commit=False) as db,
        Simulator(World(seed=1), write_script(db)) as server,
    ):
        start(db, study_text(server.base_url, **ALONE))
    engine.dispose()
    return file


@pytest.fixture
def db(once_file: Path, tmp_path: Path) -> Iterator[Db]:
    engine = open_database(str(shutil.copy(once_file, tmp_path / "taste.db")))
    with Db(engine, expire_on_commit=False) as db:
        yield db
    engine.dispose()


def bridges(db: Db) -> list[BridgeVerdict]:
    return list(db.exec(select(BridgeVerdict).order_by(col(BridgeVerdict.id))).all())


def latest(db: Db) -> Run:
    return db.exec(select(Run).order_by(col(Run.id).desc())).all()[0]


def test_a_later_run_repeats_as_many_verdicts_as_its_study_says_and_no_more(
    db: Db, go: Go, asked: Callable[[], dict[str, int]]
) -> None:
    result = go(**ALONE, bridge=3)
    assert asked() == {"judge": 3}
    assert (result.done, result.total, result.name) == (5, 5, "trials and repeated verdicts")
    assert (latest(db).status, len({row.verdict_id for row in bridges(db)})) == ("done", 3)
    assert go(**ALONE, bridge=3).answered == 0
    (told,) = count_repeated(db, latest(db))
    assert (told.repeated, told.wanted, told.models) == (3, 3, ("simulated-judge",))


def test_repeats_are_verdicts_of_no_trial_and_each_run_asks_for_its_own(db: Db, go: Go) -> None:
    for name in ("second", "third"):
        go(**ALONE, bridge=2, name=name)
    first, again = bridges(db)[:2], bridges(db)[2:]
    assert {row.verdict_id for row in first} == {row.verdict_id for row in again}
    assert len({row.identity for row in bridges(db)}) == 4
    assert len(db.exec(select(Verdict)).all()) == 4
    assert len(db.exec(select(TrialVerdict)).all()) == 12
    bodies = db.exec(select(Call.body_hash).where(Call.purpose == "judge")).all()
    assert len(set(bodies)) == 8


def test_repeats_are_planned_paid_audited_and_in_the_manifest(db: Db, go: Go) -> None:
    assert go(1, **ALONE, bridge=4).total == 6
    run = latest(db)
    study = parse_study(run.study_text, "s")
    assert estimate_run(db, run, study, None).calls == 4 - len(bridges(db))
    assert go(**ALONE, bridge=4).spent_usd > 0
    assert estimate_run(db, run, study, None).calls == 0
    found = audit(db, None, lambda _: None)
    assert (found.differences, found.not_rebuilt) == ([], 0)
    assert found.checked["identities"] == len(db.exec(select(Call)).all())
    manifest = db.exec(select(Manifest).where(Manifest.run_id == latest(db).id)).one()
    assert manifest.hashes.count("\nbridge_verdict ") == 4


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ({"name": "judge-2"}, 0),
        ({"effort": "low"}, 0),
        ({"model": "simulated-second-judge"}, 0),
        ({"view": "prefix"}, 0),
        ({}, 4),
    ],
)
def test_what_is_repeated_is_the_same_judges_with_the_same_settings_and_view(
    db: Db, study_text: Callable[..., str], seat: Callable[..., Any], other: dict[str, str],
    left: int, now: Any,
) -> None:  # fmt: skip
    judges = [seat("simulated-judge") | other]
    text = study_text("http://127.0.0.1:1", **ALONE, bridge=5, judges=judges)
    study = parse_study(text, "s")
    run = find_or_add_run(db, study, text, now, simulated=True)
    assert len(draw_bridge(db, run, study)) == left
    (said,) = bridge_lacks(db, run, study)
    assert said.endswith("cannot be measured" if left == 0 else "of 5 to be repeated")


def test_repeats_travel_in_a_bundle(db: Db, go: Go, empty: Db, tmp_path: Path) -> None:
    go(**ALONE, bridge=2)
    export_bundle(db, latest(db), tmp_path / "run.zip")
    import_bundle(empty, tmp_path / "run.zip")
    assert count_repeated(empty, latest(empty)) == count_repeated(db, latest(db))
    assert audit(empty, None, lambda _: None).differences == []


def test_a_judge_that_has_drifted_is_measured_and_reported(
    db: Db, study_text: Callable[..., str], start: Callable[..., RunResult]
) -> None:
    with Simulator(World(seed=1, drift=20.0, judge_error=0.0), write_script(db)) as server:
        start(db, study_text(server.base_url, **ALONE, bridge=4))
    report = build_report(read_material(db, latest(db)))
    found = report.run
    assert found is not None
    assert SHIFT in render_markdown(report)
    (shift,) = (one for one in found.figures.findings if one.name == SHIFT)
    assert shift.value is not None
    assert shift.value > 0
    rows = read_bridge(db, latest(db), parse_study(latest(db).study_text, "s"))
    assert rows is not None
    assert [row.after for row in rows.rows] == [1.0] * 4
    assert shift.note.startswith("answered then by simulated-judge and now by simulated-judge")


def test_only_samples_of_one_run_tell_how_a_judge_wavers(db: Db, go: Go) -> None:
    """A second sample that a later run added would show drift as noise."""
    go(**ALONE, samples=2, repeats=2)
    go(**ALONE, samples=2, repeats=2, bridge=2)
    found = read_bridge(db, latest(db), parse_study(latest(db).study_text, "s"))
    assert found is not None
    samples = Counter(db.exec(select(Verdict.sample)).all())
    assert (samples[2], len(found.repeats)) == (8, 4)
    assert {row.arm for row in found.repeats} == {"simulated-late"}


def test_a_text_that_is_shown_otherwise_now_is_not_repeated(
    db: Db, study_text: Callable[..., str], now: Any
) -> None:
    text = study_text("http://127.0.0.1:1", **ALONE, bridge=5, display={"judge_chars": 2000})
    study = parse_study(text, "s")
    assert draw_bridge(db, find_or_add_run(db, study, text, now, simulated=True), study) == []


def test_a_study_without_a_bridge_is_the_study_that_it_was(study_text: Callable[..., str]) -> None:
    plain, bridged = (parse_study(study_text("http://x", **m), "s") for m in ({}, {"bridge": 1}))
    what = plain.model_dump(mode="json", exclude={"limits", "bridge"})
    assert hash_study(plain) == identity("study", what)
    assert hash_study(bridged) != hash_study(plain)
