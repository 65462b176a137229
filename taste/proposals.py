"""Proposals and restatements as rows: found by identity, appended, never edited."""

from datetime import datetime
from typing import Any

from taste.appending import append_row, find_row
from taste.identity import identity, settings_of
from taste.requests import Request, prompt_hash
from taste.seats import ModelSeat
from taste.tables import Proposal, Restatement
from transcripts.db import Db


def model_identity(request: Request, seat: ModelSeat, repeat: int, *, simulated: bool) -> str:
    """Identity of a model's proposal (or placebo): what it was sent, by whom, which repeat.

    A simulated model may bear a real one's name, so that no run reuses rows of the other kind.
    """
    return identity(
        request.purpose, request.text_hash, request.prompt_hash, seat.model,
        settings_of(seat), repeat, simulated,
    )  # fmt: skip


def control_identity(
    arm: str, shown_hash: str, move: str | None, source: str | None, *, simulated: bool
) -> str:
    """Identity of a control arm's proposal: the move and where it is from, or why there is none."""
    return identity("control", arm, shown_hash, move, source, simulated)


def restatement_identity(
    verbatim: str, tail: str, seat: ModelSeat, words: tuple[int, int], *, simulated: bool
) -> str:
    """Identity of a restatement: the move, what the restater saw beside it, and the restater.

    Args:
        verbatim: the move.
        tail: what stood before it.
        seat: the restater.
        words: fewest and most words that it may have.
        simulated: whether models are simulated.
    """
    return identity(
        "restate", verbatim, tail, prompt_hash("restate"), seat.model, settings_of(seat), words,
        simulated,
    )  # fmt: skip


def find_proposal(db: Db, key: str) -> Proposal | None:
    """The proposal with this identity."""
    return find_row(db, Proposal, identity=key)


def find_restatement(db: Db, key: str) -> Restatement | None:
    """The restatement with this identity."""
    return find_row(db, Restatement, identity=key)


def add_proposal(db: Db, now: datetime, **values: Any) -> Proposal:
    """Append a proposal to the transaction under way."""
    return append_row(db, Proposal(created_at=now, **values))


def add_restatement(db: Db, now: datetime, **values: Any) -> Restatement:
    """Append a restatement to the transaction under way."""
    return append_row(db, Restatement(created_at=now, **values))
