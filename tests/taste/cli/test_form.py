"""`taste form` as a command."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Taste = Callable[..., Any]


@pytest.fixture
def few(few_file: Path, folder: Path) -> Path:
    return Path(shutil.copy(few_file, folder / "taste.db"))


@pytest.mark.usefixtures("few")
def test_a_form_goes_out_and_comes_back(taste: Taste, folder: Path) -> None:
    assert taste("assign", "--annotator", "Ada").code == 0
    said = taste("form", "export", "--annotator", "Ada", "--assignment", 2, "a.yaml")
    assert "assignment 2, hindsight: fill in a.yaml" in said.out
    file = folder / "a.yaml"
    text = file.read_text().replace("nothing: false", "nothing: true", 1)
    file.write_text(text.replace("reason: null", "reason: read twice", 1))
    assert json.loads(taste("form", "import", "a.yaml", "--json").out)["outcome"] == "handed in"
    assert "unchanged" in taste("form", "import", "a.yaml").out


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("export", "--annotator", "Ada", "no/a.yaml"), "cannot write"),
        (("export", "--annotator", "Ada", "a.yaml"), "nothing is assigned to 'Ada'"),
        (("import", "no.yaml"), "cannot read"),
        (("import", "none.txt"), "is no form"),
    ],
)
def test_a_bad_call_is_one_sentence(
    taste: Taste, folder: Path, words: tuple[str, ...], fault: str
) -> None:
    folder.joinpath("none.txt").write_text("words")
    said = taste("form", *words)
    assert (said.code, said.out) == (1, "")
    assert fault in said.err
    assert len(said.err.splitlines()) == 1
