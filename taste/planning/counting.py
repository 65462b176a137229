"""Goes through the open trials of a run, item by item, and says what each still needs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from taste.again import Again
from taste.bridges import BridgeJob
from taste.conditions import Condition, probed_views, views_of, wanted_verdicts, wants_digest
from taste.hindsight import ORACLE, request_in_hindsight, seat_in_hindsight
from taste.jobs import Job
from taste.planning.calls import (
    ALL,
    MOVE_CHARS,
    PlannedCall,
    Sheet,
    Text,
    Texts,
    name_condition,
)
from taste.planning.reuse import NOT_YET, Reuse
from taste.planning.there import read_there
from taste.points import PointReader, PointText
from taste.prober import (
    faithfulness_question,
    has_kind,
    identity_question,
    loading_question,
    order_asked,
)
from taste.proposer import PLACEBO, WITHOUT_MODEL
from taste.requests import Purpose
from taste.seats import ModelSeat, is_hindsight
from taste.study import Study
from taste.tables import Item, Restatement, Run
from taste.verdicts import ORDERS
from transcripts.db import Db


def planned_calls(
    db: Db,
    run: Run,
    study: Study,
    jobs: Sequence[Job],
    read: Callable[[Item], PointText] | None = None,
) -> Iterator[PlannedCall]:
    """Yield the calls that open trials need, item by item; each item's text is read once.

    With `read` it is read so, for whoever plans the same items many times.
    """
    read = read or PointReader(db, study.display).read
    items = {job.item_id: db.get_one(Item, job.item_id) for job in jobs}
    there = read_there(db, {item.decision_point_id for item in items.values()})
    again = Again.of(db, run.id)
    for number, of_item in groupby(jobs, key=lambda job: job.item_id):
        text = read(items[number])
        reuse = Reuse(there, study, text, run.simulated, again)
        yield from _Counting(db, study, reuse, Sheet(Texts(text), number)).calls(list(of_item))


def bridge_calls(db: Db, study: Study, jobs: Sequence[BridgeJob]) -> Iterator[PlannedCall]:
    """Yield the calls that repeat earlier verdicts."""
    reader = PointReader(db, study.display)
    seats = {seat.name: seat for seat in study.judges}
    for job in jobs:
        seat, item = seats[job.judge], db.get_one(Item, job.item_id)
        texts, view = Texts(reader.read(item)), views_of(study, seat)[0]
        what = ("bridge", "verdicts", "repeated")
        shown = texts.of_view(view)
        yield Sheet(texts, job.item_id).call("judge", seat, what, shown, 2 * MOVE_CHARS, view)


@dataclass(slots=True)
class _Counting:
    """What one item's trials need."""

    db: Db
    study: Study
    reuse: Reuse
    sheet: Sheet

    def calls(self, jobs: list[Job]) -> Iterator[PlannedCall]:
        """Yield what the item's trials share, then what each needs."""
        if self.reuse.human is None:
            what = (ALL, "other", "restatements")
            yield self._call("restate", self.study.restater, what, "tail", len(self.reuse.text.act))
        elif self.reuse.human.move is None:
            yield from self._proposals(jobs)
            return
        yield from self._digests(jobs)
        yield from self._shared_probes(jobs[0])
        for job in jobs:
            yield from self._trial(job)

    def _proposals(self, jobs: list[Job]) -> Iterator[PlannedCall]:
        """Only these and how they are restated are asked for where the human's move cannot be."""
        for job in jobs:
            move, calls = self._proposal(job)
            yield from calls
            if move is not None:
                yield from self._restatement(job, move)

    def _trial(self, job: Job) -> Iterator[PlannedCall]:
        move, calls = self._proposal(job)
        yield from calls
        if move is None:
            return
        yield from self._restatement(job, move)
        row = self.reuse.restated(move) if move else None
        if row is not None and row.move is None:
            return
        yield from self._verdicts(job, row)
        yield from self._probes(job, row)

    def _restatement(self, job: Job, move: str) -> Iterator[PlannedCall]:
        """Yield the call that restates a proposal, unless it is restated already."""
        is_known = bool(move) and self.reuse.restated(move) is not None
        if not is_known and self.reuse.is_new(("restate", move or (job.arm, job.repeat))):
            what = (job.arm, "other", "restatements")
            yield self._call("restate", self.study.restater, what, "tail", len(move) or MOVE_CHARS)

    def _verdicts(self, job: Job, row: Restatement | None) -> Iterator[PlannedCall]:
        for judge in self.study.judges:
            for wanted in wanted_verdicts(self.study, judge, job.kind):
                what = (job.arm, "verdicts", name_condition(wanted.condition))
                shown = self.sheet.texts.of_view(wanted.condition.view)
                if self.reuse.is_hopeless(wanted.condition):
                    continue
                for order in ORDERS:
                    for sample in range(1, wanted.samples + 1):
                        about = (order, wanted.condition, sample)
                        if not self.reuse.is_judged(judge, row, about):
                            view = wanted.condition.view
                            yield self.sheet.call("judge", judge, what, shown, 2 * MOVE_CHARS, view)

    def _digests(self, jobs: list[Job]) -> Iterator[PlannedCall]:
        """The item's one digest, where a judge reads it."""
        if not any(wants_digest(self.study, job.kind) for job in jobs):
            return
        self.reuse.settle_digest(self.db)
        if self.reuse.digest is not None:
            return
        both = self.sheet.texts.both()
        seat, what = self.study.digester_seat, (ALL, "other", "digests")
        yield self.sheet.call("digest", seat, what, both, 0)
        if self.study.judging.leak_check:
            what = (ALL, "other", "leak checks")
            digest = Text(0, 0)
            own = MOVE_CHARS + self.sheet.texts.of_view("digest").chars
            own -= self.sheet.texts.named("shown").chars
            yield self.sheet.call("leak", self.study.prober_seat, what, digest, own)

    def _shared_probes(self, job: Job) -> Iterator[PlannedCall]:
        seat, kinds = self.study.prober_seat, self.study.probes.kinds
        if "loading" in kinds and has_kind(job.set_kind, self.reuse.text.point.actor):
            question = loading_question(self.reuse.human) if self.reuse.human else None
            if self.reuse.is_open(seat, question):
                yield self._call("loading", seat, (ALL, "probes", "loading"), "", MOVE_CHARS)
        if "faithfulness" in kinds and job.in_share:
            yield from self._faithfulness(ALL, self.reuse.human, len(self.reuse.text.act))

    def _faithfulness(self, arm: str, row: Restatement | None, chars: int) -> Iterator[PlannedCall]:
        seat = self.study.prober_seat
        question = faithfulness_question(self.reuse.text, row) if row else None
        if self.reuse.is_open(seat, question):
            what = (arm, "probes", "faithfulness")
            yield self._call("faithfulness", seat, what, "tail", chars + MOVE_CHARS)

    def _probes(self, job: Job, row: Restatement | None) -> Iterator[PlannedCall]:
        """Probes of the trial's own."""
        if "faithfulness" in self.study.probes.kinds and job.in_share:
            yield from self._faithfulness(job.arm, row, MOVE_CHARS)
        for judge in self.study.judges:
            for view in probed_views(self.study, judge, job.kind):
                if self.reuse.is_hopeless(Condition(view)):
                    continue
                question = None
                if (
                    row is not None
                    and self.reuse.human is not None
                    and self.reuse.can_show(Condition(view))
                ):
                    pair = self.reuse.pair(row, order_asked(self.reuse.text, view))
                    question = identity_question(self.reuse.text, view, pair, self.reuse.digest)
                if self.reuse.is_open(judge, question):
                    shown = self.sheet.texts.of_view(view)
                    what = (job.arm, "probes", f"identity, view {view}")
                    yield self.sheet.call("identity", judge, what, shown, 2 * MOVE_CHARS, view)

    def _proposal(self, job: Job) -> tuple[str | None, list[PlannedCall]]:
        """The move, `NOT_YET` or None (there will be none), and the call that it takes."""
        kind, _, name = job.arm.rpartition(":")
        if (kind or job.arm) in WITHOUT_MODEL:
            return self.reuse.without_model(job.arm, job.repeat), []
        if is_hindsight(job.arm):
            return self._in_hindsight(job)
        seat = next(seat for seat in self.study.proposers if seat.name == name)
        is_placebo = job.arm.startswith(PLACEBO)
        if (move := self.reuse.proposed(seat, job.arm, job.repeat)) != NOT_YET:
            return move, []
        own = len(self.reuse.text.act) if is_placebo else 0
        what = (job.arm, "other", "proposals")
        purpose: Purpose = "placebo" if is_placebo else "propose"
        return NOT_YET, [self._call(purpose, seat, what, "shown", own)]

    def _in_hindsight(self, job: Job) -> tuple[str | None, list[PlannedCall]]:
        if job.arm.startswith(ORACLE) and not self.reuse.is_known:
            what = (job.arm, "other", "proposals")
            seat = seat_in_hindsight(self.study, job.arm)
            return NOT_YET, [self.sheet.call("oracle", seat, what, self.sheet.texts.both(), 0)]
        wanted = request_in_hindsight(self.db, self.reuse.text, job.arm)
        if wanted is None:
            return None, []
        seat = seat_in_hindsight(self.study, job.arm)
        if (move := self.reuse.requested(wanted.request, seat, 1)) != NOT_YET:
            return move, []
        context = wanted.request.context
        text = Text(len(context), len(context.encode()))
        what = (job.arm, "other", "proposals")
        return NOT_YET, [self.sheet.call(wanted.request.purpose, seat, what, text, 0)]

    def _call(
        self, purpose: Purpose, seat: ModelSeat, what: tuple[str, str, str], text: str, own: int
    ) -> PlannedCall:
        return self.sheet.call(purpose, seat, what, self.sheet.texts.named(text), own)
