"""A run whose terminal goes away, or that is interrupted before its first call."""

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from taste.database import open_database
from taste.simulator.server import Simulator
from taste.tables import Call, Run
from transcripts.db import Db

# Processes of their own know nothing of the server that the tests run on.
pytestmark = [pytest.mark.sqlite, pytest.mark.no_cover]

PROGRAM = "from taste.cli.main import main; main()"
AFTER = 5
"""Calls after which the terminal goes away."""


@pytest.fixture
def words(
    database: Path, tmp_path: Path, study_text: Callable[..., str]
) -> Callable[..., list[str]]:
    """words(base_url) is the command that runs a study there."""

    def write(base_url: str) -> list[str]:
        path = tmp_path / "study.toml"
        path.write_text(study_text(base_url), encoding="utf-8")
        return [sys.executable, "-c", PROGRAM, "run", str(path), "--yes", "--db", str(database)]

    return write


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def count(server: Simulator) -> int:
    return sum(1 for request in server.requests if request.kind)


def in_terminal(words: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A process that leads a terminal of its own, and the other end of that."""
    ours, theirs = pty.openpty()
    program = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {PROGRAM}"
    process = subprocess.Popen(
        [words[0], "-c", program, *words[3:]],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    return process, ours


def test_a_run_whose_terminal_goes_away_finishes_what_is_under_way(
    database: Path, words: Callable[..., list[str]], simulate: Callable[..., Simulator]
) -> None:
    with simulate(latency=0.1) as server:
        process, terminal = in_terminal(words(server.base_url))
        while count(server) < AFTER:
            time.sleep(0.01)
        os.close(terminal)
        assert process.wait() == 1
    engine = open_database(str(database))
    with Db(engine) as db:
        assert db.exec(select(Call.outcome)).all() == ["answered"] * count(server)
        run = db.exec(select(Run)).one()
    engine.dispose()
    assert (run.status, run.holder) == ("stopped", None)
    assert str(run.reason).startswith("the terminal went away; every answer is kept.")


def test_ctrl_c_before_the_first_call_is_no_traceback(
    words: Callable[..., list[str]], silent: socket.socket
) -> None:
    port = silent.getsockname()[1]
    with subprocess.Popen(
        words(f"http://127.0.0.1:{port}"), stdout=-1, stderr=-1, text=True
    ) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            said = process.communicate()
    assert process.returncode not in (0, None)
    assert "Traceback" not in said[1]


def test_ctrl_c_is_an_answer_to_the_question_whether_to_send(
    words: Callable[..., list[str]], simulate: Callable[..., Simulator]
) -> None:
    with simulate() as server:
        command = [word for word in words(server.base_url) if word != "--yes"]
        process, terminal = in_terminal(command)
        seen = b""
        while b"Send these calls?" not in seen:
            seen += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        assert process.wait() != 0
        assert count(server) == 0
    os.close(terminal)
