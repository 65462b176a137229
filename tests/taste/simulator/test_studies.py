"""A drawn study holds what its study file asks for, and what its world says of each judge."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

import pytest

from taste.conditions import Condition
from taste.simulator.designs import EVERYTHING, HEADLINE_ALONE, JUDGE, SECOND_JUDGE, Design
from taste.simulator.draws import SimulatedTrial, SimulatedVerdict
from taste.simulator.studies import SimulatedStudy, draw_study
from taste.simulator.world import World

pytestmark = pytest.mark.no_cover

SIZES = {"suboptimal": 40, "strong": 36}
FULL = Condition("full")
LABELLED = Condition("full", provenance="labelled")


def draw(world: World, design: Design = EVERYTHING, seed: int = 5) -> SimulatedStudy:
    return draw_study(world, seed, design, SIZES, sessions=9)


@pytest.fixture(scope="module")
def study() -> SimulatedStudy:
    return draw(World())


def said(
    trials: Sequence[SimulatedTrial], condition: Condition, judge: str = JUDGE
) -> Iterator[SimulatedVerdict]:
    for trial in trials:
        for verdict in trial.verdicts:
            if (verdict.condition, verdict.judge) == (condition, judge):
                yield verdict


def models(study: SimulatedStudy) -> list[SimulatedTrial]:
    names = {seat.name for seat in study.study.proposers}
    return [trial for trial in study.trials if trial.arm in names]


def test_costly_arms_are_run_on_the_share_and_the_others_on_every_item(
    study: SimulatedStudy,
) -> None:
    for arm, items in (("stock_fit", 76), ("person", 76), ("recovery", 10), ("shuffled", 19)):
        assert sum(trial.arm == arm for trial in study.trials) == items


def test_each_proposer_has_a_placebo_and_the_newest_an_oracle(study: SimulatedStudy) -> None:
    written = {trial.arm for trial in study.trials if ":" in trial.arm}
    names = {seat.name for seat in study.study.proposers}
    assert written == {f"placebo:{name}" for name in names} | {"oracle:simulated-late"}


def test_conditions_beyond_the_first_two_views_are_asked_for_on_the_share(
    study: SimulatedStudy,
) -> None:
    prefix = {(t.set, t.item) for t in models(study) if any(said([t], Condition("prefix")))}
    assert prefix == {key for key, item in study.items.items() if item.in_share}
    assert len(list(said(models(study), LABELLED, SECOND_JUDGE))) == 3 * 19 * 2


def test_the_first_verdicts_do_not_depend_on_what_else_is_asked(study: SimulatedStudy) -> None:
    arms = EVERYTHING.arms
    alone = draw(World(), replace(HEADLINE_ALONE, arms=arms))
    first = [one for one in said(study.trials, FULL) if one.sample == 1]
    assert first == list(said(alone.trials, FULL))


def test_a_label_moves_the_verdicts_of_a_judge_that_heeds_it() -> None:
    found = models(draw(World(label_bonus=8.0, judge_error=0.0)))
    labelled, swapped = (
        list(said(found, condition))
        for condition in (LABELLED, Condition("full", provenance="swapped"))
    )
    for verdicts, favoured in ((labelled, "human_first"), (swapped, "proposal_first")):
        assert all((one.verdict == "first") == (one.order == favoured) for one in verdicts)


def test_a_style_shows_where_a_model_wrote_and_nowhere_else() -> None:
    trials = draw(World(style=9.0, judge_error=0.0)).trials
    written = [t for t in trials if t.arm.startswith(("placebo", "oracle"))]
    assert all((v.verdict == "first") == (v.order == "proposal_first") for v in said(written, FULL))
    assert any(
        v.verdict == "second"
        for v in said([t for t in trials if t.arm == "shuffled"], FULL)
        if v.order == "proposal_first"
    )


def test_a_judge_favours_its_own_family_alone() -> None:
    families = {"simulated-late": "first", "simulated-middle": "second"}
    world = World(own_family=9.0, judge_error=0.0)
    trials = draw(world, replace(EVERYTHING, families=families)).trials
    for arm, judge in (("simulated-late", JUDGE), ("simulated-middle", SECOND_JUDGE)):
        own = [trial for trial in trials if trial.arm == arm]
        for each in (JUDGE, SECOND_JUDGE):
            won = [v.verdict == "first" for v in said(own, FULL, each) if v.order[0] == "p"]
            assert all(won) == (each == judge)


def test_a_digest_that_is_found_leaky_is_shown_to_nobody() -> None:
    study = draw(World(leak=0.5), replace(EVERYTHING, refused=0.5))
    for trial in study.trials:
        refused = study.items[trial.set, trial.item].refused
        assert all((v.verdict == "unscored") == refused for v in said([trial], Condition("digest")))
    asked = {(p.set, p.item) for p in study.probes if p.view == "digest"}
    assert asked == {k for k, i in study.items.items() if i.in_share and not i.refused}


def test_digests_leak_and_are_found_as_often_as_stated() -> None:
    world, design = World(leak=0.4), replace(EVERYTHING, refused=0.25)
    study = draw_study(world, 3, design, {"suboptimal": 3000}, sessions=30)
    assert fmean(item.leaky for item in study.items.values()) == pytest.approx(0.4, abs=0.03)
    assert fmean(item.refused for item in study.items.values()) == pytest.approx(0.1, abs=0.02)


def test_probes_are_right_as_often_as_stated() -> None:
    world = World(loading=0.4, recognise=0.2, recognise_open=0.9)
    study = draw_study(world, 8, EVERYTHING, {"suboptimal": 1000}, sessions=30)
    loaded = [p.answer["kind"] == "detour" for p in study.probes if p.kind == "loading"]
    assert fmean(loaded) == pytest.approx(0.7, abs=0.05)
    for view, expected in (("full", 0.95), ("prefix", 0.6)):
        right = [
            (probe.answer["taken"] == "second") == (probe.order == "proposal_first")
            for probe in study.probes
            if probe.view == view
        ]
        assert fmean(right) == pytest.approx(expected, abs=0.05)
