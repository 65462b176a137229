"""The arms that know how it went on, `oracle` and `recovery`: a builder and a type of their own.

Nothing here writes a model's proposal, and nothing that does can use what is built here.
"""

from dataclasses import dataclass

from taste.answers import ProposalAnswer, RecoveryAnswer
from taste.asking import Asking, read_answer
from taste.orders import Order
from taste.points import PointText
from taste.proposals import add_proposal, control_identity, find_proposal, model_identity
from taste.proposer import outcome_of, written_by
from taste.replies import Attempt
from taste.requests import Purpose, Request, build_request
from taste.seats import ModelSeat
from taste.study import Study
from taste.tables import Proposal
from taste.tries import has_form, send_in_form
from transcripts.cut import Prefix, cut_names, is_visible, shown
from transcripts.db import Db
from transcripts.prefixes import END
from transcripts.queries import read_events, read_places
from transcripts.rendering.text import first_time, render_aftermath, text_hash

RECOVERY = "recovery"
ORACLE = "oracle:"
WORK_CHARS = 24_000
"""Most characters of the piece in which the work got back on track."""
WORK_BEFORE = 4
"""Events of that piece before the act that led to it: an answer may take up what was offered."""
WORK_AFTER = 8
"""Events of that piece after the one that the annotator marked."""
NOT_MARKED = "no event of this thread is marked as the one that recovered it"
_PURPOSES: frozenset[Purpose] = frozenset({"oracle", "recovery"})


@dataclass(frozen=True, slots=True)
class HindsightRequest:
    """What a hindsight arm is sent. No proposer takes this type, and the wall none of its texts."""

    request: Request
    shown_hash: str
    """sha256 of the texts of the session that it shows."""

    def __post_init__(self) -> None:
        """Refuse to carry a request of any other purpose."""
        if self.request.purpose not in _PURPOSES:
            raise ValueError(f"a {self.request.purpose!r} request has no hindsight")


def request_in_hindsight(db: Db, text: PointText, arm: str) -> HindsightRequest | None:
    """The request of a hindsight arm; None where nothing is marked that it could show."""
    if arm.startswith(ORACLE):
        texts = {"shown": text.prefix.text, "aftermath": text.aftermath}
        return _built("oracle", texts)
    work = recovered_work(db, text)
    return None if work is None else _built("recovery", {"tail": text.tail, "work": work})


def _built(purpose: Purpose, texts: dict[str, str]) -> HindsightRequest:
    shown_hash = text_hash("\0".join(text_hash(text) for text in texts.values()))
    return HindsightRequest(build_request(purpose, **texts), shown_hash)


def seat_in_hindsight(study: Study, arm: str) -> ModelSeat:
    """Who answers for a hindsight arm: the proposer that the arm names, or the restater."""
    if arm == RECOVERY:
        return study.restater
    name = arm.removeprefix(ORACLE)
    return next(seat for seat in study.proposers if seat.name == name)


def recovered_work(db: Db, text: PointText) -> str | None:
    """The piece of the aftermath in which the work got back on track, displayed like the rest.

    From the last human act before the marked event, with a little of what it answers, to a few
    events after the marked one; nothing from before the cut. None where no event of the thread
    is marked.
    """
    point = text.point
    events = read_events(db, point.session_id, point.thread)
    marked = next((e.position for e in events if e.event_id == text.recovered), None)
    if marked is None:
        return None
    acts = (e.act for e in events if e.act is not None and e.position <= marked)
    start = max((act for act in acts if act >= point.cut), default=point.cut)
    before = [shown(e) for e in events if is_visible(e, point.cut, point.thread)]
    later = [e for e in events if e.shown and e.position >= point.cut]
    begin = max(0, sum(e.position < start for e in later) - WORK_BEFORE)
    end = sum(e.position <= marked for e in later) + WORK_AFTER
    piece = tuple(shown(e) for e in later[begin:end])
    names = cut_names(read_places(db, point.session_id), END)
    whole = text.display.of_aftermath
    display = whole.model_copy(update={"chars": min(WORK_CHARS, whole.chars)})
    return render_aftermath(Prefix(piece, names), display, first_time(before))


async def propose_in_hindsight(asking: Asking, text: PointText, arm: str, study: Study) -> Proposal:
    """The proposal of a hindsight arm for a point, found or asked for."""
    wanted = request_in_hindsight(asking.db, text, arm)
    if wanted is None:
        return await _nothing_marked(asking, text, arm)
    seat = seat_in_hindsight(study, arm)
    first = model_identity(wanted.request, seat, 1, simulated=asking.run.simulated)
    key, more = asking.again.current(first)

    async def make() -> Proposal:
        source = text.source(arm=arm)
        order = Order(
            wanted.request, seat, text.session, variation=1 + more,
            source=source, point_id=text.point.id,
        )  # fmt: skip
        kind = RecoveryAnswer if arm == RECOVERY else ProposalAnswer
        attempt, call_id = await send_in_form(asking, order, key, wanted.shown_hash, has_form(kind))
        row = add_proposal(
            asking.db,
            asking.now(),
            identity=key,
            decision_point_id=text.point.id,
            arm=arm,
            hindsight=True,
            repeat=1,
            shown_hash=wanted.shown_hash,
            shortened=text.prefix.shortened.as_dict(),
            **read_recovery(attempt, text) if arm == RECOVERY else _oracle(attempt),
            **written_by(seat, wanted.request, attempt, call_id),
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_proposal(asking.db, key), make)


async def _nothing_marked(asking: Asking, text: PointText, arm: str) -> Proposal:
    """A proposal that says why there is none, made without a call."""
    db, simulated = asking.db, asking.run.simulated
    key = control_identity(arm, text.prefix.shown_hash, None, NOT_MARKED, simulated=simulated)
    row = find_proposal(db, key)
    if row is None:
        row = add_proposal(
            db,
            asking.now(),
            identity=key,
            decision_point_id=text.point.id,
            arm=arm,
            hindsight=True,
            repeat=1,
            outcome="none",
            reason=NOT_MARKED,
            shown_hash=text.prefix.shown_hash,
            simulated=simulated,
        )
        await asking.commit()
    return row


def _oracle(attempt: Attempt) -> dict[str, str | None]:
    """Outcome and move of an oracle's answer."""
    answer = read_answer(ProposalAnswer, attempt)
    move = answer.model_dump() if isinstance(answer, ProposalAnswer) else {}
    return outcome_of(attempt, answer) | move


def read_recovery(attempt: Attempt, text: PointText) -> dict[str, str | None]:
    """What a proposal's row says of an answer, and where in the session the answer is from."""
    return {"source": f"the work around {text.recovered}", **parse_recovery(attempt)}


def parse_recovery(attempt: Attempt) -> dict[str, str | None]:
    """Outcome and move of an answer that says what brought the session back on track."""
    answer = read_answer(RecoveryAnswer, attempt)
    if isinstance(answer, str):
        return outcome_of(attempt, answer)
    if answer.status != "restated" or not answer.move.strip():
        reason = answer.reason.strip() or "no reason given"
        return {"outcome": "none", "reason": f"unresolvable ({reason})"}
    return outcome_of(attempt, answer) | {"move": answer.move.strip()}
