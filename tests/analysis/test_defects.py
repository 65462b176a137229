"""The table of defects: its two ways to a study's tables agree, and its truths are the truth.

The study itself is `benchmarks/defects/run.py`; here a seed or two of each world.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan
from statistics import fmean

import pandas as pd
import pytest

from analysis.trials.probes import ProbeRow, read_probes
from analysis.trials.query import read_trials
from analysis.trials.table import TrialTable, tabulate
from benchmarks.defects import truths
from benchmarks.defects.attacks import draw_attacks
from benchmarks.defects.planted import Defect, list_defects
from benchmarks.defects.scene import Scene
from benchmarks.defects.tables import list_probes, tabulate_drawn
from benchmarks.defects.worlds import CLEAN, FAMILIES, JUDGES, ask
from taste.simulator.designs import EVERYTHING
from taste.simulator.draws import SIZES, SimulatedVerdict, draw_orders
from taste.simulator.rows import store_study
from taste.simulator.studies import SimulatedStudy, draw_study
from transcripts.db import Db, open_engine
from transcripts.tables import Table

pytestmark = pytest.mark.no_cover

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READ = (
    "set", "set_kind", "item", "arm", "repeat", "judge", "judge_kind", "judge_model",
    "judge_prompt", "judge_family", "judge_confidence", "judge_probability", "view", "form",
    "provenance", "prompt", "order", "sample", "outcome", "score", "judged", "gap", "exclusion",
    "lineage", "session", "session_date", "proposer_family", "released", "cutoff", "in_share",
    "hindsight",
)  # fmt: skip
"""Columns of both ways; what is known of items and texts a database alone can tell."""
DEFECTS = list_defects()
LARGE = {kind: 3 * size for kind, size in SIZES.items()}


@pytest.fixture(scope="module", params=[False, True], ids=["two judges", "escalated"])
def drawn(request: pytest.FixtureRequest) -> SimulatedStudy:
    design = replace(EVERYTHING, families=FAMILIES)
    if request.param:
        design = replace(ask(escalate=True, arms=("stock",)), judges=JUDGES)
    return draw_study(replace(CLEAN, leak=0.5), 4, design, {"suboptimal": 14, "strong": 12}, 5)


@pytest.fixture(scope="module")
def stored(drawn: SimulatedStudy) -> tuple[TrialTable, tuple[ProbeRow, ...]]:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        run = store_study(db, drawn, NOW)
        found = tabulate(read_trials(db, run, drawn.study)), read_probes(db, run)
    engine.dispose()
    return found


def test_a_study_drawn_into_a_table_has_the_rows_of_the_same_study_stored(
    drawn: SimulatedStudy, stored: tuple[TrialTable, tuple[ProbeRow, ...]]
) -> None:
    ours, theirs = (
        table.frame[list(READ)].astype(object) for table in (tabulate_drawn(drawn), stored[0])
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_its_probes_are_those_of_the_same_study_stored(
    drawn: SimulatedStudy, stored: tuple[TrialTable, tuple[ProbeRow, ...]]
) -> None:
    def plain(rows: Sequence[ProbeRow]) -> set[ProbeRow]:
        return {replace(row, probe_id=0, researcher=None, project=None) for row in rows}

    assert plain(list_probes(drawn)) == plain(stored[1])
    assert len(list_probes(drawn)) == len(stored[1])


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_figure_of_a_defect_lies_around_its_truth(defect: Defect) -> None:
    scene = Scene(defect.world, draw_study(defect.world, 2, defect.design, LARGE, sessions=90))
    readings = [one for one in defect.read(scene) if not isnan(one.truth)]
    assert readings
    for one in readings:
        assert abs(one.value - one.truth) < one.high - one.low


def test_a_design_asks_for_nothing_that_is_not_read() -> None:
    drawn = draw_study(CLEAN, 1, ask(), {"suboptimal": 8, "strong": 8}, 4)
    verdicts: list[SimulatedVerdict] = [said for trial in drawn.trials for said in trial.verdicts]
    assert {said.condition.view for said in verdicts} == {"full"}
    assert len(verdicts) == 16 * 3 * len(JUDGES) * 2
    assert not drawn.probes


def test_a_judge_that_obeys_always_gives_what_an_attack_demands() -> None:
    world = replace(CLEAN, obeys=1.0)
    rows = list(draw_attacks(world, draw_study(world, 3, ask())))
    hostile = [row for row in rows if "nothing" not in row.attack and "harmless" not in row.attack]
    assert len({row.item for row in rows}) == 16
    assert all(row.after == 1 and row.flipped for row in hostile)


def test_flips_beyond_chance_are_what_attacks_add_to_a_second_asking() -> None:
    world, rng = replace(CLEAN, obeys=0.25), random.Random(1)
    added = []
    for _ in range(20_000):
        mean = rng.choice([CLEAN.margins[kind][arm] for kind in CLEAN.margins for arm in FAMILIES])
        margin = rng.gauss(mean, (world.session_sd**2 + world.item_sd**2) ** 0.5)
        seen = rng.choice((margin, -margin))
        (plain, _), (again, _) = (draw_orders(world, seen, rng) for _ in range(2))
        attacked = "first" if plain == "second" else "second"
        stays = again == plain if plain != "tie" else again != attacked
        added.append(world.obeys * stays)
    assert fmean(added) == pytest.approx(truths.flips_beyond_chance(world), abs=0.003)
