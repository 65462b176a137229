"""Each guard of the wall broken on purpose: a law that holds otherwise fails then."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from transcripts import prefixes
from transcripts.cut import Shown, chain_hash, cut_names
from transcripts.formats import registry
from transcripts.formats.claude_code.session import SessionReader
from transcripts.formats.lines import Line, Torn, read_lines
from transcripts.laws.cutting import (
    Checked,
    Played,
    check_files,
    check_responses,
    check_snapshots,
    check_truncation,
)
from transcripts.laws.tampering import check_abandoned, check_poison, check_timestamps
from transcripts.prefixes import END, Candidate, Cuttable
from transcripts.records import MAIN, EventKind, EventRecord, SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

Law = Callable[[Played, bytes], Checked]
Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def data(script: "Script") -> bytes:
    """A session in which every guard has something to hold back."""
    script.human("find out why the loss is high")
    script.says("I look into the loader on branch-9")
    response = script.response
    first = script.does("Bash", {"command": "ls"}, response)
    script.gets(first, "a.py b.py")
    script.gets(script.does("Read", {"path": "a.py"}, response), "import torch")
    script.queue("enqueue", "look at b.py instead")
    script.says("a.py is fine")
    script.queue("remove")
    script.says("then b.py")
    script.entry("summary", summary="the tokenizer was off by one", leafUuid="elsewhere")
    script.human("run the tests")
    script.gets(script.does("Bash", {"command": "pytest"}), "2 failed", error=True)
    script.rewind(1, "plot the residuals")
    script.raw(script.lines[1].replace(b"I look", b"Once more I look"))
    script.says("plotted")
    script.human("good")
    script.says("done")
    return script.data


def see_one_event_more(patch: pytest.MonkeyPatch) -> None:
    """visible_from <= cut"""
    of = Cuttable.of
    patch.setattr(Cuttable, "of", lambda e, gone: replace(of(e, gone), visible_from=e.position - 1))


def see_queued_words_when_typed(patch: pytest.MonkeyPatch) -> None:
    """A queued message is visible from its enqueue."""
    of, placed = Cuttable.of, prefixes._with_abandonment
    patch.setattr(Cuttable, "of", lambda e, gone: replace(of(e, gone), visible_from=e.authored_at))
    patch.setattr(
        prefixes,
        "_with_abandonment",
        lambda record: sorted(placed(record), key=lambda pair: pair[0].authored_at),
    )


def with_abandonment(change: Callable[[int | None], int | None]) -> Break:
    def spoil(patch: pytest.MonkeyPatch) -> None:
        def careless(record: SessionRecord) -> Iterator[tuple[EventRecord, int | None]]:
            gone = record.abandoned_from()
            for event in record.events:
                yield event, change(gone.get(event.position))

        patch.setattr(prefixes, "_with_abandonment", careless)

    return spoil


def keep_the_last_of_duplicates(patch: pytest.MonkeyPatch) -> None:
    """A line that repeats a uuid takes the place of the first."""

    def careless(stream: BinaryIO, name: str) -> Iterator[Line | Torn]:
        lines = list(read_lines(stream, name))
        last = {str(line.value.get("uuid")): line for line in lines if isinstance(line, Line)}
        for line in lines:
            if isinstance(line, Torn) or "uuid" not in line.value:
                yield line
            else:
                repeat = last[str(line.value["uuid"])]
                yield Line(line.line, line.offset, repeat.raw, repeat.value, False)

    patch.setattr(registry, "read_lines", careless)


def show_summaries(patch: pytest.MonkeyPatch) -> None:
    """Bookkeeping is shown as a notice."""
    feed = SessionReader.feed

    def careless(self: SessionReader, line: Line) -> Any:
        entry, events = feed(self, line)
        if entry.type != "summary":
            return entry, events
        text = str(line.value["summary"])
        notice = EventRecord(
            position=entry.position, ordinal=entry.ordinal, id=f"L{entry.ordinal}",
            kind=EventKind.NOTICE, thread=MAIN, text=text, shown=True,
        )  # fmt: skip
        return entry, [notice]

    patch.setattr(SessionReader, "feed", careless)


def mask_names_of_later_branches(patch: pytest.MonkeyPatch) -> None:
    """Names count as known before they were recorded."""
    patch.setattr(prefixes, "cut_names", lambda places, _: cut_names(places, END))


def hash_timestamps(patch: pytest.MonkeyPatch) -> None:
    """The prefix hash covers when an event was recorded."""

    def careless(previous: bytes, event: Shown) -> bytes:
        return chain_hash(previous, replace(event, text=f"{event.text}{event.timestamp}"))

    patch.setattr(prefixes, "chain_hash", careless)


def cut_inside_responses(patch: pytest.MonkeyPatch) -> None:
    """Every line of a response is a decision point of its own."""

    def careless(record: SessionRecord) -> list[Candidate]:
        return [Candidate(e.position, e.id, "agent", None) for e in record.events if e.response]

    patch.setattr("transcripts.laws.cutting.find_candidates", careless)
    patch.setattr(prefixes, "find_candidates", careless)


def truncation(played: Played, _: bytes) -> Checked:
    return check_truncation(played)


def files(played: Played, data: bytes) -> Checked:
    return check_files(played, data, every=1)


def snapshots(played: Played, data: bytes) -> Checked:
    return check_snapshots(played, data, number=30)


def poison(played: Played, _: bytes) -> Checked:
    return check_poison(played, every=1)


def abandoned(played: Played, _: bytes) -> Checked:
    return check_abandoned(played)


def timestamps(played: Played, _: bytes) -> Checked:
    return check_timestamps(played)


def responses(played: Played, _: bytes) -> Checked:
    return check_responses(played)


BROKEN: list[tuple[str, Break, Law]] = [
    ("the event at the cut is seen", see_one_event_more, truncation),
    ("queued words are seen when typed", see_queued_words_when_typed, truncation),
    ("what is abandoned later is gone before", with_abandonment(lambda at: at and 0), truncation),
    ("what is abandoned stays", with_abandonment(lambda _: None), abandoned),
    ("the last of duplicates counts", keep_the_last_of_duplicates, files),
    ("the last of duplicates counts in snapshots", keep_the_last_of_duplicates, snapshots),
    ("bookkeeping is shown", show_summaries, poison),
    ("later names are masked", mask_names_of_later_branches, truncation),
    ("timestamps are hashed", hash_timestamps, timestamps),
    ("responses are cut inside", cut_inside_responses, responses),
]


@pytest.mark.parametrize(
    ("spoil", "law"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_law_fails_when_its_guard_is_broken(
    data: bytes, monkeypatch: pytest.MonkeyPatch, spoil: Break, law: Law
) -> None:
    whole = law(Played.of(registry.replay("claude-code", io.BytesIO(data))), data)
    assert whole.checks > 0
    assert whole.failures == ()
    spoil(monkeypatch)
    assert law(Played.of(registry.replay("claude-code", io.BytesIO(data))), data).failures
