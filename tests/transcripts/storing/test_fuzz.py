"""Mutilated recordings: a session, or one sentence that names the file and its line.

TASTE_FUZZ=N tries N mutilations of each kind instead of the few that every run tries.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import func, select

from transcripts.db import Db, open_engine
from transcripts.errors import BrokenFile, NotATranscript, UserError
from transcripts.formats.reading import UNEXPECTED
from transcripts.shipped import list_examples
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Entry, Event, Session, Table

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FUZZ = settings(
    max_examples=int(os.environ.get("TASTE_FUZZ", "100")),
    suppress_health_check=list(HealthCheck),
    deadline=None,
    phases=(Phase.generate,),
)
KEPT = 60_000
"""Bytes of a file that are mutilated: small enough for many tries."""
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 1 << 70, "", "x" * 300, "\ud800".encode("utf-8", "replace").decode(),
    "\u0000", [], {}, [[]], [None], {"type": None}, {"content": 3}, ["text"], "main", "L1",
]  # fmt: skip


def start_of(path: Path) -> bytes:
    """The first whole lines of a file; all of a document."""
    data = path.read_bytes()
    return data if path.suffix == ".json" else data[: data.rfind(b"\n", 0, KEPT) + 1] or data[:KEPT]


@pytest.fixture(scope="session")
def seeds(corpus: Path) -> list[tuple[str, bytes]]:
    """Beginnings of examples and of recorded files of every format, by how their names end."""
    recorded = [path for path in sorted(corpus.rglob("*.json*")) if path.name != "points.jsonl"]
    paths = [*(example.path for example in list_examples()), *recorded]
    return [(path.suffix, start_of(path)) for path in paths if "inspect" not in path.parts]


@pytest.fixture(scope="session")
def engine() -> Engine:
    engine = open_engine("sqlite://")
    Table.metadata.create_all(engine)
    return engine


@pytest.fixture
def check(engine: Engine, tmp_path: Path) -> Callable[[str, bytes], None]:
    """Imports bytes as a file: rows that agree with each other, or a sentence and no rows."""

    def check(suffix: str, data: bytes) -> None:
        path = tmp_path / f"fuzzed{suffix}"
        path.write_bytes(data)
        with Db(engine) as db:
            try:
                found = import_file(db, path, ImportOptions(), NOW)
            except UserError as error:
                said(error)
                assert count(db, Session) == 0
                return
            assert sum(one.entries for one in found) == count(db, Entry)
            assert sum(one.events for one in found) == count(db, Event)
            forget(db)

    return check


def said(error: UserError) -> None:
    """A sentence, with the line where one is at fault; a reader that stumbled is none."""
    text = str(error)
    assert "fuzzed" in text
    assert UNEXPECTED not in text
    assert isinstance(error, NotATranscript) or not isinstance(error, BrokenFile) or error.line >= 0


def count(db: Db, table: type[Table]) -> int:
    return db.exec(select(func.count()).select_from(table)).one()


def forget(db: Db) -> None:
    for table in reversed(Table.metadata.sorted_tables):
        if table.name in {"session", "entry", "event", "source", "thread", "place_name"}:
            db.connection().execute(table.delete())
    db.commit()


def bitten(rng: random.Random, data: bytes) -> bytes:
    """Bytes flipped, taken out, repeated or moved."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at, length = rng.randrange(len(found) or 1), rng.choice((1, 1, 1, 7, 300))
        piece = found[at : at + length]
        match rng.randrange(4):
            case 0:
                found[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del found[at : at + length]
            case 2:
                found[at:at] = piece
            case _:
                del found[at : at + length]
                there = rng.randrange(len(found) or 1)
                found[there:there] = piece
    return bytes(found)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        pairs: list[tuple[Any, Any]] = []
        if isinstance(one, dict):
            pairs = list(one.items())
        elif isinstance(one, list):
            pairs = list(enumerate(one))
        for key, inner in pairs:
            yield one, key
            waiting.append(inner)


def swapped(rng: random.Random, data: bytes) -> bytes:
    """A few values of some lines replaced by values of another type, or taken from elsewhere."""
    lines = data.split(b"\n")
    for number in rng.sample(range(len(lines)), min(len(lines), rng.randint(1, 8))):
        try:
            value = orjson.loads(lines[number])
        except ValueError:
            continue
        found = list(places(value))
        for container, key in rng.sample(found, min(len(found), rng.randint(1, 3))):
            container[key] = rng.choice([*ODD, container, value])
        lines[number] = dumped(value, lines[number])
    return b"\n".join(lines)


def dumped(value: Any, before: bytes) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):
        return before


def shuffled(rng: random.Random, data: bytes) -> bytes:
    """Lines left out, repeated and in another order."""
    lines = data.splitlines(keepends=True)
    if rng.random() < 0.5:
        rng.shuffle(lines)
    return b"".join(rng.choices(lines, k=rng.randint(1, len(lines) + 3)))


@pytest.mark.parametrize("mutilate", [bitten, swapped, shuffled], ids=lambda f: f.__name__)
def test_a_mutilated_recording_is_a_session_or_a_sentence(
    seeds: list[tuple[str, bytes]],
    check: Callable[[str, bytes], None],
    mutilate: Callable[[random.Random, bytes], bytes],
) -> None:
    @FUZZ
    @given(seed=st.integers(0, 1 << 32), number=st.integers(0, len(seeds) - 1))
    def run(seed: int, number: int) -> None:
        suffix, data = seeds[number]
        check(suffix, mutilate(random.Random(seed), data))

    run()


@FUZZ
@given(data=st.binary(max_size=400), suffix=st.sampled_from([".jsonl", ".json", ".eval"]))
def test_any_bytes_are_a_session_or_a_sentence(
    check: Callable[[str, bytes], None], data: bytes, suffix: str
) -> None:
    check(suffix, data)
