"""The command line in this process, as `main` runs it: its exit code and what it wrote."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from taste.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, empty."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def taste(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> Callable[..., Said]:
    """taste("sets", "list") runs the command in `folder`; an exception is a failure."""
    assert Path.cwd() == folder

    def run(*words: Any) -> Said:
        monkeypatch.setattr(sys, "argv", ["taste", *map(str, words)])
        code: Any = 0
        capfdbinary.readouterr()
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = (stream.decode() for stream in capfdbinary.readouterr())
        return Said(int(code or 0), out, err)

    return run
