"""The report of a run: what it says, counts and refuses to say. The page is tested beside it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, delete, select

from analysis.report.contents import RunReport, build_report
from analysis.report.material import read_material
from analysis.report.page import render_html
from analysis.report.plain import render_json, render_markdown
from analysis.report.writing import write_report
from analysis.trials.columns import TrialRow
from taste.probe_tables import AttackVerdict
from taste.tables import (
    Call,
    Item,
    Proposal,
    Run,
    SetExclusion,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.tables import Event, Session

RATE = r"\d+ % \(\d+ to \d+[^)]*\)"
GAP = r"\(−?\d+ to −?\d+[^)]*\)"
STOCK = (
    rf"(\d+ points? {GAP} (above|below) stock moves|level with stock moves {GAP}"
    rf"|not told apart from stock moves: (\d+ points? {GAP} (above|below)|level {GAP}))"
)
SIDE = r"(, (not told apart from|above|below) stock moves)?"
BESIDE = rf"and (not judged under a digest|{RATE} under a digest( on \d+ items)?STOCK)"
SENTENCE = re.compile(
    r"On \d+ detours in \d+ sessions [\w-]+'s move won \d+ %, tied \d+ %, lost \d+ % "
    rf"against the researcher's: win rate {RATE}, {STOCK}, "
    rf"{BESIDE.replace('STOCK', f', {STOCK}')}; "
    rf"on \d+ strong moves {RATE}{SIDE}, {BESIDE.replace('STOCK', SIDE)}\."
)


def report_of(db: Db, run: Run) -> RunReport:
    report = build_report(read_material(db, run)).run
    assert report is not None
    return report


@pytest.fixture(scope="module")
def still_report(still_world: Db, still_run: Run) -> RunReport:
    """The report of the small world as it is."""
    return report_of(still_world, still_run)


def rendered(db: Db, run: Run) -> list[str]:
    """What a report of the rows as they are now says in each format."""
    db.expire_all()
    report = build_report(read_material(db, run))
    return [render(report) for render in (render_html, render_json, render_markdown)]


def as_json(db: Db, run: Run | None, folder: Path) -> Any:
    return json.loads(write_report(db, run, folder / "report.json", format="json").read_bytes())


def drop_stock(db: Db) -> None:
    stock = select(Trial.id).where(Trial.arm == "stock")
    db.exec(delete(TrialVerdict).where(col(TrialVerdict.trial_id).in_(stock)))
    db.exec(delete(Trial).where(col(Trial.arm) == "stock"))


def test_each_model_has_a_sentence_of_the_fixed_form(still_report: RunReport) -> None:
    sentences = still_report.sentences
    assert len(sentences) == 3
    assert all(SENTENCE.fullmatch(sentence) for sentence in sentences), sentences


def test_models_come_by_release_date(still_report: RunReport) -> None:
    models = still_report.results.models
    assert models == ("simulated-early", "simulated-middle", "simulated-late")


def test_won_and_half_of_tied_make_the_rate(world: Db, run: Run, tmp_path: Path) -> None:
    rates = as_json(world, run, tmp_path)["run"]["rates"]
    assert {line["arm"] for line in rates} >= {"stock", "echo", "placebo", "shuffled"}
    for line in rates:
        assert line["won"] + line["tied"] / 2 == pytest.approx(line["rate"]["value"], abs=1e-12)
        assert line["won"] + line["tied"] + line["lost"] == pytest.approx(1, abs=1e-12)


def test_the_same_rows_give_the_same_text(world: Db, run: Run) -> None:
    assert rendered(world, run) == rendered(world, run)


def test_an_unscored_verdict_is_counted_by_its_reason(
    world: Db, run: Run, still_report: RunReport
) -> None:
    row = next(row for row in still_report.rows if row.arm == "stock")
    values = {"verdict": "unscored", "reason": "no JSON"}
    world.exec(update(Verdict).where(col(Verdict.id) == row.verdict_id).values(**values))
    report = report_of(world, run)
    line = report.results.line(row.set, "stock")
    assert line is not None
    assert (line.unscored, line.exclusions) == (1, {"unscored: no JSON": 1})
    assert len(line.scores) == line.items - 1
    assert report.flow.stages[-2].dropped == {"unscored: no JSON": 1}


def test_a_run_without_stock_says_so(world: Db, run: Run) -> None:
    drop_stock(world)
    report = report_of(world, run)
    assert all("not compared with stock moves" in text for text in report.sentences)
    assert any("No stock arm was run" in notice for notice in report.notices)
    assert "stock" in {control.name for control in report.not_run}


def test_a_run_that_was_judged_otherwise_says_under_what(world: Db, run: Run) -> None:
    world.exec(update(Verdict).values(view="prefix"))
    notices = report_of(world, run).notices
    assert any("Nothing was judged under the view full" in notice for notice in notices)
    assert not any("No stock arm was run" in notice for notice in notices)


def test_what_was_not_run_is_named(still_report: RunReport) -> None:
    named = {(control.what, control.name) for control in still_report.not_run}
    assert {("arm", name) for name in ("stock_fit", "recovery", "oracle", "person")} <= named
    views = ("digest", "digest_open", "prefix", "wording")
    assert {("view", name) for name in views} <= named
    further = {
        ("form", "verbatim"), ("provenance", "labelled"), ("provenance", "swapped"),
        ("prompt", "reworded"), ("attack", "attacks"),
        *(("probe", kind) for kind in ("loading", "identity", "faithfulness")),
    }  # fmt: skip
    assert further <= named
    assert not {("arm", "placebo"), ("view", "full")} & named


def test_placebos_are_pooled_item_by_item(still_report: RunReport) -> None:
    report = still_report
    name = report.results.sets[0].name
    lines = {line.arm: line for line in report.results.lines if line.set == name}
    parts = [line for arm, line in lines.items() if arm.startswith("placebo:")]
    assert len(parts) == 3
    assert lines["placebo"].rate.value == pytest.approx(
        sum(line.rate.value or 0 for line in parts) / 3
    )
    assert lines["placebo"].items == parts[0].items


def test_one_session_gives_a_rate_without_an_interval(world: Db, run: Run) -> None:
    world.exec(update(Item).values(lineage="one", thread=Item.lineage))
    report = report_of(world, run)
    figure = report.results.lines[0].rate
    assert figure.value is not None
    assert figure.note == "no interval: all items lie in one session"
    assert "(no interval: all items lie in one session)" in report.sentences[0]


def test_few_sessions_are_told_beside_the_figure(still_report: RunReport) -> None:
    assert "unreliable: fewer than 8 clusters" in still_report.sentences[0]


def test_a_stopped_run_tells_why_and_what_is_missing(world: Db, run: Run) -> None:
    run.status, run.reason = "stopped", "the budget is spent"
    world.add(run)
    kept = report_of(world, run).rows[0].trial_id
    world.exec(delete(TrialVerdict).where(col(TrialVerdict.trial_id) != kept))
    report = report_of(world, run)
    assert "status stopped: the budget is spent" in report.notices[0]
    verdicts = report.flow.stages[-2]
    assert verdicts.dropped == {"no verdict stored": verdicts.count - 2}
    assert report.results.lines[0].exclusions


def test_an_empty_run_makes_an_honest_report(world: Db, run: Run, tmp_path: Path) -> None:
    world.exec(delete(TrialVerdict))
    world.exec(delete(Trial))
    report = as_json(world, run, tmp_path)["run"]
    assert report["headline"][0].startswith("On 12 detours simulated-early has no score")
    assert "No trial was stored, so there is no figure." in report["notices"]
    assert write_report(world, run, tmp_path / "empty.html").stat().st_size > 0


def test_no_run_makes_an_honest_report(world: Db, tmp_path: Path) -> None:
    assert as_json(world, None, tmp_path)["run"] is None
    assert "nothing to report" in write_report(world, None, tmp_path / "page.html").read_text()
    text = write_report(world, None, tmp_path / "page.md", format="md").read_text()
    assert "nothing to report" in text


def test_every_format_says_that_it_is_simulated(world: Db, run: Run, tmp_path: Path) -> None:
    found = as_json(world, run, tmp_path)
    assert found["simulated"] is True
    assert found["banner"].startswith("SIMULATED")
    text = write_report(world, run, tmp_path / "report.md", format="md").read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings
    assert all("SIMULATED" in heading for heading in headings)


def test_a_run_of_real_rows_is_not_called_simulated(world: Db, run: Run) -> None:
    for table in (Run, Proposal, Verdict):
        world.exec(update(table).values(simulated=False))
    world.expire_all()
    assert not build_report(read_material(world, run)).simulated


def test_people_and_projects_appear_under_pseudonyms(world: Db, run: Run) -> None:
    world.exec(update(Session).values(researcher="Ada Lovelace", project="-home-ada-engine"))
    texts = rendered(world, run)
    assert not any("Lovelace" in text or "-home-ada" in text for text in texts)
    assert "researcher-1" in texts[0]


def test_at_each_stage_what_stays_and_what_falls_out_add_up(still_report: RunReport) -> None:
    stages = {stage.name: stage for stage in still_report.flow.stages}
    assert stages["items"].count == 21
    left_out = sum(stages["decision points"].dropped.values())
    assert stages["decision points"].count - left_out == stages["items"].count
    unscored = sum(stages["verdicts"].dropped.values())
    assert stages["verdicts"].count - unscored == stages["scored verdicts"].count


def test_set_exclusions_are_counted_by_reason(world: Db, run: Run) -> None:
    world.exec(update(SetExclusion).values(reason="not recovered (partial)"))
    found = report_of(world, run).flow.set_exclusions
    assert list(found.values()) == [
        {"not recovered (partial)": 9},
        {"not recovered (partial)": 12},
    ]


def test_a_prefix_that_was_not_what_was_sent_is_noticed(
    world: Db, run: Run, still_report: RunReport
) -> None:
    assert not any("rebuilt" in notice for notice in still_report.notices)
    world.exec(update(Event).where(col(Event.position) == 1).values(text="something else"))
    report = report_of(world, run)
    assert not any(item.hash_agrees for item in report.drilldown.items)
    assert any("rebuilt" in notice for notice in report.notices)


def test_provenance_names_models_prompts_calls_and_cost(
    still_world: Db, still_report: RunReport
) -> None:
    found = still_report.provenance
    calls = still_world.exec(select(Call)).all()
    assert found.number_of_calls == len(calls)
    assert found.cost_usd == pytest.approx(sum(call.cost_usd for call in calls))
    assert {line.purpose for line in found.calls} == {"judge", "placebo", "propose", "restate"}
    assert {line.model_returned for line in found.calls} >= {"simulated-judge", "simulated-late"}
    assert found.run.started == "2026-01-02 03:04:05 UTC"


def test_a_second_run_on_the_same_points_is_listed(world: Db, run: Run) -> None:
    values = run.model_dump(exclude={"id"})
    other = Run(**{**values, "study": "the-first-try"})
    world.add(other)
    world.flush()
    item = world.exec(select(Trial.item_id)).first()
    assert item is not None
    assert other.id is not None
    world.add(Trial(run_id=other.id, item_id=item, arm="stock", repeat=1))
    world.flush()
    (listed,) = report_of(world, run).provenance.other_runs
    assert (listed.number, listed.study) == (other.id, "the-first-try")


def add_attack(db: Db, run: Run, row: TrialRow, study: str, verdict: str) -> None:
    """A run of attacks for a study, with one verdict on a comparison that had gone second."""
    made = Run(**run.model_dump(exclude={"id", "purpose", "study"}), purpose="attack", study=study)
    db.add(made)
    db.flush()
    values: dict[str, Any] = {
        "identity": study, "run_id": made.id, "item_id": row.item_id,
        "comparison_id": row.comparison_id, "attack": "move/a", "target": "proposal",
        "order": "proposal", "judge": "j", "verdict": verdict, "plain": "second",
        "prompt_hash": "", "request_hash": "", "simulated": True, "created_at": run.started_at,
    }  # fmt: skip
    db.add(AttackVerdict(**values))
    db.flush()


def test_attacks_on_the_studys_judges_are_part_of_the_report(
    world: Db, run: Run, still_report: RunReport
) -> None:
    add_attack(world, run, still_report.rows[0], run.study, "first")
    add_attack(world, run, still_report.rows[0], "another study", "second")
    report = report_of(world, run)
    found = {one.arm: one.value for one in report.figures.of("attacks") if one.name == "flip rate"}
    assert found == {"all attacks": 1.0, "move/a": 1.0}
    assert ("attack", "attacks") not in {(one.what, one.name) for one in report.not_run}


def test_verdicts_by_two_prompts_are_samples_and_told(
    world: Db, run: Run, still_report: RunReport
) -> None:
    before, trial = still_report, still_report.rows[0].trial_id
    used = select(Verdict).join(TrialVerdict).where(TrialVerdict.trial_id == trial)
    for verdict in world.exec(used).all():
        copied = verdict.model_dump(exclude={"id", "identity", "prompt_hash"})
        again = Verdict(**copied, identity=f"again {verdict.id}", prompt_hash="another")
        world.add(again)
        world.flush()
        assert again.id is not None
        world.add(TrialVerdict(trial_id=trial, verdict_id=again.id))
    report = report_of(world, run)
    assert any("asked with 2 different prompts" in notice for notice in report.notices)
    assert [x.rate for x in report.results.lines] == [x.rate for x in before.results.lines]
