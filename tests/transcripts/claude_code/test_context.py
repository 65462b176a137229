"""What leaves the agent's context: rewinds, retractions, `/clear`, and lines that repeat others."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from transcripts.acts import find_acts
from transcripts.prefixes import find_candidates
from transcripts.records import ActKind, SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

    Read = Callable[[Script], SessionRecord]
    Visible = Callable[..., list[str]]

CLEAR = "<command-name>/clear</command-name>\n<command-args></command-args>"


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def snapshot(s: "Script", *blocks: dict[str, Any]) -> str:
    message = {"id": "m", "model": "model-x", "content": list(blocks)}
    return s.chained("assistant", message=message)


def cleared(s: "Script", *, parent: bool, **fields: Any) -> None:
    s.human("old")
    s.says("old work")
    s.parent = s.parent if parent else None
    s.human(CLEAR, **fields)
    s.human("new")
    s.says("new work")


def test_a_clear_inside_a_file_leaves_everything_earlier_behind(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    cleared(script, parent=False)
    record = read(script)
    clear = record.entries[2].position
    assert visible(record, clear) == ["old", "old work"]
    assert visible(record, clear + 1) == []
    assert visible(record) == ["new", "new work"]
    assert record.cuts_reliable


def test_old_versions_went_on_in_one_file_after_a_clear(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    cleared(script, parent=True, version="1.0.53")
    assert visible(read(script)) == ["new", "new work"]


def test_a_clear_that_began_another_file_leaves_nothing_behind_in_this_one(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    cleared(script, parent=True)
    assert visible(read(script)) == ["old", "old work", "new", "new work"]


def test_work_that_goes_on_from_before_a_clear_is_said_to_be_unreliable(
    script: "Script", read: "Read"
) -> None:
    script.human("old")
    before = script.says("old work")
    script.parent = None
    script.human(CLEAR)
    script.parent = before
    script.human("taken up again")
    record = read(script)
    assert not record.cuts_reliable
    assert "work goes on where a branch was left behind" in record.warnings[-1]


def test_a_person_who_returns_to_an_abandoned_branch_makes_the_cuts_unreliable(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    left = script.says("re A")
    script.rewind(1, "B")
    script.parent = left
    script.human("back to A")
    assert not read(script).cuts_reliable


def test_what_trails_behind_in_an_abandoned_branch_is_never_visible(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    call = script.does("Bash", {})
    left = script.parent
    script.rewind(1, "B")
    live, script.parent = script.parent, left
    script.gets(call, "ZEBRA")
    script.parent = live
    script.says("re B", "msg-b")
    record = read(script)
    assert all("ZEBRA" not in visible(record, p.cut) for p in find_candidates(record))
    assert visible(record) == ["start", "first", "B", "re B"]


def test_a_rewind_beyond_an_earlier_rewind_leaves_both_branches_behind(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    script.human("start")
    script.says("first")
    for word in ("A", "B"):
        script.human(word)
        script.says(f"re {word}")
    script.rewind(2, "C")
    script.rewind(1, "D")
    record = read(script)
    gone = record.abandoned_from()
    assert visible(record) == ["start", "first", "D"]
    assert [gone.get(e.position) for e in record.events] == [None, None, 7, 7, 6, 6, 7, None]


def test_a_prompt_that_is_taken_back_at_once_is_no_part_of_the_next_act(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    script.rewind(1, "B")
    script.human("and C")
    record = read(script)
    texts = {event.position: event.text for event in record.events}
    acts = find_acts(record.events, record.thread)[1:]
    assert [(act.kind, [texts[p] for p in act.positions]) for act in acts] == [
        (ActKind.TYPED, ["A"]), (ActKind.REWIND, ["B", "and C"]),
    ]  # fmt: skip


def test_an_interrupt_belongs_to_the_rewind_that_follows_it(script: "Script", read: "Read") -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    script.says("re A")
    script.human("[Request interrupted by user]")
    script.rewind(1, "B")
    record = read(script)
    last = find_acts(record.events, record.thread)[-1]
    assert (last.kind, len(last.positions)) == (ActKind.INTERRUPT, 2)


def test_a_compaction_stands_between_two_acts(script: "Script", read: "Read") -> None:
    script.human("start")
    script.says("first")
    script.human("A")
    script.compacts("This session is being continued from a previous conversation")
    script.human("B")
    record = read(script)
    assert len(find_acts(record.events, record.thread)) == 3


def test_of_a_growing_snapshot_each_content_is_shown_once_at_any_cut(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    script.human("start")
    snapshot(script, text("I"))
    snapshot(script, text("I will"))
    call = {"type": "tool_use", "id": "c", "name": "Bash", "input": {}}
    snapshot(script, text("I will"), call)
    record = read(script)
    at = [entry.position for entry in record.entries]
    assert [visible(record, at[2]), visible(record, at[3])] == [["start", "I"], ["start", "I will"]]
    assert visible(record) == ["start", "I will", "{}"]


def test_the_latest_snapshot_of_a_call_stands(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    for given in ({}, {"n": 1}, {"n": 1}):
        snapshot(script, {"type": "tool_use", "id": "c", "name": "Bash", "input": given})
    assert visible(read(script)) == ['{\n  "n": 1\n}']


def test_two_pictures_in_a_response_are_two(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    for data in ("QUJD", "QUJDREVG"):
        snapshot(script, text("see"), {"type": "image", "source": {"data": data}})
    assert visible(read(script)) == [
        "see", "[image unknown type, 3 bytes]", "see", "[image unknown type, 6 bytes]",
    ]  # fmt: skip


@pytest.mark.parametrize("numbered", [True, False])
def test_blocks_of_a_response_that_begin_alike_are_told_apart_by_their_numbers(
    script: "Script", read: "Read", visible: "Visible", numbered: bool
) -> None:
    for number, words in enumerate(("Done", "Done too")):
        fields = {"apiBlockIndex": number} if numbered else {}
        message = {"id": "m", "content": [text(words)]}
        script.chained("assistant", message=message, **fields)
    assert visible(read(script)) == (["Done", "Done too"] if numbered else ["Done too"])


def test_a_retraction_counts_from_its_own_line_on(
    script: "Script", read: "Read", visible: "Visible"
) -> None:
    reply = script.says("retracted")
    script.chained("system", subtype="model_refusal_fallback", retractedMessageUuids=[reply])
    instead = script.says("instead")
    record = read(script)
    cut = next(p.cut for p in find_candidates(record) if p.before == instead)
    assert visible(record, record.entries[1].position) == ["retracted"]
    assert visible(record, cut) == []
