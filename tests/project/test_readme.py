"""README is executed: what it shows is what the reader gets."""

import re
from pathlib import Path

import pytest

from taste.study import parse_study

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_make_demo_runs_the_demonstration() -> None:
    """What it prints, and that it is what is shown, is a test of the command's."""
    assert any(block.startswith("$ make demo\n") for block in blocks("console"))
    assert "\n\t$(BIN)/taste demo\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_study_file_is_valid() -> None:
    study, endpoints = blocks("toml")
    assert (
        parse_study(study + endpoints.replace('"local"', '"anthropic"'), "README").name == "first"
    )


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_linked_file_exists(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("commands", [re.findall(r"taste ([a-z-]+)", README)])
def test_every_command_is_described(commands: list[str]) -> None:
    from taste.cli.main import app

    names = {command.name for command in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    assert names <= {*commands, "demo"}
