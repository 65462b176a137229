"""The probes: what a restatement or a view gives away, asked after and apart from every verdict.

Loading: detour or strong move, from the restated human move alone? Identity: which of two moves was
taken, and which did a model write? Faithfulness: does a restatement say what the move said?
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taste.answers import Answer, FaithfulnessAnswer, IdentityAnswer, LoadingAnswer
from taste.asking import Asking, read_answer
from taste.conditions import ON_A_DIGEST
from taste.identity import draw_index, identity, settings_of
from taste.orders import Order
from taste.points import PointText
from taste.probe_tables import Probe
from taste.probes import add_probe, find_probe
from taste.replies import Attempt
from taste.requests import Request, build_request
from taste.seats import ModelSeat, View
from taste.tables import Digest, Restatement
from taste.tries import send_in_form
from taste.verdicts import ORDERS, Pair
from taste.verdicts import Order as MoveOrder
from taste.views import show
from transcripts.rendering.text import text_hash

_ANSWERS: Mapping[str, tuple[type[Answer], Mapping[str, tuple[str, ...]]]] = {
    "loading": (LoadingAnswer, {"kind": ("detour", "strong")}),
    "identity": (
        IdentityAnswer,
        {"taken": ("first", "second"), "by_model": ("first", "second")},
    ),
    "faithfulness": (FaithfulnessAnswer, {"same": ("same", "partly", "different")}),
}
"""Kind of probe -> its answer, and the words that each field may hold."""


@dataclass(frozen=True, slots=True)
class Question:
    """One probe as it is put."""

    request: Request
    shown_hash: str
    about: dict[str, Any] = field(default_factory=dict)
    """What the row says that it is about."""
    order: MoveOrder | None = None
    """Whose move comes first, where two are shown: the same bytes may have two truths."""
    source: dict[str, Any] = field(default_factory=dict)
    """What the request was built from, for its call's row."""


def has_kind(set_kind: str, actor: str) -> bool:
    """Whether a set's human moves are of one of the two kinds between which loading asks.

    An agent's are not: the question tells of what a person decided.
    """
    return set_kind in {"suboptimal", "strong"} and actor == "human"


def loading_question(human: Restatement) -> Question:
    """Detour or strong move, from the restated human move alone?"""
    request = build_request("loading", move=human.move or "")
    source = {"restatement": human.identity}
    return Question(request, request.text_hash, {"restatement_id": human.id}, source=source)


def faithfulness_question(text: PointText, restated: Restatement) -> Question:
    """Does the restatement say what the move said?"""
    request = build_request(
        "faithfulness", tail=text.tail, move=restated.verbatim, restated=restated.move or ""
    )
    source = {"restatement": restated.identity}
    about = {"restatement_id": restated.id}
    return Question(request, text_hash(text.tail), about, source=source)


def identity_question(text: PointText, view: View, pair: Pair, digest: Digest | None) -> Question:
    """Which of the two was taken, and which did a model write?"""
    shown = show(text, view, digest)
    first, second = pair.shown("restated")
    texts: dict[str, str | None] = {**shown.texts, "first": first, "second": second}
    request = build_request("identity", **texts)
    about = {"comparison_id": pair.comparison.id, "view": view}
    on_digest = digest.identity if digest is not None and view in ON_A_DIGEST else None
    source = {**pair.source, "view": view, "digest": on_digest}
    return Question(request, shown.hash, about, pair.order, source)


def order_asked(text: PointText, view: View) -> MoveOrder:
    """The order in which identity is asked for under a view at a point: drawn, half are each."""
    return ORDERS[draw_index(f"{text.point.prefix_hash}:identity:{view}", len(ORDERS))]


def probe_identity(question: Question, seat: ModelSeat, *, simulated: bool) -> str:
    """Identity of a probe: what it was sent, who answers, and in which order two moves stood."""
    request = question.request
    return identity(
        request.purpose, request.text_hash, request.prompt_hash, seat.name, seat.model,
        settings_of(seat), question.order, simulated,
    )  # fmt: skip


async def probe(asking: Asking, text: PointText, seat: ModelSeat, question: Question) -> Probe:
    """One answer to a question, found or asked for."""
    request = question.request
    first = probe_identity(question, seat, simulated=asking.run.simulated)
    key, more = asking.again.current(first)

    async def make() -> Probe:
        order = Order(
            request, seat, text.session, variation=1 + more,
            source=text.source(**question.source), point_id=text.point.id,
        )  # fmt: skip
        attempt, call_id = await send_in_form(
            asking, order, key, question.shown_hash,
            lambda each: parse_probe(request.purpose, each).get("reason") is None,
        )  # fmt: skip
        row = add_probe(
            asking.db,
            asking.now(),
            identity=key,
            kind=request.purpose,
            decision_point_id=text.point.id,
            seat=seat.name,
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            shown_hash=question.shown_hash,
            settings=settings_of(seat),
            call_id=call_id,
            simulated=attempt.simulated,
            **question.about,
            **parse_probe(request.purpose, attempt),
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_probe(asking.db, key), make)


def parse_probe(kind: str, attempt: Attempt) -> dict[str, Any]:
    """The answer of an attempt by field, or the reason why there is none."""
    shape, words = _ANSWERS[kind]
    answer = read_answer(shape, attempt)
    if isinstance(answer, str):
        return {"reason": answer}
    given = {name: getattr(answer, name) for name in words}
    for name, value in given.items():
        if value not in words[name]:
            return {"reason": f"unknown {name} {value!r}"}
    return {"answer": given}
