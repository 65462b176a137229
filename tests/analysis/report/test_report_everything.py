"""The report of a run with every arm, view, form and probe: what it adds to the plain one."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.report.contents import Report, RunReport, build_report
from analysis.report.flow import build_flow
from analysis.report.material import Material, read_material
from analysis.report.page import render_html
from analysis.report.plain import render_json, render_markdown
from analysis.report.statistics import render_text
from taste.database import open_database
from taste.simulator.designs import EVERYTHING
from taste.simulator.rows import store_study
from taste.simulator.studies import draw_study
from taste.simulator.world import World
from transcripts.db import Db

pytestmark = pytest.mark.no_cover

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIZES = {"suboptimal": 48, "strong": 8}


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Material]:
    """A study of everything in a world whose judge believes whatever a model wrote."""
    engine = open_database(str(tmp_path_factory.mktemp("everything") / "world.db"))
    with Db(engine) as db:
        world = World(style=20.0, judge_error=0.0)
        drawn = draw_study(world, 1, EVERYTHING, SIZES, sessions=56)
        yield read_material(db, store_study(db, drawn, NOW))
    engine.dispose()


@pytest.fixture(scope="module")
def report(material: Material) -> Report:
    return build_report(material)


@pytest.fixture
def run(report: Report) -> RunReport:
    assert report.run is not None
    return report.run


def test_the_rate_under_a_digest_stands_in_every_sentence(run: RunReport) -> None:
    assert all(text.count("under a digest") == 2 for text in run.sentences)
    assert not any("not judged" in text for text in run.sentences)
    under = run.results.line_beside(run.results.sets[0].name, run.results.models[0])
    assert under is not None
    assert under.rate.value is not None


def test_nothing_but_attacks_sets_and_people_is_left_to_run(run: RunReport) -> None:
    named = {(control.what, control.name) for control in run.not_run}
    assert named <= {("attack", "attacks"), ("set", "random"), ("judge", "person"),
                     ("arm", "person")}  # fmt: skip


def test_cautions_say_what_rests_on_a_share(run: RunReport) -> None:
    (said,) = [text for text in run.cautions if "random" in text and "of 56 items" in text]
    assert "were run on a random 14 of 56 items" in said


def test_an_alarm_is_told_before_the_figures_in_every_format(report: Report) -> None:
    assert report.run is not None
    assert report.run.alarms
    said = report.run.alarms[0]
    assert "the arm placebo scores" in said
    page = render_html(report)
    assert page.index('class="notice alarm"') < page.index('<ul class="sentences alarmed">')
    assert "**Not to be believed as it stands.**" in render_markdown(report)
    found = json.loads(render_json(report))
    assert found["run"]["alarms"][0] == found["run"]["figures"]["alarms"][0] == said
    assert f"ALARM: {said}" in list(render_text(report.run.figures))


def test_a_headline_without_an_alarm_is_not_amber(report: Report) -> None:
    assert report.run is not None
    page = render_html(replace(report, run=replace(report.run, alarms=())))
    assert 'class="notice alarm"' not in page
    assert '<ul class="sentences">' in page


def test_verdicts_under_other_conditions_are_counted_apart(run: RunReport) -> None:
    stages = {stage.name: stage for stage in run.flow.stages}
    for name in ("verdicts", "further verdicts"):
        fallen = sum(stages[name].dropped.values())
        assert stages[name].count - fallen == stages[f"scored {name}"].count
    total = sum(1 for row in run.rows if row.verdict)
    assert stages["verdicts"].count + stages["further verdicts"].count == total


def test_digests_and_probes_are_counted_and_shown(report: Report, run: RunReport) -> None:
    counts = run.provenance.instruments
    assert sum(counts.digests.values()) == 56
    assert set(counts.probes) == {"loading", "identity", "faithfulness"}
    page = render_html(report)
    assert page.count("Digest of what the aftermath taught") == 56
    assert re.search(r"loading, simulated-judge: kind (detour|strong)", page)


def test_labels_and_forms_stand_beside_each_verdict(report: Report) -> None:
    page = render_html(report)
    for told in (", verbatim", ", labels labelled", ", labels swapped", ", reworded prompt"):
        assert f"view full{told}" in page


def test_every_new_section_has_figures(run: RunReport) -> None:
    for section in ("checks", "views", "blinding"):
        assert any(one.value is not None for one in run.figures.of(section)), section
    names = {one.name for one in run.figures.defects}
    assert {"position effect", "which move was taken, view digest"} <= names


def test_a_missing_further_verdict_is_counted(material: Material) -> None:
    rows = [row for row in material.rows if row.view != "prefix"]
    flow = build_flow(material.census, rows, material.study, material.sets)
    stages = {stage.name: stage for stage in flow.stages}
    lost = len(material.rows) - len(rows)
    assert stages["further verdicts"].dropped["no verdict stored"] == lost
    assert "no verdict stored" not in stages["verdicts"].dropped
