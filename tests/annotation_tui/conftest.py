"""Real databases and a real app, driven by keys."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert
from sqlmodel import col, select
from textual import events
from textual.app import App
from textual.pilot import Pilot

from annotation_tui.app import make_app
from annotation_tui.screens.reader import Reader
from annotation_tui.shell import Setup
from annotation_tui.widgets.decision_form import DecisionForm
from annotation_tui.widgets.status import StatusLine
from taste.assignment_tables import Assignment, Draft, ReadingState
from taste.database import open_database
from transcripts.annotations import Label, annotate
from transcripts.codebook import Codebook, read_codebook
from transcripts.db import Db
from transcripts.tables import Annotation, Event, Session

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Script = Callable[["Driver"], Awaitable[None]]


class Collector:
    """Stands for `gc`: what tests have imported is set aside already, and is no session's."""

    @staticmethod
    def collect() -> None:
        """Collect nothing: walking all that tests import takes as long as a test."""

    freeze = unfreeze = collect


@pytest.fixture(autouse=True)
def _collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation_tui.app.gc", Collector)


@dataclass
class Told:
    """A session being written: events with what the reader needs to know of them."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def event(self, kind: str, text: str, **values: Any) -> "Told":
        position = len(self.rows)
        act = position if kind == "human" else None
        row = {
            "position": position,
            "event_id": f"e{position}",
            "ordinal": position + 1,
            "kind": kind,
            "thread": "main",
            "response": f"r{position}" if kind in {"agent", "call"} else None,
            "tool": "",
            "is_error": False,
            "shown": True,
            "visible_from": position,
            "act": act,
            "act_kind": "typed" if act is not None else None,
            "text": text,
            "n_lines": text.count("\n") + 1,
            "n_chars": len(text),
        }
        self.rows.append(row | values)
        return self


def told() -> Told:
    """Two acts after work of the agent, a failed call, a long result."""
    return (
        Told()
        .event("human", "please look at the data")
        .event("agent", "I looked at the data")
        .event("call", "{}", tool="Bash")
        .event("result", "\n".join(f"line {n}" for n in range(30)), tool="Bash")
        .event("human", "now train the model")
        .event("agent", "training with defaults")
        .event("result", "boom", tool="Bash", is_error=True)
        .event("human", "the split leaks, go back")
        .event("agent", "going back to the old split")
    )


def put(engine: Engine, script: Told, external_id: str) -> Session:
    with Db(engine) as db:
        session = Session(
            external_id=external_id,
            lineage=external_id,
            format="told",
            thread="main",
            project="[/red]",
            researcher="Ada",
            event_count=len(script.rows),
            imported_at=NOW,
        )
        db.add(session)
        db.flush()
        rows = [row | {"session_id": session.id} for row in script.rows]
        db.connection().execute(insert(Event), rows)
        db.commit()
        db.refresh(session)
        return session


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(str(tmp_path / "taste.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Session:
    return put(engine, told(), "s-0001-abcdef")


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return read_codebook()


@contextmanager
def carets_of_commits(engine: Engine, name: str, field: str) -> Iterator[list[tuple[str, Any]]]:
    """A text and the caret in it as they are after each commit: whatever a kill could leave."""
    kept: list[tuple[str, Any]] = []

    def look(connection: Connection) -> None:
        state = connection.execute(select(ReadingState.state)).scalar_one()
        text = connection.execute(select(Draft.value).where(Draft.name == name)).scalar_one()
        kept.append((text[field], state["caret"]))

    event.listen(engine, "commit", look)
    yield kept
    event.remove(engine, "commit", look)


@dataclass
class Driver:
    """The app under a pilot, with what a test asks of it."""

    app: App[None]
    pilot: Pilot[None]
    engine: Engine

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def burst(self, *keys: str) -> None:
        """Press keys faster than the app answers."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.pilot.pause(0.3)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*(("space" if sign == " " else sign) for sign in text))

    async def write(self, text: str) -> None:
        """Put words where the form is written in, as a paste would: fast."""
        self.form.words.insert(text)
        await self.pilot.pause()

    @property
    def reader(self) -> Reader:
        assert isinstance(self.app.screen, Reader)
        return self.app.screen

    def screen_text(self) -> str:
        """What the terminal would show, line by line."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        assert len(lines) == height
        return "\n".join(strip.crop(0, width).text for strip in lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """Event (from 0) and row of the reader's cursor."""
        return self.reader.place.event, self.reader.place.row

    @property
    def status(self) -> str:
        return self.app.screen.query_one(StatusLine).text

    @property
    def form(self) -> DecisionForm:
        return self.app.screen.query_one(DecisionForm)

    def rows(self) -> list[Annotation]:
        """All rows of annotations, as stored."""
        with Db(self.engine) as db:
            return list(db.exec(select(Annotation).order_by(col(Annotation.id))).all())

    def draft(self) -> dict[str, Any]:
        """Every named value of the drafts in the database."""
        with Db(self.engine) as db:
            return {row.name: row.value for row in db.exec(select(Draft)) if row.value is not None}

    def mark(self, cut: int = 4) -> dict[str, Any]:
        """The stored draft of the mark at a cut."""
        found: dict[str, Any] = self.draft()[f"mark:{cut}"]
        return found


@dataclass
class Stage:
    """Runs the app on a database, as often as a test restarts it."""

    engine: Engine
    codebook: Codebook
    setup: Setup = field(default_factory=Setup)
    who: str = "ann"
    """As it was typed after `--annotator`."""

    def tell(self) -> Told:
        """An empty session to write events into."""
        return Told()

    def store(self, script: Told, external_id: str = "t-0001-abcdef") -> Session:
        return put(self.engine, script, external_id)

    async def play(
        self, script: Script, size: tuple[int, int] = (80, 24), *, resume: bool = False
    ) -> None:
        setup = replace(self.setup, resume=resume)
        app = make_app(self.engine, self.who, self.codebook, lambda: NOW, setup)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await script(Driver(app, pilot, self.engine))

    async def read(self, script: Script, size: tuple[int, int] = (80, 24)) -> None:
        """Open the first session, then play."""

        async def opened(drive: Driver) -> None:
            await drive.press("enter")
            await script(drive)

        await self.play(opened, size)

    def forget(self, drive: Driver) -> None:
        """Let the process end without a word: nothing is saved or given back any more."""
        drive.reader.desk.held.read_only = True

    def kill(self, drive: Driver) -> None:
        """Leave the database as SIGKILL would, once its lease has ended."""
        self.forget(drive)
        with Db(self.engine) as db:
            for row in db.exec(select(Assignment)):
                row.holder = None
            db.commit()

    def label_by(self, annotator: str, session: Session, before: str, label: Label) -> None:
        """Let somebody annotate without the app."""
        with Db(self.engine) as db:
            annotate(db, session, before, annotator, label, NOW)


@pytest.fixture
def stage(engine: Engine, codebook: Codebook) -> Stage:
    return Stage(engine, codebook)
