"""What is known of the two moves of a comparison, in each form in which a judge may read them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from analysis.trials.columns import RESTATED, SURFACE
from taste.tables import Item, Restatement, Run, Trial
from transcripts.db import Db

VERBATIM = "verbatim"
Features = Mapping[str, int | None]


def read_moves(db: Db, run: Run) -> Mapping[tuple[int, str], Features]:
    """Returns length in characters and features of every move of the points of a run.

    The key is (row id of the restatement, form). A feature that was not stored is None.
    """
    points = (
        select(Item.decision_point_id)
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .where(col(Trial.run_id) == run.id)
    )
    query = select(
        col(Restatement.id),
        func.length(col(Restatement.verbatim)),
        func.length(col(Restatement.move)),
        col(Restatement.surface),
    ).where(col(Restatement.decision_point_id).in_(points))
    found: dict[tuple[int, str], Features] = {}
    for id_, verbatim, restated, surface in db.connection().execute(query):
        for form, chars in ((VERBATIM, verbatim), (RESTATED, restated)):
            found[id_, form] = _features(chars, surface.get(form) or {})
    return found


def _features(chars: int | None, surface: Mapping[str, Any]) -> Features:
    return {"chars": chars, **{name: surface.get(name) for name in SURFACE}}


def name_sides(human: Features, proposal: Features) -> dict[str, Any]:
    """Returns the columns of both moves: `human_chars`, `proposal_chars`, `human_words` and so on.

    Where there is no comparison both are empty, and every column is None.
    """
    names = ("chars", *SURFACE)
    sides = (("human", human), ("proposal", proposal))
    return {f"{side}_{name}": move.get(name) for side, move in sides for name in names}
