"""The proposer's seat: a move for a decision point, from a model or from a control arm.

Sees the prefix and nothing later; a placebo also sees the human's act.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from taste.answers import ProposalAnswer
from taste.asking import Asking, read_answer
from taste.controls import (
    ControlMove,
    echo_move,
    fitted_move,
    numbered_move,
    read_stock,
    shuffled_move,
    stock_move,
)
from taste.earlier_acts import earlier_acts
from taste.fits import find_fit, is_fitted_on
from taste.identity import settings_of
from taste.moves import PERSON, find_persons_moves
from taste.orders import Order
from taste.points import PointText, mask_names
from taste.proposals import add_proposal, control_identity, find_proposal, model_identity
from taste.replies import Attempt, Outcome
from taste.requests import ACTORS, Request, build_request
from taste.seats import ModelSeat, Proposer, is_hindsight
from taste.tables import Proposal
from taste.tries import has_form, send_in_form
from taste.wall import Wall, WallError
from transcripts.queries import read_prefix

WITHOUT_MODEL = frozenset({"stock", "stock_fit", "echo", "shuffled", "person"})
"""Arms that need no model; `stock:7` is the seventh move of the stock list on every item."""
PLACEBO = "placebo:"


def request_for(text: PointText, arm: str) -> Request:
    """The request of a proposer's own arm, or of its placebo.

    Raises:
        WallError: for an arm that is shown the aftermath, which has a builder of its own.
    """
    if is_hindsight(arm):
        raise WallError(f"the arm {arm!r} knows the aftermath: it cannot be a proposer's own.")
    if arm.startswith(PLACEBO):
        actor = ACTORS[text.point.actor]
        return build_request("placebo", shown=text.prefix.text, act=text.act, actor=actor)
    return build_request("propose", shown=text.prefix.text)


async def propose(
    asking: Asking, text: PointText, wall: Wall, seat: Proposer, arm: str, repeat: int
) -> Proposal:
    """A model's proposal (or placebo) for a point, found or asked for."""
    request = request_for(text, arm)
    first = model_identity(request, seat, repeat, simulated=asking.run.simulated)
    key, more = asking.again.current(first)

    async def make() -> Proposal:
        source = text.source(arm=arm, repeat=repeat)
        order = Order(
            request, seat, text.session, wall, repeat + more,
            source=source, point_id=text.point.id,
        )  # fmt: skip
        attempt, call_id = await send_in_form(
            asking, order, key, text.prefix.shown_hash, has_form(ProposalAnswer)
        )
        answer = read_answer(ProposalAnswer, attempt)
        row = add_proposal(
            asking.db,
            asking.now(),
            identity=key,
            decision_point_id=text.point.id,
            arm=arm,
            repeat=repeat,
            shown_hash=text.prefix.shown_hash,
            shortened=text.prefix.shortened.as_dict(),
            **outcome_of(attempt, answer),
            **written_by(seat, request, attempt, call_id),
            **(answer.model_dump() if isinstance(answer, ProposalAnswer) else {}),
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_proposal(asking.db, key), make)


def outcome_of(attempt: Attempt, answer: object) -> dict[str, str | None]:
    """Outcome and reason of a proposal; a text in place of an answer says why there is none."""
    if not isinstance(answer, str):
        return {"outcome": "proposed", "reason": None}
    malformed = attempt.outcome is Outcome.ANSWERED
    return {"outcome": "malformed" if malformed else attempt.outcome.value, "reason": answer}


def written_by(seat: ModelSeat, request: Request, attempt: Attempt, call_id: int) -> dict[str, Any]:
    """What a proposal's row says of the model that wrote it."""
    return {
        "model": attempt.model_returned,
        "prompt_hash": request.prompt_hash,
        "settings": settings_of(seat),
        "call_id": call_id,
        "simulated": attempt.simulated,
    }


async def propose_control(asking: Asking, text: PointText, arm: str, repeat: int = 1) -> Proposal:
    """The proposal of an arm that needs no model; of a person it is the row that is there."""
    found = _persons_move(asking, text, repeat) if arm == PERSON else _control(asking, text, arm)
    if isinstance(found, Proposal):
        return found
    simulated, shown_hash = asking.run.simulated, text.prefix.shown_hash
    source = found.source or found.reason
    key = control_identity(arm, shown_hash, found.move, source, simulated=simulated)
    row = find_proposal(asking.db, key)
    if row is not None:
        return row
    row = add_proposal(
        asking.db,
        asking.now(),
        identity=key,
        decision_point_id=text.point.id,
        arm=arm,
        repeat=repeat,
        outcome="none" if found.move is None else "proposed",
        reason=found.reason,
        move=found.move,
        source=found.source,
        shown_hash=shown_hash,
        simulated=simulated,
    )
    await asking.commit()
    return row


def _persons_move(asking: Asking, text: PointText, repeat: int) -> Proposal | ControlMove:
    """The move of the person with this number, as it stood when the run began."""
    assert text.point.id is not None
    moves = find_persons_moves(asking.db, text.point.id, asking.run.started_at)
    if repeat > len(moves):
        return ControlMove(None, None, "the person's move was removed")
    row = moves[repeat - 1]
    if row.shown_hash != text.prefix.shown_hash:
        return ControlMove(None, None, "the person was shown another text than this study shows")
    return row


def _control(asking: Asking, text: PointText, arm: str) -> ControlMove:
    name, _, number = arm.partition(":")
    makers: dict[str, Callable[[], ControlMove]] = {
        "stock": lambda: stock_move(text.point.prefix_hash, read_stock()),
        "stock_fit": lambda: _fitted(asking, text),
        "echo": lambda: _echo(asking, text),
        "shuffled": lambda: shuffled_move(
            text.point.prefix_hash, earlier_acts(asking.db, text.point, text.display)
        ),
    }
    return numbered_move(int(number), read_stock()) if number else makers[name]()


def _fitted(asking: Asking, text: PointText) -> ControlMove:
    stock = read_stock()
    fit = find_fit(asking.db, stock.version, asking.run)
    if fit is None:
        return ControlMove(None, None, "no stock move was fitted when the run began")
    if is_fitted_on(asking.db, fit, text):
        return ControlMove(None, None, "the stock move was fitted on this item too")
    return fitted_move(fit, stock)


def _echo(asking: Asking, text: PointText) -> ControlMove:
    point = text.point
    prefix = read_prefix(asking.db, point.session_id, point.thread, point.cut)
    return echo_move([replace(e, text=mask_names(e.text, prefix, text.display)) for e in prefix])
