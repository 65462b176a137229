"""The report says for how many items the shown text was shortened, and by how much."""

import pytest

from analysis.report.provenance import describe_shortening

HALF = {"characters": 50, "of": 100}
TENTH = {"characters": 90, "of": 100}


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        pytest.param({}, "no text was shown to a model", id="no-model"),
        pytest.param({1: {}, 2: {}}, "shown text in full for all 2 items", id="full"),
        pytest.param(
            {1: {}, 2: HALF, 3: TENTH},
            "shown text shortened for 2 of 3 items; median share kept 30%",
            id="shortened",
        ),
    ],
)
def test_shortening_is_put_into_a_sentence(lost: dict[int, dict[str, int]], sentence: str) -> None:
    assert describe_shortening(lost) == sentence
