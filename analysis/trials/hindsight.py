"""Keeps proposals that were written with the aftermath in sight out of every model's rate.

An arm's name says whether it has hindsight, so a row that says otherwise is an error.
"""

from analysis.trials.raw import quote
from taste.seats import HINDSIGHT_ARMS, is_hindsight


def explain_hindsight(arm: str, hindsight: bool) -> str | None:
    """Returns why no row of this arm can say so of its proposal's hindsight; None if it can."""
    if hindsight == is_hindsight(arm):
        return None
    if hindsight:
        known = " and ".join(HINDSIGHT_ARMS)
        return f"arm {quote(arm)} may not have hindsight; only {known} are shown the aftermath."
    return f"arm {quote(arm)} is shown the aftermath, but this says that it has no hindsight."
