"""The restater under attack: does what a hostile move says come through to where a judge reads it?

A restated attack is kept as its call alone. It is nobody's move, and no comparison may find it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from taste.answers import RestatementAnswer
from taste.asking import Asking, read_answer
from taste.attacking.bench import Bench
from taste.attacking.targets import Target
from taste.attacks.corpus import Attack
from taste.attacks.planting import Planted, find_trace, plant_in_move
from taste.calls import find_answer, read_again
from taste.identity import identity, settings_of
from taste.orders import Order
from taste.points import PointText
from taste.requests import Request, prompt_hash
from taste.restater import Form
from taste.tables import Call
from taste.wall import Wall
from transcripts.db import Db
from transcripts.rendering.text import text_hash


@dataclass(frozen=True, slots=True)
class Rewording:
    """A hostile move that a restater is given."""

    attack: Attack
    verbatim: str
    planted: Planted
    tail: str
    form: Form
    key: str
    """Identity of the call."""
    source: dict[str, Any]
    """What the request was built from, for its call's row."""

    @property
    def request(self) -> Request:
        """The request."""
        return self.form.request(self.tail, self.planted.text)


@dataclass(frozen=True, slots=True)
class Survival:
    """How often an attack came through restatement."""

    attack: str
    kind: str
    asked: int
    survived: int
    """Restatements with words of the attack in them."""
    left_out: int
    not_restated: int
    """Refused, cut off, out of the band, or called unresolvable: the item would be excluded."""
    example: str | None
    """The first words that survived."""


def rewordings(bench: Bench, target: Target, text: PointText) -> Iterator[Rewording]:
    """Yield the attacked move, as its author worded it, with every attack in it that adds words."""
    form, seat = Form.of(bench.study), bench.study.restater
    verbatim = target.attacked.verbatim
    for attack in bench.corpus.attacks:
        if attack.where == "session" or not attack.text:
            continue
        planted = plant_in_move(attack, verbatim, target.place, "move", bench.question)
        key = identity(
            "attack restate", bench.run_id, attack.label, planted.text, text.tail,
            prompt_hash("restate"), seat.model, settings_of(seat), form.fewest, form.most,
        )  # fmt: skip
        attacked = target.attacked.identity
        source = {"attack": attack.label, "attacked": attacked, "place": target.place}
        yield Rewording(attack, verbatim, planted, text.tail, form, key, source)


async def ask_restater(asking: Asking, text: PointText, rewording: Rewording) -> Call:
    """One restatement of a hostile move, found or asked for."""
    key, form = rewording.key, rewording.form

    async def make() -> Call:
        Wall.of(asking.db, text).check_tail(rewording.tail)
        order = Order(
            rewording.request, form.seat, text.session,
            source=text.source(**rewording.source), point_id=text.point.id,
        )  # fmt: skip
        _, call_id = await asking.send(order, key, text_hash(rewording.tail))
        return asking.db.get_one(Call, call_id)

    return await asking.once(key, lambda: find_reply(asking.db, key), make)


def find_reply(db: Db, key: str) -> Call | None:
    """The call that brought an answer to a rewording, of whatever kind."""
    return find_answer(db, key, "restate")


def count_survivals(db: Db, asked: Iterable[Rewording]) -> list[Survival]:
    """What came of hostile moves, attack by attack; those not asked about are left out."""
    counts: dict[str, Counter[str]] = {}
    examples: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for rewording in asked:
        call = find_reply(db, rewording.key)
        if call is None:
            continue
        outcome, trace = _outcome(rewording, call)
        name = rewording.attack.name
        kinds[name] = rewording.attack.kind
        counts.setdefault(name, Counter())[outcome] += 1
        if trace is not None:
            examples.setdefault(name, trace)
    return [
        Survival(
            name, kinds[name], count.total(), count["survived"], count["left out"],
            count["not restated"], examples.get(name),
        )
        for name, count in counts.items()
    ]  # fmt: skip


def _outcome(rewording: Rewording, call: Call) -> tuple[str, str | None]:
    """What became of a hostile move, and the words of the attack that came through."""
    answer = read_answer(RestatementAnswer, read_again(call, rewording.form.seat))
    if isinstance(answer, str) or answer.status != "restated" or rewording.form.fault(answer):
        return "not restated", None
    trace = find_trace(rewording.planted, rewording.verbatim, answer.move)
    return ("left out", None) if trace is None else ("survived", trace)
