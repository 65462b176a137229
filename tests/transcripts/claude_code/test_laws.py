"""A file that was cut after any line tells of its entries what the whole file tells of them.

Stronger than the law of the wall, and about the reader alone: events, acts, threads' links,
places and abandonment, for sessions of everything odd that a recorder has been seen to write.
"""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.acts import ActFinder, find_acts
from transcripts.formats.claude_code.session import read_stream
from transcripts.records import SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

WORDS = ("go on", "A", "A and more", "<command-name>/clear</command-name>", "[Request interrupted")
RELAXED = settings(max_examples=150, suppress_health_check=list(HealthCheck))


def _line_of_a_response(s: "Script", n: int, word: str) -> None:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": word[: n + 1]}]
    if n % 3 == 0:
        blocks.append(
            {"type": "tool_use", "id": f"c{n}", "name": "Agent", "input": {"prompt": "A"}}
        )
    message = {"id": f"m{n % 4}", "content": blocks}
    s.chained("assistant", message=message, version="2.1.9" if n % 2 else "2.1.100")


def _result(s: "Script", n: int, word: str) -> None:
    block = {"type": "tool_result", "tool_use_id": f"c{n}", "content": word, "is_error": n % 2}
    beside: Any = {"agentId": f"a{n}"} if n < 5 else "User rejected it"
    s.chained("user", message={"content": [block]}, toolUseResult=beside)


def _sidechain(s: "Script", n: int, word: str) -> None:
    live = s.parent
    fields = {"agentId": f"a{n}"} if n % 2 else {}
    s.parent = None if n < 4 else live
    s.chained("user", isSidechain=True, message={"content": word}, **fields)
    s.parent = live


def _jump(s: "Script", n: int, _word: str) -> None:
    """What follows goes on from somewhere else, or from nowhere."""
    s.parent = None if n == 0 else f"{s.session}-e{n}"


def _queue(s: "Script", n: int, word: str) -> None:
    operations = (
        "enqueue",
        "enqueue",
        "enqueue",
        "dequeue",
        "dequeue",
        "remove",
        "popAll",
        "remove",
    )
    s.queue(operations[n], word if n < 3 or n == 7 else None)


def _system(s: "Script", n: int, word: str) -> None:
    if n < 3:
        s.chained("system", subtype="local_command", content=f"<bash-input>{word}")
    elif n < 5:
        s.chained("system", retractedMessageUuids=[f"{s.session}-e{n}", s.parent])
    else:
        s.chained("progress", data={})


STEPS: tuple[Callable[["Script", int, str], Any], ...] = (
    _line_of_a_response, _result, _sidechain, _jump, _queue, _system,
    lambda s, _n, word: s.human(word),
    lambda s, n, word: s.human(f"{word}\n\n{WORDS[n % 2]}"),
    lambda s, _n, word: s.attached(word),
    lambda s, n, word: s.rewind(n % len(s.prompts), word) if s.prompts else None,
    lambda s, _n, word: s.compacts(word),
)  # fmt: skip
_STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 7), st.sampled_from(WORDS))


def read(lines: list[bytes]) -> SessionRecord:
    return read_stream(BytesIO(b"".join(lines)), "file", "stem")


def known_at(record: SessionRecord, end: int) -> tuple[Any, ...]:
    """All that a record says of the positions before `end`."""
    return (
        [event for event in record.events if event.position < end],
        {p: at for p, at in record.abandoned_from().items() if at < end},
        [place for place in record.places if place.position < end],
    )


def check(lines: list[bytes], ends: range) -> None:
    whole = read(lines)
    acts = {p: act for act in find_acts(whole.events, whole.thread) for p in act.positions}
    for count in ends:
        part = read(lines[:count])
        end = whole.entries[count].position
        assert known_at(part, end) == known_at(whole, end)
        for act in find_acts(part.events, part.thread):
            assert all(
                (acts[p].cut, acts[p].before) == (act.cut, act.before) for p in act.positions
            )


@RELAXED
@given(steps=st.lists(_STEP, max_size=24))
def test_every_entry_is_read_from_earlier_ones_alone(
    new_script: "type[Script]", steps: list[tuple[Any, int, str]]
) -> None:
    script = new_script()
    for step, number, word in steps:
        step(script, number, word)
    check(script.lines, range(1, len(script.lines)))


def test_recorded_sessions_are_read_from_earlier_lines_alone(corpus: Path) -> None:
    for path in sorted((corpus / "claude-code").rglob("*.jsonl")):
        lines = path.read_bytes().splitlines(keepends=True)
        check(lines, range(min(11, len(lines) - 1), len(lines), 400))


@pytest.mark.parametrize("thread", ["main", "other"])
def test_acts_found_one_by_one_are_those_found_at_once(script: "Script", thread: str) -> None:
    for word in ("A", "B"):
        script.human(word)
        script.says("work")
        script.queue("enqueue", word)
        script.queue("remove")
    events = [event._replace(thread=thread) for event in read(script.lines).events]
    finder = ActFinder()
    starts: dict[int, tuple[str, int]] = {}
    for event in events:
        if (start := finder.feed(event)) is not None:
            starts[event.position] = (start.before, start.cut)
    assert starts == {
        p: (act.before, act.cut) for act in find_acts(events, thread) for p in act.positions
    }


def test_events_cannot_be_changed(script: "Script") -> None:
    script.human("A")
    event = read(script.lines).events[0]
    with pytest.raises(AttributeError):
        setattr(event, "text", "B")  # noqa: B010 - what the type checker would refuse
