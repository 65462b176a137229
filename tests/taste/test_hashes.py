import sqlalchemy

from taste.hashes import hash_row, is_hashed
from taste.tables import Call
from transcripts.db import Db
from transcripts.tables import Table


def test_every_row_of_a_study_has_the_hash_of_what_was_read_back(done: Db) -> None:
    for table in filter(is_hashed, Table.metadata.sorted_tables):
        for row in done.connection().execute(sqlalchemy.select(table)).mappings():
            assert row["content_hash"] == hash_row(table, {**row}), table.name


def test_a_call_without_a_stated_source_is_hashed_like_one_with_an_empty_one() -> None:
    table = Table.metadata.tables["call"]
    assert hash_row(table, {"cost_usd": 0}) == hash_row(table, {"cost_usd": 0.0})
    assert hash_row(table, {"cost_usd": 1}) != hash_row(table, {"cost_usd": 0})
    assert is_hashed(Call.metadata.tables["call"])
