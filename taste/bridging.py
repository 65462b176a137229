"""Asks judges again what they said in an earlier run.

What comes back is a row of its own: it is never reused, stands for no verdict and enters no rate.
"""

from dataclasses import dataclass
from typing import Any

from taste.appending import append_row, find_row
from taste.asking import Asking
from taste.bridges import BridgeJob, bridge_identity, digest_of, shown_again
from taste.conditions import Condition
from taste.judge import is_verdict, judge_request, judge_source, parse_verdict
from taste.orders import Order
from taste.points import read_point
from taste.run_tables import BridgeVerdict
from taste.study import Study
from taste.tables import Comparison, Item, Restatement, Verdict
from taste.tries import send_in_form
from taste.verdicts import ORDERS, Asked, Pair
from taste.views import Shown
from transcripts.db import Db

_VARIATION = 100
"""Above that of any sample: a bridge's body is no earlier verdict's."""


@dataclass(frozen=True, slots=True)
class Bridging:
    """Repeats verdicts for one run."""

    asking: Asking
    study: Study

    async def do(self, job: BridgeJob) -> None:
        """Ask a judge again, unless this run has done so.

        Raises:
            Unanswered: if the model did not answer; it stays to be done.
            StopRun: if the run cannot go on.
        """
        asking, db = self.asking, self.asking.db
        earlier = db.get_one(Verdict, job.verdict_id)
        key = bridge_identity(asking.run.id, earlier)

        async def make() -> BridgeVerdict:
            assert asking.run.id is not None
            assert earlier.id is not None
            order, shown = self._order(job, earlier)
            attempt, call_id = await send_in_form(asking, order, key, shown.hash, is_verdict)
            answer: dict[str, Any] = {"reason": None, **parse_verdict(attempt)}
            answer.pop("reasoning", None)
            row = append_row(
                db,
                BridgeVerdict(
                    identity=key,
                    run_id=asking.run.id,
                    verdict_id=earlier.id,
                    model=attempt.model_returned,
                    call_id=call_id,
                    simulated=attempt.simulated,
                    created_at=asking.now(),
                    **answer,
                ),
            )
            await asking.commit()
            return row

        await asking.once(key, lambda: find_row(db, BridgeVerdict, identity=key), make)

    def _order(self, job: BridgeJob, earlier: Verdict) -> tuple[Order, Shown]:
        """The earlier request again, as another body."""
        db = self.asking.db
        text = read_point(db, db.get_one(Item, job.item_id), self.study.display)
        shown = shown_again(db, text, earlier)
        assert shown is not None
        seat = next(seat for seat in self.study.judges if seat.name == job.judge)
        asked, digest = Asked(_pair(db, earlier), Condition(shown.view), 1), digest_of(db, earlier)
        source = judge_source(text, asked, digest) | {"bridge": earlier.identity}
        variation = _VARIATION + (self.asking.run.id or 0)
        request = judge_request(text, shown, asked)
        return Order(
            request, seat, text.session, None, variation, source=source, point_id=text.point.id
        ), shown


def _pair(db: Db, earlier: Verdict) -> Pair:
    row = db.get_one(Comparison, earlier.comparison_id)
    order = next(order for order in ORDERS if order == row.order)
    human, proposed = (db.get_one(Restatement, n) for n in (row.human_id, row.proposed_id))
    return Pair(human, proposed, order, row)
