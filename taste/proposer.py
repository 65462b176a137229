"""The proposer's seat: a move for a decision point, from a model or from a control arm.

Sees the prefix and nothing later; a placebo also sees the human's act.
"""

from dataclasses import replace

from taste.asking import Asking, read_answer
from taste.client import Order
from taste.controls import ControlMove, echo_move, read_stock, shuffled_move, stock_move
from taste.identity import settings_of
from taste.points import PointText, earlier_acts, mask_names
from taste.proposals import add_proposal, control_identity, find_proposal, model_identity
from taste.replies import Outcome, ProposalAnswer
from taste.requests import ACTORS, Request, build_request
from taste.study import Proposer
from taste.tables import Proposal
from taste.wall import Wall
from transcripts.queries import read_prefix

WITHOUT_MODEL = frozenset({"stock", "echo", "shuffled"})
PLACEBO = "placebo:"


def request_for(text: PointText, arm: str) -> Request:
    """The request of a proposer's own arm, or of its placebo."""
    if arm.startswith(PLACEBO):
        actor = ACTORS[text.point.actor]
        return build_request("placebo", shown=text.prefix.text, act=text.act, actor=actor)
    return build_request("propose", shown=text.prefix.text)


async def propose(
    asking: Asking, text: PointText, wall: Wall, seat: Proposer, arm: str, repeat: int
) -> Proposal:
    """A model's proposal (or placebo) for a point, found or asked for."""
    request = request_for(text, arm)
    key = model_identity(request, seat, repeat, simulated=asking.run.simulated)

    async def make() -> Proposal:
        order = Order(request, seat, text.session, wall, repeat)
        attempt, call_id = await asking.send(order, key, text.prefix.shown_hash)
        answer = read_answer(ProposalAnswer, attempt)
        usable = isinstance(answer, ProposalAnswer)
        malformed = attempt.outcome is Outcome.ANSWERED and not usable
        row = add_proposal(
            asking.db,
            asking.now(),
            identity=key,
            decision_point_id=text.point.id,
            arm=arm,
            repeat=repeat,
            outcome="proposed" if usable else "malformed" if malformed else attempt.outcome.value,
            reason=answer if isinstance(answer, str) else None,
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            shown_hash=text.prefix.shown_hash,
            shortened=text.prefix.shortened.as_dict(),
            settings=settings_of(seat),
            call_id=call_id,
            simulated=attempt.simulated,
            **(answer.model_dump() if isinstance(answer, ProposalAnswer) else {}),
        )
        asking.db.commit()
        return row

    return await asking.once(key, lambda: find_proposal(asking.db, key), make)


def propose_control(asking: Asking, text: PointText, arm: str) -> Proposal:
    """The proposal of a control arm that needs no model."""
    found = _control_move(asking, text, arm)
    simulated = asking.run.simulated
    key = control_identity(arm, text.prefix.shown_hash, found.move, simulated=simulated)
    row = find_proposal(asking.db, key)
    if row is not None:
        return row
    row = add_proposal(
        asking.db,
        asking.now(),
        identity=key,
        decision_point_id=text.point.id,
        arm=arm,
        repeat=1,
        outcome="none" if found.move is None else "proposed",
        reason=found.reason,
        move=found.move,
        source=found.source,
        shown_hash=text.prefix.shown_hash,
        simulated=simulated,
    )
    asking.db.commit()
    return row


def _control_move(asking: Asking, text: PointText, arm: str) -> ControlMove:
    point = text.point
    if arm == "stock":
        return stock_move(point.prefix_hash, read_stock())
    if arm == "echo":
        prefix = read_prefix(asking.db, point.session_id, point.thread, point.cut)
        return echo_move(
            [replace(e, text=mask_names(e.text, prefix, text.display)) for e in prefix]
        )
    return shuffled_move(point.prefix_hash, earlier_acts(asking.db, point, text.display))
