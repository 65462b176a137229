"""The part of a report on other runs on the same sessions, and the marks of what came late."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from analysis.report.contents import build_report
from analysis.report.earlier import OtherRun, read_other_runs
from analysis.report.material import read_material
from analysis.report.page import render_html
from analysis.report.plain import render_json, render_markdown
from taste.looks import record_look
from taste.probe_tables import AttackVerdict
from taste.run_tables import Review
from taste.tables import Call, Item, Run, Trial, Verdict
from transcripts.db import Db


def add_run(db: Db, run: Run, days: int, **values: Any) -> Run:
    """Another run, started so many days after the first."""
    values = {"purpose": "study", "started_at": run.started_at + timedelta(days=days), **values}
    made = Run(**{**run.model_dump(exclude={"id"}), **values})
    db.add(made)
    db.flush()
    return made


def add_trial(db: Db, run: Run, *, done: bool = True) -> None:
    item = db.exec(select(Item.id)).first()
    assert item is not None
    assert run.id is not None
    db.add(Trial(run_id=run.id, item_id=item, arm="stock", repeat=1, done=done))
    db.flush()


def only(db: Db, run: Run) -> OtherRun:
    (found,) = read_other_runs(db, run)
    return found


@pytest.mark.parametrize(("days", "first"), [(-1, True), (1, False)])
def test_another_run_is_listed_with_what_it_was_for_and_whether_it_came_first(
    world: Db, run: Run, days: int, *, first: bool
) -> None:
    add_trial(world, add_run(world, run, days, purpose="pilot", study="tried"))
    found = only(world, run)
    assert (found.purpose, found.study, found.came_first) == ("pilot", "tried", first)
    assert (found.trials, found.judged, found.looked_at) == (1, 1, None)


def test_models_prompts_and_the_first_look_are_listed(world: Db, run: Run) -> None:
    other = add_run(world, run, 1)
    add_trial(world, other)
    found = only(world, other)
    calls = world.exec(select(Call).where(Call.run_id == run.id)).all()
    assert found.models == tuple(sorted({call.model for call in calls}))
    assert found.prompts == tuple(sorted({(call.purpose, call.prompt_hash) for call in calls}))
    record_look(world, run, run.started_at)
    assert only(world, other).looked_at == "2026-01-02 03:04:05 UTC"


def test_attacks_are_listed_though_they_have_no_trials(world: Db, run: Run) -> None:
    made = add_run(world, run, 1, purpose="attack")
    item = world.exec(select(Item.id)).first()
    verdict = world.exec(select(Verdict)).first()
    assert verdict is not None
    values: dict[str, Any] = {
        "identity": "i", "run_id": made.id, "item_id": item, "prompt_hash": "", "request_hash": "",
        "comparison_id": verdict.comparison_id, "attack": "move/a", "target": "proposal",
        "order": "proposal", "judge": "j", "verdict": "first", "plain": "second",
        "simulated": True, "created_at": run.started_at,
    }  # fmt: skip
    world.add(AttackVerdict(**values))
    world.flush()
    found = only(world, run)
    assert (found.purpose, found.trials, found.judged) == ("attack", 0, 1)


def test_of_two_reviews_of_one_thing_the_later_counts(world: Db, run: Run) -> None:
    other = add_run(world, run, -1, purpose="pilot")
    add_trial(world, other)
    assert other.id is not None
    for identity, decision in (("a", "reject"), ("a", "accept"), ("b", "reject")):
        world.add(
            Review(run_id=other.id, identity=identity, decision=decision, created_at=run.started_at)
        )
    world.flush()
    assert (only(world, run).accepted, only(world, run).rejected) == (1, 1)


def test_a_run_on_other_sessions_is_not_listed(world: Db, run: Run) -> None:
    add_run(world, run, -1)
    assert read_other_runs(world, run) == ()


def test_marks_stand_beside_models_and_items(world: Db, run: Run) -> None:
    record_look(world, run, run.started_at)
    text = run.study_text.replace("simulated-late", "simulated-new")
    later = add_run(world, run, 1, study_text=text)
    first, *_ = trials = world.exec(select(Trial).where(Trial.run_id == run.id)).all()
    for trial in trials:
        if trial.item_id != first.item_id:
            trial.run_id = later.id or 0
            trial.arm = trial.arm.replace("simulated-late", "simulated-new")
    world.flush()
    report = build_report(read_material(world, later))
    page, added = render_html(report), json.loads(render_json(report))["run"]["provenance"]["added"]
    assert (added["models"], len(added["items"])) == (["simulated-new"], 20)
    assert page.count("; added after the first look") == 20
    assert page.count('</a><br><span class="soft">added after the first look</span>') == 2
    said = "Added after that look: the model simulated-new; 20 items."
    assert all(said in text for text in (page, render_markdown(report)))
