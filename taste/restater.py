"""The restater's seat: one prompt that brings the human's and the proposed move to one form.

Sees the verbatim move and the end of the prefix; never the aftermath, a label or an author.
"""

from taste.asking import Asking, read_answer
from taste.client import Order
from taste.points import PointText
from taste.proposals import add_restatement, find_restatement, restatement_identity
from taste.replies import Outcome, RestatementAnswer
from taste.requests import build_request
from taste.study import ModelSeat
from taste.tables import Proposal, Restatement
from taste.wall import Wall
from transcripts.rendering.text import text_hash

TRIES = 3
"""How often an answer that is cut off or of the wrong form is asked for: it would cost the item
every trial. A refusal is an answer."""


async def restate(
    asking: Asking,
    text: PointText,
    wall: Wall,
    seat: ModelSeat,
    verbatim: str,
    proposal: Proposal | None,
) -> Restatement:
    """The restatement of a move, found or asked for; `proposal` is None for the human's."""
    key = restatement_identity(verbatim, text.tail, seat, simulated=asking.run.simulated)

    async def make() -> Restatement:
        wall.check_tail(text.tail)
        request = build_request("restate", tail=text.tail, move=verbatim)
        for number in range(1, TRIES + 1):
            order = Order(request, seat, text.session, variation=number)
            attempt, call_id = await asking.send(order, key, text_hash(text.tail))
            answer = read_answer(RestatementAnswer, attempt)
            refused = attempt.outcome is Outcome.REFUSED
            if refused or isinstance(answer, RestatementAnswer) or number == TRIES:
                break
            asking.db.commit()
        row = add_restatement(
            asking.db,
            asking.now(),
            identity=key,
            decision_point_id=text.point.id,
            proposal_id=proposal.id if proposal else None,
            verbatim=verbatim,
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            call_id=call_id,
            simulated=attempt.simulated,
            **_fields(answer),
        )
        asking.db.commit()
        return row

    return await asking.once(key, lambda: find_restatement(asking.db, key), make)


def _fields(answer: RestatementAnswer | str) -> dict[str, object]:
    """Outcome and restated move; what cannot be used is excluded with its reason."""
    if isinstance(answer, str):
        return {"outcome": "excluded", "reason": answer}
    if answer.status != "restated" or not answer.move.strip():
        reason = answer.reason.strip() or "no reason given"
        return {"outcome": "excluded", "reason": f"unresolvable ({reason})"}
    return {
        "outcome": "restated",
        "move": " ".join(answer.move.split()),
        "initiator": answer.initiator,
        "compound": answer.compound,
    }
