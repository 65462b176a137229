"""An order for one answer, whether its text may leave, and the body in which it would. Pure.

`leave_fault` is the one place that holds a text to what its session allows: whatever sends, counts
tokens, or carries by file asks it. Nothing is sent here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from taste.bodies import How, Ttl, body_of, how_for
from taste.endpoints import capability_fault, refusal
from taste.requests import Request
from taste.seats import Endpoint, ModelSeat
from taste.spending import StopRun, most_cost_of, size_of
from taste.wall import Wall, check_wall
from transcripts.tables import Session


@dataclass(frozen=True, slots=True)
class Order:
    """One answer that is wanted: the request, the seat that answers, the text's session."""

    request: Request
    seat: ModelSeat
    session: Session
    wall: Wall | None = None
    """Required for prefix-bound purposes."""
    variation: int = 1
    """Number of the repeat or sample: the same question asked again."""
    source: Mapping[str, Any] = field(default_factory=dict)
    """What the request was built from, for the call's row."""
    point_id: int | None = None
    ttl: Ttl | None = "5m"
    """How long the context is cached; None for a call that shares it with no other."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that may be sent, as it would be."""

    body: dict[str, Any]
    """Becomes bytes when it is sent: hundreds of orders may wait, each as long as a session."""
    size: int
    """Bytes of its text."""
    most_usd: float
    """The most that its answer can cost, at full price."""
    how: How
    cached: bool = False
    """Whether its context should be in a cache by now."""


def leave_fault(
    order: Order, endpoint: Endpoint, today: date, *, by_file: bool = False
) -> str | None:
    """Why an order's text may not leave for an endpoint, over the line or by file, if so."""
    if endpoint.by_file and not by_file:
        return f"{endpoint.name!r} is reached by file: use `taste prompts export`."
    return refusal(order.session, endpoint, today, by_file=by_file)


def permit(order: Order, endpoint: Endpoint, today: date, *, by_file: bool = False) -> None:
    """Let an order's text leave for an endpoint, or refuse.

    Raises:
        StopRun: if it may not leave this way.
        WallError: if a prefix-bound request is not the prompt over its prefix.
    """
    if fault := leave_fault(order, endpoint, today, by_file=by_file):
        raise StopRun(fault)
    check_wall(order.request, order.wall)


def prepare(order: Order, endpoint: Endpoint, today: date, *, batch: bool = False) -> Prepared:
    """Check an order and build its body, without sending it.

    Raises:
        StopRun: if the text may not be sent, or the endpoint cannot do what the seat asks.
        WallError: if a prefix-bound request is not the prompt over its prefix.
    """
    permit(order, endpoint, today)
    if fault := capability_fault(order.seat, endpoint):
        raise StopRun(fault)
    ttl: Ttl | None = "1h" if batch and order.ttl else order.ttl
    how = how_for(order.seat, endpoint, order.variation, ttl, stream=not batch)
    size = size_of(order.request)
    most_usd = most_cost_of(size, order.seat, how.ttl or "5m")
    return Prepared(body_of(order.request, order.seat, how), size, most_usd, how)
