"""Asking until an answer has the form that was asked for, a few times; each try is a call.

A refusal, a cut answer or another model's is an outcome, and no try more is made for it unless the
seat says so.
"""

from collections.abc import Callable
from dataclasses import replace

from taste.again import VARIATIONS
from taste.answers import Answer
from taste.asking import Asking, read_answer
from taste.orders import Order
from taste.replies import Attempt, Outcome

_TRY = VARIATIONS * VARIATIONS
"""Added to the variation of each further try, so that no two bodies are the same."""
_IN_ANOTHER_FORM = frozenset({Outcome.ANSWERED})
Fits = Callable[[Attempt], bool]
"""Whether an answer has the form that was asked for."""


async def send_in_form(
    asking: Asking,
    order: Order,
    key: str,
    shown_hash: str,
    fits: Fits,
    again: frozenset[Outcome] = _IN_ANOTHER_FORM,
) -> tuple[Attempt, int]:
    """The first answer that fits, or the last one, and the row of its call.

    Args:
        asking: how it is asked, and how often at most.
        order: what is asked.
        key: identity of the row that it is for.
        shown_hash: sha256 of the text that is shown.
        fits: whether an answer can be used.
        again: outcomes after which a further try is made.

    Raises:
        Unanswered: if no attempt got an answer; answers that did not fit stay stored.
        StopRun: if the run cannot go on.
        WallError: if a prefix-bound request is not the prompt over its prefix.
    """
    for number in range(asking.tries):
        one = replace(order, variation=order.variation + number * _TRY)
        attempt, call_id = await asking.send(one, key, shown_hash, tried=number)
        if attempt.outcome not in again or fits(attempt):
            break
    return attempt, call_id


def has_form(kind: type[Answer]) -> Fits:
    """Fits what can be read as this kind of answer."""
    return lambda attempt: not isinstance(read_answer(kind, attempt), str)
