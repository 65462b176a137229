"""The pages of docs/ that show code or output: what they show is what the reader gets."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))


def test_the_examples_of_the_statistics_page_run() -> None:
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(page, {}, "statistics.md", None, 0)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_the_page_of_the_original_shows_what_taste_prints() -> None:
    page = (ROOT / "docs" / "original.md").read_text(encoding="utf-8")
    shown = re.search(r"```console\n\$ taste ([^\n]+)\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    taste = Path(sys.executable).with_name("taste")
    command = [str(taste), *shown.group(1).split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == shown.group(2).strip()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_a_link_leads_to_a_file(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


def test_every_function_that_the_statistics_page_names_exists() -> None:
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`(analysis(?:\.[a-z_]+)+)`", page))
    assert names
    for name in names:
        place = ROOT / Path(*name.split("."))
        parent = place.parent.with_suffix(".py")
        is_function = parent.exists() and f"def {place.name}(" in parent.read_text(encoding="utf-8")
        assert place.is_dir() or place.with_suffix(".py").exists() or is_function, name
