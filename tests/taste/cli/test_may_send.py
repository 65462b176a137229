"""No command lets a text leave for a host that its session does not name."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from sqlmodel import delete

from taste.run_tables import Manifest
from taste.simulator.server import Simulator
from taste.tables import Item, ItemSet, SetExclusion
from transcripts.db import Db
from transcripts.tables import Session

Taste = Callable[..., Any]
PLAIN: dict[str, Any] = {"controls": {"arms": []}}
COMMANDS = (
    ("run", "STUDY", "--yes"),
    ("run", "STUDY", "--yes", "--batch"),
    ("plan", "STUDY", "--count"),
    ("try", "few:1", "--study", "STUDY", "--yes"),
    ("prompts", "export", "STUDY", "out.jsonl"),
)


@pytest.fixture
def server(simulate: Callable[..., Simulator]) -> Iterator[Simulator]:
    """A simulator that refuses once."""
    with simulate("refusal:1") as made:
        yield made


@pytest.fixture
def done(
    taste: Taste, database: Path, folder: Path, server: Simulator, study_text: Callable[..., str]
) -> Path:
    """A study that was run on this machine."""
    path = folder / "study.toml"
    path.write_text(study_text(server.base_url, **PLAIN), encoding="utf-8")
    assert taste("run", path, "--yes", "--db", database).code == 0
    return path


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that anything was posted to; no connection is made."""
    found: list[str] = []

    async def connect(_: Any, request: httpx2.Request) -> httpx2.Response:
        found.extend([str(request.url)] if request.method == "POST" else [])
        return httpx2.Response(200, json={"data": [], "has_more": False})

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", connect)
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    return found


def test_no_command_sends_what_may_not_leave(
    taste: Taste, database: Path, done: Path, study_text: Callable[..., str], posted: list[str]
) -> None:
    done.write_text(study_text("https://models.invalid", **PLAIN), encoding="utf-8")
    for words in COMMANDS:
        said = taste(*(done if word == "STUDY" else word for word in words), "--db", database)
        assert said.code == 1, words
        assert "may not be sent to 'local' (models.invalid)" in said.err
    assert posted == []


@pytest.mark.parametrize("words", [("retry", "--reason", "refusal"), ("attack", "--items", "1")])
def test_what_builds_on_a_run_sends_nothing_that_is_past_its_day_since(
    taste: Taste, database: Path, db: Db, done: Path, server: Simulator, words: tuple[str, ...]
) -> None:
    db.exec(update(Session).values(usable_until=date(2020, 1, 1)))
    db.commit()
    before = [seen for seen in server.requests if seen.kind]
    said = taste(words[0], done, *words[1:], "--yes", "--db", database)
    assert [seen for seen in server.requests if seen.kind] == before
    assert (said.code, "nothing of it is sent" in said.err) == (1, True)


@pytest.fixture
def unrun(db: Db, folder: Path, study_text: Callable[..., str]) -> Path:
    """A study of another host and of a set that is not there yet; no set is."""
    for table in (Manifest, SetExclusion, Item, ItemSet):
        db.exec(delete(table))
    db.commit()
    path = folder / "s.toml"
    path.write_text(study_text("https://models.invalid", sets=["later"]), encoding="utf-8")
    return path


def test_no_pilot_sends_what_may_not_leave(
    taste: Taste, database: Path, unrun: Path, posted: list[str]
) -> None:
    tried = taste("pilot", unrun, "--items", 1, "--yes", "--db", database)
    taste("sets", "freeze", "later", "--set", "suboptimal", "--labels", "one", "--db", database)
    fitted = taste("stock", "fit", unrun, "--yes", "--db", database)
    for said in (tried, fitted):
        assert said.code == 1
        assert "may not be sent to 'local' (models.invalid)" in said.err
    assert posted == []
