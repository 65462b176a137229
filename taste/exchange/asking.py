"""Asking that sends nothing: keeps what would be asked next, or takes an answer that came by file.

Every request passes the same permission and the same wall as one that is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from taste.asking import Asking, Unanswered
from taste.bodies import How, body_of, hash_body, how_for
from taste.calls import CallFor
from taste.orders import Order, leave_fault, permit
from taste.replies import Attempt, Received, read_reply
from taste.seats import Endpoint
from taste.wall import check_wall


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request that waits for an answer of the endpoint."""

    order: Order
    key: str
    shown_hash: str
    how: How

    @property
    def hashes(self) -> dict[str, str]:
        """What an answer must have been given to."""
        request = self.order.request
        return {
            "prompt_hash": request.prompt_hash,
            "shown_hash": self.shown_hash,
            "request_hash": request.text_hash,
        }


@dataclass
class AskingByFile(Asking):
    """Keeps the requests that have no answer; what else is asked for is left unanswered."""

    tries: int = 1
    """A file answers each request once."""
    purposes: frozenset[str] = frozenset()
    """Of the requests that are kept."""
    leaves_for: str | None = None
    """The endpoint whose requests are to leave by file; None: nothing leaves."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """Identity of the row -> the reply's JSON, for what came back."""
    wanted: dict[str, Wanted] = field(default_factory=dict)

    async def send(
        self,
        order: Order,
        key: str,
        shown_hash: str,
        tried: int = 0,  # noqa: ARG002
    ) -> tuple[Attempt, int]:
        """Keep the request, or take its answer from the file.

        Raises:
            Unanswered: if there is no answer yet.
            StopRun: if the text may not leave.
            WallError: if a prefix-bound request is not the prompt over its prefix.
        """
        purpose, endpoint = order.request.purpose, order.seat.endpoint
        if purpose not in self.purposes or self.leaves_for not in {None, endpoint}:
            raise Unanswered(f"waits for a {purpose!r} request")
        if self.leaves_for:
            permit(order, self._endpoint(order), self.now().date(), by_file=True)
        else:
            check_wall(order.request, order.wall)
        if key not in self.replies:
            self.wanted[key] = Wanted(order, key, shown_hash, self._how(order))
            raise Unanswered("waits for an answer by file")
        return await self._take(order, key, shown_hash)

    def leave_fault(self, order: Order) -> str | None:
        """Why an order's text may not be carried to its endpoint, if it may not."""
        return leave_fault(order, self._endpoint(order), self.now().date(), by_file=True)

    def _endpoint(self, order: Order) -> Endpoint:
        return self.client.endpoints[order.seat.endpoint]

    def _how(self, order: Order) -> How:
        """How the other machine is to send it: a plain call with a cache of five minutes."""
        return how_for(order.seat, self._endpoint(order), order.variation, "5m", stream=False)

    async def _take(self, order: Order, key: str, shown_hash: str) -> tuple[Attempt, int]:
        assert self.run.id is not None
        received = Received(self.replies[key], simulated=self.run.simulated)
        attempt = replace(read_reply(received, order.seat), number=1, mode="imported")
        how = self._how(order)
        digest = hash_body(body_of(order.request, order.seat, how))
        attempt = replace(attempt, body_hash=digest, how=how)
        what = CallFor(
            self.run.id, key, order.request, order.seat, shown_hash, order.source, order.point_id
        )
        number = await self.writer.store(what, attempt)
        self.answered += 1
        return attempt, number
