"""`taste agreement`: from labels as they were handed in to figures, in words and as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transcripts.shipped import examples_folder

Taste = Callable[..., Any]
FIRST, SECOND = "ee0fcf12", "f0e996cf"


@pytest.fixture
def twice(taste: Taste, folder: Path) -> Taste:
    """Two example sessions read by two, who differ in one type, one point and one place."""
    for name in (FIRST, SECOND):
        (file,) = examples_folder().glob(f"**/{name}*.jsonl")
        assert taste("import", file).code == 0
    text = (examples_folder() / "points.jsonl").read_text(encoding="utf-8").splitlines()
    lines = [
        json.loads(line) for line in text if json.loads(line)["session"].startswith((FIRST, SECOND))
    ]
    first = [line | {"annotator": "ann"} for line in lines]
    second = [line | {"annotator": "bob"} for line in lines[1:]]
    second[0] |= {"type": "other"}
    points = folder / "points.jsonl"
    points.write_text("\n".join(map(json.dumps, [*first, *second])), encoding="utf-8")
    assert taste("points", "import", points).code == 0
    return taste


def figure(found: dict[str, Any], field: str, measure: str, tolerance: int) -> dict[str, Any]:
    wanted = (field, measure, tolerance)
    return next(
        one
        for one in found["figures"]
        if (one["field"], one["measure"], one["tolerance"]) == wanted
    )


def test_figures_come_for_each_field_and_tolerance(twice: Taste) -> None:
    found = json.loads(twice("agreement", "--json").out)
    assert [(one["annotator"], one["marks"]) for one in found["readers"]] == [
        ("ann", 6),
        ("bob", 5),
    ]
    f1 = figure(found, "place", "F1", 0)
    assert f1["value"] == pytest.approx((0.8 + 1) / 2)
    assert f1["n"] == 2
    assert 0 < f1["beside"]["chance"] < figure(found, "place", "F1", 1)["beside"]["chance"]
    assert figure(found, "kind", "agreement", 0)["value"] == 1
    assert figure(found, "type", "agreement", 1)["value"] == pytest.approx(4 / 5)
    assert figure(found, "act", "alpha", 0)["value"] < 1


def test_what_two_called_the_same_point_is_counted(twice: Taste) -> None:
    said = twice("agreement", "--sessions", SECOND, "--tolerance", 0)
    assert "1 sessions read by two or more" in said.out
    assert "≠" in said.out
    assert "no interval: all of them lie in one session or its copies" in said.err


def test_a_session_that_is_not_there_is_one_sentence(twice: Taste) -> None:
    said = twice("agreement", "--sessions", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert "no session 'nowhere'" in said.err
