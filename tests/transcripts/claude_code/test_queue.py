"""Messages typed while the agent works: how they were delivered, and where they were typed."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from transcripts.formats.claude_code.queue import MessageQueue
from transcripts.formats.claude_code.session import read_stream
from transcripts.prefixes import find_candidates
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

NOTE = '{"task_id":"b1","status":"done"}'


def read(script: "Script") -> SessionRecord:
    return read_stream(io.BytesIO(script.data), "file", "stem")


def said(script: "Script") -> list[str]:
    """What was shown beside the agent's work, in the order of delivery."""
    kinds = {"human", "steering", "notice"}
    events = [e for e in read(script).events if e.shown and e.kind in kinds]
    return [f"{event.kind}: {event.text}" for event in events]


def steering(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.says("work")
    s.queue("remove")


def overtaking(s: "Script") -> None:
    s.queue("enqueue", NOTE)
    s.queue("enqueue", "A")
    s.queue("remove")
    s.queue("remove")


def pulled_back(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("enqueue", NOTE)
    s.queue("popAll")
    s.queue("remove")
    s.human("A, reworded")


def attached_before_its_remove(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("enqueue", "B")
    s.attached("A")
    s.queue("remove")
    s.queue("remove")


def attached_and_one_of_two_removes(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("enqueue", "B")
    s.attached("A")
    s.queue("remove")


def attached_after_its_remove(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("remove", "A")
    s.says("work")
    s.attached([{"type": "text", "text": "A"}])


def only_attached(s: "Script") -> None:
    s.attached("A")


def dequeued(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.says("work")
    s.queue("dequeue")
    s.human("A")


def echoed(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("remove")
    s.human("A")


def echoed_once_and_said_again(s: "Script") -> None:
    echoed(s)
    s.human("A")


def said_again_later(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("remove")
    s.says("work")
    s.human("A")


def same_words_twice(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("remove")
    s.queue("enqueue", "A")
    s.queue("remove")
    s.attached("A")
    s.attached("A")


def attached_notification(s: "Script") -> None:
    s.queue("enqueue", NOTE)
    s.attached(NOTE, "task-notification")
    s.queue("remove")


def by_content(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("enqueue", "B")
    s.queue("remove", "B")


def joined_by_blank_lines(s: "Script") -> None:
    s.queue("enqueue", "A ")
    s.queue("enqueue", "B")
    s.queue("dequeue")
    s.queue("dequeue")
    s.human("A\n\nB\n")


def taken_and_never_delivered(s: "Script") -> None:
    s.queue("enqueue", "A")
    s.queue("dequeue")
    s.says("work")
    s.human("A")


def never_delivered(s: "Script") -> None:
    s.queue("enqueue", "A")


def nothing_waiting(s: "Script") -> None:
    s.queue("remove")
    s.queue("dequeue")
    s.queue("popAll")


def meta(s: "Script") -> None:
    s.chained("attachment", isMeta=True, attachment={"type": "queued_command", "prompt": "A"})


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (steering, ["steering: A"]),
        (overtaking, ["steering: A", f"notice: {NOTE}"]),
        (pulled_back, [f"notice: {NOTE}", "human: A, reworded"]),
        (attached_before_its_remove, ["steering: A", "steering: B"]),
        (attached_and_one_of_two_removes, ["steering: A"]),
        (attached_after_its_remove, ["steering: A"]),
        (only_attached, ["steering: A"]),
        (dequeued, ["human: A"]),
        (echoed, ["steering: A"]),
        (echoed_once_and_said_again, ["steering: A", "human: A"]),
        (said_again_later, ["steering: A", "human: A"]),
        (same_words_twice, ["steering: A", "steering: A"]),
        (attached_notification, [f"notice: {NOTE}"]),
        (by_content, ["steering: B"]),
        (joined_by_blank_lines, ["human: A\n\nB\n"]),
        (taken_and_never_delivered, ["human: A"]),
        (never_delivered, []),
        (nothing_waiting, []),
        (meta, []),
    ],
)
def test_each_queued_message_is_delivered_once(
    script: "Script", write: "Callable[[Script], None]", expected: list[str]
) -> None:
    script.human("start")
    script.says("first")
    write(script)
    assert said(script)[1:] == expected


@pytest.mark.parametrize(
    ("write", "line"),
    [
        (steering, 3),
        (overtaking, 4),
        (pulled_back, 7),
        (attached_before_its_remove, 3),
        (attached_after_its_remove, 3),
        (only_attached, 3),
        (dequeued, 3),
        (by_content, 4),
        (joined_by_blank_lines, 3),
        (taken_and_never_delivered, 6),
    ],
)
def test_the_point_of_a_queued_message_is_cut_where_it_was_typed(
    script: "Script", write: "Callable[[Script], None]", line: int
) -> None:
    script.human("start")
    script.says("first")
    write(script)
    record = read(script)
    acts = [point for point in find_candidates(record) if point.actor == "human"]
    lines = {entry.position: entry.line for entry in record.entries}
    assert [lines[act.cut] for act in acts] == [1, line]


def test_a_queued_message_from_another_agent_is_no_act(script: "Script") -> None:
    script.human("start")
    attachment = {"type": "queued_command", "prompt": "A", "origin": {"kind": "peer"}}
    script.chained("attachment", attachment=attachment)
    assert said(script)[1:] == ["notice: A"]


def test_thousands_of_waiting_messages_are_found_without_looking_through_all() -> None:
    queue = MessageQueue()
    for number in range(20_000):
        queue.enqueue(f"text {number}", number, number)
        queue.enqueue("go on", number, number + 50_000)
    assert [m and m.position for m in (queue.remove(None, None), queue.remove(None, None))] == [
        0,
        0,
    ]
    found = [queue.deliver("go on", attached=False) for _ in range(19_999)]
    assert [m and m.position for m in found] == list(range(1, 20_000))


def test_a_message_that_was_never_delivered_is_no_point(script: "Script") -> None:
    script.human("start")
    never_delivered(script)
    assert len(find_candidates(read(script))) == 1
