"""Has endpoints count the tokens of a few texts of a study, as its session allows."""

from dataclasses import dataclass, field

from taste.client import Client
from taste.jobs import open_jobs
from taste.orders import Order
from taste.points import PointText, read_point
from taste.proposer import request_for
from taste.seats import ModelSeat
from taste.study import Study
from taste.tables import Item, Run
from taste.wall import Wall
from transcripts.db import Db

TEXTS = 4
"""Items whose shown text is counted by every model."""


@dataclass(slots=True)
class Counted:
    """What came of it."""

    texts: int = 0
    per_model: dict[str, float] = field(default_factory=dict)
    """Model -> characters for each token."""


async def count_some(db: Db, run: Run, study: Study, client: Client) -> Counted:
    """Count the shown texts of a few open items, evenly chosen, by every model.

    Raises:
        StopRun: if a text may not be sent to an endpoint.
    """
    numbers = list(dict.fromkeys(job.item_id for job in open_jobs(db, run)))
    chosen = numbers[:: max(1, -(-len(numbers) // TEXTS))]
    counted = Counted(len(chosen))
    texts = [read_point(db, db.get_one(Item, number), study.display) for number in chosen]
    for seat in {seat.model: seat for seat in study.seats}.values():
        endpoint = study.endpoint(seat.endpoint)
        able = endpoint.can("count_tokens") and not endpoint.by_file
        ratio = await _ratio(db, client, seat, texts) if able else None
        if ratio is not None:
            counted.per_model[seat.model] = ratio
    return counted


async def _ratio(db: Db, client: Client, seat: ModelSeat, texts: list[PointText]) -> float | None:
    chars = tokens = 0
    for text in texts:
        request = request_for(text, "propose")
        order = Order(request, seat, text.session, Wall.of(db, text))
        number = await client.count_tokens(order)
        if not number:
            return None
        chars += len(request.context)
        tokens += number
    return chars / tokens if tokens else None
