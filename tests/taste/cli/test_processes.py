"""Commands as processes of their own: what a pipe gets is bytes, and Ctrl-C is an end."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taste.points import read_point
from taste.sets import get_set, read_items
from transcripts.db import Db

# Processes of their own know nothing of the server that the tests run on.
pytestmark = pytest.mark.sqlite

PROGRAM = "from taste.cli.main import main; main()"


def show(database: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PROGRAM, "show", *words, "--db", str(database)]
    return subprocess.run(command, capture_output=True, check=False)


def test_a_prefix_goes_into_a_pipe_byte_for_byte(db: Db, database: Path) -> None:
    (item, *_) = read_items(db, get_set(db, "more"))
    text = read_point(db, item)
    said = show(database, text.session.external_id[:10], "--before", text.point.before)
    assert said.stdout == text.prefix.text.encode()
    assert hashlib.sha256(said.stdout).hexdigest() == text.prefix.shown_hash
    assert said.stderr.decode() == (
        f"prefix_hash {text.point.prefix_hash}\nshown_hash  {text.prefix.shown_hash}\n"
    )


def test_the_simulator_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-c", PROGRAM, "simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        errors = process.communicate()[1]
    assert said.startswith("simulated models at http://127.0.0.1:")
    assert (process.returncode, errors) == (0, "")
