"""One trial from proposal to verdicts: item × arm × repeat, in the order of the experiment."""

from collections import OrderedDict
from dataclasses import dataclass, field

from taste.asking import Asking
from taste.jobs import Job
from taste.judge import Pair, judge
from taste.points import PointText, read_point
from taste.proposer import WITHOUT_MODEL, propose, propose_control
from taste.restater import restate
from taste.study import Study
from taste.tables import Item, Proposal, Restatement, Trial
from taste.verdicts import ORDERS, find_or_add_comparison, link_verdict
from taste.wall import Wall

_TEXTS_KEPT = 24


@dataclass
class Trials:
    """Does trials of one run."""

    asking: Asking
    study: Study
    _texts: OrderedDict[int, tuple[PointText, Wall]] = field(default_factory=OrderedDict)

    async def do(self, job: Job) -> None:
        """Do what a trial still needs.

        Raises:
            Unanswered: if a model did not answer; the trial stays open.
            StopRun: if the run cannot go on.
        """
        text, wall = self._text(job.item_id)
        trial = self.asking.db.get_one(Trial, job.trial_id)
        if not text.session.cuts_reliable and not self.study.force_unreliable_cuts:
            self._exclude(trial, "cuts unreliable")
            return
        proposal = await self._proposal(text, wall, job)
        trial.proposal_id = proposal.id
        if proposal.move is None:
            self._exclude(trial, f"proposal {proposal.outcome}: {proposal.reason or 'no reason'}")
            return
        restater = self.study.restater
        human = await restate(self.asking, text, wall, restater, text.act, None)
        proposed = await restate(self.asking, text, wall, restater, proposal.move, proposal)
        for name, row in (("human move", human), ("proposal", proposed)):
            if row.move is None:
                self._exclude(trial, f"{name} not restated: {row.reason or 'no reason'}")
                return
        await self._compare(text, trial, proposal, human, proposed)

    def _text(self, item_id: int) -> tuple[PointText, Wall]:
        """An item's texts and its wall, read once for neighbouring trials."""
        db = self.asking.db
        if item_id not in self._texts:
            text = read_point(db, db.get_one(Item, item_id), self.study.display)
            self._texts[item_id] = text, Wall.of(db, text)
            if len(self._texts) > _TEXTS_KEPT:
                self._texts.popitem(last=False)
        return self._texts[item_id]

    def _exclude(self, trial: Trial, reason: str) -> None:
        trial.exclusion = reason
        self.asking.db.add(trial)
        self.asking.db.commit()

    async def _proposal(self, text: PointText, wall: Wall, job: Job) -> Proposal:
        if job.arm in WITHOUT_MODEL:
            return propose_control(self.asking, text, job.arm)
        name = job.arm.rpartition(":")[2]
        seat = next(p for p in self.study.proposers if p.name == name)
        return await propose(self.asking, text, wall, seat, job.arm, job.repeat)

    async def _compare(
        self,
        text: PointText,
        trial: Trial,
        proposal: Proposal,
        human: Restatement,
        proposed: Restatement,
    ) -> None:
        """Every judge, both orders, every sample; each verdict is linked as it comes."""
        db = self.asking.db
        assert proposal.id is not None
        assert trial.id is not None
        for seat in self.study.judges:
            for order in ORDERS:
                row = find_or_add_comparison(db, human, proposed, proposal.id, order)
                db.commit()
                pair = Pair(human.move or "", proposed.move or "", order, row)
                for sample in range(1, self.study.samples + 1):
                    verdict = await judge(self.asking, text, seat, pair, sample)
                    link_verdict(db, trial.id, verdict)
                    db.commit()
