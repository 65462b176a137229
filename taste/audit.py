"""Checks what is stored against itself: hashes, manifests, links, requests, the wall, money.

Rows that an earlier version wrote have no hash; they are counted and not held to one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import select, text
from sqlmodel import col

from taste.bodies import hash_body
from taste.hashes import hash_row, is_hashed
from taste.judge import parse_verdict
from taste.manifests import NO_HASH, Line, digest_of, read_lines
from taste.rebuild import RebuildError, read_call_text, rebuild_body, rebuild_request
from taste.replies import Received, read_reply
from taste.run_tables import BridgeVerdict, Manifest
from taste.seats import ModelSeat, Price
from taste.tables import Call, Verdict
from taste.wall import PREFIX_BOUND, Wall, WallError
from transcripts.db import Db
from transcripts.removal import WITHDRAWN
from transcripts.tables import Table

_CENT = 1e-9


@dataclass(slots=True)
class Audit:
    """What was checked, and what differs."""

    checked: dict[str, int] = field(default_factory=dict)
    """What -> how many."""
    without_hash: int = 0
    """Rows of earlier versions."""
    not_rebuilt: int = 0
    """Calls of earlier versions, of which nothing says what they were built from."""
    removed: int = 0
    """Rows that a manifest names and that were removed or silenced on purpose."""
    differences: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        """Say that one more was checked."""
        self.checked[what] = self.checked.get(what, 0) + 1


def audit(db: Db, run_id: int | None, report: Callable[[str], None]) -> Audit:
    """Check everything, or with a run's number the calls of that run besides all hashes."""
    found = Audit()
    for check in (_links, _hashes, _manifests, _verdicts):
        found.differences += check(db, found)
        report(check.__name__.strip("_"))
    query = select(col(Call.id)).order_by(col(Call.id))
    if run_id is not None:
        query = query.where(col(Call.run_id) == run_id)
    for number in db.execute(query).scalars().all():
        call = db.get_one(Call, number)
        found.differences += _request(db, found, call)
        found.differences += _cost(found, call)
        report("calls")
    return found


def _links(db: Db, found: Audit) -> Iterator[str]:
    """Rows that refer to a row that is not there."""
    if db.get_bind().dialect.name != "sqlite":
        return
    for table, number, target, _ in db.connection().execute(text("PRAGMA foreign_key_check")):
        yield f"row {number} of {table} refers to a row of {target} that is not there"
    found.count("links")


def _hashes(db: Db, found: Audit) -> Iterator[str]:
    """Rows that are not what was written."""
    for table in filter(is_hashed, Table.metadata.sorted_tables):
        for number in db.connection().execute(select(table.c.id).order_by(table.c.id)).scalars():
            yield from _hash(db, found, table, number)


def find_hash_differences(db: Db) -> list[str]:
    """Every row of evidence that is not what was written."""
    return list(_hashes(db, Audit()))


def _hash(db: Db, found: Audit, table: Any, number: int) -> Iterator[str]:
    found.count("rows")
    try:
        row = db.connection().execute(select(table).where(table.c.id == number)).mappings().one()
        stored, fresh = row["content_hash"], hash_row(table, {**row})
    except (ValueError, TypeError, LookupError) as error:
        yield f"row {number} of {table.name} cannot be read: {error}"
        return
    if stored is None:
        found.without_hash += 1
    elif stored != fresh:
        yield f"row {number} of {table.name} is not what was written: its content hash differs"


def _manifests(db: Db, found: Audit) -> Iterator[str]:
    """Manifests that are not what was written, or name rows that differ from it."""
    rows = list(db.execute(select(Manifest).order_by(col(Manifest.id))).scalars())
    buried = {
        line
        for row in rows
        if row.set_id is None and row.run_id is None
        for line in read_lines(row.hashes)
    }
    for row in rows:
        found.count("manifests")
        if digest_of(row.hashes) != row.digest:
            yield f"manifest {row.id} is not what was written: its digest differs"
        if row.set_id is None and row.run_id is None:
            continue
        for line in read_lines(row.hashes):
            if _now(db, line) != line.content_hash:
                if line in buried:
                    found.removed += 1
                else:
                    yield f"manifest {row.id} names row {line.id} of {line.table}, which differs"


def _now(db: Db, line: Line) -> str | None:
    """The hash that a manifest's row has today; None where it is gone."""
    table = Table.metadata.tables.get(line.table)
    if table is None:
        return None
    found = db.connection().execute(select(table.c.content_hash).where(table.c.id == line.id))
    row = found.first()
    return None if row is None else row[0] or NO_HASH


def _verdicts(db: Db, found: Audit) -> Iterator[str]:
    """Verdicts that are not what the stored reply says."""
    made: Any = select(Verdict, Call).join(Call, col(Call.id) == col(Verdict.call_id))
    made = made.where(col(Verdict.judge_kind) == "model")
    again = select(BridgeVerdict, Call).join(Call, col(Call.id) == col(BridgeVerdict.call_id))
    for verdict, call in chain(db.execute(made), db.execute(again)):
        if call.raw_reply in (None, WITHDRAWN):
            continue
        found.count("verdicts")
        read = read_reply(Received(call.raw_reply, call.request_id, call.simulated), _seat(call))
        if parse_verdict(read)["verdict"] != verdict.verdict:
            yield f"{_named(verdict)} {verdict.id} is not what the reply of call {call.id} says"


def _named(verdict: Verdict | BridgeVerdict) -> str:
    return "verdict" if isinstance(verdict, Verdict) else "repeated verdict"


def _seat(call: Call) -> ModelSeat:
    return ModelSeat(
        name="stored",
        model=call.model,
        max_tokens=call.settings.get("max_tokens", 4096),
        price=Price.model_validate({"input": 0, "output": 0, **call.unit_prices}),
    )


def _request(db: Db, found: Audit, call: Call) -> Iterator[str]:
    """A request that the rows do not give any more, or that is not its prefix's."""
    if WITHDRAWN in (call.raw_reply, call.error):
        return
    if "annotation" not in call.source:
        found.not_rebuilt += 1
        return
    found.count("requests")
    try:
        request = rebuild_request(db, call)
        if request.purpose in PREFIX_BOUND:
            found.count("walls")
            Wall.of(db, read_call_text(db, call)).check(request)
    except (RebuildError, WallError, LookupError, ValueError) as error:
        yield f"the request of call {call.id} cannot be built again: {error}"
        return
    if request.text_hash != call.request_hash:
        yield f"the request of call {call.id} is another one when it is built again"
        return
    body = rebuild_body(call, request)
    if body is not None and hash_body(body) != call.body_hash:
        yield f"the body of call {call.id} is another one when it is built again"


def _cost(found: Audit, call: Call) -> Iterator[str]:
    """A cost that the stored token counts and prices do not give."""
    if call.raw_reply in (None, WITHDRAWN) or call.mode == "imported":
        return
    found.count("costs")
    cost = read_reply(Received(call.raw_reply or "", None, call.simulated), _seat(call)).cost_usd
    if call.source and abs(cost - call.cost_usd) > _CENT:
        yield f"call {call.id} is booked at {call.cost_usd}, its reply and prices say {cost}"
