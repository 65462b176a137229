import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Taste = Callable[..., Any]


@pytest.fixture
def moves(taste: Taste, database: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """moves("--person", "Ada", why=1) imports a move for each annotated point, with these keys."""
    monkeypatch.setenv("TASTE_DB", str(database))
    points = list(map(json.loads, taste("points", "export").out.splitlines()))

    def run(*words: str, **more: Any) -> Any:
        lines = [
            {"session": p["session"], "before": p["before"], "move": "Plot it first."} | more
            for p in points
        ]
        Path("m.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
        return taste("moves", "import", "m.jsonl", *words)

    return run


def test_moves_are_imported_and_counted(moves: Callable[..., Any]) -> None:
    said = moves("--person", "Ada")
    assert (said.code, said.out, said.err) == (0, "6 stored, 0 unchanged, 0 refused\n", "")
    again = json.loads(moves("--person", "Ada", "--json").out)
    assert again == {"stored": 0, "unchanged": 6, "refused": []}


@pytest.mark.parametrize(
    ("words", "more", "why"),
    [
        (("--person", "example-annotator"), {}, "they have annotated this lineage."),
        (("--person", "Ada"), {"move": ""}, "move: is blank"),
        (("--person", "Ada"), {"before": "gone"}, "has no event 'gone'."),
        (("--person", "Ada"), {"why\x1b[2J": "x"}, "why\\u001b[2J: Extra inputs are not permitted"),
    ],
)
def test_refused_lines_are_named_and_the_database_is_as_it_was(
    moves: Callable[..., Any], database: Path, words: tuple[str, ...], more: Any, why: str
) -> None:
    before = database.read_bytes()
    said = moves(*words, **more)
    assert (said.code, said.out) == (1, "0 stored, 0 unchanged, 6 refused\n")
    *lines, last = said.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"line {n}" for n in range(1, 7)]
    assert all(line.endswith(why) for line in lines)
    assert last == "taste: nothing was stored; mend these lines and import the file again."
    assert database.read_bytes() == before


def test_a_person_has_to_be_named(moves: Callable[..., Any]) -> None:
    assert moves().code == 2
    assert moves("--person", " ").code == 1
