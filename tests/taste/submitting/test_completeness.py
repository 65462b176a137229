"""What a mark lacks is said in the order and the words of the codebook."""

from typing import Any

import pytest

from taste.submitting.completeness import find_missing
from taste.submitting.coverage import read_acts, seen_share
from taste.submitting.marks import DraftMark
from tests.annotation_tui.conftest import Told, put
from tests.taste.submitting.conftest import BOOK, DETOUR, STRONG, Desk, mark
from transcripts.db import Db


def missing(one: DraftMark) -> list[str]:
    found = find_missing(one, BOOK, lambda event: int(event[1:]) if event[1:].isdigit() else None)
    return [lacking.field for lacking in found]


def test_what_a_new_detour_lacks_stands_in_the_order_of_the_codebook() -> None:
    assert missing(mark({"kind": "detour"})) == [
        *("recognised", "recognised_by", "recovery", "type", "attribution", "knowable"),
        *("evidence_knowable", "harm", "evidence_harm", "confidence", "rationale"),
    ]


def test_a_new_strong_move_lacks_less_and_other_kinds_hardly_anything() -> None:
    assert missing(mark({"kind": "strong"})) == ["type", "confidence", "rationale"]
    assert missing(mark({"kind": "unresolved"})) == ["rationale"]
    assert missing(mark({"kind": "neither"})) == []


@pytest.mark.parametrize("values", [DETOUR, STRONG])
def test_what_is_complete_lacks_nothing(values: dict[str, Any]) -> None:
    assert missing(mark(values)) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"recognised": "e3"}, "recognised"),
    ({"recovered": "e6"}, "recovered"),
    ({"recovered": None}, "recovered"),
    ({"evidence_knowable": [{"event": "e5"}]}, "evidence_knowable"),
    ({"evidence_harm": [{"event": "e1"}]}, "evidence_harm"),
    ({"evidence_harm": [{"event": "gone"}]}, "evidence_harm"),
    ({"rationale": "too short"}, "rationale"),
    ({"type": "challenge"}, "kind"),
    ({"human_move_source": "quoted", "span": "the words"}, "quoted"),
]


@pytest.mark.parametrize(("changed", "field"), WRONG)
def test_what_is_there_but_wrong_is_lacking_too(changed: dict[str, Any], field: str) -> None:
    assert missing(mark(DETOUR, **changed)) == [field]


FREE: list[dict[str, Any]] = [
    {"knowable": "no", "evidence_knowable": None},
    {"evidence_knowable": None, "waived": ["evidence_knowable"]},
    {"harm": 0, "evidence_harm": None},
    {"recovery": "never", "recovered": None},
]


@pytest.mark.parametrize("changed", FREE)
def test_what_is_waived_or_does_not_apply_is_not_lacking(changed: dict[str, Any]) -> None:
    assert missing(mark(DETOUR, **changed)) == []


def test_an_act_is_seen_once_it_was_in_view_for_a_second_in_all() -> None:
    assert seen_share([0, 4, 7], [(0, 3, 600), (0, 4, 600)]) == pytest.approx(1 / 3)
    assert seen_share([0, 4, 7], [(0, 8, 1000)]) == 1
    assert seen_share([], []) == 1


def test_without_a_human_act_the_agents_responses_are_to_be_seen(desk: Desk) -> None:
    script = Told().event("agent", "one").event("agent", "two")
    session = put(desk.engine, script, "s-0002")
    with Db(desk.engine) as db:
        acts = read_acts(db, session.id or 0, "main")
    assert seen_share(acts, []) == 0
    assert seen_share(acts, [(0, 0, 2000)]) == pytest.approx(1 / 2)
