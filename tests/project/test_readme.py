"""README is executed: what it shows is what the reader gets."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from taste.study import parse_study

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    shown = next(block for block in blocks("console") if block.startswith("$ make demo\n"))
    assert "$(BIN)/taste demo" in (ROOT / "Makefile").read_text(encoding="utf-8")
    taste = Path(sys.executable).with_name("taste")
    done = subprocess.run([taste, "demo"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == shown.removeprefix("$ make demo\n")
    report = (tmp_path / "taste-demo.html").read_text(encoding="utf-8")
    assert "simulated" in report.lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taste-demo.html"]


def test_the_study_file_is_valid() -> None:
    study, endpoints = blocks("toml")
    assert (
        parse_study(study + endpoints.replace('"local"', '"anthropic"'), "README").name == "first"
    )


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_linked_file_exists(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("commands", [re.findall(r"taste ([a-z]+)", README)])
def test_every_command_is_described(commands: list[str]) -> None:
    from taste.cli.main import app

    names = {command.name for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    assert names <= {*commands, "demo"}
