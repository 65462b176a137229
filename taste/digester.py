"""The digester's seat: what the rest of a session taught, written without the human's move.

A draft that gives the move away is kept as a row and asked for again; so is one that is unusable.
The last draft is returned whatever became of it.
"""

from dataclasses import dataclass
from typing import Any

from taste.answers import DigestAnswer, LeakAnswer
from taste.asking import Asking, read_answer
from taste.calls import find_answer, read_again
from taste.digests import add_digest, find_digest
from taste.identity import identity, settings_of
from taste.leaks import RULES, find_leak, find_unchecked
from taste.orders import Order
from taste.points import PointText, read_aftermath_without_act
from taste.replies import Attempt, Outcome
from taste.requests import Request, build_request, prompt_hash
from taste.seats import ModelSeat
from taste.study import Study
from taste.tables import Digest, Restatement
from taste.views import LEAKY, WRITTEN
from transcripts.db import Db
from transcripts.removal import WITHDRAWN
from transcripts.rendering.text import text_hash

TRIES = 3
"""Drafts that are asked for; a refusal is an answer and ends it."""
MOST_WORDS = 600
"""Twice what the prompt allows: a longer text retells the session."""
FAILED = "failed"
_REFUSED = {"refused": True}


@dataclass(frozen=True, slots=True)
class Check:
    """The human's move in both forms, and who is asked whether a draft gives it away."""

    verbatim: str
    restated: str
    asked: ModelSeat | None

    @classmethod
    def of(cls, text: PointText, study: Study, restated: str | None) -> "Check":
        """The check that a study wants of the digests of a point."""
        asked = study.prober_seat if study.judging.leak_check else None
        return cls(text.act, restated or "", asked)

    @property
    def key(self) -> tuple[object, ...]:
        """What a draft's outcome hangs on, beside its text."""
        seat = self.asked
        by = (prompt_hash("leak"), seat.model, settings_of(seat)) if seat else ()
        return (RULES, self.verbatim, self.restated, *by)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One draft that is to be written, and checked."""

    text: PointText
    seat: ModelSeat
    request: Request
    key: str
    shown_hash: str
    number: int
    check: Check
    human: str
    """Identity of the restated human move."""
    variation: int
    """Tells its requests from those of other drafts."""


async def write_digest(asking: Asking, text: PointText, study: Study, human: Restatement) -> Digest:
    """The digest of a point, found or asked for; the last draft where none is fit to be shown.

    Raises:
        Unanswered: if a model did not answer; drafts that are stored stay so.
        StopRun: if the run cannot go on.
    """
    seat = study.digester_seat
    check = Check.of(text, study, human.move)
    shown_hash = _shown_hash(text)
    request: Request | None = None
    for number in range(1, TRIES + 1):
        first = draft_identity(text, study, check, number, simulated=asking.run.simulated)
        key, more = asking.again.current(first)
        draft = find_digest(asking.db, key)
        if draft is None:
            request = request or digest_request(asking.db, text)
            wanted = Wanted(
                text, seat, request, key, shown_hash, number, check, human.identity, number + more
            )
            draft = await _draft(asking, wanted)
        if is_last(draft, number):
            return draft
    raise AssertionError("TRIES is at least 1")


def draft_identity(
    text: PointText, study: Study, check: Check, number: int, *, simulated: bool
) -> str:
    """Identity of the how manieth draft: what it is shown, its check, and who writes it."""
    seat = study.digester_seat
    return identity(
        "digest", _shown_hash(text), check.key, prompt_hash("digest"), seat.model,
        settings_of(seat), number, simulated,
    )  # fmt: skip


def is_last(draft: Digest, number: int) -> bool:
    """Whether no further draft is asked for."""
    return draft.outcome == WRITTEN or draft.leak == _REFUSED or number == TRIES


def _shown_hash(text: PointText) -> str:
    """The act and the whole aftermath decide what is shown, and are at hand for each trial."""
    return text_hash(f"{text.prefix.shown_hash}\0{text_hash(text.aftermath)}\0{text.act}")


def digest_request(db: Db, text: PointText) -> Request:
    """The request for a digest of what came after a point."""
    aftermath = read_aftermath_without_act(db, text)
    return build_request("digest", shown=text.prefix.text, aftermath=aftermath)


async def _draft(asking: Asking, wanted: Wanted) -> Digest:
    """One draft, found or asked for, with what the leak check says of it."""

    async def make() -> Digest:
        attempt, call_id = await _answer(asking, wanted)
        found = check_words(attempt, wanted.check, wanted.text.prefix.text)
        if found["outcome"] == WRITTEN and wanted.check.asked:
            found |= await _check_by_model(asking, wanted, wanted.check.asked, found)
        row = add_digest(
            asking.db,
            asking.now(),
            identity=wanted.key,
            decision_point_id=wanted.text.point.id,
            attempt=wanted.number,
            model=attempt.model_returned,
            prompt_hash=wanted.request.prompt_hash,
            shown_hash=wanted.shown_hash,
            settings=settings_of(wanted.seat),
            call_id=call_id,
            simulated=attempt.simulated,
            **found,
        )
        await asking.commit()
        return row

    return await asking.once(wanted.key, lambda: find_digest(asking.db, wanted.key), make)


async def _answer(asking: Asking, wanted: Wanted) -> tuple[Attempt, int]:
    """A draft as it came, found or asked for: a stop before its check has left only the call."""
    call = find_answer(asking.db, wanted.key, "digest")
    if call is not None and call.id is not None and call.raw_reply != WITHDRAWN:
        return read_again(call, wanted.seat), call.id
    text = wanted.text
    order = Order(
        wanted.request, wanted.seat, text.session, variation=wanted.variation,
        source=text.source(), point_id=text.point.id,
    )  # fmt: skip
    return await asking.send(order, wanted.key, wanted.shown_hash)


def check_words(attempt: Attempt, check: Check, known: str) -> dict[str, Any]:
    """Outcome, text and what was found in a draft by its words."""
    answer = read_answer(DigestAnswer, attempt)
    if isinstance(answer, str):
        refused = attempt.outcome is Outcome.REFUSED
        return {"outcome": FAILED, "reason": answer, "leak": _REFUSED if refused else {}}
    digest = answer.digest.strip()
    words = len(digest.split())
    if not 0 < words <= MOST_WORDS:
        return {"outcome": FAILED, "reason": f"{words} words", "text": digest or None}
    moves = [check.verbatim, check.restated]
    found = find_leak(digest, moves, known)
    if found is not None:
        told = {"leak": {"found": found.as_dict()}, "text": digest}
        return {"outcome": LEAKY, "reason": found.reason, **told}
    unchecked = find_unchecked(digest, moves)
    return {
        "outcome": WRITTEN,
        "leak": {"unchecked": unchecked} if unchecked else {},
        "text": digest,
    }


async def _check_by_model(
    asking: Asking, wanted: Wanted, seat: ModelSeat, found: dict[str, Any]
) -> dict[str, Any]:
    """What a model says of a draft whose words are clean: outcome, reason and its answer."""
    request = build_request("leak", digest=found["text"], move=wanted.check.restated)
    text = wanted.text
    order = Order(
        request, seat, text.session, variation=wanted.variation,
        source=text.source(draft=wanted.key, human=wanted.human), point_id=text.point.id,
    )  # fmt: skip
    attempt, _ = await asking.send(order, wanted.key, request.text_hash)
    answer = read_answer(LeakAnswer, attempt)
    if isinstance(answer, str):
        return {"outcome": FAILED, "reason": f"the leak check got no answer: {answer}"}
    asked = {"leak": {**found["leak"], "asked": answer.model_dump()}}
    if answer.reveals == "no":
        return asked
    if answer.reveals == "yes":
        reason = f"a model says that it gives the move away: {answer.quote!r}"
        return {"outcome": LEAKY, "reason": reason, **asked}
    reason = f"the leak check said {answer.reveals!r}, neither yes nor no"
    return {"outcome": FAILED, "reason": reason, **asked}
