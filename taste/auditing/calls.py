"""Calls against the rows that they were built from, the wall, and what they cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col

from taste.auditing.answers import seat_of
from taste.auditing.found import UNREADABLE, Audit, say_fault
from taste.auditing.identities import check_identities
from taste.bodies import hash_body
from taste.points import PointText
from taste.rebuild import read_call_text, rebuild_body, rebuild_request
from taste.replies import Outcome, Received, read_reply
from taste.spending import cost_of
from taste.tables import Call, Comparison, Digest, Proposal, Restatement, Run
from taste.wall import PREFIX_BOUND, Wall
from transcripts.db import Db
from transcripts.removal import WITHDRAWN

_CENT = 1e-9
_AT_ONCE = 500


@dataclass
class _Texts:
    """The point that was read last: calls about one point come in a row."""

    db: Db
    key: object = None
    here: tuple[PointText, Wall] | None = None
    kept: list[object] = field(default_factory=list)
    """Rows of the point, which the handle lets go where nobody else holds them."""

    def read(self, call: Call) -> tuple[PointText, Wall]:
        """What a call's request is built from, and the wall at its point."""
        key = (call.decision_point_id, call.source.get("annotation"), call.run_id)
        if self.here is None or key != self.key:
            self.here = None
            self.kept = list(self._rows(call))
            text = read_call_text(self.db, call)
            self.key, self.here = key, (text, Wall.of(self.db, text))
        return self.here

    def _rows(self, call: Call) -> Iterator[object]:
        yield self.db.get(Run, call.run_id)
        for table in (Restatement, Comparison, Proposal, Digest):
            mine = col(table.decision_point_id) == call.decision_point_id
            yield from self.db.execute(select(table).where(mine)).scalars()


def check_calls(
    db: Db, found: Audit, run_id: int | None, report: Callable[[int, int], None]
) -> Iterator[str]:
    """Calls whose request, body, cost or outcome is not what the rows and the reply give.

    They are taken point by point, so that each prefix is built once for every run.
    """
    query = select(col(Call.id))
    if run_id is not None:
        query = query.where(col(Call.run_id) == run_id)
    order = (
        col(Call.decision_point_id), col(Call.source)["annotation"].as_integer(),
        col(Call.run_id), col(Call.id),
    )  # fmt: skip
    try:
        numbers = db.execute(query.order_by(*order)).scalars().all()
    except UNREADABLE:
        db.rollback()
        numbers = db.execute(query.order_by(col(Call.decision_point_id))).scalars().all()
    texts = _Texts(db)
    for done, number in enumerate(numbers, 1):
        try:
            call = db.get_one(Call, number)
            yield from _request(found, texts, call)
            yield from check_cost(found, call)
        except UNREADABLE as error:
            yield f"row {number} of call cannot be checked: {say_fault(error)}"
        if done % _AT_ONCE == 0 or done == len(numbers):
            report(done, len(numbers))
            db.expunge_all()
            texts = _Texts(db)


def _request(found: Audit, texts: _Texts, call: Call) -> Iterator[str]:
    """A request that the rows do not give any more, or that is not its prefix's."""
    if WITHDRAWN in (call.raw_reply, call.error):
        return
    if "annotation" not in call.source:
        found.not_rebuilt += 1
        return
    found.count("requests")
    try:
        text, wall = texts.read(call)
        request = rebuild_request(texts.db, call, text)
        if request.purpose in PREFIX_BOUND:
            found.count("walls")
            wall.check(request)
        body = rebuild_body(call, request)
    except UNREADABLE as error:
        yield f"the request of call {call.id} cannot be built again: {say_fault(error)}"
        return
    if request.text_hash != call.request_hash:
        yield f"the request of call {call.id} is another one when it is built again"
        return
    if body is not None and hash_body(body) != call.body_hash:
        yield f"the body of call {call.id} is another one when it is built again"
    yield from check_identities(texts.db, found, call, request, text)


def check_cost(found: Audit, call: Call) -> Iterator[str]:
    """A cost or outcome that the stored reply and prices do not give."""
    if call.raw_reply in (None, WITHDRAWN) or call.mode == "imported":
        return
    found.count("costs")
    seat = seat_of(call)
    read = read_reply(Received(call.raw_reply or "", None, call.simulated), seat)
    may_be = [read.cost_usd]
    if read.outcome is Outcome.REFUSED:  # earlier versions booked the prompt of every refusal
        may_be.append(cost_of(read.usage, seat.price))
    if call.source and all(abs(cost - call.cost_usd) > _CENT for cost in may_be):
        yield (
            f"call {call.id} is booked at {call.cost_usd}, its reply and prices say {read.cost_usd}"
        )
