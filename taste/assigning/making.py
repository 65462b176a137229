"""Makes queues: targets × annotators, each in an order of their own; twice adds nothing twice."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import col, func, select

from taste.assigning.pairs import comparison_of, find_gold, gold_of
from taste.assigning.staffing import Short, choose_people
from taste.assigning.targets import Target, find_assigned, point_of
from taste.assignment_tables import Assignment
from taste.eligibility import FORWARD, Eligibility, role_of
from taste.identity import identity
from taste.tables import Comparison, Restatement
from taste.verdicts import ORDERS, Order
from transcripts.annotations import find_or_add_annotator
from transcripts.annotators import find_annotator, same_name
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Session


@dataclass(frozen=True, slots=True)
class Design:
    """What `taste assign` was told."""

    batch: str
    mode: str
    people: tuple[str, ...]
    overlap: int = 1
    seed: int = 1
    due: date | None = None
    assisted: float = 0.0
    """Of hindsight: share of each annotator's queue that sees candidates from the start."""
    share: float | None = None
    """Of foresight: share of the acts at which the annotator is asked."""
    gold: float = 0.0
    """Of judging: share of each annotator's queue that has a known answer."""
    repeats: float = 0.0
    """Of judging: share of the pairs that come again with their sides swapped."""

    def chance(self, *what: str) -> random.Random:
        """Chance for one purpose, from the stored seed alone."""
        return random.Random(identity("assign", self.seed, self.batch, self.mode, *what))


@dataclass(frozen=True, slots=True)
class Task:
    """One place in somebody's queue."""

    target: Target
    assisted: bool = False
    order: Order | None = None
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What a call came to."""

    queues: Mapping[str, int]
    """Annotator -> assignments that were added."""
    there: int
    """Assignments of these targets that were there before."""
    short: tuple[Short[Target], ...]
    gold_short: int = 0
    """Gold pairs that there were too few of."""
    met_again: int = 0
    """Pairs at points of which the annotator has another pair, and so meets one move twice."""


def make_assignments(db: Db, design: Design, targets: Sequence[Target], now: datetime) -> Made:
    """Add what is lacking, in the transaction under way; the caller commits.

    Raises:
        UserError: if nobody is named, or one of them twice.
    """
    people = find_people(db, design.people)
    rules = Eligibility(db)
    had = find_had(db, design.mode, targets)

    def may(target: Target, person: str) -> bool:
        return rules.fault(role_of(design.mode, target.view), person, *point_of(db, target)) is None

    # Who judges two pairs of one point meets the human's move twice, and may know it by that.
    chosen, short = choose_people(
        targets, people, design.overlap, may, had, design.chance("people"),
        akin=lambda one: (one.session_id, one.point_id),
    )  # fmt: skip
    pool = find_gold(db, targets[0].view or "full") if design.gold and targets else []
    counts: dict[str, int] = {}
    there = sum(map(len, had.values()))
    lacking = again = 0
    for person in people:
        mine = [one for one in targets if person in chosen[one]]
        known = _pairs_of(db, person) | {one.pair for one in mine}
        met = {one.point_id for one in mine}
        open_ = [g for g in pool if g.pair not in known and g.point_id not in met]
        gold, missing = _gold(design, mine, [g for g in open_ if may(g, person)], person)
        lacking += missing
        again += len(mine) - len(met)
        counts[person] = _add_queue(db, design, person, [*mine, *gold], now)
    return Made(counts, there, short, lacking, again if design.mode == "judge" else 0)


def check_people(names: Sequence[str]) -> tuple[str, ...]:
    """Names without white space that says nothing.

    Raises:
        UserError: if there is none, or one names somebody again.
    """
    people = tuple(" ".join(name.split()) for name in names)
    if not people or not all(people):
        raise UserError("name who is to do it: --annotator NAME, once for each.")
    for number, name in enumerate(people):
        if again := next((other for other in people[:number] if same_name(name, other)), None):
            raise UserError(f"--annotator {name!r} and {again!r} are one person; name them once.")
    return people


def find_people(db: Db, names: Sequence[str]) -> tuple[str, ...]:
    """The same names as `check_people`, those that are known spelled as they are known."""
    known = ((name, find_annotator(db, name)) for name in check_people(names))
    return tuple(who.name if who is not None else name for name, who in known)


def find_had(db: Db, mode: str, targets: Sequence[Target]) -> dict[Target, list[str]]:
    """Target -> who has it in their queue already, in this mode."""
    names = {a.id: a.name for a in db.exec(select(Annotator))}
    had: dict[Target, list[str]] = {one: [] for one in targets}
    for target, person in find_assigned(db, mode):
        if target in had:
            had[target].append(names[person])
    return had


def _pairs_of(db: Db, person: str) -> set[tuple[int, int] | None]:
    """The pairs that somebody has in their queue already, gold ones too."""
    who = find_annotator(db, person)
    if who is None:
        return set()
    query = (
        select(Comparison.human_id, Comparison.proposed_id)
        .join(Assignment, col(Assignment.comparison_id) == Comparison.id)
        .where(Assignment.annotator_id == who.id)
    )
    return set(db.exec(query))


def _gold(
    design: Design, mine: Sequence[Target], pool: Sequence[Target], person: str
) -> tuple[list[Target], int]:
    """Gold pairs for one annotator's new pairs, and how many are lacking."""
    wanted = round(design.gold * len(mine) / (1 - design.gold))
    chance = design.chance("gold", person)
    found = chance.sample(pool, min(wanted, len(pool)))
    return found, wanted - len(found)


