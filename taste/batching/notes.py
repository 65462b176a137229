"""What is kept of a request while a batch answers it: all that its call's row will say. Pure."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from taste.calls import CallFor
from taste.requests import Purpose, Request
from taste.seats import FoundPrice, ModelSeat, Price

_KEY_CHARS = 40


@dataclass(frozen=True, slots=True)
class SentRequest(Request):
    """A request whose text is not kept, with the hash of it."""

    sent_hash: str = ""

    @property
    def text_hash(self) -> str:
        """sha256 of the user text."""
        return self.sent_hash


@dataclass(frozen=True, slots=True)
class Note:
    """One request of a batch."""

    key: str
    """Identity of the row that the request is for."""
    variation: int
    number: int
    """Of the attempt, from 1."""
    purpose: Purpose
    prompt_hash: str
    request_hash: str
    shown_hash: str | None
    body_hash: str
    seat: dict[str, Any]
    """With the prices of a batch."""
    price: dict[str, Any]
    reserved_usd: float
    source: dict[str, Any]
    how: dict[str, Any]
    """With request and seat this gives the body again."""
    point_id: int | None = None

    @property
    def wish(self) -> str:
        """Names the answer that is wanted, whichever attempt brings it."""
        return wish_of(self.key, self.purpose, self.variation)

    @property
    def custom_id(self) -> str:
        """The request's name at the endpoint: the same request has the same name again."""
        return f"t-{self.wish}-{self.number}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Note":
        """What `as_dict` wrote."""
        return cls(**stored)

    def read_seat(self) -> ModelSeat:
        """The seat that was asked, at the prices of a batch."""
        kind = FoundPrice if "source" in self.price else Price
        seat = ModelSeat.model_validate({**self.seat, "price": {"input": 0, "output": 0}})
        return seat.model_copy(update={"price": kind.model_validate(self.price)})

    def describe(self, run_id: int) -> CallFor:
        """What its call was made for."""
        request = SentRequest(self.purpose, "", "", self.prompt_hash, sent_hash=self.request_hash)
        return CallFor(
            run_id,
            self.key,
            request,
            self.read_seat(),
            self.shown_hash,
            self.source,
            self.point_id,
        )


def wish_of(key: str, purpose: str, variation: int) -> str:
    """Names a wanted answer in letters that any endpoint takes."""
    return hashlib.sha256(f"{key}:{purpose}:{variation}".encode()).hexdigest()[:_KEY_CHARS]


def halved(price: Price) -> Price:
    """What a batch costs: half, of every class of tokens."""
    return price.model_copy(update=_halves(price))


def _halves(price: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in type(price).model_fields:
        value = getattr(price, name)
        if hasattr(value, "model_copy"):
            kept[name] = value.model_copy(update=_halves(value))
        elif isinstance(value, float | int) and name != "tokens":
            kept[name] = value / 2
    return kept
