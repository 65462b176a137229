"""Walks a run's open trials as a run does, as far as what is stored and what came by file reach.

Nothing is sent. What a trial needs first (proposal, restatements, digest) decides how far it gets.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from taste.asking import Unanswered
from taste.bridges import BridgeJob, open_work
from taste.bridging import Bridging
from taste.client import Client
from taste.conditions import ON_A_DIGEST, wanted_verdicts, wants_digest
from taste.digester import write_digest
from taste.exchange.asking import AskingByFile
from taste.hindsight import propose_in_hindsight
from taste.jobs import Job, open_jobs
from taste.judge import judge
from taste.points import PointText, read_point
from taste.proposer import WITHOUT_MODEL, propose, propose_control
from taste.restater import Form, restate
from taste.seats import Judge, is_hindsight
from taste.spending import Budget
from taste.study import Study
from taste.tables import Digest, Item, Proposal, Restatement, Run
from taste.verdicts import ORDERS, Asked, Pair, find_or_add_comparison
from taste.wall import Wall
from transcripts.db import Db

Stage = Literal["proposals", "verdicts"]
PURPOSES: dict[Stage, frozenset[str]] = {
    "proposals": frozenset({"propose", "placebo"}),
    "verdicts": frozenset({"judge"}),
}
"""What goes by file; the other requests need an endpoint that this machine reaches."""


def open_asking(
    db: Db, study: Study, run: Run, now: Callable[[], datetime], stage: Stage
) -> AskingByFile:
    """What asks for a stage of the run without sending."""
    endpoints = {one.name: one for one in study.endpoints}
    client = Client(endpoints, study.limits, Budget(study.limits.budget_usd), clock=now)
    return AskingByFile(db, run, client, now, purposes=PURPOSES[stage])


@dataclass
class Walking:
    """Walks trials, item by item."""

    asking: AskingByFile
    study: Study
    _item: int | None = None
    _text: tuple[PointText, Wall] | None = None

    async def walk(self) -> None:
        """Go through every open trial, and every verdict that is to be repeated."""
        for job in open_jobs(self.asking.db, self.asking.run):
            text, wall = self._read(job.item_id)
            if not text.session.cuts_reliable and not self.study.force_unreliable_cuts:
                continue
            proposal = await self._proposal(text, wall, job)
            if proposal is None or proposal.move is None:
                continue
            if "judge" in self.asking.purposes:
                with suppress(Unanswered):
                    await self._judge(text, wall, job, proposal)
        if "judge" in self.asking.purposes:
            await self._repeat()

    async def _repeat(self) -> None:
        bridging = Bridging(self.asking, self.study)
        for job in open_work(self.asking.db, self.asking.run, self.study):
            if isinstance(job, BridgeJob):
                with suppress(Unanswered):
                    await bridging.do(job)

    def _read(self, item_id: int) -> tuple[PointText, Wall]:
        db = self.asking.db
        if self._text is None or self._item != item_id:
            text = read_point(db, db.get_one(Item, item_id), self.study.display)
            self._item, self._text = item_id, (text, Wall.of(db, text))
        return self._text

    async def _proposal(self, text: PointText, wall: Wall, job: Job) -> Proposal | None:
        kind, _, name = job.arm.rpartition(":")
        with suppress(Unanswered):
            if is_hindsight(job.arm):
                return await propose_in_hindsight(self.asking, text, job.arm, self.study)
            if (kind or job.arm) in WITHOUT_MODEL:
                return await propose_control(self.asking, text, job.arm, job.repeat)
            seat = next(seat for seat in self.study.proposers if seat.name == name)
            return await propose(self.asking, text, wall, seat, job.arm, job.repeat)
        return None

    async def _judge(self, text: PointText, wall: Wall, job: Job, proposal: Proposal) -> None:
        """Every verdict that the study wants whatever another judge says."""
        form = Form.of(self.study)
        human = await restate(self.asking, text, wall, form, text.act, None)
        proposed = await restate(self.asking, text, wall, form, proposal.move or "", proposal)
        if human.move is None or proposed.move is None:
            return
        digest = await self._digest(text, job, human)
        for seat, asked in self._asked(job, human, proposed, proposal):
            if asked.condition.view not in ON_A_DIGEST or digest is not None:
                with suppress(Unanswered):
                    await judge(self.asking, text, seat, asked, digest)

    async def _digest(self, text: PointText, job: Job, human: Restatement) -> Digest | None:
        """The digest that views rest on; None where none is wanted, or it waits for a model."""
        if wants_digest(self.study, job.kind):
            with suppress(Unanswered):
                return await write_digest(self.asking, text, self.study, human)
        return None

    def _asked(
        self, job: Job, human: Restatement, proposed: Restatement, proposal: Proposal
    ) -> Iterator[tuple[Judge, Asked]]:
        """Each judge with each question; one that another judge calls is not asked by file."""
        assert proposal.id is not None
        escalation = self.study.judging.escalation
        for order in ORDERS:
            row = find_or_add_comparison(self.asking.db, human, proposed, proposal.id, order)
            pair = Pair(human, proposed, order, row)
            for seat in self.study.judges:
                if escalation and seat.name == escalation.then:
                    continue
                for wanted in wanted_verdicts(self.study, seat, job.kind):
                    for sample in range(1, wanted.samples + 1):
                        yield seat, Asked(pair, wanted.condition, sample)
