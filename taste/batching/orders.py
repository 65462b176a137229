"""What an order is called, costs and says of itself in a batch. Pure."""

import json
from typing import Any

from taste.batching.notes import Note, halved
from taste.bodies import hash_body
from taste.calls import CallFor
from taste.identity import settings_of
from taste.orders import Order, Prepared
from taste.seats import ModelSeat

Group = tuple[str, str, str, str]
"""Endpoint, model, settings, purpose: what one call must show to be possible."""


def settings_text(settings: dict[str, Any]) -> str:
    """Settings as one text, whatever their order."""
    return json.dumps(settings, sort_keys=True)


def group_of(order: Order) -> Group:
    """What is proven by one answer to such an order."""
    seat = order.seat
    return seat.endpoint, seat.model, settings_text(settings_of(seat)), order.request.purpose


def note_of(order: Order, what: CallFor, number: int, prepared: Prepared) -> Note:
    """What the order's call will say, at the prices of a batch."""
    price = halved(order.seat.price)
    return Note(
        key=what.identity,
        variation=order.variation,
        number=number,
        purpose=order.request.purpose,
        prompt_hash=order.request.prompt_hash,
        request_hash=order.request.text_hash,
        shown_hash=what.shown_hash,
        body_hash=hash_body(prepared.body),
        how=prepared.how.as_dict(),
        seat=_seat_of(order),
        price=price.model_dump(exclude_none=True),
        reserved_usd=prepared.most_usd / 2,
        source=dict(order.source),
        point_id=order.point_id,
    )


def _seat_of(order: Order) -> dict[str, Any]:
    """The seat without its price, which a batch halves."""
    return order.seat.model_dump(mode="json", include=set(ModelSeat.model_fields) - {"price"})
