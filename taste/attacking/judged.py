"""Judges under attack: the plain comparison again, with a hostile text in a move or the session."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import select

from taste.asking import Asking
from taste.attacking.bench import Bench
from taste.attacking.targets import Target
from taste.attacks.corpus import Attack
from taste.attacks.planting import plant_in_move, plant_in_session
from taste.identity import identity, settings_of
from taste.judge import parse_verdict
from taste.orders import Order
from taste.points import PointText
from taste.probe_tables import AttackVerdict
from taste.requests import Request, build_request, prompt_hash
from taste.views import Shown, show
from transcripts.db import Db


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge is asked under one attack."""

    target: Target
    attack: Attack
    view: Shown
    attacked: str
    """The attacked move, with the attack in it if that stands in a move."""

    @property
    def request(self) -> Request:
        """The request, which differs from the plain one by the attack alone."""
        moves = self.target.shown(self.attacked)
        return build_request("judge", **self.view.texts, labels=None, **moves)

    @property
    def variation(self) -> int:
        """The very same request again is another question, not one answered already."""
        return 1 if self.attack.text else 2


def open_questions(db: Db, bench: Bench, target: Target, text: PointText) -> Iterator[Question]:
    """Yield what a target's judge has still to be asked, attacks in moves first.

    What the moves are attacked with shares the session's text, which is then read from a cache.
    """
    made = set(
        db.exec(
            select(AttackVerdict.attack).where(
                AttackVerdict.run_id == bench.run_id,
                AttackVerdict.comparison_id == target.comparison.id,
                AttackVerdict.judge == target.judge,
                AttackVerdict.prompt_hash == prompt_hash("judge"),
            )
        ).all()
    )
    view = show(text, "full", None)
    for attack in bench.corpus.attacks:
        if attack.label not in made:
            question = plant(bench, target, attack, view)
            if question is not None:
                yield question


def plant(bench: Bench, target: Target, attack: Attack, view: Shown) -> Question | None:
    """The question with the attack in it; None if the session has no place for it."""
    move = target.attacked.move or ""
    if attack.where == "move":
        planted = plant_in_move(attack, move, target.place, target.place, bench.question)
        return Question(target, attack, view, planted.text)
    found = plant_in_session(attack, view.aftermath or "", target.place, bench.question)
    if found is None:
        return None
    return Question(target, attack, replace(view, aftermath=found.text), move)


async def ask_judge(
    asking: Asking, bench: Bench, text: PointText, question: Question
) -> AttackVerdict:
    """One verdict under attack, found or asked for."""
    target, request = question.target, question.request
    seat = bench.judge(target.judge)
    key = identity(
        "attack", bench.run_id, target.comparison.id, question.attack.label, request.text_hash,
        request.prompt_hash, seat.name, seat.model, settings_of(seat),
    )  # fmt: skip

    async def make() -> AttackVerdict:
        order = Order(
            request, seat, text.session, variation=question.variation,
            source=text.source(attack=question.attack.label, **target.source),
            point_id=text.point.id,
        )  # fmt: skip
        attempt, call_id = await asking.send(order, key, question.view.hash)
        answer = parse_verdict(attempt)
        row = AttackVerdict(
            identity=key,
            **_facts(bench, question),
            verdict=answer["verdict"] or "",
            reason=answer["reason"],
            model=attempt.model_returned,
            prompt_hash=request.prompt_hash,
            request_hash=request.text_hash,
            call_id=call_id,
            simulated=attempt.simulated,
            created_at=asking.now(),
        )
        with asking.db.begin_nested():
            asking.db.add(row)
        await asking.commit()
        return row

    return await asking.once(key, lambda: _find_verdict(asking.db, key), make)


def _facts(bench: Bench, question: Question) -> dict[str, Any]:
    """What is known of a verdict before it is given."""
    target = question.target
    seat = bench.judge(target.judge)
    return {
        "run_id": bench.run_id,
        "item_id": target.item.id,
        "comparison_id": target.comparison.id,
        "attack": question.attack.label,
        "target": target.whose,
        "order": target.comparison.order,
        "judge": seat.name,
        "plain": target.plain,
        "settings": {**settings_of(seat), "corpus": bench.corpus.version},
    }


def _find_verdict(db: Db, key: str) -> AttackVerdict | None:
    return db.exec(select(AttackVerdict).where(AttackVerdict.identity == key)).first()
