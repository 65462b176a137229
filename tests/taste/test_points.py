"""Reading decision points: in a row as each alone."""

import pytest
from sqlmodel import select

from taste.points import PointReader, read_point
from taste.study import StudyDisplay
from taste.tables import Item
from transcripts.db import Db


@pytest.mark.parametrize(
    "display", [StudyDisplay(), StudyDisplay(times="relative", thinking=True, chars=2_000)]
)
def test_points_that_are_read_in_a_row_are_read_as_each_alone(
    examples: Db, display: StudyDisplay
) -> None:
    reader = PointReader(examples, display)
    items = examples.exec(select(Item)).all()
    assert len({item.lineage for item in items}) < len(items)
    for item in items:
        assert reader.read(item) == read_point(examples, item, display)
