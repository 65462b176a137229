"""The judge's seat: which of two restated moves was the better one, knowing how it went on.

Never learns who wrote what; an answer that is not a verdict is `unscored` with its reason.
"""

from dataclasses import dataclass

from taste.asking import Asking, read_answer
from taste.client import Order as ModelOrder
from taste.identity import settings_of
from taste.points import PointText
from taste.replies import Attempt, VerdictAnswer
from taste.requests import Request, build_request
from taste.study import Judge
from taste.tables import Comparison, Verdict
from taste.verdicts import Order, add_verdict, find_verdict, verdict_identity
from transcripts.rendering.text import text_hash

VERDICTS = frozenset({"first", "second", "tie"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two restated moves in one order, and the row that stands for them."""

    human: str
    proposed: str
    order: Order
    comparison: Comparison

    @property
    def shown(self) -> tuple[str, str]:
        """The moves as the judge meets them."""
        moves = (self.human, self.proposed)
        return moves if self.order == "human" else (moves[1], moves[0])


def view_hash(text: PointText) -> str:
    """sha256 of what the view `full` shows besides the two moves."""
    return text_hash(f"{text.prefix.shown_hash}\0{text_hash(text.aftermath)}")


async def judge(asking: Asking, text: PointText, seat: Judge, pair: Pair, sample: int) -> Verdict:
    """One verdict on a pair, found or asked for."""
    shown_hash = view_hash(text)
    moves, simulated = (pair.human, pair.proposed), asking.run.simulated
    key = verdict_identity(moves, pair.order, shown_hash, seat, sample, simulated=simulated)

    async def make() -> Verdict:
        request = _request(text, pair)
        order = ModelOrder(request, seat, text.session, None, sample)
        attempt, call_id = await asking.send(order, key, shown_hash)
        row = add_verdict(
            asking.db,
            asking.now(),
            identity=key,
            comparison_id=pair.comparison.id,
            judge=seat.name,
            judge_kind="model",
            view=seat.view,
            sample=sample,
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            shown_hash=shown_hash,
            settings=settings_of(seat),
            call_id=call_id,
            simulated=attempt.simulated,
            **parse_verdict(attempt),
        )
        asking.db.commit()
        return row

    return await asking.once(key, lambda: find_verdict(asking.db, key), make)


def _request(text: PointText, pair: Pair) -> Request:
    first, second = pair.shown
    return build_request(
        "judge", shown=text.prefix.text, aftermath=text.aftermath, first=first, second=second
    )


def parse_verdict(attempt: Attempt) -> dict[str, str | None]:
    """Verdict, reason and reasoning of an attempt: the one parse of a verdict."""
    answer = read_answer(VerdictAnswer, attempt)
    if isinstance(answer, str):
        return {"verdict": "unscored", "reason": answer}
    if answer.verdict not in VERDICTS:
        reason = f"unknown verdict {answer.verdict!r}"
        return {"verdict": "unscored", "reason": reason, "reasoning": answer.reasoning}
    return {"verdict": answer.verdict, "reason": None, "reasoning": answer.reasoning}
