import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taste.cli.main import app

ROOT = Path(__file__).parent.parent.parent.parent
README = ROOT / "README.md"
COMMANDS = (
    "import", "sessions", "search", "screen", "candidates", "sample", "show", "prefixes",
    "session allow", "session set", "session delete", "session withdraw", "points import",
    "points export", "points list", "moves import", "annotate", "agreement", "sets freeze",
    "sets list", "sets extend", "sets show", "db merge", "db info",
    "db grant", "db revoke", "stock fit", "plan", "doctor",
    "prompts export", "proposals import", "verdicts import", "pilot", "try", "run", "retry",
    "attack", "batches cancel", "batches abandon", "status", "calls", "show-call", "audit",
    "bundle export", "bundle import", "report", "trials", "stats", "pool", "power", "simulator",
    "demo", "assign", "progress", "workpack export", "workpack import",
    "form export", "form import",
    "calibrate plan", "calibrate draw", "calibrate report",
)  # fmt: skip
Taste = Callable[..., Any]


def registered(group: Any, before: str = "") -> list[str]:
    names = [f"{before}{command.name}" for command in group.registered_commands]
    for part in group.registered_groups:
        names += registered(part.typer_instance, f"{before}{part.name} ")
    return names


def test_the_list_of_commands_is_whole() -> None:
    assert sorted(registered(app)) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_help(taste: Taste, command: str) -> None:
    said = taste(*command.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"Usage: taste {command} ", said.out)
    assert len(said.out.splitlines()) > 4


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_readme(command: str) -> None:
    if not README.exists():
        pytest.skip("there is no README.md yet")
    assert re.search(rf"\b(taste|make) {command}\b", README.read_text(encoding="utf-8"))
