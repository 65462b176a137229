"""Every table has its place in a bundle, by name or by what points to it."""

import taste.assignment_tables
import taste.probe_tables
import taste.run_tables
import taste.tables  # noqa: F401
from taste.bundles.choosing import AT_POINTS, CALLED, OF_PEOPLE, OF_RUNS, SESSION_PARTS
from transcripts.tables import Table

BY_NAME = {
    "attack_verdict", "batch", "batch_item", "bridge_verdict", "call", "decision_point",
    "evidence", "item", "item_set", "manifest", "probe", "run", "session", "set_exclusion",
    "trial", "verdict",
}  # fmt: skip
"""Tables that `choose_rows` takes by a line of its own."""
LEFT_OUT = {"activity", "draft", "draft_event", "reading_state", "tombstone"}
"""What was removed from the database that a bundle comes from, and unfinished work."""


def test_every_table_is_chosen_pointed_to_or_left_out_by_name() -> None:
    known = {*SESSION_PARTS, *AT_POINTS, *CALLED, *OF_PEOPLE, *OF_RUNS, *BY_NAME, *LEFT_OUT}
    tables = Table.metadata.tables
    pointed_to = {
        key.column.table.name for name in known & set(tables) for key in tables[name].foreign_keys
    }
    links = {name for name, table in tables.items() if "id" not in table.c}
    assert set(tables) - known - pointed_to - links == set()


def test_no_list_names_a_table_that_is_not_there() -> None:
    known = {*SESSION_PARTS, *AT_POINTS, *CALLED, *OF_PEOPLE, *OF_RUNS, *BY_NAME, *LEFT_OUT}
    assert known <= set(Table.metadata.tables)
