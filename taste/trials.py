"""One trial from proposal to verdicts: item × arm × repeat, in the order of the experiment."""

from collections import OrderedDict
from dataclasses import dataclass, field

from taste.appending import fill_in
from taste.asking import Asking, together
from taste.comparing import Comparing, Moves
from taste.hindsight import propose_in_hindsight
from taste.jobs import Job
from taste.points import PointText, read_point
from taste.proposer import WITHOUT_MODEL, propose, propose_control
from taste.restater import Form, restate
from taste.seats import is_hindsight
from taste.study import Study
from taste.tables import Item, Proposal, Restatement, Trial
from taste.wall import Wall, WallError

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
        if not text.session.cuts_reliable and not self.study.force_unreliable_cuts:
            await self._exclude(job, "cuts unreliable")
            return
        # The first call of a proposal is its own; the human's move is restated meanwhile.
        (proposal, proposed), (_, human) = await together(
            self._proposed(text, wall, job), self._human(text, wall)
        )
        assert proposal is not None
        assert proposal.id is not None
        fill_in(self.asking.db, Trial, job.trial_id, proposal_id=proposal.id)
        if proposed is None or human is None:
            reason = proposal.reason or "no reason"
            await self._exclude(job, f"proposal {proposal.outcome}: {reason}")
            return
        for name, row in (("human move", human), ("proposal", proposed)):
            if row.move is None:
                await self._exclude(job, f"{name} not restated: {row.reason or 'no reason'}")
                return
        comparing = Comparing(self.asking, self.study)
        await comparing.do(Moves(text, job, proposal.id, human, proposed))
        fill_in(self.asking.db, Trial, job.trial_id, done=True)
        await self.asking.commit()

    def _text(self, item_id: int) -> tuple[PointText, Wall]:
        """An item's texts and its wall, read once for neighbouring trials."""
        db = self.asking.db
        if item_id not in self._texts:
            text = read_point(db, db.get_one(Item, item_id), self.study.display)
            self._texts[item_id] = text, Wall.of(db, text)
            if len(self._texts) > _TEXTS_KEPT:
                self._texts.popitem(last=False)
        return self._texts[item_id]

    async def _exclude(self, job: Job, reason: str) -> None:
        fill_in(self.asking.db, Trial, job.trial_id, exclusion=reason)
        self.asking.tally.exclude(reason)
        await self.asking.commit()

    async def _proposed(
        self, text: PointText, wall: Wall, job: Job
    ) -> tuple[Proposal | None, Restatement | None]:
        """A trial's proposal, and its restatement if it has a move."""
        proposal = await self._proposal(text, wall, job)
        if proposal.move is None:
            return proposal, None
        return proposal, await self._restate(text, wall, proposal.move, proposal)

    async def _human(
        self, text: PointText, wall: Wall
    ) -> tuple[Proposal | None, Restatement | None]:
        return None, await self._restate(text, wall, text.act, None)

    async def _restate(
        self, text: PointText, wall: Wall, verbatim: str, proposal: Proposal | None
    ) -> Restatement:
        return await restate(self.asking, text, wall, Form.of(self.study), verbatim, proposal)

    async def _proposal(self, text: PointText, wall: Wall, job: Job) -> Proposal:
        proposal = await self._found_or_written(text, wall, job)
        if proposal.hindsight != is_hindsight(job.arm):
            has = "has" if proposal.hindsight else "lacks"
            raise WallError(
                f"the arm {job.arm!r} got a proposal that {has} hindsight; it was not used. "
                "Please report this as a bug."
            )
        return proposal

    async def _found_or_written(self, text: PointText, wall: Wall, job: Job) -> Proposal:
        kind, _, name = job.arm.rpartition(":")
        if is_hindsight(job.arm):
            return await propose_in_hindsight(self.asking, text, job.arm, self.study)
        if (kind or job.arm) in WITHOUT_MODEL:
            return await propose_control(self.asking, text, job.arm, job.repeat)
        seat = next(p for p in self.study.proposers if p.name == name)
        return await propose(self.asking, text, wall, seat, job.arm, job.repeat)
