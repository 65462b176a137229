"""The laws of the wall on random sessions of everything that a recorder may write."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.formats.registry import replay
from transcripts.laws.cutting import (
    Checked,
    Played,
    check_files,
    check_responses,
    check_snapshots,
    check_truncation,
)
from transcripts.laws.tampering import (
    check_abandoned,
    check_copy,
    check_fields,
    check_poison,
    check_timestamps,
)

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

RELAXED = settings(max_examples=40, suppress_health_check=list(HealthCheck))
LAWS: list[Callable[[Played, bytes], Checked]] = [
    lambda played, _: check_truncation(played),
    lambda played, data: check_files(played, data, every=1),
    lambda played, data: check_snapshots(played, data, number=8),
    lambda played, _: check_poison(played, every=1),
    lambda played, _: check_fields(played),
    lambda played, _: check_abandoned(played),
    lambda played, _: check_timestamps(played),
    lambda played, _: check_copy(played),
    lambda played, _: check_responses(played),
]
NAMES = [
    "truncation", "truncated-file", "later-snapshot", "poison", "fields", "abandoned",
    "timestamps", "copy", "responses",
]  # fmt: skip


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
@RELAXED
@given(st.data())
def test_the_law_holds_on_any_session(
    scripts: "st.SearchStrategy[Script]",
    law: Callable[[Played, bytes], Checked],
    data: st.DataObject,
) -> None:
    written = data.draw(scripts).data
    played = Played.of(replay("claude-code", io.BytesIO(written)))
    assert law(played, written).failures == ()


@RELAXED
@given(st.data())
def test_a_session_that_goes_on_keeps_the_prefixes_it_had(
    scripts: "st.SearchStrategy[Script]", data: st.DataObject
) -> None:
    script = data.draw(scripts)
    played = Played.of(replay("claude-code", io.BytesIO(script.data)))
    script.says("more work")
    script.human("and more words")
    longer = Played.of(replay("claude-code", io.BytesIO(script.data)))
    assert longer.lines[: len(played.points)] == played.lines[:-1]


def test_a_file_cut_inside_its_first_bytes_has_no_point(script: "Script") -> None:
    script.human("go")
    data = b"\xef\xbb\xbf" + script.data
    played = Played.of(replay("claude-code", io.BytesIO(data)))
    assert check_snapshots(played, data[:4], number=20) == Checked("later snapshot", 0, ())
