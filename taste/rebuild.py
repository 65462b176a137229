"""Builds the request of a stored call again, from the rows that it was built from.

What comes out has the stored sha256, or something that the call rests on has changed since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlmodel import select

from taste.answers import DigestAnswer
from taste.asking import read_answer
from taste.attacking.bench import Bench
from taste.attacking.judged import plant
from taste.attacking.targets import Target
from taste.attacks.corpus import Attack, Place, read_corpus
from taste.attacks.planting import plant_in_move
from taste.bodies import How, body_of
from taste.calls import find_answer, read_again
from taste.conditions import Condition
from taste.digester import digest_request
from taste.digests import find_digest
from taste.hindsight import request_in_hindsight
from taste.judge import judge_request
from taste.points import PointReader, PointText
from taste.prober import faithfulness_question, identity_question, loading_question
from taste.proposals import find_proposal, find_restatement
from taste.proposer import request_for
from taste.requests import Request, build_request
from taste.restater import Form
from taste.seats import ModelSeat
from taste.study import Study, parse_study
from taste.tables import Call, Comparison, Digest, Item, Restatement, Run
from taste.verdicts import Asked, Pair
from taste.views import show
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint


class RebuildError(UserError):
    """A call's request cannot be built again, for the reason that it says."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a call's request is built from."""

    db: Db
    call: Call
    run: Run
    study: Study
    text: PointText

    @property
    def source(self) -> dict[str, Any]:
        """What the call's row says that it was built from."""
        return self.call.source

    def restatement(self, name: str) -> Restatement:
        """The restatement whose identity stands in the source under this name."""
        row: Restatement = _there(
            find_restatement(self.db, self.source[name]), f"restatement ({name})"
        )
        return row

    def digest(self) -> Digest | None:
        """The digest that was shown, if one was."""
        key = self.source.get("digest")
        return _there(find_digest(self.db, key), "digest") if key else None

    def pair(self) -> Pair:
        """The two moves in the order in which they were shown."""
        human, proposed = self.restatement("human"), self.restatement("proposed")
        query = select(Comparison).where(
            Comparison.human_id == human.id,
            Comparison.proposed_id == proposed.id,
            Comparison.order == self.source["order"],
        )
        row = _there(self.db.exec(query).first(), "comparison")
        return Pair(human, proposed, self.source["order"], row)

    def attack(self) -> Attack:
        """The attack that was planted."""
        label = self.source["attack"]
        found = (one for one in read_corpus().attacks if one.label == label)
        attack: Attack = _there(next(found, None), f"attack {label!r}")
        return attack


def _there(found: Any, what: str) -> Any:
    if found is None:
        raise RebuildError(f"the {what} that it was built from is not there")
    return found


def rebuild_request(db: Db, call: Call, text: PointText | None = None) -> Request:
    """The request of a call, from the rows alone; `text` if its point has been read already.

    Raises:
        RebuildError: if a row that it needs is missing, or the call is an earlier version's.
    """
    text = text or read_call_text(db, call)
    run = _there(db.get(Run, call.run_id), "run")
    study = study_of(run.study_text)
    kind = f"attack {call.purpose}" if "attack" in call.source else call.purpose
    return _BUILDERS[kind](_Parts(db, call, run, study, text))


def read_call_text(db: Db, call: Call) -> PointText:
    """The texts of the decision point that a call was about, displayed as its run's study says.

    Raises:
        RebuildError: if they are gone, or the call is an earlier version's.
    """
    if call.decision_point_id is None or "annotation" not in call.source:
        raise RebuildError("an earlier version made it and stored no source")
    run = _there(db.get(Run, call.run_id), "run")
    point = _there(db.get(DecisionPoint, call.decision_point_id), "decision point")
    display = study_of(run.study_text).display
    return PointReader(db, display).read_annotated(point, call.source["annotation"])


def rebuild_body(call: Call, request: Request) -> dict[str, Any] | None:
    """The body as it was sent; None where the call's row does not say how it was."""
    how = call.source.get("how")
    if how is None:
        return None
    settings = call.settings
    seat = ModelSeat(
        name="rebuilt", model=call.model, endpoint=call.endpoint,
        effort=settings.get("effort"), max_tokens=settings["max_tokens"],
    )  # fmt: skip
    return body_of(request, seat, How.from_dict(how))


@lru_cache(maxsize=16)
def study_of(text: str) -> Study:
    """The study of a run, which many calls share."""
    return parse_study(text, "the study of the run")


def _propose(parts: _Parts) -> Request:
    return request_for(parts.text, parts.source["arm"])


def _hindsight(parts: _Parts) -> Request:
    found = request_in_hindsight(parts.db, parts.text, parts.source["arm"])
    request: Request = _there(found, "marked event").request
    return request


def _restate(parts: _Parts) -> Request:
    key = parts.source["proposal"]
    verbatim = parts.text.act
    if key is not None:
        verbatim = _there(find_proposal(parts.db, key), "proposal").move or ""
    return Form.of(parts.study).request(parts.text.tail, verbatim)


def _judge(parts: _Parts) -> Request:
    names = ("view", "form", "provenance", "prompt")
    condition = Condition(**{name: parts.source[name] for name in names})
    shown = show(parts.text, condition.view, parts.digest())
    return judge_request(parts.text, shown, Asked(parts.pair(), condition, 1))


def _digest(parts: _Parts) -> Request:
    return digest_request(parts.db, parts.text)


def _leak(parts: _Parts) -> Request:
    draft = _there(find_answer(parts.db, parts.source["draft"], "digest"), "draft")
    answer = read_answer(DigestAnswer, read_again(draft, parts.study.digester_seat))
    if isinstance(answer, str):
        raise RebuildError("the draft that it was built from cannot be read")
    move = parts.restatement("human").move or ""
    return build_request("leak", digest=answer.digest.strip(), move=move)


def _loading(parts: _Parts) -> Request:
    return loading_question(parts.restatement("restatement")).request


def _faithfulness(parts: _Parts) -> Request:
    return faithfulness_question(parts.text, parts.restatement("restatement")).request


def _identity(parts: _Parts) -> Request:
    view = parts.source["view"]
    return identity_question(parts.text, view, parts.pair(), parts.digest()).request


def _attacked_judge(parts: _Parts) -> Request:
    pair, point = parts.pair(), parts.call.decision_point_id
    item = parts.db.exec(select(Item).where(Item.decision_point_id == point)).first()
    target = Target(
        _there(item, "item"), pair.comparison, pair.human, pair.proposed, "", parts.source["plain"]
    )
    bench = Bench.of(parts.study, parts.run, read_corpus())
    found = plant(bench, target, parts.attack(), show(parts.text, "full", None))
    request: Request = _there(found, "place for the attack").request
    return request


def _attacked_restate(parts: _Parts) -> Request:
    bench = Bench.of(parts.study, parts.run, read_corpus())
    place: Place = parts.source["place"]
    verbatim = parts.restatement("attacked").verbatim
    planted = plant_in_move(parts.attack(), verbatim, place, "move", bench.question)
    return Form.of(parts.study).request(parts.text.tail, planted.text)


_BUILDERS: Mapping[str, Callable[[_Parts], Request]] = {
    "propose": _propose,
    "placebo": _propose,
    "oracle": _hindsight,
    "recovery": _hindsight,
    "restate": _restate,
    "judge": _judge,
    "digest": _digest,
    "leak": _leak,
    "loading": _loading,
    "faithfulness": _faithfulness,
    "identity": _identity,
    "attack judge": _attacked_judge,
    "attack restate": _attacked_restate,
}
