"""The judge's seat: which of two moves was the better one, knowing what its view shows.

Never learns who wrote what, unless what that is worth is the question; an answer that is not a
verdict is `unscored` with its reason.
"""

from dataclasses import asdict
from typing import Any

from taste.answers import VerdictAnswer
from taste.asking import Asking, read_answer
from taste.conditions import ON_A_DIGEST
from taste.identity import settings_of
from taste.judging import CONFIDENCES
from taste.orders import Order as ModelOrder
from taste.points import PointText
from taste.replies import Attempt
from taste.requests import ACTORS, Request, build_request
from taste.seats import Judge
from taste.tables import Digest, Verdict
from taste.tries import send_in_form
from taste.verdicts import Asked, add_verdict, find_verdict, verdict_identity
from taste.views import Shown, show, view_fault
from transcripts.rendering.text import text_hash

VERDICTS = frozenset({"first", "second", "tie"})
MODEL = "a language model"
"""Whose move a proposal is called, where moves are labelled."""


async def judge(
    asking: Asking, text: PointText, seat: Judge, asked: Asked, digest: Digest | None
) -> Verdict:
    """One verdict on a pair, found or asked for."""
    fault = view_fault(asked.condition.view, digest)
    if fault is not None:
        return await _unscored(asking, seat, asked, digest, fault)
    shown = show(text, asked.condition.view, digest)
    first = verdict_identity(asked, seat, shown.hash, simulated=asking.run.simulated)
    key, more = asking.again.current(first)

    async def make() -> Verdict:
        request = judge_request(text, shown, asked)
        order = ModelOrder(
            request, seat, text.session, None, asked.sample + more,
            source=judge_source(text, asked, digest), point_id=text.point.id,
        )  # fmt: skip
        attempt, call_id = await send_in_form(asking, order, key, shown.hash, is_verdict)
        row = add_verdict(
            asking.db,
            asking.now(),
            identity=key,
            **_facts(seat, asked, digest if shown.digest is not None else None),
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            shown_hash=shown.hash,
            call_id=call_id,
            simulated=attempt.simulated,
            **parse_verdict(attempt),
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_verdict(asking.db, key), make)


async def _unscored(
    asking: Asking, seat: Judge, asked: Asked, digest: Digest | None, reason: str
) -> Verdict:
    """The verdict that could not be asked for, since its view cannot be shown."""
    shown_hash = text_hash(f"{reason}\0{digest.identity if digest else ''}")
    simulated = asking.run.simulated
    key = verdict_identity(asked, seat, shown_hash, simulated=simulated)

    async def make() -> Verdict:
        row = add_verdict(
            asking.db,
            asking.now(),
            identity=key,
            **_facts(seat, asked, digest),
            shown_hash=shown_hash,
            simulated=simulated,
            verdict="unscored",
            reason=reason,
        )
        await asking.commit()
        return row

    return await asking.once(key, lambda: find_verdict(asking.db, key), make)


def _facts(seat: Judge, asked: Asked, digest: Digest | None) -> dict[str, Any]:
    """What is known of a verdict before it is given."""
    condition = asked.condition
    return {
        "comparison_id": asked.pair.comparison.id,
        "judge": seat.name,
        "judge_kind": "model",
        "view": condition.view,
        "form": condition.form,
        "provenance": condition.provenance,
        "prompt": condition.prompt,
        "sample": asked.sample,
        "digest_id": digest.id if digest else None,
        "settings": settings_of(seat),
    }


def judge_source(text: PointText, asked: Asked, digest: Digest | None) -> dict[str, Any]:
    """What the request is built from; a view that shows no digest does not name it."""
    on_digest = digest is not None and asked.condition.view in ON_A_DIGEST
    return text.source(
        **asked.pair.source,
        **asdict(asked.condition),
        digest=digest.identity if digest is not None and on_digest else None,
    )


def judge_request(text: PointText, shown: Shown, asked: Asked) -> Request:
    """The request for one verdict."""
    first, second = asked.pair.shown(asked.condition.form)
    return build_request(
        "judge",
        asked.condition.prompt,
        **shown.texts,
        labels=_labels(text, asked),
        first=first,
        second=second,
    )


def _labels(text: PointText, asked: Asked) -> tuple[str, str] | None:
    """Who is said to have written the first move and the second; None where nobody is named."""
    person = ACTORS[text.point.actor]
    if asked.condition.provenance == "blind":
        return None
    right = asked.condition.provenance == "labelled"
    return asked.pair.in_order((person, MODEL) if right else (MODEL, person))


def is_verdict(attempt: Attempt) -> bool:
    """Whether an answer says which move was the better one."""
    return parse_verdict(attempt)["verdict"] in VERDICTS


def parse_verdict(attempt: Attempt) -> dict[str, str | None]:
    """Verdict, reason, reasoning and confidence of an attempt: the one parse of a verdict."""
    answer = read_answer(VerdictAnswer, attempt)
    if isinstance(answer, str):
        return {"verdict": "unscored", "reason": answer}
    told = {
        "reasoning": answer.reasoning,
        "confidence": answer.confidence if answer.confidence in CONFIDENCES else None,
    }
    if answer.verdict not in VERDICTS:
        return {"verdict": "unscored", "reason": f"unknown verdict {answer.verdict!r}", **told}
    return {"verdict": answer.verdict, "reason": None, **told}
