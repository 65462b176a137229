"""The restater's seat: one prompt that brings the human's and the proposed move to one form.

Sees the verbatim move and the end of the prefix; never the aftermath, a label or an author.
"""

import re
from dataclasses import dataclass

from taste.answers import RestatementAnswer
from taste.asking import Asking, read_answer
from taste.orders import Order
from taste.points import PointText
from taste.proposals import add_restatement, find_restatement, restatement_identity
from taste.replies import Attempt, Outcome
from taste.requests import Request, build_request
from taste.seats import ModelSeat
from taste.study import Study
from taste.surface import surface_of
from taste.tables import Proposal, Restatement
from taste.tries import send_in_form
from taste.wall import Wall
from transcripts.rendering.text import text_hash

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Signs of Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_AGAIN = frozenset(Outcome) - {Outcome.REFUSED}
"""A cut answer is asked for again too, as one too long is: it would cost the item every trial."""


@dataclass(frozen=True, slots=True)
class Form:
    """Who restates, and how long a restatement may be."""

    seat: ModelSeat
    fewest: int
    most: int
    """Words."""

    @classmethod
    def of(cls, study: Study) -> "Form":
        """The form that a study wants."""
        return cls(study.restater, *study.judging.words)

    def request(self, tail: str, verbatim: str) -> Request:
        """The request to restate a move that stands after the tail."""
        return build_request("restate", tail=tail, move=verbatim, words=(self.fewest, self.most))

    def fault(self, answer: RestatementAnswer) -> str | None:
        """Why a restated move is out of the band, if it is."""
        number = count_words(answer.move)
        if answer.status != "restated" or self.fewest <= number <= self.most:
            return None
        return f"restated in {number} words, {self.fewest} to {self.most} are allowed"


async def restate(
    asking: Asking,
    text: PointText,
    wall: Wall,
    form: Form,
    verbatim: str,
    proposal: Proposal | None,
) -> Restatement:
    """The restatement of a move, found or asked for; `proposal` is None for the human's."""
    simulated = asking.run.simulated
    first = restatement_identity(
        verbatim, text.tail, form.seat, (form.fewest, form.most), simulated=simulated
    )
    key, more = asking.again.current(first)

    async def make() -> Restatement:
        wall.check_tail(text.tail)
        request = form.request(text.tail, verbatim)
        source = text.source(proposal=proposal.identity if proposal else None)
        order = Order(
            request, form.seat, text.session, variation=1 + more,
            source=source, point_id=text.point.id,
        )  # fmt: skip
        attempt, call_id = await send_in_form(
            asking, order, key, text_hash(text.tail),
            lambda each: not isinstance(_checked(each, form), str), _AGAIN,
        )  # fmt: skip
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
            **parse_restatement(attempt, form, verbatim),
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_restatement(asking.db, key), make)


def count_words(text: str) -> int:
    """Words of a text; in scripts that write none apart, two signs count as a word."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def parse_restatement(attempt: Attempt, form: Form, verbatim: str) -> dict[str, object]:
    """Every column that a restatement has from its reply."""
    empty = {"reason": None, "move": None, "initiator": None, "compound": False}
    return empty | _fields(_checked(attempt, form), verbatim)


def _checked(attempt: Attempt, form: Form) -> RestatementAnswer | str:
    """The answer, or the reason why it cannot be used."""
    answer = read_answer(RestatementAnswer, attempt)
    return answer if isinstance(answer, str) else form.fault(answer) or answer


def _fields(answer: RestatementAnswer | str, verbatim: str) -> dict[str, object]:
    """Outcome, restated move and features; what cannot be used is excluded with its reason."""
    surface: dict[str, object] = {"verbatim": surface_of(verbatim).as_dict(), "restated": None}
    if isinstance(answer, str):
        return {"outcome": "excluded", "reason": answer, "surface": surface}
    if answer.status != "restated" or not answer.move.strip():
        reason = answer.reason.strip() or "no reason given"
        why = f"unresolvable ({reason})"
        return {"outcome": "excluded", "reason": why, "surface": surface}
    move = " ".join(answer.move.split())
    return {
        "outcome": "restated",
        "move": move,
        "initiator": answer.initiator,
        "compound": answer.compound,
        "surface": {**surface, "restated": surface_of(move).as_dict()},
    }
