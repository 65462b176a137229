"""Sessions to measure the annotation tool on: long ones that were recorded, and hostile ones."""

import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordings import START, Recorder, make_prose, session_id

TASTE = str(Path(sys.executable).parent / "taste")
EVENTS_A_TURN = 9.2
"""Events that a made-up turn comes to."""
LONGEST = 250_000
"""Characters of the longest output."""
ERROR_RATE = 0.05
"""Share of the calls that fail."""


@dataclass(frozen=True, slots=True)
class Made:
    """A database with one session, and the recording that it was imported from."""

    name: str
    db: Path
    recording: Path | None
    events: int
    chars: int


def make_long(folder: Path, events: int, seed: int) -> Made:
    """Write a recording of about so many events as Claude Code would, and import it."""
    project = folder / f"projects-{events}" / "-home-mira-work"
    project.mkdir(parents=True)
    recording = project / f"{session_id(seed)}.jsonl"
    _write_long(recording, round(events / EVENTS_A_TURN), seed)
    return import_one(recording, folder / f"{events}.db", f"{events:,}")


class LongOutput(Recorder):
    """What tools print has a heavy tail, as in real sessions."""

    def _result(self, name: str, call: str) -> None:  # noqa: ARG002
        size = int(min(LONGEST, 500 * self.rng.paretovariate(1.0)))
        text = self._output(size // 2, size)
        block = {"tool_use_id": call, "type": "tool_result", "content": text}
        failed = self.rng.random() < ERROR_RATE
        self._user([block | {"is_error": failed}], toolUseResult={"stdout": text, "stderr": ""})


def _write_long(path: Path, turns: int, seed: int) -> None:
    rng = random.Random(f"long {seed}")
    recorder = LongOutput(rng, make_prose(seed), session_id(seed), START)
    with path.open("wb") as file:
        for _ in range(turns):
            recorder.turn(rng.choice((1, 1, 2, 2, 3, 4)))
            file.write(b"".join(recorder.out))
            recorder.out.clear()


def import_one(recording: Path, db: Path, name: str) -> Made:
    """Import one recording into a database of its own."""
    subprocess.run(
        [TASTE, "import", "--no-redact", "--db", str(db), str(recording)],
        check=True,
        capture_output=True,
    )
    events, chars = count(db)
    return Made(name, db, recording, events, chars)


def count(db: Path) -> tuple[int, int]:
    """Events shown and characters of the first session."""
    import sqlite3

    query = "SELECT count(*), sum(n_chars) FROM event WHERE shown AND session_id = 1"
    with sqlite3.connect(db) as connection:
        events, chars = connection.execute(query).fetchone()
    return int(events), int(chars or 0)


def hostile_texts(seed: int) -> Mapping[str, str]:
    """Texts of one event that are meant to break a screen."""
    rng = random.Random(seed)
    emoji = "".join(chr(rng.randint(0x1F300, 0x1F64F)) for _ in range(500_000))
    cjk = "".join(chr(rng.randint(0x4E00, 0x9FFF)) for _ in range(500_000))
    return {
        "one line of 5 MB": "x " * 2_500_000,
        "emoji only": "\n".join(emoji[at : at + 100] for at in range(0, len(emoji), 100)),
        "CJK only": "\n".join(cjk[at : at + 100] for at in range(0, len(cjk), 100)),
        "a CJK line of 500,000": cjk,
        "ANSI and OSC": "\x1b[31mred\x1b]52;c;cGxhbnRlZA==\x07\x1b]0;title\x07\x1b[2J\u202e[/red]\n"
        * 20_000,
        "a million lines": "\n".join(str(n) for n in range(1_000_000)),
    }


def make_told(db: Path, rows: list[dict[str, Any]]) -> None:
    """A database of one session with these events."""
    from sqlalchemy import insert

    from taste.database import open_database
    from transcripts.db import Db
    from transcripts.tables import Event, Session

    engine = open_database(str(db))
    with Db(engine) as handle:
        session = Session(
            external_id="made-up",
            lineage="made-up",
            format="made up",
            thread="main",
            event_count=len(rows),
            imported_at=datetime.now(UTC),
        )
        handle.add(session)
        handle.flush()
        handle.connection().execute(
            insert(Event), [row | {"session_id": session.id} for row in rows]
        )
        handle.commit()
    engine.dispose()


def told_event(number: int, kind: str, text: str) -> dict[str, Any]:
    """One event."""
    act = number if kind == "human" else None
    return {
        "position": number,
        "event_id": f"e{number}",
        "ordinal": number + 1,
        "kind": kind,
        "thread": "main",
        "response": f"r{number}" if kind in {"agent", "call"} else None,
        "tool": "Bash" if kind in {"call", "result"} else "",
        "is_error": False,
        "shown": True,
        "visible_from": number,
        "act": act,
        "act_kind": "typed" if act is not None else None,
        "text": text,
        "n_lines": text.count("\n") + 1,
        "n_chars": len(text),
    }


def make_hostile(db: Path, text: str) -> None:
    """A session whose second event is hostile."""
    texts = [("human", "please look at the data"), ("agent", text), ("human", "go on")]
    make_told(db, [told_event(n, kind, words) for n, (kind, words) in enumerate(texts)])
