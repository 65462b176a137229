"""Which of a study's endpoints can answer in batches."""

from collections.abc import Callable

from taste.batch_client import BatchClient
from taste.client import Client
from taste.study import Study
from transcripts.errors import UserError


async def choose_endpoints(
    client: Client, study: Study, tell: Callable[[str], None]
) -> frozenset[str]:
    """The endpoints that have batches, by the study's word and their own; others get calls.

    Raises:
        UserError: naming them, if none has any.
    """
    batches = BatchClient(client)
    used = [endpoint.name for endpoint in study.used_endpoints]
    stated = [endpoint.name for endpoint in study.used_endpoints if endpoint.can("batches")]
    having = frozenset([name for name in stated if await batches.has_batches(name)])
    if not having:
        named = ", ".join(repr(name) for name in used)
        raise UserError(f"{named} has no Message Batches; run without --batch. Nothing was sent.")
    for name in sorted(set(used) - having):
        seats = ", ".join(repr(seat.name) for seat in study.seats if seat.endpoint == name)
        tell(f"{name!r} has no batches: {seats} is asked call by call, at the full price")
    return having
