"""What becomes of two restated moves: the verdicts that the study wants, then the probes.

Every answer is linked to its trial as it comes, so that a stop loses nothing.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from taste.asking import Asking, together
from taste.conditions import (
    Condition,
    Wanted,
    probed_views,
    views_of,
    wanted_verdicts,
    wants_digest,
)
from taste.digester import write_digest
from taste.jobs import Job
from taste.judge import judge
from taste.judging import CONFIDENCES, Escalation
from taste.points import PointText
from taste.probe_tables import Probe
from taste.prober import (
    Question,
    faithfulness_question,
    has_kind,
    identity_question,
    loading_question,
    order_asked,
    probe,
)
from taste.probes import link_probe
from taste.seats import Judge, ModelSeat
from taste.study import Study
from taste.tables import Digest, Restatement, Trial, Verdict
from taste.verdicts import ORDERS, Asked, Order, Pair, find_or_add_comparison, link_verdict
from taste.views import view_fault

Given = tuple[Order, Verdict]
"""A verdict with the order in which it was given."""
Single = tuple[Order, Condition, int]
"""Order, condition and sample of one verdict."""
Pairs = Mapping[Order, Pair]
"""The two moves in each order."""
OTHER: Mapping[Order, Order] = MappingProxyType({"human": "proposal", "proposal": "human"})


@dataclass(frozen=True, slots=True)
class Moves:
    """The two restated moves of a trial."""

    text: PointText
    job: Job
    proposal_id: int
    human: Restatement
    proposed: Restatement

    @property
    def trial_id(self) -> int:
        """Row id of the trial."""
        return self.job.trial_id


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares the two moves of a trial, as a study wants it."""

    asking: Asking
    study: Study

    async def do(self, moves: Moves) -> None:
        """Ask for every verdict and probe that is wanted and not there yet."""
        has_digest = wants_digest(self.study, moves.job.kind)
        digest = await self._digest(moves) if has_digest else None
        pairs = {order: await self._pair(moves, order) for order in ORDERS}
        called = self.study.judging.escalation.then if self.study.judging.escalation else None
        at_once = [seat for seat in self.study.judges if seat.name != called]
        given, _ = await together(
            together(*(self._judge(seat, moves, pairs, digest) for seat in at_once)),
            self._probe(moves, pairs, digest),
        )
        first = [each for one in given for each in one]
        for seat in self.study.judges:
            if seat.name == called and await self._is_asked(seat, moves, first):
                await self._judge(seat, moves, pairs, digest)

    async def _judge(
        self, seat: Judge, moves: Moves, pairs: Pairs, digest: Digest | None
    ) -> list[Given]:
        """One judge under every condition; those verdicts that may decide on another judge."""
        wanted = list(wanted_verdicts(self.study, seat, moves.job.kind))
        found = await together(
            *(self._one(seat, moves, pairs, one, digest) for one in _verdicts(wanted))
        )
        base = Condition(views_of(self.study, seat)[0])
        decides = _decides(self.study, seat)
        return [each for one, each in found if decides and one == base]

    async def _one(
        self, seat: Judge, moves: Moves, pairs: Pairs, one: Single, digest: Digest | None
    ) -> tuple[Condition, Given]:
        order, condition, sample = one
        asked = Asked(pairs[order], condition, sample)
        verdict = await judge(self.asking, moves.text, seat, asked, digest)
        link_verdict(self.asking.db, moves.trial_id, verdict)
        await self.asking.commit()
        return condition, (order, verdict)

    async def _pair(self, moves: Moves, order: Order) -> Pair:
        row = find_or_add_comparison(
            self.asking.db, moves.human, moves.proposed, moves.proposal_id, order
        )
        await self.asking.commit()
        return Pair(moves.human, moves.proposed, order, row)

    async def _digest(self, moves: Moves) -> Digest:
        return await write_digest(self.asking, moves.text, self.study, moves.human)

    async def _is_asked(self, seat: Judge, moves: Moves, first: Sequence[Given]) -> bool:
        """Whether a judge is asked about a trial: all but the strong one, which must be called."""
        escalation = self.study.judging.escalation
        if escalation is None or seat.name != escalation.then:
            return True
        # Who was called for before something was tried again was called for with that chance.
        trial = self.asking.db.get_one(Trial, moves.trial_id)
        trial.escalation = chance = max(
            escalation_chance(escalation, first), trial.escalation or 0.0
        )
        self.asking.db.add(trial)
        await self.asking.commit()
        return is_escalated(self.study, moves.text.point.prefix_hash, moves.job, chance)

    async def _probe(self, moves: Moves, pairs: Pairs, digest: Digest | None) -> list[list[Given]]:
        """The probes, which no verdict hangs on."""
        questions = self._questions(moves, pairs, digest)
        await together(*(self._put(moves, seat, question) for seat, question in questions))
        return []

    async def _put(self, moves: Moves, seat: ModelSeat, question: Question) -> None:
        row: Probe = await probe(self.asking, moves.text, seat, question)
        link_probe(self.asking.db, moves.trial_id, row)
        await self.asking.commit()

    def _questions(
        self, moves: Moves, pairs: Pairs, digest: Digest | None
    ) -> list[tuple[ModelSeat, Question]]:
        kinds, text, prober = self.study.probes.kinds, moves.text, self.study.prober_seat
        asked: list[tuple[ModelSeat, Question]] = []
        if "loading" in kinds and has_kind(moves.job.set_kind, text.point.actor):
            asked.append((prober, loading_question(moves.human)))
        if "faithfulness" in kinds and moves.job.in_share:
            for row in (moves.human, moves.proposed):
                asked.append((prober, faithfulness_question(text, row)))
        for seat in self.study.judges:
            for view in probed_views(self.study, seat, moves.job.kind):
                if view_fault(view, digest) is None:
                    pair = pairs[order_asked(text, view)]
                    asked.append((seat, identity_question(text, view, pair, digest)))
        return asked


def _verdicts(wanted: Sequence[Wanted]) -> Iterator[Single]:
    """Yield both orders and every sample of what is wanted."""
    for one in wanted:
        for order in ORDERS:
            for sample in range(1, one.samples + 1):
                yield order, one.condition, sample


def _decides(study: Study, seat: Judge) -> bool:
    escalation = study.judging.escalation
    return escalation is not None and seat.name == escalation.first


def escalation_chance(escalation: Escalation, given: Sequence[Given]) -> float:
    """The chance with which the strong judge is asked, given the cheap one's verdicts.

    It is 1 where the verdicts do not all favour one and the same move (or call a tie), and where
    the judge was unsure of any; otherwise it is the random share.
    """
    favoured = {_favoured(order, verdict) for order, verdict in given}
    sure = CONFIDENCES[CONFIDENCES.index(escalation.confidence) + 1 :]
    unsure = any(verdict.confidence not in sure for _, verdict in given)
    agreed = len(favoured) == 1 and "unscored" not in favoured
    return escalation.share if agreed and not unsure else 1.0


def _favoured(order: Order, verdict: Verdict) -> str:
    """Whose move a verdict favours; a tie and an unscored verdict favour nobody's."""
    if verdict.verdict not in ("first", "second"):
        return verdict.verdict
    return order if verdict.verdict == "first" else OTHER[order]


def is_escalated(study: Study, prefix_hash: str, job: Job, chance: float) -> bool:
    """The recorded draw: seed, item and arm determine it."""
    rng = random.Random(f"{study.seed}:escalation:{prefix_hash}:{job.arm}:{job.repeat}")
    return rng.random() < chance
