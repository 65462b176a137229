"""What a run has still to ask for and what that costs: in all, by arm, by view and by probe."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from taste.conditions import (
    ON_A_DIGEST,
    Condition,
    probed_views,
    wanted_verdicts,
    wants_digest,
)
from taste.hindsight import request_in_hindsight, seat_in_hindsight
from taste.jobs import Job, open_jobs
from taste.points import PointText, read_point
from taste.prober import has_kind
from taste.proposals import (
    find_proposal,
    find_restatement,
    model_identity,
    restatement_identity,
)
from taste.proposer import WITHOUT_MODEL, request_for
from taste.seats import ModelSeat, View, is_hindsight
from taste.spending import CHARS_PER_TOKEN, most_cost_of, prompt_price, read_price
from taste.study import Study
from taste.tables import Item, Run
from transcripts.db import Db

ANSWER_TOKENS = 400
"""Tokens that an answer is expected to take; what it may take at most is `max_tokens`."""
PROMPT_BYTES = 4_000
"""Room for the words of a prompt and for a proposed move that is not known yet."""
DIGEST_CHARS = 2_000
"""Length of a digest that is not written yet."""
ALL = "every arm"
"""What the arms share: the human's restatement, digests, and writing what judges read to a cache,
which one call has to do, whichever arm it is for."""
SHARED = ("verdicts", "probes")


@dataclass(slots=True)
class Cost:
    """What some calls come to."""

    calls: int = 0
    expected: float = 0.0
    """USD, with what one item's calls share read from the cache."""
    most: float = 0.0
    """USD, with nothing read from a cache and every answer as long as it may be."""

    def add(self, other: "Cost") -> None:
        """Count further calls in."""
        self.calls += other.calls
        self.expected += other.expected
        self.most += other.most


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a start would send."""

    trials: int
    calls: int
    """Verdicts and probes of open trials are counted in full, also those that are there already;
    a digest or restatement that has to be asked for again is not."""
    expected_usd: float
    most_usd: float
    parts: dict[str, dict[str, Cost]] = field(default_factory=dict)
    """arm -> name -> its proposals, restatements, verdicts and probes; then the same calls again:
    verdicts -> condition, probes -> kind, other -> proposals, restatements, digests."""


@dataclass(slots=True)
class _Sum:
    """Adds up calls; a context that a model has just been sent is read from its cache."""

    parts: dict[str, dict[str, Cost]] = field(default_factory=dict)
    total: Cost = field(default_factory=Cost)
    _cached: set[tuple[str, str]] = field(default_factory=set)

    def begin_item(self) -> None:
        """Forget what was sent about another item."""
        self._cached.clear()

    def add(self, what: tuple[str, str, str], seat: ModelSeat, context: str, rest: int) -> None:
        """Count one call: (arm, group, name), seat, what calls share, characters of its own."""
        arm, group, name = what
        read, write = read_price(seat.price), prompt_price(seat.price)
        answer = min(ANSWER_TOKENS, seat.max_tokens) * seat.price.output
        prompt = len(context) * read + rest * write
        size = PROMPT_BYTES + len(context.encode()) + rest
        cost = Cost(1, (prompt / CHARS_PER_TOKEN + answer) / 1e6, most_cost_of(size, seat))
        self._book(cost, ("arm", arm), (group, name))
        if (seat.model, context) not in self._cached:
            self._cached.add((seat.model, context))
            first = Cost(0, len(context) * (write - read) / CHARS_PER_TOKEN / 1e6, 0.0)
            self._book(first, ("arm", ALL if group in SHARED else arm), (group, name))

    def _book(self, cost: Cost, *parts: tuple[str, str]) -> None:
        self.total.add(cost)
        for key, of in parts:
            self.parts.setdefault(key, {}).setdefault(of, Cost()).add(cost)


def estimate_run(db: Db, run: Run, study: Study, limit: int | None) -> Estimate:
    """Count the calls that the open trials may need, and price them."""
    jobs = open_jobs(db, run)[:limit]
    counted = _Counting(db, study, run, _Sum())
    for job in jobs:
        counted.add(job)
    total = counted.sum.total
    return Estimate(len(jobs), total.calls, total.expected, total.most, counted.sum.parts)


def name_condition(condition: Condition) -> str:
    """Return how a condition is called: its view, and what else it changes."""
    if condition.is_base:
        return f"view {condition.view}"
    for name, usual in (("form", "restated"), ("provenance", "blind"), ("prompt", "standard")):
        if getattr(condition, name) != usual:
            return f"{name} {getattr(condition, name)}"
    raise AssertionError("a condition differs from the base in something")


@dataclass(slots=True)
class _Counting:
    """Goes through the open trials, item by item."""

    db: Db
    study: Study
    run: Run
    sum: _Sum
    _item: int | None = None
    _text: PointText | None = None
    _digested: bool = False
    """Whether the item's digest is counted."""

    def add(self, job: Job) -> None:
        """Count what one trial may still need."""
        text = self._read(job)
        self._add_digest(job, text)
        move = self._proposal(job, text)
        if move is None or not self._is_restated(text, move):
            self.sum.add(
                (job.arm, "other", "restatements"), self.study.restater, text.tail, len(move or "")
            )
        for judge in self.study.judges:
            for wanted in wanted_verdicts(self.study, judge, job.kind):
                shown = _context(text, wanted.condition.view)
                for _ in range(2 * wanted.samples):
                    name = name_condition(wanted.condition)
                    self.sum.add((job.arm, "verdicts", name), judge, shown, 0)
        for seat, kind, shown in self._probes(job, text):
            self.sum.add((job.arm, "probes", kind), seat, shown, 0)

    def _read(self, job: Job) -> PointText:
        """The item's texts; a new item adds what its trials share."""
        if job.item_id != self._item or self._text is None:
            self._item, self._digested = job.item_id, False
            item = self.db.get_one(Item, job.item_id)
            self._text = read_point(self.db, item, self.study.display)
            self.sum.begin_item()
            self._add_shared(job, self._text)
        return self._text

    def _add_shared(self, job: Job, text: PointText) -> None:
        if not self._is_restated(text, text.act):
            what = (ALL, "other", "restatements")
            self.sum.add(what, self.study.restater, text.tail, len(text.act))
        asked = "loading" in self.study.probes.kinds
        if asked and has_kind(job.set_kind, text.point.actor):
            self.sum.add((ALL, "probes", "loading"), self.study.prober_seat, text.act, 0)
        if "faithfulness" in self.study.probes.kinds and job.in_share:
            what = (ALL, "probes", "faithfulness")
            self.sum.add(what, self.study.prober_seat, text.tail, len(text.act))

    def _add_digest(self, job: Job, text: PointText) -> None:
        """The item's one digest, with the first trial that wants it."""
        if self._digested or not wants_digest(self.study, job.kind):
            return
        self._digested = True
        seat, what = self.study.digester_seat, (ALL, "other", "digests")
        self.sum.add(what, seat, text.prefix.text, len(text.aftermath))
        if self.study.judging.leak_check:
            what = (ALL, "other", "leak checks")
            self.sum.add(what, self.study.prober_seat, "", DIGEST_CHARS)

    def _proposal(self, job: Job, text: PointText) -> str | None:
        """The move, where it is there already; else the call for it is counted."""
        kind, _, name = job.arm.rpartition(":")
        if (kind or job.arm) in WITHOUT_MODEL:
            return None
        seat: ModelSeat
        if is_hindsight(job.arm):
            wanted = request_in_hindsight(self.db, text, job.arm)
            if wanted is None:
                return None
            seat, request = seat_in_hindsight(self.study, job.arm), wanted.request
        else:
            seat, request = self._proposer(name), request_for(text, job.arm)
        key = model_identity(request, seat, job.repeat, simulated=self.run.simulated)
        row = find_proposal(self.db, key)
        if row is None:
            self.sum.add((job.arm, "other", "proposals"), seat, request.context, 0)
        return row.move if row else None

    def _proposer(self, name: str) -> ModelSeat:
        return next(seat for seat in self.study.proposers if seat.name == name)

    def _is_restated(self, text: PointText, verbatim: str) -> bool:
        key = restatement_identity(
            verbatim, text.tail, self.study.restater, self.study.judging.words,
            simulated=self.run.simulated,
        )  # fmt: skip
        return find_restatement(self.db, key) is not None

    def _probes(self, job: Job, text: PointText) -> Iterator[tuple[ModelSeat, str, str]]:
        """Probes of the trial's own: who answers, of which kind, on which context."""
        if "faithfulness" in self.study.probes.kinds and job.in_share:
            yield self.study.prober_seat, "faithfulness", text.tail
        for judge in self.study.judges:
            for view in probed_views(self.study, judge, job.kind):
                yield judge, f"identity, view {view}", _context(text, view)


def _context(text: PointText, view: View) -> str:
    """What the calls of one view share."""
    if view == "wording":
        return ""
    if view == "full":
        return text.prefix.text + text.aftermath
    return text.prefix.text + " " * (DIGEST_CHARS if view in ON_A_DIGEST else 0)
