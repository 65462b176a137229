from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from taste.audit import Audit, audit
from taste.hashes import is_hashed
from taste.run_tables import Manifest
from transcripts.db import Db
from transcripts.tables import Table

TABLES = [table for table in Table.metadata.sorted_tables if is_hashed(table)]


def _audit(db: Db) -> Audit:
    return audit(db, None, lambda _: None)


def test_a_finished_study_has_nothing_to_find(done: Db) -> None:
    found = _audit(done)
    assert found.differences == []
    assert found.without_hash == 0
    assert found.not_rebuilt == 0
    assert min(found.checked[name] for name in ("rows", "requests", "walls", "costs")) > 0
    assert {m.run_id for m in done.exec(select(Manifest))} == {None, 1}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_one_changed_value_of_any_column_is_found(done: Db, data: Any) -> None:
    from taste.audit import find_hash_differences

    full = [t for t in TABLES if done.connection().execute(select(t.c.id)).first()]
    table = data.draw(st.sampled_from(full))
    column = data.draw(st.sampled_from([c.name for c in table.columns if c.name != "id"]))
    ids = done.connection().execute(select(table.c.id)).scalars().all()
    number = data.draw(st.sampled_from(ids))
    done.connection().exec_driver_sql("PRAGMA foreign_keys=OFF")
    change = f'UPDATE "{table.name}" SET "{column}" = {_other(table.c[column])} WHERE id = {number}'
    done.connection().execute(text("SAVEPOINT tampered"))
    done.connection().execute(text("PRAGMA ignore_check_constraints=ON"))
    done.connection().execute(text(change))
    assert find_hash_differences(done)
    done.connection().execute(text("ROLLBACK TO tampered"))


def _other(column: Any) -> str:
    kind, name = str(column.type), f'"{column.name}"'
    if kind in {"INTEGER", "FLOAT", "BOOLEAN"}:
        return f"COALESCE(1 - {name}, 7)"
    if kind == "DATETIME":
        return "'2001-01-01 00:00:00.000000'"
    return """'{"x": 1}'""" if kind == "JSON" else f"COALESCE({name}, '') || 'x'"
