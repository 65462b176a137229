"""Bundles of several laboratories: what is pooled, what is refused and why, what is told."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from analysis.pooling.laboratories import Laboratory, name_laboratories
from analysis.pooling.numbers import Numbers, export_numbers
from analysis.pooling.pools import RATE, PooledFigure, Pools, estimate_pools
from analysis.pooling.rendering import pools_as_json, render_pools
from taste.bundles.archive import write_archive
from taste.cli.main import app
from taste.database import open_database
from taste.simulator.rows import store_world
from taste.simulator.world import World
from tests.analysis.conftest import NOW
from transcripts.db import Db
from transcripts.errors import UserError

MODEL = "simulated-late"
Both = tuple[Laboratory, Laboratory]
Change = Callable[[Numbers], Numbers]


SMALLEST = World(
    margins={
        "suboptimal": {MODEL: 0.7, "stock": 0.15, "placebo": 0.0},
        "strong": {MODEL: -0.9, "stock": -1.5, "placebo": 0.0},
    }
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Two laboratories with sessions of their own."""
    folder = tmp_path_factory.mktemp("laboratories")
    found = []
    for seed, name in enumerate(("one", "other")):
        engine = open_database(str(folder / f"{name}.db"))
        with Db(engine) as db:
            run = store_world(db, SMALLEST, seed, NOW, {"suboptimal": 8, "strong": 6}, sessions=4)
            found.append(export_numbers(db, run, folder / f"{name}.zip"))
        engine.dispose()
    first, second = name_laboratories(found)
    return first, second


@pytest.fixture(scope="module")
def pools(both: Both) -> Pools:
    return estimate_pools(both)


def find(pools: Pools, arm: str) -> PooledFigure:
    return next(
        one for one in pools.figures if (one.name, one.set, one.arm) == (RATE, "suboptimal-1", arm)
    )


def changed(laboratory: Laboratory, change: Change) -> Laboratory:
    return replace(laboratory, numbers=change(laboratory.numbers))


def other_instrument(numbers: Numbers, role: str, of: str = "", **parts: str) -> Numbers:
    """The bundle as if what plays a role (of a name) had been another."""
    found = tuple(
        replace(each, **parts) if each.role == role and of in ("", each.name) else each
        for each in numbers.instruments or ()
    )
    return replace(numbers, instruments=found)


def another(role: str, **parts: str) -> Change:
    return lambda numbers: other_instrument(numbers, role, **parts)


def other_column(numbers: Numbers, column: str, value: str) -> Numbers:
    frame = numbers.table.frame.assign(**{column: value})
    return replace(numbers, table=replace(numbers.table, frame=frame))


def other_arm(numbers: Numbers, name: str, new: str | None) -> Numbers:
    """The bundle with an arm under another name, or without it."""
    found = tuple(
        replace(one, arm=new or "") if one.arm == name else one
        for one in numbers.figures.findings
        if new or one.arm != name
    )
    figures = replace(numbers.figures, findings=found)
    if new is None:
        return replace(numbers, figures=figures)
    return other_instrument(replace(numbers, figures=figures), "arm", name, name=new)


def two_of_a_kind(numbers: Numbers) -> Numbers:
    outline = numbers.figures.outline
    more = replace(outline, sets=(*outline.sets, replace(outline.sets[0], name="suboptimal-2")))
    return replace(numbers, figures=replace(numbers.figures, outline=more))


def all_alike(numbers: Numbers) -> Numbers:
    """The bundle as if no cluster differed from another in what a model is above stock."""
    found = tuple(
        replace(one, estimate=replace(one.estimate, low=None, high=None, design_effect=None))
        if one.section == "nulls" and one.estimate
        else one
        for one in numbers.figures.findings
    )
    return replace(numbers, figures=replace(numbers.figures, findings=found))


def other_level(numbers: Numbers) -> Numbers:
    outline = numbers.figures.outline
    plan = outline.plan.model_copy(update={"level": 0.9})
    return replace(numbers, figures=replace(numbers.figures, outline=replace(outline, plan=plan)))


