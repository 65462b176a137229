"""What a study wants of a trial: which judge, under which view, form, provenance and prompt."""

from collections.abc import Callable
from typing import Any

import pytest

from taste.conditions import (
    Condition,
    TrialKind,
    probed_views,
    wanted_verdicts,
    wants_digest,
)
from taste.study import Study, parse_study

Made = Callable[..., Study]
WHOLE: dict[str, Any] = {"judging": {}, "probes": {"kinds": ["identity"]}}


@pytest.fixture
def make(study_text: Callable[..., str]) -> Made:
    """make(judging={…}) is a study with everything on but for these keys."""
    return lambda **replaced: parse_study(
        study_text("http://127.0.0.1:1", **{**WHOLE, **replaced}), "study.toml"
    )


def wanted(study: Study, arm: str, *, share: bool, repeat: int = 1) -> list[Condition]:
    kind = TrialKind(arm, repeat, share)
    return [one.condition for one in wanted_verdicts(study, study.judges[0], kind)]


def test_full_and_digest_are_wanted_of_every_arm_on_every_item(make: Made) -> None:
    for arm in ("simulated-late", "stock", "placebo:simulated-late", "oracle:simulated-late"):
        views = [one.view for one in wanted(make(), arm, share=False)]
        assert views == ["full", "digest"]


def test_on_the_share_models_and_stock_are_judged_under_everything(make: Made) -> None:
    for arm in ("simulated-late", "stock"):
        found = wanted(make(), arm, share=True)
        assert [one.view for one in found if one.is_base] == [
            "full", "digest", "digest_open", "prefix", "wording"
        ]  # fmt: skip
        assert {(one.form, one.provenance, one.prompt) for one in found if not one.is_base} == {
            ("verbatim", "blind", "standard"), ("restated", "labelled", "standard"),
            ("restated", "swapped", "standard"), ("restated", "blind", "reworded"),
        }  # fmt: skip


def test_other_arms_and_later_repeats_are_judged_as_the_headline_is(make: Made) -> None:
    for arm, repeat in (("echo", 1), ("recovery", 1), ("person", 1), ("simulated-late", 2)):
        assert len(wanted(make(), arm, share=True, repeat=repeat)) == 2


def test_the_share_asks_again_under_the_first_view_alone(make: Made) -> None:
    study = make(judging={"share_samples": 3})
    kind = TrialKind("stock", 1, in_share=True)
    samples = {one.condition: one.samples for one in wanted_verdicts(study, study.judges[0], kind)}
    assert samples.pop(Condition("full")) == 3
    assert set(samples.values()) == {1}


def test_a_judge_of_one_view_judges_under_no_other(make: Made, seat: Callable[..., Any]) -> None:
    study = make(judges=[seat("simulated-judge", view="prefix")])
    kind = TrialKind("simulated-late", 1, in_share=True)
    views = {one.condition.view for one in wanted_verdicts(study, study.judges[0], kind)}
    assert views == set(probed_views(study, study.judges[0], kind)) == {"prefix"}


def test_a_digest_is_wanted_where_some_judge_reads_one(
    make: Made, seat: Callable[..., Any]
) -> None:
    everywhere, on_the_share = (
        make(judging={"views": ["full", "digest"]}),
        make(judging={"views": ["full", "digest_open"]}),
    )
    own = make(judges=[seat("a", view="digest")], judging={"views": ["full"]})
    other = make(judges=[seat("a", view="full")])
    found = [
        [wants_digest(study, TrialKind("stock", 1, share)) for share in (False, True)]
        for study in (everywhere, on_the_share, own, other)
    ]
    assert found == [[True, True], [False, True], [True, True], [False, False]]


def test_whose_move_is_whose_is_asked_of_models_moves_on_the_share(make: Made) -> None:
    study = make()
    asked = {
        (arm, share): len(probed_views(study, study.judges[0], TrialKind(arm, 1, share)))
        for arm in ("simulated-late", "stock")
        for share in (True, False)
    }
    assert asked.pop(("simulated-late", True)) == 5
    assert set(asked.values()) == {0}


def test_a_judge_that_must_be_called_judges_the_headline_views_alone(
    make: Made, seat: Callable[..., Any]
) -> None:
    judges = [seat("cheap"), seat("strong")]
    study = make(judges=judges, judging={"escalation": {"first": "cheap", "then": "strong"}})
    kind = TrialKind("simulated-late", 1, in_share=True)
    found = [one.condition for one in wanted_verdicts(study, study.judges[1], kind)]
    assert found == [Condition("full"), Condition("digest")]
    assert probed_views(study, study.judges[1], kind) == ()
