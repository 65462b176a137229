"""`taste workpack` as a command."""

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
def test_a_pack_goes_out_and_comes_back(taste: Taste, folder: Path) -> None:
    assert taste("assign", "--annotator", "Ada").code == 0
    said = taste("workpack", "export", "--annotator", "Ada", "ada.db")
    assert "taste annotate --db ada.db --annotator 'Ada'" in said.out
    again = taste("workpack", "export", "--annotator", "Ada", "ada.db")
    assert (again.code, "is there already" in again.err) == (1, True)
    came = taste("workpack", "import", "ada.db", "--json")
    assert json.loads(came.out)["assignments"] == 2
    assert "0 conflicts, 0 refused" in taste("workpack", "import", "ada.db").out
    assert sorted(path.name for path in folder.iterdir()) == ["ada.db", "taste.db"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("export", "--annotator", "Ada", "no/ada.db"), "cannot write"),
        (("export", "--annotator", "Ada", "ada.db"), "nothing is assigned to 'Ada'"),
        (("import", "no.db"), "there is no database"),
        (("import", "taste.db"), "this very database"),
    ],
)
def test_a_bad_call_is_one_sentence(taste: Taste, words: tuple[str, ...], fault: str) -> None:
    said = taste("workpack", *words)
    assert (said.code, said.out) == (1, "")
    assert fault in said.err
    assert len(said.err.splitlines()) == 1
