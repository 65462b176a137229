import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from taste.checkup import check_database, check_disk, check_key
from taste.database import HEAD
from taste.seats import Endpoint
from taste.simulator.server import Simulator

Taste = Callable[..., Any]


def _found(said: Any) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in map(json.loads, said.out.splitlines())}


@pytest.fixture
def study_file(folder: Path, simulator: Simulator, study_text: Callable[..., str]) -> Path:
    path = folder / "study.toml"
    path.write_text(study_text(simulator.base_url), encoding="utf-8")
    return path


def test_a_machine_on_which_a_study_can_run_has_no_fault(
    taste: Taste, database: Path, study_file: Path
) -> None:
    database.chmod(0o600)
    said = taste("doctor", study_file, "--json", "--db", database)
    found = _found(said)
    assert said.code == 0
    for name in ("database", "integrity", "private", "key of local", "endpoint local", "prices"):
        assert found[name]["verdict"] == "ok"
    assert (
        "answers (simulated); as the study has it, it can do: structured, count_tokens"
        in (found["endpoint local"]["said"])
    )


def test_without_a_study_the_machine_alone_is_looked_at(taste: Taste, folder: Path) -> None:
    said = taste("doctor", "--db", folder / "new.db")
    assert (said.code, list(folder.iterdir())) == (0, [])
    assert "is not there yet; the first import makes it" in said.out


def test_a_key_is_never_printed(
    taste: Taste, database: Path, study_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    said = taste("doctor", study_file, "--db", database)
    assert "LOCAL_KEY is set" in said.out
    assert "secret-key-5c21" not in said.out + said.err


def test_a_key_that_is_needed_and_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GONE_KEY", raising=False)
    endpoint = Endpoint(name="far", base_url="https://models.invalid", api_key_env="GONE_KEY")
    assert check_key(endpoint, needed=True).verdict == "fault"
    assert check_key(endpoint, needed=False).verdict == "ok"
    headed = endpoint.model_copy(update={"headers": {"X-Team": "GONE_TEAM"}})
    assert check_key(headed, needed=False).said == "not set: GONE_TEAM"


def test_an_endpoint_that_does_not_answer_is_a_fault(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str]
) -> None:
    (folder / "gone.toml").write_text(study_text("http://127.0.0.1:1"), encoding="utf-8")
    said = taste("doctor", "gone.toml", "--db", database)
    assert (said.code, "taste: at fault: endpoint local" in said.err) == (1, True)
    assert "does not answer: Connection error. Start it, or mend its base_url." in said.out


def test_an_endpoint_elsewhere_is_asked_only_online(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LOCAL_KEY", "secret-key-5c21")
    (folder / "far.toml").write_text(study_text("https://models.invalid"), encoding="utf-8")
    said = taste("doctor", "far.toml", "--db", database)
    assert "the endpoint 'local' was not asked -> --online asks it" in said.out
    assert "2 of 2 sessions may not be sent; the first: session '" in said.out
    assert (said.code, "at fault: leave for local\n" in said.err) == (1, True)


def test_a_set_that_is_not_frozen_is_a_fault(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str],
) -> None:  # fmt: skip
    text = study_text(simulator.base_url, sets=["few", "none"])
    (folder / "s.toml").write_text(text, encoding="utf-8")
    said = taste("doctor", "s.toml", "--db", database)
    assert (said.code, "at fault: sets\n" in said.err) == (1, True)
    assert "there is no set 'none' -> taste sets freeze none" in said.out


def test_a_key_that_is_refused_is_a_fault_though_no_text_was_sent(
    taste: Taste, database: Path, folder: Path, study_text: Callable[..., str]
) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(401)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        text = study_text(f"http://127.0.0.1:{server.server_port}")
        (folder / "s.toml").write_text(text, encoding="utf-8")
        said = taste("doctor", "s.toml", "--db", database)
        server.shutdown()
    assert (said.code, "the endpoint 'local' refuses the key" in said.out) == (1, True)


def test_a_study_that_cannot_be_read_is_a_fault(taste: Taste, database: Path) -> None:
    said = taste("doctor", "none.toml", "--json", "--db", database)
    assert (said.code, _found(said)["study"]["verdict"]) == (1, "fault")


def test_a_price_that_nobody_knows_is_a_fault(
    taste: Taste, database: Path, folder: Path, simulator: Simulator,
    study_text: Callable[..., str], seat: Callable[..., Any],
) -> None:  # fmt: skip
    unpriced = {key: value for key, value in seat("simulated-late").items() if key != "price"}
    text = study_text(simulator.base_url, proposers=[unpriced])
    (folder / "free.toml").write_text(text, encoding="utf-8")
    said = taste("doctor", "free.toml", "--db", database)
    assert (said.code, "nobody states what 'simulated-late' costs" in said.out) == (1, True)


@pytest.mark.parametrize(
    ("revision", "verdict"), [("0003", "warning"), ("9999", "fault"), (HEAD, "ok")]
)
def test_a_database_of_another_version_is_named(
    database: Path, revision: str, verdict: str
) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("update alembic_version set version_num = ?", (revision,))
        connection.commit()
    (found,) = [c for c in check_database(str(database)) if c.name == "database"]
    assert found.verdict == verdict


def test_a_damaged_database_is_a_fault(database: Path) -> None:
    whole = database.read_bytes()
    middle = len(whole) // 2
    database.write_bytes(whole[:middle] + b"\xff" * 40_000 + whole[middle + 40_000 :])
    verdicts = {check.name: check.verdict for check in check_database(str(database))}
    assert "fault" in {verdicts["database"], verdicts.get("integrity")}


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database " * 100, encoding="utf-8")
    assert next(check_database(str(tmp_path / "x.db"))).verdict == "fault"
    assert next(check_database(str(tmp_path / "no" / "x.db"))).verdict == "fault"


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, "ok"), (0o644, "warning")])
def test_a_database_that_others_may_read_is_named(database: Path, mode: int, verdict: str) -> None:
    database.chmod(mode)
    (found,) = [c for c in check_database(str(database)) if c.name == "private"]
    assert found.verdict == verdict


def test_little_room_is_a_warning_and_none_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1 << 30

    monkeypatch.setattr("taste.checkup.shutil.disk_usage", lambda _: Usage)
    assert check_disk(tmp_path, 0).verdict == "warning"
    Usage.free = 1
    assert check_disk(tmp_path, 0).verdict == "fault"