REFUSED: dict[str, tuple[Change, str]] = {
    "an earlier version": (lambda n: replace(n, instruments=None), "Export it again"),
    "real": (lambda n: replace(n, figures=replace(n.figures, simulated=False)), "is simulated and"),
    "another view": (lambda n: other_column(n, "view", "digest"), "no verdict as the headline"),
    "several sets of a kind": (two_of_a_kind, "'other' has 2 sets of the kind 's[a-z]*'"),
    "another level": (other_level, "0.9 in 'other', 0.95 in 'one'.*--level"),
    **{
        what: (another(role, **parts), why)
        for what, role, parts, why in (
            ("judge's prompt", "judge", {"prompt": "b" * 64}, "the judges: .* not pooled"),
            ("judge's model", "judge", {"model": "\x1bother"}, r"the judges: .*\\u001bother"),
            ("restater's settings", "restater", {"settings": "b"}, "the restater"),
            ("proposers' prompt", "arm", {"prompt": "b" * 64}, "prompt of proposers: .*bbbbbbbb"),
            ("display", "display", {"settings": "b"}, "what is shown of a session"),
            ("stock list", "stock", {"settings": "b"}, "the list of stock moves"),
            ("agents' decisions", "set", {"settings": "agent"}, "agent decisions"),
        )
    },
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_come_by_otherwise_is_refused(both: Both, what: str) -> None:
    change, why = REFUSED[what]
    with pytest.raises(UserError, match=why):
        estimate_pools((both[0], changed(both[1], change)))


def test_the_same_bundle_twice_is_refused(both: Both) -> None:
    with pytest.raises(UserError, match="same bundle"):
        estimate_pools((both[0], replace(both[0], name="copy")))


@pytest.mark.parametrize("column", ["lineage", "session"])
def test_shared_work_is_refused_and_counted(both: Both, column: str) -> None:
    shared = str(both[0].numbers.table.frame[column].iloc[0])
    other = changed(both[1], lambda n: other_column(n, column, shared))
    with pytest.raises(UserError, match=rf"share recorded work \(1 {column}\)"):
        estimate_pools((both[0], other))


def test_a_fork_without_its_original_is_known_by_what_it_names(both: Both) -> None:
    assert both[0].numbers.kin.isdisjoint(both[1].numbers.kin)
    named = frozenset([str(both[0].numbers.table.frame["session"].iloc[0])])
    other = changed(both[1], lambda n: replace(n, kin=n.kin | named))
    with pytest.raises(UserError, match=r"share recorded work \(1 session\)"):
        estimate_pools((both[0], other))


def test_a_copy_under_other_ids_is_known_by_its_places(both: Both) -> None:
    other = changed(both[1], lambda n: replace(n, places=both[0].numbers.places))
    with pytest.raises(UserError, match="14 places"):
        estimate_pools((both[0], other))


def test_each_laboratory_has_the_row_of_its_own_bundle(both: Both, pools: Pools) -> None:
    for laboratory, row in zip(both, find(pools, MODEL).rows, strict=True):
        own = next(
            one
            for one in laboratory.numbers.figures.of("rates")
            if (one.name, one.set, one.arm) == (RATE, "suboptimal-1", MODEL)
        )
        assert (row.value, row.low, row.high) == pytest.approx((own.value, own.low, own.high))


def test_the_order_of_the_bundles_changes_no_pool(both: Both, pools: Pools) -> None:
    other = estimate_pools(both[::-1])
    assert other.names.keys() == pools.names.keys()
    for one, two in zip(pools.figures, other.figures, strict=True):
        assert (one.pool is None) == (two.pool is None)
        if one.pool and two.pool:
            assert replace(one.pool, weights=()) == replace(two.pool, weights=())


def test_a_model_is_known_by_what_it_is_whatever_its_name(both: Both, pools: Pools) -> None:
    other = changed(both[1], lambda n: other_arm(n, MODEL, "zz"))
    found = estimate_pools((both[0], other))
    assert found.names[MODEL] == {"one": MODEL, "other": "zz"}
    assert found.names[f"placebo:{MODEL}"] == {"one": "placebo:1", "other": "placebo:1"}
    assert find(found, MODEL).pool == find(pools, MODEL).pool


def test_another_model_of_the_same_name_is_not_pooled(both: Both) -> None:
    change = partial(other_instrument, role="arm", of=MODEL, model="another")
    found = estimate_pools((both[0], changed(both[1], change)))
    told = [arm for arm in found.names if arm.startswith(f"{MODEL} (")]
    assert len(told) == 2
    assert all(find(found, arm).pool is None for arm in told)


def test_an_arm_of_one_laboratory_is_told_and_not_pooled(both: Both) -> None:
    other = changed(both[1], lambda n: other_arm(n, MODEL, None))
    found = estimate_pools((both[0], other))
    assert find(found, MODEL).pool is None
    text = "\n".join(render_pools(found))
    assert "other: not run" in text
    assert "no pool: only one has this figure" in text


def test_a_laboratory_whose_clusters_are_all_alike_enters_with_a_note(both: Both) -> None:
    found = estimate_pools((both[0], changed(both[1], all_alike)))
    figure = next(one for one in found.figures if one.arm == MODEL)
    assert figure.rows[1].weight
    assert figure.rows[1].clusters
    assert "note: its clusters show no variance" in "\n".join(render_pools(found))


def test_a_row_without_a_figure_says_no_number_of_items(both: Both) -> None:
    other = changed(both[1], lambda n: other_arm(n, MODEL, None))
    row = find(estimate_pools((both[0], other)), MODEL).rows[1]
    assert row.n is None
    assert row.clusters is None


def test_the_text_fits_80_columns_and_hides_nothing(both: Both) -> None:
    hostile = replace(both[0], name="a\x1b[2J\n" + "b" * 90)
    lines = list(render_pools(estimate_pools((hostile, both[1]))))
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    assert lines[0].startswith("SIMULATED")


def test_controls_are_shown_when_they_are_asked_for(pools: Pools) -> None:
    heading = f"placebo:{MODEL}, win rate"
    assert heading not in "\n".join(render_pools(pools))
    assert heading in "\n".join(render_pools(pools, everything=True))


def test_json_says_of_every_figure_that_it_is_simulated(pools: Pools) -> None:
    told: dict[str, Any] = orjson.loads(orjson.dumps(pools_as_json(pools)))
    assert told["simulated"]
    assert told["figures"]
    assert all(figure["simulated"] for figure in told["figures"])


def test_the_command_line_pools_two_bundles(both: Both) -> None:
    files = [str(one.numbers.file) for one in both]
    said = CliRunner().invoke(app, ["pool", *files, "--level", "0.9"], catch_exceptions=False)
    assert said.exit_code == 0
    assert "level 0.9;" in said.output
    assert f"{MODEL}, minus stock, suboptimal-1 (simulated)" in said.output


def test_a_full_bundle_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_archive(tmp_path / "full.zip", {"kind": "full"}, {})
    with pytest.raises(UserError, match="--numbers-only"):
        CliRunner().invoke(
            app, ["pool", str(tmp_path / "full.zip"), "x.zip"], catch_exceptions=False
        )
    with pytest.raises(UserError, match="two bundles"):
        CliRunner().invoke(app, ["pool", "x.zip"], catch_exceptions=False)
