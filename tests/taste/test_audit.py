import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from benchmarks.tampering import NOT_EVIDENCE, columns, open_file, tamper
from taste.audit import Step, audit
from taste.auditing.calls import check_cost
from taste.auditing.found import Audit
from taste.hashes import hash_row
from taste.run_tables import Manifest
from taste.tables import Call
from transcripts.db import Db
from transcripts.tables import Session, Table


def _audit(db: Db) -> Audit:
    return audit(db, None, lambda _: None)


def test_a_finished_study_has_nothing_to_find(done: Db) -> None:
    steps: list[Step] = []
    found = audit(done, None, steps.append)
    assert found.differences == []
    assert (found.without_hash, found.not_rebuilt, found.unsettled) == (0, 0, 0)
    assert {"rows", "requests", "walls", "costs", "answers", "identities", "sets", "labels",
            "prefixes", "named rows"} <= set(found.checked)  # fmt: skip
    assert {m.run_id for m in done.exec(select(Manifest))} == {None, 1}
    assert steps[-1].done == steps[-1].total == found.checked["requests"]


@pytest.mark.parametrize(("share", "differs"), [(0.0, False), (1.0, False), (0.5, True)])
def test_a_refusal_is_booked_at_nothing_or_as_earlier_versions_did(
    done: Db, share: float, differs: bool
) -> None:
    call = done.exec(select(Call).where(Call.purpose == "judge")).first()
    assert call is not None
    reply = {**json.loads(call.raw_reply or ""), "stop_reason": "refusal", "content": []}
    booked = call.cost_usd * share
    refused = Call(**call.model_dump() | {"raw_reply": json.dumps(reply), "cost_usd": booked})
    assert bool(list(check_cost(Audit(), refused))) == differs


def test_sessions_with_subagents_and_sessions_elsewhere_have_nothing_to_find(
    examples: Db, now: datetime
) -> None:
    name = "elsewhere-1"
    examples.add(Session(external_id=name, lineage=name, format="", thread="", imported_at=now))
    examples.flush()
    assert _audit(examples).differences == []


def test_what_is_no_evidence_is_named_column_by_column() -> None:
    every = {(t.name, c.name) for t in Table.metadata.sorted_tables for c in t.columns}
    assert set(columns()) == every - NOT_EVIDENCE


@pytest.mark.sqlite
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(where=st.sampled_from(list(columns())), seed=st.integers(0, 1 << 32))
def test_one_changed_byte_of_any_column_is_found(
    done: Db, tmp_path: Path, where: tuple[str, str], seed: int
) -> None:
    with closing(open_file(tmp_path / "done.db")) as file:
        said = tamper(file, done, where, Random(seed))
    assert said in {"found", "empty", "refused by the database"}


FORGED = [
    ("verdict", "confidence = 'high' || confidence", "is not what the reply of call"),
    ("probe", """answer = '{"kind":"other"}'""", "is not what the reply of call"),
    ("digest", "text = text || '.'", "is not what the reply of call"),
    ("restatement", "initiator = 'nobody'", "is not what the reply of call"),
    ("proposal", "why = why || '.'", "is not what the reply of call"),
    ("item", "lineage = lineage || '.'", "has another hash than its rule and items give"),
    ("call", "request_hash = '0' || request_hash", "is another one when it is built again"),
]
"""Table, change of a row that a call made, what an audit says."""


def _forge(db: Db, table: str, change: str) -> None:
    """Change the last row of a table, and give it the hash that it would have had so."""
    rows, connection = Table.metadata.tables[table], db.connection()
    made = "WHERE call_id IS NOT NULL" if "call_id" in rows.c else ""
    number = connection.execute(text(f"SELECT MAX(id) FROM {table} {made}")).scalar_one()
    connection.execute(text(f"UPDATE {table} SET {change} WHERE id = {number}"))
    row = connection.execute(rows.select().where(rows.c.id == number)).mappings().one()
    fresh = rows.update().where(rows.c.id == number)
    connection.execute(fresh.values(content_hash=hash_row(rows, {**row})))


def test_forged_rows_with_hashes_of_their_own_are_found_by_what_they_were_made_of(done: Db) -> None:
    for table, change, _ in FORGED:
        _forge(done, table, change)
    done.execute(text("UPDATE verdict SET call_id = call_id - 1, content_hash = NULL WHERE id = 2"))
    done.execute(text("DELETE FROM manifest"))
    done.commit()
    found = "\n".join(_audit(done).differences)
    for _, _, said in FORGED:
        assert said in found
    assert all(f" of {table} is not what the reply" in found for table, *_ in FORGED[:5])
    assert "made for another" in found


def test_a_difference_names_the_row(done: Db) -> None:
    for change in (
        "UPDATE event SET text = text || '.' WHERE id = 9",
        "UPDATE decision_point SET prefix_hash = 'x' || prefix_hash WHERE id = 1",
        "UPDATE trial SET repeat = 7 WHERE id = 3",
        "UPDATE verdict SET sample = 9, content_hash = NULL WHERE id = 2",
    ):
        done.execute(text(change))
    done.commit()
    found = "\n".join(_audit(done).differences)
    assert "row 9 of event is not" in found
    assert "row 1 of decision_point, which differs" in found
    assert "row 3 of trial, which differs" in found
    assert "row 2 of verdict has another identity" in found


def test_a_run_that_goes_on_again_is_not_held_to_its_old_trials(done: Db) -> None:
    done.execute(text("UPDATE run SET status = 'stopped'"))
    done.execute(text("UPDATE trial SET done = false, exclusion = 'tried again' WHERE id = 1"))
    done.commit()
    found = _audit(done)
    assert (found.differences, found.unsettled > 0) == ([], True)