def _add_queue(
    db: Db, design: Design, person: str, targets: Sequence[Target], now: datetime
) -> int:
    """Append to an annotator's queue, in an order of its own."""
    if not targets:
        return 0
    who = find_or_add_annotator(db, person)
    latest = select(func.max(Assignment.number)).where(Assignment.annotator_id == who.id)
    start = int(db.exec(latest).one() or 0) + 1
    chance = design.chance("queue", person)
    tasks = order_by_cut(db, draw_queue(design, targets, chance))
    if design.mode == "judge":
        lineages = [db.get_one(Session, task.target.session_id).lineage for task in tasks]
        tasks = add_repeats(tasks, lineages, design.repeats, chance)
    for number, task in enumerate(tasks, start):
        db.add(_row(db, design, who, task, number, now))
    db.flush()
    return len(tasks)


def order_by_cut(db: Db, tasks: Sequence[Task]) -> list[Task]:
    """Pairs of one lineage change places: no prefix shows the human's move of a pair after it.

    So those that are shown more than a prefix come after those that are not.
    """
    found = list(tasks)
    slots: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        session = db.get_one(Session, task.target.session_id)
        slots.setdefault(session.lineage, []).append(number)

    def place(task: Task) -> tuple[bool, int]:
        if task.target.view not in FORWARD:
            return True, 0
        return False, db.get_one(DecisionPoint, task.target.point_id).cut

    for numbers in slots.values():
        ordered = sorted((tasks[number] for number in numbers), key=place)
        for number, task in zip(numbers, ordered, strict=True):
            found[number] = task
    return found


def draw_queue(design: Design, targets: Sequence[Target], chance: random.Random) -> list[Task]:
    """The order of a queue, its assisted share, and the sides of its pairs. Pure."""
    order = list(targets)
    chance.shuffle(order)
    if design.mode == "judge":
        return list(_with_sides(order, chance))
    helped = set(chance.sample(range(len(order)), round(design.assisted * len(order))))
    return [Task(one, number in helped) for number, one in enumerate(order)]


def _with_sides(targets: Sequence[Target], chance: random.Random) -> Iterator[Task]:
    """As often the human's move first as the proposal's, in random order."""
    sides = [ORDERS[number % 2] for number in range(len(targets))]
    chance.shuffle(sides)
    for target, side in zip(targets, sides, strict=True):
        yield Task(target, order=side)


def add_repeats(
    tasks: Sequence[Task], lineages: Sequence[str], share: float, chance: random.Random
) -> list[Task]:
    """Some pairs of the first half come again in the second, swapped. Pure.

    Between the two lies a third of the queue, or what can be had: a pair that comes again at once
    is remembered, and its second verdict would say nothing. Of the orders that allow it each is
    as likely as any other. Of pairs shown less than the session only the last of a lineage comes
    again: a later one would show how it went on; so there may be fewer repeats.
    """
    half = (len(tasks) + 1) // 2
    plain = [
        at
        for at, task in enumerate(tasks[:half])
        if task.target.right is None
        and (task.target.view not in FORWARD or lineages[at] not in lineages[at + 1 :])
    ]
    count = min(len(plain), round(share * len(tasks)))
    again = sorted(chance.sample(plain, count), reverse=True)
    length = len(tasks) + count
    gaps = range(length // 3, -1, -1)
    gap = next(g for g in gaps if all(at + g + n < length for n, at in enumerate(again)))
    order: list[Task | None] = [*tasks[:half], *[None] * (length - half)]
    for at in again:  # the last first: it has the fewest places
        free = [n for n in range(max(half, at + gap), length) if order[n] is None]
        swapped = ORDERS[tasks[at].order == ORDERS[0]]
        order[chance.choice(free)] = replace(tasks[at], order=swapped, repeat=2)
    others = iter(tasks[half:])
    return [next(others) if task is None else task for task in order]


def _row(
    db: Db, design: Design, who: Annotator, task: Task, number: int, now: datetime
) -> Assignment:
    target = task.target
    session = db.get_one(Session, target.session_id)
    compared = comparison_of(db, target, task.order) if task.order else None
    assert who.id is not None
    return Assignment(
        identity=_identity(db, design, who, task, compared),
        batch=design.batch,
        annotator_id=who.id,
        mode=design.mode,
        condition="assisted" if task.assisted else "blind",
        session_id=target.session_id,
        thread=session.thread,
        decision_point_id=target.point_id,
        comparison_id=compared.id if compared is not None else None,
        view=target.view,
        repeat=task.repeat,
        gold=gold_of(target, task.order) if task.order else None,
        share=design.share,
        number=number,
        seed=design.seed,
        due=design.due,
        created_at=now,
    )


def _identity(
    db: Db, design: Design, who: Annotator, task: Task, compared: Comparison | None
) -> str:
    """The same on another machine, whose rows have other numbers."""
    target = task.target
    session = db.get_one(Session, target.session_id)
    point = db.get_one(DecisionPoint, target.point_id) if target.point_id is not None else None
    place = (session.external_id, session.part, session.thread)
    at = (point.cut, point.actor) if point is not None else None
    moves = None
    if compared is not None:
        both = (compared.human_id, compared.proposed_id)
        moves = [*(db.get_one(Restatement, one).identity for one in both), compared.order]
    return identity(
        "assignment", design.batch, who.name, design.mode, place, at, moves, target.view,
        task.repeat,
    )  # fmt: skip
